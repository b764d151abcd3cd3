"""Answers drawn from a model that learns: prompts, many answers at once, and an engine that never waits."""
