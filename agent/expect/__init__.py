"""Expectations: what has to be so after a run, checked without a model (docs/expectations.md)."""
