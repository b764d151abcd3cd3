"""From words to elements of the screen."""
