"""The commands that look at runs: `agent eval show`, `report`, `compare`, `tree`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import Json, print_json, show_written, stop
from agent.result import EXIT_INFRASTRUCTURE, EXIT_USAGE
from agent.text import escaped

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]


def show_command(
    run: Folder,
    failures: Annotated[int, typer.Option(min=0, help="How many failures to list.")] = 20,
    as_json: Json = False,
) -> None:
    """Show a run in the terminal, also while it is going on."""
    from agent.evaluate import NoResults
    from agent.evaluate.results import read
    from agent.evaluate.summary import summary_of

    try:
        found = read(run)
    except NoResults as error:
        stop(EXIT_USAGE, str(error), as_json)
    summary = summary_of(found)
    if as_json:
        print_json({**summary, "folder": str(run)})
        return
    from rich.console import Console

    from agent.evaluate.report import show

    console = Console()
    console.print(escaped(found.name), style="bold", highlight=False)
    show.scores(console, summary)
    if not found.config.get("blind"):
        show.groups(console, summary)
        show.tasks(console, summary)
        show.outcomes(console, found.rows, failures)


def report_command(
    run: Folder,
    out: Annotated[Path | None, typer.Option(help="File to write. [default: RUN/report.html]")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Make one self-contained HTML file of a run, with links to the reports of its traces."""
    from agent.evaluate import NoResults
    from agent.evaluate.report.page import build

    try:
        path = build(run, out)
    except NoResults as error:
        stop(EXIT_USAGE, str(error), as_json)
    except OSError as error:
        stop(EXIT_INFRASTRUCTURE, f"{out or run / 'report.html'}: cannot be written ({error})", as_json)
    show_written(path, "report", open_it=open_it, as_json=as_json)


def compare_command(
    a: Annotated[Path, typer.Argument(metavar="A", help="Folder of a run.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Folder of another, on the same items.")],
    out: Annotated[Path | None, typer.Option(help="Also write both, side by side, to this HTML file.")] = None,
    most: Annotated[int, typer.Option("--changed", min=0, help="How many changed items to list.")] = 30,
    as_json: Json = False,
) -> None:
    """Compare two runs on the items that both have played: difference, test, what changed."""
    from agent.evaluate import NoResults
    from agent.evaluate.compare import compare
    from agent.evaluate.results import read

    try:
        runs = read(a), read(b)
        found = compare(*runs)
    except (NoResults, ValueError) as error:
        stop(EXIT_USAGE, str(error), as_json)
    if out is not None:
        from agent.evaluate.report.page import build_comparison

        try:
            build_comparison(*runs, found, out)
        except OSError as error:
            stop(EXIT_INFRASTRUCTURE, f"{out}: cannot be written ({error})", as_json)
    if as_json:
        print_json({**found, "report": str(out) if out else None})
        return
    from rich.console import Console

    from agent.evaluate.report import show

    show.comparison(Console(), found, most)
    if out is not None:
        typer.echo(str(out))


def tree_command(
    run: Folder,
    out: Annotated[Path | None, typer.Option(help="Folder of results. [default: RUN/osworld]")] = None,
    as_json: Json = False,
) -> None:
    """Write a run as OSWorld's tree of results, which its show_result.py reads."""
    from agent.evaluate import NoResults
    from agent.evaluate.report.tree import write_tree
    from agent.evaluate.results import read

    try:
        path = write_tree(read(run), out or run / "osworld")
    except (NoResults, ValueError) as error:
        stop(EXIT_USAGE, str(error), as_json)
    except OSError as error:
        stop(EXIT_INFRASTRUCTURE, f"{out or run / 'osworld'}: cannot be written ({error})", as_json)
    show_written(path, "tree", as_json=as_json)
