"""Sees: turns a screenshot into lines of text and elements (`reader.Reader`)."""
