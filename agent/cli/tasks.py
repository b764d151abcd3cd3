"""`agent tasks`: which of a folder's task files run here, and what one says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.apps import app as apps_app
from agent.cli.console import Json, print_json, say, stop
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from agent.text import escaped

if TYPE_CHECKING:
    from envs.tasks.check import Finding

EXIT_CODES = "Exit codes: 0 every task runs here; 1 some do not; 2 bad usage."

_SHOWN = 20

app = typer.Typer(help="Look at task files in OSWorld's format.", no_args_is_help=True)

app.add_typer(apps_app, name="apps")

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
        print_json({"tasks": tasks, "domains": domains})
    else:
        _show(findings, domains)
    raise typer.Exit(EXIT_DONE if done else EXIT_FAILED)


@app.command("list")
def list_command(folder: Folder, as_json: Json = False) -> None:
    """List the tasks of a folder: domain, id, and what the agent is told."""
    from envs.tasks.registry import TaskFileError
    from envs.tasks.schema import raw_json, shape

    found = []
    for path in _paths(folder, as_json):
        try:
            file = shape(raw_json(path))
        except TaskFileError:
            continue  # `check` says why
        found.append({"domain": path.parent.name, "id": file.id, "instruction": file.instruction})
    if as_json:
        print_json(found)
        return
    for one in found:
        say(f"{one['domain']}\t{one['id']}\t{one['instruction']}")


@app.command("show")
def show_command(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A task file.")], as_json: Json = False
) -> None:
    """Show one task: what is set up, what is said, how the end is judged, what it needs."""
    from envs.tasks.check import check
    from envs.tasks.registry import TaskFileError
    from envs.tasks.schema import raw_json, shape

    try:
        file = shape(raw_json(path))
    except TaskFileError as error:
        stop(EXIT_USAGE, str(error), as_json)
    finding = check(path)
    if as_json:
        print_json({"task": file.model_dump(), "check": finding.to_json()})
        return
    say(f"{file.id}\n{file.instruction}\n")
    for step in file.config:
        say(f"set-up   {step.type} {json.dumps(step.parameters, ensure_ascii=False)}")
    func = file.evaluator.func
    say(f"judge    {f' {file.evaluator.conj} '.join(func) if isinstance(func, list) else func}")
    for name in ("result", "expected", "options"):
        if given := getattr(file.evaluator, name):
            say(f"{name:8} {json.dumps(given, ensure_ascii=False)}")
    for line in finding.does:
        say(f"here     {line}")
    say(f"status   {finding.status}{f': {finding.reason}' if finding.reason else ''}")


def _paths(folder: Path, as_json: bool) -> list[Path]:
    from envs.tasks.check import paths

    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        stop(EXIT_USAGE, f"{folder}: is neither a folder nor a file", as_json)
    found = paths(folder)
    if not found:
        stop(EXIT_USAGE, f"{folder}: holds no task file (*.json)", as_json)
    return found


def _findings(folder: Path, online: bool, as_json: bool) -> list[Finding]:
    from envs.tasks.check import check

    root = folder if folder.is_dir() else None
    return [check(path, online=online, root=root) for path in _paths(folder, as_json)]


def _show(findings: list[Finding], domains: dict[str, dict[str, int]]) -> None:
    """Tasks that do not run, then the totals."""
    from rich.console import Console
    from rich.table import Table

    from envs.tasks.check import STATUSES

    console = Console()
    others = [one for one in findings if one.status != "runs here"]
    if others:
        table = Table("task", "status", "why")
        table.columns[0].no_wrap = True
        for one in others:
            table.add_row(
                escaped(f"{one.domain}/{one.id or Path(one.path).name}"), one.status, escaped(one.reason)
            )
        console.print(table)
    acting = [one for one in findings if one.does]
    if acting:
        table = Table("task", "what it would do on this computer, as you; agent run asks for --trust")
        table.columns[0].no_wrap = True
        for one in acting[:_SHOWN]:
            lines = one.does if len(findings) == 1 else one.does[:3]
            more = f"\nand {len(one.does) - len(lines)} more" if len(one.does) > len(lines) else ""
            table.add_row(escaped(one.id), escaped("\n".join(lines)) + more)
        console.print(table)
        if len(acting) > _SHOWN:
            console.print(f"and {len(acting) - _SHOWN} more tasks; --json has all")
    columns = ("tasks", "infeasible", *STATUSES)
    heads = [column.removeprefix("needs ").removesuffix(" function") for column in columns]
    table = Table("domain", *heads, show_footer=len(domains) > 1)
    table.columns[0].no_wrap = True
    for name, counts in domains.items():
        table.add_row(escaped(name), *(str(counts[column]) for column in columns))
    table.columns[0].footer = "all"
    for place, column in enumerate(columns, start=1):
        table.columns[place].footer = str(sum(counts[column] for counts in domains.values()))
        table.columns[place].justify = "right"
    console.print(table)
