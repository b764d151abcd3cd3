"""Tools of the developers: what is not library code."""
