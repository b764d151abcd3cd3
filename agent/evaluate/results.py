"""The results of a run: one row per task and seed in SQLite, written by one process.

A row is committed before the next episode of its worker starts, so a kill at any moment loses only episodes in
flight; they are played again on resume. The primary key makes a second count of the same episode impossible.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FORMAT = 1
"""Version of the table layout, kept inside the file."""


class FolderInUse(Exception):
    """Another run is writing into this folder."""


class OtherRun(Exception):
    """The folder holds the results of a run with another configuration."""


class NoResults(Exception):
    """The folder holds no run, or one that cannot be read."""


class Unwritable(OSError):
    """A row cannot be written: the disk is full, or the file is damaged. What was written before stays."""


@dataclass(frozen=True)
class Row:
    """What came of one episode.

    Attributes:
        task, seed: the key.
        status: verified, claimed, failed, unsure, blocked; as the loop ended.
        passed: the judge's last word, whatever the agent said.
        claimed: the agent itself ended with success.
        score: 0–1, the judge's.
        reason: one line: the judge's, or what went wrong.
        error: "" or what kept the episode from being played: setup, time_limit, crash, environment, judge (the
            check raised), no_oracle.
        steps: actions taken.
        seconds: wall time of the episode, set-up included.
        model_s: wall seconds in the model; model_cpu_s: its CPU seconds where it counts them.
        model_calls: answers asked for.
        strict, repaired, unparsed: answers that were valid at once, valid after the repair turn, never valid.
        attempts: 2 when the episode was played again after a set-up failure or a crash.
        trace: folder of the trace, relative to the run's folder; "" if none was kept.
        details: anything else, as JSON values. Reports know `instruction`; `groups`: {"application": "shop"}, one
            value or several each; `cause`, `said`, `answer`; of recorded pictures `picture` (path), `predicted`
            ([x, y] or null), `box` ([x1, y1, x2, y2]) or `polygon`, in pixels of the picture.
    """

    task: str
    seed: int
    status: str
    passed: bool = False
    claimed: bool = False
    score: float = 0.0
    reason: str = ""
    error: str = ""
    steps: int = 0
    seconds: float = 0.0
    model_s: float = 0.0
    model_cpu_s: float = 0.0
    model_calls: int = 0
    strict: int = 0
    repaired: int = 0
    unparsed: int = 0
    attempts: int = 1
    trace: str = ""
    details: dict[str, Any] = field(default_factory=dict)


_COLUMNS = tuple(column.name for column in fields(Row))
_TYPES = {"str": "TEXT", "int": "INTEGER", "bool": "INTEGER", "float": "REAL", "dict[str, Any]": "TEXT"}


class Results:
    """The results folder of one run, locked while it is open.

    Raises:
        FolderInUse: another process has it open.
        OtherRun: it holds results of another configuration.
        Unwritable: the disk is full, or results.sqlite is damaged.
    """

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "results.sqlite"
        self._lock = (folder / ".lock").open("w")
        try:
            # The kernel drops the lock when its holder dies, so a killed run never blocks its own resume.
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise FolderInUse(f"{folder}: another run is writing here; choose another folder") from None
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None)
        except sqlite3.Error as error:
            self._lock.close()
            raise self._unwritable(error) from error
        try:
            self._open(config)
        except sqlite3.Error as error:
            self.close()
            raise self._unwritable(error) from error
        except BaseException:
            self.close()
            raise

    def _open(self, config: dict[str, Any]) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        columns = ", ".join(f"{column.name} {_TYPES[str(column.type)]}" for column in fields(Row))
        self._db.execute(f"CREATE TABLE IF NOT EXISTS results ({columns}, PRIMARY KEY (task, seed))")
        self._db.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT)")
        text = json.dumps({"format": FORMAT, **config}, sort_keys=True, ensure_ascii=False)
        found = self._db.execute("SELECT value FROM meta WHERE key = 'config'").fetchone()
        if found is None:
            self._db.execute("INSERT INTO meta VALUES ('config', ?)", (text,))
        elif found[0] != text:
            raise OtherRun(f"{self.path.parent}: {_difference(json.loads(found[0]), json.loads(text))}")

    def add(self, row: Row) -> None:
        """Write one row, durably.

        Raises:
            sqlite3.IntegrityError: this task and seed has a row already.
            Unwritable: the disk is full.
        """
        values = asdict(row)
        values["details"] = json.dumps(row.details, ensure_ascii=False)
        marks = ", ".join("?" for _ in _COLUMNS)
        try:
            self._db.execute(f"INSERT INTO results VALUES ({marks})", [values[name] for name in _COLUMNS])
        except sqlite3.OperationalError as error:
            raise self._unwritable(error) from error

    def add_all(self, rows: Iterable[Row]) -> None:
        """Write many rows, all of them or none. Raises as `add` does."""
        self._db.execute("BEGIN")
        try:
            for row in rows:
                self.add(row)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def note(self, key: str, value: Any) -> None:
        """Keep one JSON value under `key` beside the rows; an older one is replaced.

        Raises:
            Unwritable: the disk is full.
        """
        try:
            self._db.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value, ensure_ascii=False))
            )
        except sqlite3.OperationalError as error:
            raise self._unwritable(error) from error

    def noted(self, key: str) -> Any:
        """The JSON value under `key`; None: there is none."""
        return _noted(self._db, key)

    def _unwritable(self, error: sqlite3.Error) -> Unwritable:
        return Unwritable(f"{self.path}: cannot be written ({error}); once it can, the same command goes on")

    def done(self) -> set[tuple[str, int]]:
        """Task and seed of every row."""
        return set(self._db.execute("SELECT task, seed FROM results"))

    def rows(self) -> Iterator[Row]:
        """All rows, by task and seed."""
        return _rows(self._db)

    def close(self) -> None:
        """Close the file and drop the lock. May be called twice."""
        self._db.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Run:
    """A run as its folder tells it.

    Attributes:
        folder: where it lies.
        config: the configuration: suite, blind, and the fields of `Rules`.
        rows: by task and seed.
        sessions: what each call that worked on it was made of (`agent.evaluate.provenance`).
    """

    folder: Path
    config: dict[str, Any]
    rows: list[Row]
    sessions: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """Suite and model."""
        return f"{self.config.get('suite') or 'run'} · {self.config.get('model') or self.folder.name}"


def read(folder: Path) -> Run:
    """The run in `folder`, also while it is going on.

    Raises:
        NoResults: there is none, or it cannot be read.
    """
    path = folder / "results.sqlite"
    if not path.is_file():
        raise NoResults(f"{folder}: holds no run: there is no results.sqlite in it")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            config = _noted(db, "config")
            rows = list(_rows(db))
            sessions = _noted(db, "sessions") or []
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise NoResults(f"{path}: cannot be read ({error})") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        found = config.get("format") if isinstance(config, dict) else None
        raise NoResults(f"{path}: format {found!r} is not known; accepted: {FORMAT}")
    return Run(folder, config, rows, sessions)


def _rows(db: sqlite3.Connection) -> Iterator[Row]:
    for values in db.execute(f"SELECT {', '.join(_COLUMNS)} FROM results ORDER BY task, seed"):
        row = dict(zip(_COLUMNS, values, strict=True))
        row.update(passed=bool(row["passed"]), claimed=bool(row["claimed"]), details=json.loads(row["details"]))
        yield Row(**row)


def _noted(db: sqlite3.Connection, key: str) -> Any:
    found = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return json.loads(found[0]) if found else None


def _difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    shown = "; ".join(f"{name}: {_short(old.get(name))} there, {_short(new.get(name))} now" for name in names)
    return f"holds a run with another configuration ({shown}); choose another folder"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
