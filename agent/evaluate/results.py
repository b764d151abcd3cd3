"""The results of a run: one row per task and seed in SQLite, written by one process.

A row is committed before the next episode of its worker starts, so a kill at any moment loses only episodes in
flight; they are played again on resume. The primary key makes a second count of the same episode impossible.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from agent.files import is_inside
from agent.text import dumps, loads, plain, redacted

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
class EpisodeResult:
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
            value or several each; `cause`, `said`, `answer`; `harm`: what changed and nobody asked for, "":
            nothing; of recorded pictures `picture` (path), `predicted` ([x, y] or null), `box` ([x1, y1, x2, y2])
            or `polygon`, in pixels of the picture.
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


_LARGEST = 1e12
_FIGURES = frozenset({"metrics", "chances"})
_COLUMNS = tuple(column.name for column in fields(EpisodeResult))
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
        # The system drops the lock when its holder dies, so a killed run never blocks its own resume.
        self._lock = FileLock(folder / ".lock", thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise FolderInUse(f"{folder}: another run is writing here; choose another folder") from None
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None)
        except sqlite3.Error as error:
            self._lock.release()
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
        columns = ", ".join(f"{column.name} {_TYPES[str(column.type)]}" for column in fields(EpisodeResult))
        self._db.execute(f"CREATE TABLE IF NOT EXISTS results ({columns}, PRIMARY KEY (task, seed))")
        self._db.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT)")
        text = dumps({"format": FORMAT, **config}, sort_keys=True)
        found = self._db.execute("SELECT value FROM meta WHERE key = 'config'").fetchone()
        if found is None:
            self._db.execute("INSERT INTO meta VALUES ('config', ?)", (text,))
        elif found[0] != text:
            try:
                there = loads(found[0])
            except (ValueError, TypeError):
                there = None
            if not isinstance(there, dict):
                raise OtherRun(f"{self.path.parent}: holds a run that cannot be read; choose another folder")
            raise OtherRun(f"{self.path.parent}: {_difference(there, loads(text))}")

    def add(self, row: EpisodeResult) -> None:
        """Write one row, durably.

        Raises:
            sqlite3.IntegrityError: this task and seed has a row already.
            Unwritable: the disk is full.
        """
        values = plain(redacted(asdict(row)))
        values["details"] = dumps(row.details)
        marks = ", ".join("?" for _ in _COLUMNS)
        try:
            self._db.execute(f"INSERT INTO results VALUES ({marks})", [values[name] for name in _COLUMNS])
        except sqlite3.OperationalError as error:
            raise self._unwritable(error) from error

    def add_all(self, rows: Iterable[EpisodeResult]) -> None:
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
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, dumps(value)))
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

    def rows(self) -> Iterator[EpisodeResult]:
        """All rows, by task and seed."""
        return _rows(self._db)

    def close(self) -> None:
        """Close the file and drop the lock. May be called twice."""
        self._db.close()
        self._lock.release()

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
        config: the configuration: suite, blind, and the fields of `EvalConfig`.
        rows: by task and seed.
        sessions: what each call that worked on it was made of (`agent.evaluate.provenance`).
    """

    folder: Path
    config: dict[str, Any]
    rows: list[EpisodeResult]
    sessions: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """Suite and model."""
        return f"{self.config.get('suite') or 'run'} · {self.config.get('model') or self.folder.name}"


def read(folder: Path) -> Run:
    """The run in `folder`, also while it is going on.

    Values of a wrong kind, as damage leaves them, become the field's default.

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
            try:
                sessions = _noted(db, "sessions")
            except (ValueError, TypeError):
                sessions = None
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise NoResults(f"{path}: cannot be read ({error})") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        found = config.get("format") if isinstance(config, dict) else None
        raise NoResults(f"{path}: format {found!r} is not known; accepted: {FORMAT}")
    sessions = [one for one in sessions if isinstance(one, dict)] if isinstance(sessions, list) else []
    return Run(folder, _config(config), rows, sessions)


def trace_folder(run: Run, row: EpisodeResult) -> Path | None:
    """The folder of a row's trace; None: none was kept, or what the row names does not lie in the run's folder."""
    folder = run.folder / row.trace
    return folder if row.trace and is_inside(folder, run.folder) and folder.is_dir() else None


def _rows(db: sqlite3.Connection) -> Iterator[EpisodeResult]:
    for values in db.execute(f"SELECT {', '.join(_COLUMNS)} FROM results ORDER BY task, seed"):
        row = dict(zip(_COLUMNS, values, strict=True))
        kinds = {column.name: str(column.type) for column in fields(EpisodeResult)}
        yield EpisodeResult(**{name: _value(value, kinds[name]) for name, value in row.items()})


def _value(value: Any, kind: str) -> Any:
    """What a column should hold, from what it holds."""
    if kind == "str":
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        return "" if value is None else text
    if kind == "bool":
        return value == 1
    if kind in ("int", "float"):
        number = value if isinstance(value, int | float) and 0 <= value < _LARGEST else 0
        return int(number) if kind == "int" else float(number)
    try:
        return _details(loads(value))
    except (ValueError, TypeError):
        return {}


def _details(found: Any) -> dict[str, Any]:
    """Details whose parts that figures are made of have their kinds; others stay as they are."""
    details = dict(found) if isinstance(found, dict) else {}
    for name in _FIGURES & details.keys():
        given = details[name] if isinstance(details[name], dict) else {}
        details[name] = {
            key: float(value)
            for key, value in given.items()
            if isinstance(value, int | float) and abs(value) < _LARGEST
        }
    if not (isinstance(details.get("episode"), str) and isinstance(details.get("number"), int)):
        details.pop("episode", None)
    return details


def _config(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration whose known parts have their kinds."""
    kinds = {"suite": str, "model": str, "kind": str, "blind": bool, "data": dict}
    return {name: value for name, value in config.items() if isinstance(value, kinds.get(name, object))}


def _noted(db: sqlite3.Connection, key: str) -> Any:
    found = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return loads(found[0]) if found else None


def _difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    shown = "; ".join(f"{name}: {_short(old.get(name))} there, {_short(new.get(name))} now" for name in names)
    return f"holds a run with another configuration ({shown}); choose another folder"


def _short(value: Any) -> str:
    text = dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
