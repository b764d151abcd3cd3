"""Runs as others follow and steer them: over MCP, over HTTP, in the studio."""
