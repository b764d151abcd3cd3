"""Lines of text from pixels."""
