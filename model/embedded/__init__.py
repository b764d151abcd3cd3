"""The embedded default: a reader of screens with rules, not a vision-language model."""
