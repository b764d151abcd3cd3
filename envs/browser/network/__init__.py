"""What the browser's network may be used for: rules for addresses, and the gate for all connections."""
