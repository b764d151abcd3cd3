"""Recorded pictures and episodes: asked one by one, without an environment."""
