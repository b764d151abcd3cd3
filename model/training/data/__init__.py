"""Data sets for training: one format (`records`), readers, writers, curation. See docs/data-format.md."""
