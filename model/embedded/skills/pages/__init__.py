"""Skills for pages: open, click, drag, answer what comes up."""
