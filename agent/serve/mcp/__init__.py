"""The screen and its runs as an MCP server, for both generations of the protocol (docs/mcp.md).

Up to 2025-11-25 a server asks its client in the middle of a call (elicitation). From 2026-07-28 on it has no such
channel: the call ends with what it needs, and is made again with the answer. `run_task` therefore keeps nothing in
the call: a run goes on by itself, and any call with its id finds it. A client that cannot ask its user gets the
question in the result, and answers it with another call.
"""
