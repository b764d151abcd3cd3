"""What an icon shows."""
