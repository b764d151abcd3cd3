"""The rows of `model.families`, by the manner in which a family answers."""
