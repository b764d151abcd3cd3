"""`agent tasks`: which of a folder's task files run here, and what one says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agent.model_cli import Json
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_USAGE

if TYPE_CHECKING:
    from envs.tasks.check import Finding

EXIT_CODES = "Exit codes: 0 every task runs here; 1 some do not; 2 bad usage."

app = typer.Typer(help="Look at task files in OSWorld's format.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of task files, or one file.")]


@app.command("check", epilog=EXIT_CODES)
def check_command(
    folder: Folder,
    online: Annotated[
        bool, typer.Option("--online", help="The network is there: needing it keeps no task from running.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say of each task whether it runs here, or what it needs: an application, a function that is missing, the
    network or an account; or which field is wrong.

    Nothing is started and nothing is fetched. Infeasible tasks need the same set-up and are counted like others.
    """
    from envs.tasks.check import totals

    findings = _findings(folder, online, as_json)
    domains = totals(findings)
    done = all(one.status == "runs here" for one in findings)
    if as_json:
        tasks = [one.to_json() for one in findings]
        typer.echo(json.dumps({"tasks": tasks, "domains": domains}, ensure_ascii=False))
    else:
        _show(findings, domains)
    raise typer.Exit(EXIT_DONE if done else EXIT_FAILED)


@app.command("list")
def list_command(folder: Folder, as_json: Json = False) -> None:
    """List the tasks of a folder: domain, id, and what the agent is told."""
    from envs.tasks.files import raw_json, shape
    from envs.tasks.registry import TaskFileError

    found = []
    for path in _paths(folder, as_json):
        try:
            file = shape(raw_json(path))
        except TaskFileError:
            continue  # `check` says why
        found.append({"domain": path.parent.name, "id": file.id, "instruction": file.instruction})
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        typer.echo(f"{one['domain']}\t{one['id']}\t{one['instruction']}")


@app.command("show")
def show_command(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A task file.")], as_json: Json = False
) -> None:
    """Show one task: what is set up, what is said, how the end is judged, what it needs."""
    from envs.tasks.check import check
    from envs.tasks.files import raw_json, shape
    from envs.tasks.registry import TaskFileError

    try:
        file = shape(raw_json(path))
    except TaskFileError as error:
        _stop(str(error), as_json)
    finding = check(path)
    if as_json:
        typer.echo(json.dumps({"task": file.model_dump(), "check": finding.to_json()}, ensure_ascii=False))
        return
    typer.echo(f"{file.id}\n{file.instruction}\n")
    for step in file.config:
        typer.echo(f"set-up   {step.type} {json.dumps(step.parameters, ensure_ascii=False)}")
    func = file.evaluator.func
    typer.echo(f"judge    {f' {file.evaluator.conj} '.join(func) if isinstance(func, list) else func}")
    for name in ("result", "expected", "options"):
        if given := getattr(file.evaluator, name):
            typer.echo(f"{name:8} {json.dumps(given, ensure_ascii=False)}")
    typer.echo(f"status   {finding.status}{f': {finding.reason}' if finding.reason else ''}")


def _paths(folder: Path, as_json: bool) -> list[Path]:
    from envs.tasks.check import paths

    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        _stop(f"{folder}: is no folder and no file", as_json)
    found = paths(folder)
    if not found:
        _stop(f"{folder}: holds no task file (*.json)", as_json)
    return found


def _findings(folder: Path, online: bool, as_json: bool) -> list[Finding]:
    from envs.tasks.check import check

    root = folder if folder.is_dir() else None
    return [check(path, online=online, root=root) for path in _paths(folder, as_json)]


def _stop(message: str, as_json: bool) -> NoReturn:
    """End with exit code 2 and the message."""
    if as_json:
        typer.echo(json.dumps({"error": message}, ensure_ascii=False))
    else:
        typer.echo(message, err=True)
    raise typer.Exit(EXIT_USAGE)


def _show(findings: list[Finding], domains: dict[str, dict[str, int]]) -> None:
    """Tasks that do not run, then the totals."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from envs.tasks.check import STATUSES

    console = Console()
    others = [one for one in findings if one.status != "runs here"]
    if others:
        table = Table("task", "status", "why")
        table.columns[0].no_wrap = True
        for one in others:
            table.add_row(escape(f"{one.domain}/{one.id or Path(one.path).name}"), one.status, escape(one.reason))
        console.print(table)
    columns = ("tasks", "infeasible", *STATUSES)
    heads = [column.removeprefix("needs ").removesuffix(" function") for column in columns]
    table = Table("domain", *heads, show_footer=len(domains) > 1)
    table.columns[0].no_wrap = True
    for name, counts in domains.items():
        table.add_row(escape(name), *(str(counts[column]) for column in columns))
    table.columns[0].footer = "all"
    for place, column in enumerate(columns, start=1):
        table.columns[place].footer = str(sum(counts[column] for counts in domains.values()))
        table.columns[place].justify = "right"
    console.print(table)
