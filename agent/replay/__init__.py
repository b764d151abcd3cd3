"""A recorded run, played again without a model (docs/replay.md)."""
