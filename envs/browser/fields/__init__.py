"""Typing into fields and looking at what they hold afterwards; choosing from list boxes."""
