"""Judges of pictures, sound and players."""
