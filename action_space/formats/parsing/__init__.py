"""What the formats share: reading loose JSON, calls, keys, events."""
