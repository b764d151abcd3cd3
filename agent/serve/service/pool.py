"""Hands queued runs to workers, so many at a time, and writes down what becomes of them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.result import RunResult
from agent.serve.feed import Feed
from agent.serve.live import NoSuchRequest
from agent.serve.service.job import Job
from agent.serve.service.store import Row, Store
from agent.serve.service.worker import WorkerProcess
from agent.trace.reader import read_trace
from agent.trace.writer import TraceError

_STOP_S, _GRACE_S, _TICK_S = 15.0, 60.0, 0.5


@dataclass
class Running:
    """A run in a worker's hands."""

    row: Row
    process: WorkerProcess | None = None
    deadline: float = math.inf
    request: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    cancelled: str = ""
    overtime: bool = False

    def send(self, **message: Any) -> None:
        """A line for the worker, where it has started."""
        if self.process is not None:
            self.process.send(message)


class Pool:
    """The workers of a service.

    Args:
        store: the queue.
        size: how many runs go on at a time.
        launch: starts the worker of a run.
        runs_dir: parent of the trace folders.
        limit: seconds that a run may take, by its job.
    """

    def __init__(
        self,
        store: Store,
        size: int,
        launch: Callable[[Row], WorkerProcess],
        runs_dir: Path,
        limit: Callable[[Job], float],
    ) -> None:
        self._store, self._launch, self._runs_dir, self._limit = store, launch, runs_dir, limit
        self._size = size
        self._changed = threading.Condition()
        self._running: dict[str, Running] = {}
        self._feeds: dict[str, Feed] = {}
        self._closing = False
        self._threads: list[threading.Thread] = []

    def open(self) -> None:
        """Take up what an earlier service left, and begin."""
        for row in self._store.listed("running", most=1_000_000):
            self._left(row)
        for number in range(self._size):
            thread = threading.Thread(target=self._work, name=f"worker {number + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()
        watch = threading.Thread(target=self._watch, name="deadlines", daemon=True)
        watch.start()
        self._threads.append(watch)

    def close(self) -> None:
        """Stop what runs. What is queued stays queued."""
        with self._changed:
            self._closing = True
            running = list(self._running.values())
            self._changed.notify_all()
        for one in running:
            one.send(do="stop", reason="the service was stopped")
        until = time.monotonic() + _STOP_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for one in running:
            if one.process is not None:
                one.process.kill()
        for thread in self._threads:
            thread.join(10)

    def wake(self) -> None:
        """A run was queued."""
        with self._changed:
            self._changed.notify()

    @property
    def busy(self) -> int:
        """How many runs go on."""
        with self._changed:
            return len(self._running)

    def feed(self, row: Row) -> Feed:
        """The events of a run, those to come too."""
        with self._changed:
            feed = self._feeds.get(row.id)
            if feed is None:
                feed = Feed(self._store.events(row.id))
                if row.state != "ended":
                    self._feeds[row.id] = feed
            return feed

    def request(self, run_id: str) -> dict[str, Any] | None:
        """What a run waits for."""
        with self._changed:
            running = self._running.get(run_id)
            return running.request if running is not None else None

    def reply(self, run_id: str, request_id: str, reply: dict[str, Any]) -> None:
        """Answer a request.

        Raises:
            NoSuchRequest: it was answered already, or never made.
        """
        with self._changed:
            running = self._running.get(run_id)
            if running is None or running.request is None or running.request.get("id") != request_id:
                raise NoSuchRequest(f"request: {request_id[:80]!r} was answered already, or never made")
            running.request = None
        running.send(do="reply", request=request_id, **reply)

    def cancel(self, run_id: str) -> bool:
        """End a run; whether it had not ended before."""
        result = _failed("interrupted", "cancelled before it began")
        if self._store.end(run_id, result, state="queued"):
            self._tell(run_id, "end", **result)
            return True
        with self._changed:
            running = self._running.get(run_id)
            if running is None:
                return False
            running.cancelled = running.cancelled or "cancelled"
            running.deadline = min(running.deadline, time.monotonic() + _STOP_S)
        running.send(do="stop", reason="cancelled")
        return True

    # -- one worker's thread ----------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._changed:
                row = None
                while not self._closing and (row := self._store.claim()) is None:
                    self._changed.wait(5)
                if row is None:
                    return
                running = self._running[row.id] = Running(row)
            try:
                code, last = self._play(running)
            except Exception as error:  # whatever it is, the run has an end and the worker's place goes on
                running.result = _failed("infrastructure", f"internal error: {type(error).__name__}: {error}")
                code, last = None, ""
            with self._changed:
                del self._running[row.id]
            self._concluded(running, code, last)

    def _play(self, running: Running) -> tuple[int, str]:
        """Start the worker and hear it out; its exit code and the last line that it printed."""
        row = running.row
        self._tell(row.id, "state", state="running", attempt=row.attempt)
        process = self._launch(row)
        with self._changed:
            running.process = process
            running.deadline = min(running.deadline, time.monotonic() + self._limit(row.job) + _GRACE_S)
            reason = running.cancelled or ("the service was stopped" if self._closing else "")
        if reason:
            process.send({"do": "stop", "reason": reason})
        try:
            return process.listen(lambda message: self._hear(running, message)), process.tidy()
        finally:
            process.kill()

    def _hear(self, running: Running, message: dict[str, Any]) -> None:
        kind = str(message.pop("kind", ""))
        for name in ("number", "time"):
            message.pop(name, None)
        if kind == "request":
            running.request = message.get("request")
        elif kind == "reply":
            running.request = None
        if kind == "end":
            running.result = message
        elif kind:
            self._tell(running.row.id, kind, **message)

    def _concluded(self, running: Running, code: int | None, last: str) -> None:
        row, result = running.row, running.result
        stopped = self._closing and not running.cancelled
        if result is None and running.cancelled:
            result = _failed("interrupted", "cancelled; its worker did not answer and was ended")
        elif result is None and running.overtime:
            result = _failed("limit", "time limit: its worker did not answer and was ended")
        elif result is None and not self._again(row):
            told = f": {last[:300]}" if last else ""
            result = _failed("infrastructure", f"its worker died (exit code {code}){told}")
        elif stopped and result is not None and result.get("cause") == "interrupted" and self._again(row):
            result = None
        if result is not None:
            self._end(row, result)

    def _again(self, row: Row) -> bool:
        """Queue the run again, where it may be done again."""
        if row.attempt > row.job.retries or not self._store.again(row.id, row.attempt):
            return False
        self._tell(row.id, "state", state="queued", attempt=row.attempt)
        return True

    def _left(self, row: Row) -> None:
        """A run that was going on when an earlier service was killed: it ended, may be done again, or is lost."""
        with suppress(TraceError, OSError):
            folder = self._runs_dir / row.folder
            result = read_trace(folder).result
            cut_off = result is not None and result.get("cause") == "interrupted"
            if result is not None and not (cut_off and self._again(row)):
                self._end(row, {**result, "trace": str(folder)})
            if result is not None:
                return
        if not self._again(row):
            self._end(row, _failed("infrastructure", "the service was killed while it ran"))

    def _end(self, row: Row, result: dict[str, Any]) -> None:
        if self._store.end(row.id, result, state="running", attempt=row.attempt):
            self._tell(row.id, "end", **result)
        with self._changed:
            self._feeds.pop(row.id, None)

    def _tell(self, run_id: str, kind: str, /, **data: Any) -> None:
        with self._changed:
            feed = self._feeds.get(run_id)
            if feed is None:
                feed = self._feeds[run_id] = Feed(self._store.events(run_id))
        self._store.tell(run_id, feed.tell(kind, **data))
        if kind == "end":
            with self._changed:
                self._feeds.pop(run_id, None)

    def _watch(self) -> None:
        """Ends workers whose time is up."""
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self._closing, _TICK_S):
                    return
                late = [one for one in self._running.values() if time.monotonic() > one.deadline]
            for one in late:
                one.overtime = True
                if one.process is not None:
                    one.process.kill()


def _failed(cause: Any, reason: str) -> dict[str, Any]:
    return RunResult("failed", cause, reason).to_json()
