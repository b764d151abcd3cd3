"""Data sets and what lies around them: recordings by others and by ourselves, and a gallery to look at them."""
