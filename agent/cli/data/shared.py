"""What the commands of `agent data` share: opening sets, counting along, and how faults end them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.cli.console import say, stop
from agent.result import EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_INTERRUPTED, EXIT_USAGE

EXIT_CODES = "Exit codes: 0 done; 1 faults were found; 2 bad usage; 3 no place to write; 130 interrupted."
SHOWN = 20
"""Lines of a kind that are shown; `--json` has all of them."""

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a data set.")]
To = Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Data set to write.")]
Progress = Callable[[int], None]


def open_set(folder: Path) -> Any:
    from model.training.data.dataset import open_data

    return open_data(folder)


def make_set(folder: Path, *, empty: bool = False) -> Any:
    from model.training.data.dataset import DataError, FolderData

    target = FolderData(folder, create=True)
    if empty and target.ids():
        raise DataError(f"{folder}: holds records already; accepted: a new or empty folder")
    return target


def counted(records: Any, told: Progress) -> Iterator[Any]:
    for number, record in enumerate(records, 1):
        told(number)
        yield record


@contextmanager
def counting(what: str, total: int | None, quiet: bool) -> Iterator[Progress]:
    """Counts on standard error while the block runs, where a person looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda number: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda number: bar.update(task, completed=number)


@contextmanager
def guarded(as_json: bool) -> Iterator[None]:
    """Faults of data become messages and exit codes."""
    try:
        from agent.data.reading import BadSource
        from model.training.data.dataset import BadRecord, CannotWrite, DataError
        from model.training.data.pictures import PictureFault
    except ImportError as error:
        stop(EXIT_USAGE, f'this needs {error.name}: pip install "gui-agent-toolkit[train]"', as_json)
    try:
        yield
    except CannotWrite as error:
        stop(EXIT_INFRASTRUCTURE, str(error), as_json)
    except (BadRecord, PictureFault) as error:
        stop(EXIT_FAILED, str(error), as_json)
    except (BadSource, DataError) as error:
        stop(EXIT_USAGE, str(error), as_json)
    except ImportError as error:
        stop(EXIT_USAGE, f'this needs {error.name}: pip install "gui-agent-toolkit[train]"', as_json)
    except KeyboardInterrupt:
        stop(EXIT_INTERRUPTED, "stopped", as_json)


def one_of(name: str, value: str, accepted: list[str], as_json: bool) -> None:
    if value not in accepted:
        stop(EXIT_USAGE, f"{name}: {value!r}; accepted: {', '.join(accepted)}", as_json)


def show_lines(lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        say(line)
    if len(lines) > SHOWN:
        say(f"and {len(lines) - SHOWN} more; --json tells all")
