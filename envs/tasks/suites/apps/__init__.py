"""Everyday tasks on real applications. `seen` was worked on while skills were built; at `blind` nobody looks."""
