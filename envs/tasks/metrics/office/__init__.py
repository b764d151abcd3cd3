"""Judges of documents, slides and tables."""
