"""The applications that may be looked at while skills are built."""
