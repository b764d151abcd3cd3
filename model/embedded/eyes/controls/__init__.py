"""What kind of control a box is, and its state."""
