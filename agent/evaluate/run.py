"""Run a suite: worker processes, one writer, resumable, with limits that hold.

`evaluate` hands out one episode at a time to each worker over a pipe, and writes the row that comes back. No queue
and no lock is shared with a worker, so killing one at any moment harms nothing but its own episode.
"""

from __future__ import annotations

import multiprocessing
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from agent.evaluate.results import Results, Row
from agent.evaluate.summary import write
from agent.evaluate.worker import Broken, Job, Ready, Rules, end_tree, work
from envs.tasks.base import Task

START_LIMIT_S = 300.0
"""Seconds that a worker may take to load its model."""


class RunBroken(Exception):
    """The run cannot go on: the model is gone, or workers do not start. What was finished is kept."""


@dataclass(frozen=True)
class Progress:
    """How far a run is: rows written now and before, of how many; `row` is the newest."""

    done: int
    total: int
    row: Row | None
    rows: Sequence[Row]
    seconds: float


def evaluate(
    tasks: Iterable[Task],
    rules: Rules,
    out: Path,
    *,
    seeds: Iterable[int] = range(5),
    workers: int = 1,
    suite: str = "",
    blind: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Play every task with every seed that has no row in `out` yet, and write the summary.

    Args:
        tasks: what to play; ids must differ.
        rules: who plays, and within which limits.
        out: folder of the run. The same configuration goes on where it stopped; more tasks and seeds may be added.
        workers: processes, each with its own browser and model.
        suite: name for the record.
        blind: write figures over all episodes only; what single tasks did stays in results.sqlite, and no trace
            is kept.

    Returns:
        the summary, also in `out/summary.json`; rows in `out/results.csv` unless blind.

    Raises:
        ValueError: no tasks, no seeds, duplicate ids, workers below 1, or no model of that name.
        FolderInUse, OtherRun: see `Results`.
        RunBroken: the model is gone, or workers do not start.
    """
    tasks, seeds = list(tasks), list(seeds)
    _check(tasks, seeds, workers)
    rules = replace(rules, traces=None if blind or rules.traces is None else rules.traces)
    config = {"suite": suite, "blind": blind, **asdict(rules), "traces": rules.traces is not None}
    with Results(out, config) as results:
        done = results.done()
        jobs = deque(Job(task, seed) for seed in seeds for task in tasks if (task.id, seed) not in done)
        wanted = {(task.id, seed) for task in tasks for seed in seeds}
        rows = [row for row in results.rows() if (row.task, row.seed) in wanted]
        crew = _Crew(rules, jobs, min(workers, len(jobs)))
        started = time.perf_counter()
        try:
            while (row := crew.next_row()) is not None:
                results.add(row)
                rows.append(row)
                if on_progress:
                    on_progress(Progress(len(rows), len(wanted), row, rows, time.perf_counter() - started))
        finally:
            crew.close()
            # A run that is stopped half-way leaves a summary of what it has.
            summary = write(out, results.rows(), config, blind=blind)
    return summary


def _check(tasks: Sequence[Task], seeds: Sequence[int], workers: int) -> None:
    if not tasks:
        raise ValueError("tasks: there is none to play")
    if not seeds:
        raise ValueError("seeds: there is none to play")
    if workers < 1:
        raise ValueError(f"workers: {workers} is below 1")
    ids = [task.id for task in tasks]
    doubled = sorted({name for name in ids if ids.count(name) > 1})
    if doubled:
        raise ValueError(f"tasks: the same id twice: {', '.join(doubled[:5])}")


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    token: str
    deadline: float
    job: Job | None = None

    def end(self) -> None:
        """End it and all that it started, at once."""
        # The id of a process that has ended may belong to another by now.
        end_tree(self.process.pid if self.process.is_alive() else None, self.token)
        self.process.join(10)
        self.pipe.close()


class _Crew:
    """Workers and the jobs that are left for them."""

    def __init__(self, rules: Rules, jobs: deque[Job], size: int) -> None:
        self._rules, self._jobs = rules, jobs
        self._context = multiprocessing.get_context("spawn")  # a forked child would share browsers and locks
        self._workers: list[_Worker] = []
        self._failed_starts = 0
        for _ in range(size):
            self._hire()

    def next_row(self) -> Row | None:
        """Wait for the next finished episode; None: there is nothing left to play.

        Raises:
            RunBroken: see `evaluate`.
        """
        while self._workers:
            nearest = min(worker.deadline for worker in self._workers)
            ready = wait([worker.pipe for worker in self._workers], max(0.0, nearest - time.monotonic()))
            for worker in list(self._workers):
                if worker.pipe in ready:
                    row = self._hear(worker)
                elif time.monotonic() >= worker.deadline:
                    row = self._lose(worker, "time_limit", "the time limit was reached; the browser was ended")
                else:
                    continue
                if row is not None:
                    return row
        return None

    def close(self) -> None:
        """End all workers; an episode in flight is lost and will be played again on resume."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def _hire(self) -> None:
        here, there = self._context.Pipe()
        token = uuid.uuid4().hex
        process = self._context.Process(target=work, args=(there, self._rules, token), daemon=False)
        process.start()
        there.close()  # so that the worker's end closes when the worker dies
        self._workers.append(_Worker(process, here, token, time.monotonic() + START_LIMIT_S))

    def _hear(self, worker: _Worker) -> Row | None:
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            return self._lose(worker, "crash", "the worker process died")
        if isinstance(message, Broken):
            raise ValueError(message.message) if message.unknown else RunBroken(message.message)
        job, worker.job = worker.job, None
        row = message if isinstance(message, Row) else None
        if isinstance(message, Ready):
            self._failed_starts = 0
        if row and job and row.error in ("setup", "crash", "environment") and job.attempt == 1:
            self._jobs.append(replace(job, attempt=2))
            row = None
        self._assign(worker)
        return row

    def _assign(self, worker: _Worker) -> None:
        if not self._jobs:
            worker.pipe.send(None)
            self._workers.remove(worker)
            worker.process.join(20)
            worker.end()
            return
        worker.job = self._jobs.popleft()
        worker.deadline = time.monotonic() + self._rules.max_seconds + self._rules.grace_s
        worker.pipe.send(worker.job)

    def _lose(self, worker: _Worker, error: str, reason: str) -> Row | None:
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
            self._hire()
        if job is None:
            return None
        seconds = self._rules.max_seconds + self._rules.grace_s if error == "time_limit" else 0.0
        return Row(
            job.task.id, job.seed, "failed", reason=reason, error=error, seconds=seconds, attempts=job.attempt
        )
