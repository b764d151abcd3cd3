"""The command line, one file a group of commands: the only place that knows typer and rich."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Entry point of the `agent` program."""
    from agent.cli.app import main

    main()
