"""What every command says, and how it ends: one message on standard error, or one JSON object for a machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from agent.result import EXIT_INFRASTRUCTURE, EXIT_INTERRUPTED, EXIT_USAGE
from agent.text import dumps, printable

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else.")]
_CAUSES = {EXIT_USAGE: "usage", EXIT_INFRASTRUCTURE: "infrastructure", EXIT_INTERRUPTED: "interrupted"}


def say(text: object) -> None:
    """One line or more on standard output. What a page or a model wrote cannot steer the terminal."""
    typer.echo(printable(str(text)))


def print_json(data: Any) -> None:
    """One JSON object on a line of its own."""
    typer.echo(dumps(data))


def stop(code: int, message: str, as_json: bool = False, **more: Any) -> NoReturn:
    """End with a message on standard error, and with a JSON object where a machine reads.

    Args:
        more: further keys of that object.
    """
    if as_json:
        cause = _CAUSES.get(code, "failed")
        print_json(
            {"status": "failed", "cause": cause, "reason": message, "error": message, **more, "exit_code": code}
        )
    else:
        typer.secho(printable(message), fg="red", err=True)
    raise typer.Exit(code)


def show_written(path: Path, kind: str, *, open_it: bool = False, as_json: bool = False) -> None:
    """Say where a file was written; show it, where that was asked for."""
    if as_json:
        print_json({kind: str(path)})
    else:
        say(path)
    if open_it:
        typer.launch(str(path))


def forgive_encodings() -> None:
    """What the terminal has no characters for is shown as escapes, and never ends a command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
