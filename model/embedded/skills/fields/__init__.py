"""Skills for forms: fill, choose, tick, send, sign in, hand over files."""
