"""`agent replay` and `agent export`."""
