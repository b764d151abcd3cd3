"""`agent skill`: the text that tells coding agents how to use this command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import Json, print_json, say, stop
from agent.result import EXIT_INFRASTRUCTURE

app = typer.Typer(help="The skill that tells coding agents how to use this program.", no_args_is_help=True)


@app.command()
def install(
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder of skills. Absent: the one that this project has, else .agents/skills."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the skill where a coding agent looks for it; an older one is replaced."""
    from agent import skill

    folder = to or skill.place(Path())
    try:
        path = skill.install(folder)
    except OSError as error:
        told = f"--to: {folder} cannot be written ({error.strerror or error})"
        stop(EXIT_INFRASTRUCTURE, told, as_json)
    if as_json:
        print_json({"skill": str(path)})
    else:
        say(path)


@app.command()
def show() -> None:
    """Print the skill."""
    from agent import skill

    typer.echo(skill.text(), nl=False)
