"""The ground floor: actions, coordinates, keys and formats. Pure values and functions, no I/O."""
