"""X displays: the private ones, their windows and their window manager."""
