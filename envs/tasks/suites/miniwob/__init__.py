"""MiniWoB++ from the PyPI package."""
