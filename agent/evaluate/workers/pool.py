"""Who plays the episodes of a run: worker processes on this machine.

The run hands out one episode at a time to each worker over a pipe. No queue and no lock is shared with a worker,
so killing one at any moment harms nothing but its own episode.
"""

from __future__ import annotations

import multiprocessing
import time
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import wait
from typing import Any, Protocol

from agent.evaluate.episodes import EpisodeSpec, EvalConfig, about
from agent.evaluate.results import EpisodeResult
from agent.evaluate.workers.process import Broken, Ready, end_tree, work
from envs.scratch import sweep

START_LIMIT_S = 300.0
"""Seconds that a worker may take to load its model."""

AGAIN = ("setup", "crash", "environment")
"""Errors after which an episode is played once more."""


class RunBroken(Exception):
    """The run cannot go on: model or disk is gone, or workers do not start. What was finished is kept."""


class WorkerPool(Protocol):
    """Plays jobs and gives their rows, in any order. `prompt`: what the model is told, once that is known."""

    prompt: dict[str, Any] | None

    def next_row(self) -> EpisodeResult | None:
        """Wait for the next finished episode; None: there is nothing left to play.

        Raises:
            RunBroken: the run cannot go on.
            ValueError: there is no model of that name.
        """

    def close(self) -> None:
        """End all workers; an episode in flight is lost and will be played again on resume."""


class Worker:
    """One worker process, at most one job in its hands. `daemon`: it ends with this process, unasked."""

    def __init__(self, rules: EvalConfig, run: str, *, daemon: bool = False) -> None:
        # A forked child would share browsers and locks.
        context = multiprocessing.get_context("spawn")
        self.pipe, there = context.Pipe()
        self._rules, self._token = rules, uuid.uuid4().hex
        self._process = context.Process(target=work, args=(there, rules, self._token, run), daemon=daemon)
        self._process.start()
        there.close()  # so that the worker's end closes when the worker dies
        self.job: EpisodeSpec | None = None
        self.deadline = time.monotonic() + START_LIMIT_S

    def give(self, job: EpisodeSpec) -> None:
        """Let it play. A worker that has just died is noticed at its pipe."""
        self.job = job
        self.deadline = time.monotonic() + self._rules.max_seconds + self._rules.grace_s
        try:
            self.pipe.send(job)
        except OSError:
            self.deadline = time.monotonic()

    def hear(self) -> EpisodeResult | Ready | None:
        """Its next message; None: it died.

        Raises:
            RunBroken: model or disk is gone.
            ValueError: there is no model of that name.
        """
        try:
            message = self.pipe.recv()
        except (EOFError, OSError):
            return None
        if isinstance(message, Broken):
            raise ValueError(message.message) if message.unknown else RunBroken(message.message)
        assert isinstance(message, EpisodeResult | Ready)
        return message

    def dismiss(self) -> None:
        """Let it end by itself; a worker that does not is ended."""
        with suppress(OSError):
            self.pipe.send(None)
        self._process.join(20)
        self.end()

    def end(self) -> None:
        """End it and all that it started, at once."""
        # The id of a process that has ended may belong to another by now.
        end_tree(self._process.pid if self._process.is_alive() else None, self._token)
        self._process.join(10)
        self.pipe.close()
        sweep()  # what it had no time to remove


class LocalWorkers:
    """Worker processes on this machine.

    Args:
        rules: how they play.
        jobs: what is left to play; taken from, and added to where an episode is played again.
        size: number of workers.
        run: mark of the run's folder.
    """

    def __init__(self, rules: EvalConfig, jobs: deque[EpisodeSpec], size: int, run: str) -> None:
        self.prompt: dict[str, Any] | None = None
        self._rules, self._jobs, self._run = rules, jobs, run
        self._workers: list[Worker] = []
        self._failed_starts = 0
        for _ in range(size):
            self._workers.append(Worker(rules, run))

    def next_row(self) -> EpisodeResult | None:
        """See `WorkerPool`."""
        while self._workers:
            nearest = min(worker.deadline for worker in self._workers)
            ready = wait([worker.pipe for worker in self._workers], max(0.0, nearest - time.monotonic()))
            for worker in list(self._workers):
                if worker.pipe in ready:
                    row = self._hear(worker)
                elif time.monotonic() >= worker.deadline:
                    row = self._lose(worker, "time_limit")
                else:
                    continue
                if row is not None:
                    return row
        return None

    def close(self) -> None:
        """See `WorkerPool`."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def _hear(self, worker: Worker) -> EpisodeResult | None:
        message = worker.hear()
        if message is None:
            return self._lose(worker, "crash")
        job, worker.job = worker.job, None
        row = None
        if isinstance(message, Ready):
            self._failed_starts, self.prompt = 0, message.prompt
        else:
            row = message
        if row and job and row.error in AGAIN and job.attempt == 1:
            self._jobs.append(replace(job, attempt=2))
            row = None
        if self._jobs:
            worker.give(self._jobs.popleft())
        else:
            self._workers.remove(worker)
            worker.dismiss()
        return row

    def _lose(self, worker: Worker, error: str) -> EpisodeResult | None:
        """End a worker that hangs or died, hire another, and say what becomes of its episode."""
        self._workers.remove(worker)
        worker.end()
        job = worker.job
        if job is None:
            self._failed_starts += 1
            if self._failed_starts >= 3:
                raise RunBroken("workers do not start: three in a row died or hung before their first episode")
        elif error == "crash" and job.attempt == 1:
            self._jobs.append(replace(job, attempt=2))
            job = None
        if self._jobs:
            self._workers.append(Worker(self._rules, self._run))
        return lost(job, error, self._rules) if job else None


def lost(job: EpisodeSpec, error: str, rules: EvalConfig) -> EpisodeResult:
    """The row of an episode whose worker died (crash) or was ended (time_limit)."""
    reasons = {
        "time_limit": "the time limit was reached; the browser was ended",
        "crash": "the worker process died",
    }
    seconds = rules.max_seconds + rules.grace_s if error == "time_limit" else 0.0
    return EpisodeResult(
        job.task.id,
        job.seed,
        "failed",
        reason=reasons[error],
        error=error,
        seconds=seconds,
        attempts=job.attempt,
        details=about(job.task),
    )
