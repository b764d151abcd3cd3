"""Reading what an application holds: rows of a database, files of a folder."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

_TEXT_AT_MOST = 64 * 1024
"""Bytes of a file that are kept as text; of a larger one its digest."""


def tables(
    database: Path, skip: Iterable[str] = (), without: Mapping[str, Iterable[str]] | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    """All rows of all tables of an SQLite database, by table and primary key.

    Args:
        database: its file; it may be open elsewhere. One that is not there has no tables.
        skip: tables that change by themselves (sessions, logs).
        without: table → columns that change by themselves; "*" means every table.
    """
    if not database.is_file():
        return {}
    left_out = {name: set(columns) for name, columns in (without or {}).items()}
    skipped = set(skip)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
        db.row_factory = sqlite3.Row
        listed = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for name in sorted(row[0] for row in listed):
            if name in skipped:
                continue
            quoted = '"' + name.replace('"', '""') + '"'
            columns = db.execute(f"PRAGMA table_info({quoted})").fetchall()
            keys = [column["name"] for column in sorted(columns, key=lambda one: one["pk"]) if column["pk"]]
            hidden = left_out.get(name, set()) | left_out.get("*", set())
            found[name] = {}
            for number, row in enumerate(db.execute(f"SELECT * FROM {quoted}")):
                key = "/".join(str(row[one]) for one in keys) if keys else str(number)
                values = {column: _value(row[column]) for column in row.keys() if column not in hidden}  # noqa: SIM118
                found[name][key] = values
    return found


def schema(database: Path) -> dict[str, dict[str, Any]]:
    """Tables, indexes, views and triggers of an SQLite database, by name; "columns" lists a table's."""
    if not database.is_file():
        return {}
    found: dict[str, dict[str, Any]] = {}
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
        for kind, name, table in db.execute(
            "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        ).fetchall():
            quoted = '"' + name.replace('"', '""') + '"'
            reads = "index_info" if kind == "index" else "table_info"
            place = 2 if kind == "index" else 1
            columns = [row[place] for row in db.execute(f"PRAGMA {reads}({quoted})")]
            found[name] = {"type": kind, "table": table, "columns": columns}
    return found


def files(
    folder: Path, skip: Callable[[str], bool] = lambda path: False, read: Callable[[Path], str] | None = None
) -> dict[str, dict[str, Any]]:
    """All files and folders below a folder, by path.

    A file has its "text", or "sha256" where it is large or no text; a folder is {"folder": True}.

    Args:
        folder: where they lie.
        skip: says of a path below it, with "/" between the parts, whether it is left out with all below.
        read: how the text of a file is read, where some of it changes by itself.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        parts = name.split("/")
        if any(skip("/".join(parts[: count + 1])) for count in range(len(parts))):
            continue
        found[name] = {"folder": True} if path.is_dir() else _file(path, read)
    return found


def _file(path: Path, read: Callable[[Path], str] | None) -> dict[str, Any]:
    try:
        if read is not None:
            return {"text": read(path)}
        data = path.read_bytes()
    except (OSError, UnicodeDecodeError):
        return {"unreadable": True}
    if len(data) <= _TEXT_AT_MOST:
        try:
            return {"text": data.decode("utf-8")}
        except UnicodeDecodeError:
            pass
    return {"sha256": hashlib.sha256(data).hexdigest()}


def _value(value: Any) -> Any:
    return f"sha256:{hashlib.sha256(value).hexdigest()}" if isinstance(value, bytes) else value
