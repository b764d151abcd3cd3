"""The element detector: a small network from a screenshot to the kind, box and state of every element on it."""
