"""`agent tasks apps`: the real applications that `agent eval apps` plays in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.console import Json, print_json, say, stop
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_USAGE

if TYPE_CHECKING:
    from envs.tasks.applications.base import Application

EXIT_CODES = "Exit codes: 0 done; 1 some are not in order; 2 bad usage; 3 an installation failed."

app = typer.Typer(help="Install, list and check real applications to play tasks in.", no_args_is_help=True)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Applications, or all, seen, blind. [default: all]")
]


@app.command("install", epilog=EXIT_CODES)
def install_command(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Applications, or all, seen, blind.")],
    as_json: Json = False,
) -> None:
    """Install applications from PyPI or npm, each into a folder of its own in the user's cache, with seeded data.

    What is there already, in the wanted version, is left as it is. AGENT_APPS=FOLDER says another place.
    """
    from envs.tasks.applications.base import AppError
    from envs.tasks.applications.install import install

    done, failed = [], []
    for one in _applications(names, as_json):
        try:
            found = install(one, None if as_json else say)
        except AppError as error:
            failed.append({"name": one.name, "error": str(error)})
            if not as_json:
                say(str(error))
        else:
            done.append({"name": one.name, "seconds": found.seconds, "megabytes": found.megabytes})
            if not as_json:
                say(f"{one.name}: {found.megabytes:.0f} MB, {found.seconds:.0f} s")
    if as_json:
        print_json({"installed": done, "failed": failed})
    raise typer.Exit(EXIT_INFRASTRUCTURE if failed else EXIT_DONE)


@app.command("list")
def list_command(as_json: Json = False) -> None:
    """List the applications: half, version, licence, number of tasks, and what is installed."""
    from rich.console import Console
    from rich.table import Table

    from envs.tasks.applications import catalogue, install
    from envs.tasks.suites.apps.tasks import load

    rows: list[dict[str, Any]] = []
    for name, path in catalogue.task_files().items():
        one, found = catalogue.find(name), install.installed(catalogue.find(name))
        rows.append(
            {
                "name": name, "half": catalogue.half_of(name), "title": one.title, "version": one.version,
                "licence": one.licence, "from": one.kind, "tasks": len(load(path)), "installed": found is not None,
                "megabytes": found.megabytes if found else None,
            }
        )  # fmt: skip
    if as_json:
        print_json(rows)
        return
    table = Table("name", "half", "version", "licence", "from", "tasks", "installed")
    for row in rows:
        size = f"{row['megabytes']:.0f} MB" if row["installed"] else ""
        cells = ("name", "half", "version", "licence", "from", "tasks")
        table.add_row(*(str(row[cell]) for cell in cells), size)
    Console().print(table)


@app.command("check", epilog=EXIT_CODES)
def check_command(names: Names = None, as_json: Json = False) -> None:
    """Start each application that is installed, on loopback, and read its state; or say what is wrong."""
    from envs.tasks.applications.base import AppError
    from envs.tasks.applications.install import installed, missing
    from envs.tasks.applications.running import Running

    rows = []
    for one in _applications(names or ["all"], as_json):
        problem, records = missing(one), 0
        if problem is None and installed(one) is None:
            problem = f"not installed: agent tasks apps install {one.name}"
        if problem is None and one.kind != "desktop":
            try:
                running = Running(one)
                records = sum(map(len, running.before.values()))
                running.close()
            except AppError as error:
                problem = str(error)
        rows.append({"name": one.name, "works": problem is None, "records": records, "problem": problem})
        if not as_json:
            say(f"{one.name}: {problem or (f'starts, {records} records' if records else 'is there')}")
    if as_json:
        print_json(rows)
    raise typer.Exit(EXIT_DONE if all(row["works"] for row in rows) else EXIT_FAILED)


def _applications(names: list[str], as_json: bool) -> list[Application]:
    from envs.tasks.applications import catalogue

    found: dict[str, Application] = {}
    for name in names:
        listed = [known for known in catalogue.task_files() if name in ("all", catalogue.half_of(known))]
        try:
            found |= {known: catalogue.find(known) for known in listed or [name]}
        except ValueError as error:
            stop(EXIT_USAGE, str(error), as_json)
    return list(found.values())
