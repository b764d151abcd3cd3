"""Runs over HTTP: a queue on disk, workers as processes of their own, events as they happen (docs/service.md)."""
