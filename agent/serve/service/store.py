"""The queue on disk: what was asked for, how far it is, how it ended; and the events of every run.

One service uses a folder at a time. Each change is one transaction: a service that is killed at any moment finds
at its next start what it had, and an end is written once.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agent.serve.feed import Event
from agent.serve.service.job import Job

State = Literal["queued", "running", "ended"]
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    key TEXT UNIQUE,
    digest TEXT NOT NULL,
    job TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    result TEXT
);
CREATE INDEX IF NOT EXISTS by_state ON runs (state, number);
CREATE TABLE IF NOT EXISTS events (
    run TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, time REAL NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (run, number)
);
"""


class QueueFull(Exception):
    """No more runs are taken at the moment."""


class KeyTaken(Exception):
    """The idempotency key was used for another job."""


@dataclass(frozen=True)
class Row:
    """One run as it is kept."""

    number: int
    id: str
    job: Job
    state: State
    attempt: int
    created: float
    started: float | None
    ended: float | None
    result: dict[str, Any] | None

    @property
    def folder(self) -> str:
        """Name of its trace folder: every attempt has one of its own."""
        return self.id if self.attempt < 2 else f"{self.id}-{self.attempt}"

    def to_json(self) -> dict[str, Any]:
        """As clients see it."""
        return {
            "id": self.id,
            "state": self.state,
            "task": self.job.task,
            "job": self.job.model_dump(mode="json", exclude_defaults=True),
            "attempt": self.attempt,
            "created": round(self.created, 3),
            "started": round(self.started, 3) if self.started else None,
            "ended": round(self.ended, 3) if self.ended else None,
            "result": self.result,
        }


class Store:
    """The database of one service. Safe from any thread."""

    def __init__(self, path: Path, most_queued: int) -> None:
        self._most = most_queued
        self._lock = threading.Lock()
        self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.executescript(_TABLES)

    def close(self) -> None:
        """Nothing may be called afterwards."""
        with self._lock:
            self._base.close()

    def add(self, run_id: str, job: Job, key: str | None = None) -> tuple[Row, bool]:
        """Queue a run. Returns it, and whether it is new: the same key and job give the same run again.

        Raises:
            QueueFull: so many wait already.
            KeyTaken: the key belongs to another job.
        """
        text = job.model_dump_json()
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self._lock, self._transaction():
            if key is not None and (known := self._one("key = ?", key)) is not None:
                if self._value("SELECT digest FROM runs WHERE key = ?", key) != digest:
                    raise KeyTaken(f"Idempotency-Key: {key[:80]!r} was used for another job, run {known.id}")
                return known, False
            if self._value("SELECT COUNT(*) FROM runs WHERE state = 'queued'") >= self._most:
                raise QueueFull(f"{self._most} runs wait already; try again later")
            self._base.execute(
                "INSERT INTO runs (id, key, digest, job, state, created) VALUES (?, ?, ?, ?, 'queued', ?)",
                (run_id, key, digest, text, time.time()),
            )
            found = self._one("id = ?", run_id)
            assert found is not None
            return found, True

    def claim(self) -> Row | None:
        """The run that has waited longest, now running; None: none waits."""
        with self._lock, self._transaction():
            row = self._one("state = 'queued' ORDER BY number LIMIT 1")
            if row is None:
                return None
            self._base.execute(
                "UPDATE runs SET state = 'running', attempt = attempt + 1, started = ? WHERE id = ?",
                (time.time(), row.id),
            )
            return self._one("id = ?", row.id)

    def again(self, run_id: str, attempt: int) -> bool:
        """Queue a run again, in its old place; whether it was running for the time `attempt`."""
        with self._lock, self._transaction():
            changed = self._base.execute(
                "UPDATE runs SET state = 'queued' WHERE id = ? AND state = 'running' AND attempt = ?",
                (run_id, attempt),
            )
            return changed.rowcount == 1

    def end(
        self, run_id: str, result: dict[str, Any], *, state: State | None = None, attempt: int | None = None
    ) -> bool:
        """Write how a run ended; whether it had not ended before.

        Args:
            state, attempt: only where it is in this state, in this attempt.
        """
        wanted = "state != 'ended'" if state is None else "state = ?"
        values: list[Any] = [json.dumps(result, ensure_ascii=False), time.time(), run_id]
        values += [] if state is None else [state]
        if attempt is not None:
            wanted += " AND attempt = ?"
            values.append(attempt)
        with self._lock, self._transaction():
            changed = self._base.execute(
                f"UPDATE runs SET state = 'ended', result = ?, ended = ? WHERE id = ? AND {wanted}", values
            )
            return changed.rowcount == 1

    def find(self, run_id: str) -> Row | None:
        """The run of that name."""
        with self._lock:
            return self._one("id = ?", run_id)

    def listed(self, state: str | None = None, most: int = 100, before: int | None = None) -> list[Row]:
        """Runs, the newest first; those with a number below `before`."""
        where, values = ["1"], list[Any]()
        if state is not None:
            where.append("state = ?")
            values.append(state)
        if before is not None:
            where.append("number < ?")
            values.append(before)
        with self._lock:
            return self._rows(f"{' AND '.join(where)} ORDER BY number DESC LIMIT {int(most)}", *values)

    def counts(self) -> dict[str, int]:
        """How many runs are in each state."""
        with self._lock:
            found = dict(self._base.execute("SELECT state, COUNT(*) FROM runs GROUP BY state").fetchall())
        return {state: found.get(state, 0) for state in ("queued", "running", "ended")}

    def tell(self, run_id: str, event: Event) -> None:
        """Keep an event."""
        values = (run_id, event.number, event.kind, event.time, json.dumps(event.data, ensure_ascii=False))
        with self._lock:
            self._base.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?)", values)

    def events(self, run_id: str) -> list[Event]:
        """The events of a run that were kept."""
        with self._lock:
            found = self._base.execute(
                "SELECT number, kind, data, time FROM events WHERE run = ? ORDER BY number", (run_id,)
            ).fetchall()
        return [Event(number, kind, json.loads(data), at) for number, kind, data, at in found]

    # -- below the lock ---------------------------------------------------------------------------------------

    def _transaction(self) -> _Transaction:
        return _Transaction(self._base)

    def _value(self, query: str, *values: Any) -> Any:
        with closing(self._base.execute(query, values)) as found:
            row = found.fetchone()
        return row[0] if row else None

    def _one(self, where: str, *values: Any) -> Row | None:
        return next(iter(self._rows(where, *values)), None)

    def _rows(self, where: str, *values: Any) -> list[Row]:
        query = "SELECT number, id, job, state, attempt, created, started, ended, result FROM runs WHERE "
        return [_row(values) for values in self._base.execute(query + where, values).fetchall()]


class _Transaction:
    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def __enter__(self) -> None:
        self._base.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *rest: object) -> None:
        self._base.execute("COMMIT" if kind is None else "ROLLBACK")


def _row(values: Iterable[Any]) -> Row:
    number, run_id, job, state, attempt, created, started, ended, result = values
    return Row(
        number,
        run_id,
        Job.model_validate_json(job),
        state,
        attempt,
        created,
        started,
        ended,
        json.loads(result) if result else None,
    )
