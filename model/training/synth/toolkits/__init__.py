"""Screens of desktop toolkits, labelled by the toolkit's own geometry: looks that no web page has, for tests."""
