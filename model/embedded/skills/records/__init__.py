"""Skills for members of lists: make, change, remove, find, filter, sort, read."""
