"""What several skills do on the way: put a value into a field, turn a calendar, read a message."""
