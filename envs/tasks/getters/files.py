"""Files: from the task's machine, from addresses, and from the task's folder (OSWorld's getters/file)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from envs.tasks.base import SetupFailed
from envs.tasks.context import TaskContext
from envs.tasks.getters.base import GETTERS, Fetched, fetched, keep, keep_file, kept_path

Names = str | list[str]
Given = Fetched | list[Fetched | None] | None


def _pairs(path: Names, dest: Names | None, multi: bool) -> list[tuple[str, str]]:
    """(path, dest) of each file.

    Raises:
        ValueError: there are not equally many of both.
    """
    paths = path if isinstance(path, list) else [path]
    dests = dest if isinstance(dest, list) else [dest] if dest else [PurePosixPath(one).name for one in paths]
    if len(paths) != len(dests) or (len(paths) > 1 and not multi):
        raise ValueError(f"dest: {len(dests)} names for {len(paths)} paths (several of them need multi)")
    return list(zip(paths, dests, strict=True))


def _chosen(found: list[Fetched | None], gives: list[int] | None) -> Given:
    """The files at the places `gives` (the first alone where none is given), one of them as itself."""
    chosen = [one for place, one in enumerate(found) if place in set(gives or [0])]
    return chosen[0] if len(chosen) == 1 else chosen


@GETTERS
def vm_file(
    stage: TaskContext,
    *,
    path: Names,
    dest: Names | None = None,
    multi: bool = False,
    gives: list[int] | None = None,
    time_suffix: bool = False,
    time_format: str = "%Y_%m_%d",
) -> Given:
    """Files of the machine, copied into the task's folder; None for each that is not there.

    Args:
        stage: of the task.
        path: on the machine; with `multi` a list.
        dest: names in the task's folder, as many.
        multi: several files.
        gives: which of them the metric gets, from 0; the others are only copied.
        time_suffix: today's date, in `time_format`, stands before the suffix of `path` and `dest`.
        time_format: as strftime has it.
    """
    pairs = _pairs(path, dest, multi)
    if time_suffix:
        pairs = [(_dated(one, time_format), _dated(other, time_format)) for one, other in pairs]
    return _chosen([keep_file(stage, name, one) for one, name in pairs], gives)


def _dated(path: str, time_format: str) -> str:
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}{datetime.now().strftime(time_format)}.{suffix}" if dot else path


@GETTERS
def cloud_file(
    stage: TaskContext,
    *,
    path: Names,
    dest: Names | None = None,
    multi: bool = False,
    gives: list[int] | None = None,
) -> Given:
    """Files from addresses (file://, http://, https://); arguments as for `vm_file`. Fetched once, then kept on
    disk.

    Raises:
        Unreachable: an address gives no file.
    """
    from envs.tasks.setup.machine import content

    try:
        return _chosen([keep(stage, name, content(one)) for one, name in _pairs(path, dest, multi)], gives)
    except SetupFailed as error:
        raise Unreachable(str(error)) from error


@GETTERS
def cache_file(stage: TaskContext, *, path: str) -> Fetched | None:
    """A file of the task's folder, such as what a set-up step's command printed."""
    found = kept_path(stage, path)
    return fetched(stage, found) if found.is_file() else None


@GETTERS
def content_from_vm_file(stage: TaskContext, *, path: str, file_type: str, file_content: str) -> list[str] | None:
    """The last row (`file_content` last_row) of a workbook (`file_type` xlsx) as texts, as many as it has columns.

    Raises:
        ValueError: another type or content.
    """
    if (file_type, file_content) != ("xlsx", "last_row"):
        raise ValueError(f"file_type: {file_type!r} with {file_content!r} is not accepted: xlsx with last_row")
    from envs.tasks.metrics.base import Unreadable
    from envs.tasks.metrics.office.table_read import Book, grid

    found = keep(stage, PurePosixPath(path).name, stage.opened_machine().read(path))
    try:
        rows = grid(Book(found).first.values)
    except Unreadable:
        return None
    return [_cell(value) for value in rows[-1]] if rows else None


def _cell(value: Any) -> str:
    """As pandas prints it."""
    return "nan" if value is None else str(value)


@GETTERS
def conference_city_in_order(stage: TaskContext, *, csv_path: str) -> list[str] | None:
    """The third column of a CSV file on the machine, without its heading."""
    import csv
    import io

    data = stage.opened_machine().read(csv_path)
    if data is None:
        return None
    return [row[2] for row in list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1:] if len(row) > 2]


@GETTERS
def googledrive_file(
    stage: TaskContext,
    *,
    dest: Names,
    settings_file: str = "",
    query: list[str] | None = None,
    path: list[str] | None = None,
    query_list: list[list[str]] | None = None,
    path_list: list[list[str]] | None = None,
) -> None:
    """A file of somebody's Google Drive.

    Raises:
        NeedsAccount: always: there is no account.
    """
    raise NeedsAccount("googledrive_file: needs a Google account and its settings file")


class Unreachable(Exception):
    """An address gives no file. Says nothing about the agent."""


class NeedsAccount(Exception):
    """A getter would have to sign in somewhere. Says nothing about the agent."""


def local_copy(stage: TaskContext, path: str, dest: str | None = None) -> Path | None:
    """A file of the machine, copied into the task's folder; None: it is not there."""
    found = keep(stage, dest or PurePosixPath(path).name, stage.opened_machine().read(path))
    return Path(found) if found is not None else None
