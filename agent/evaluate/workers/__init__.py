"""Who plays the episodes: processes here, or a Ray cluster."""
