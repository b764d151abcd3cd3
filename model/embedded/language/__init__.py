"""From a sentence to goals, in English and Chinese."""
