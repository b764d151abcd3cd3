"""Run a suite: workers that play, one writer, resumable, with limits that hold."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.evaluate.episodes import EpisodeSpec, EvalConfig
from agent.evaluate.provenance import fingerprint, prompt_record, session
from agent.evaluate.results import EpisodeResult, Results
from agent.evaluate.summary import write
from agent.evaluate.workers.pool import LocalWorkers, RunBroken, WorkerPool
from agent.evaluate.workers.process import RUN, end_all
from envs.tasks.base import Task

__all__ = ["Progress", "RunBroken", "evaluate"]


@dataclass(frozen=True)
class Progress:
    """How far a run is: rows written now and before, of how many; `row` is the newest, `player` who plays."""

    done: int
    total: int
    row: EpisodeResult | None
    rows: Sequence[EpisodeResult]
    seconds: float
    player: str = ""


def evaluate(
    tasks: Iterable[Task],
    rules: EvalConfig,
    out: Path,
    *,
    seeds: Iterable[int] = range(5),
    workers: int = 1,
    suite: str = "",
    blind: bool = False,
    baselines: Iterable[str] = (),
    ray: str | None = None,
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
        baselines: names in `agent.evaluate.baselines.PLAYERS` that then play the same, each in a folder of its own
            in `out/baselines`.
        ray: address of a Ray cluster whose machines play; None: this machine. See `agent.evaluate.workers.ray`.

    Returns:
        the summary, also in `out/summary.json`; rows in `out/results.csv` and `results.json` unless blind.

    Raises:
        ValueError: no tasks, no seeds, duplicate ids, workers below 1, or no model of that name.
        FolderInUse, OtherRun: see `Results`.
        RunBroken: model or disk is gone, or workers do not start.
        OSError: the summary cannot be written.
    """
    tasks, seeds, baselines = list(tasks), list(seeds), list(baselines)
    _check(tasks, seeds, workers, baselines)
    rules = replace(rules, traces=None if blind else rules.traces)
    config = {"suite": suite, "blind": blind, **rules.record()}
    with Results(out, config) as results:
        past = _End(results, config, blind)
        _play(tasks, seeds, rules, results, past, workers, ray, on_progress)
        for name in baselines:
            bare = replace(
                rules, model=name, base_url=None, api_key=None, opened={}, zoom_check="off", traces=None
            )
            evaluate(
                tasks,
                bare,
                out / "baselines" / name,
                seeds=seeds,
                workers=workers,
                suite=suite,
                blind=blind,
                ray=ray,
                on_progress=on_progress,
            )
        return past.write()


def _play(
    tasks: Sequence[Task],
    seeds: Sequence[int],
    rules: EvalConfig,
    results: Results,
    end: _End,
    workers: int,
    ray: str | None,
    on_progress: Callable[[Progress], None] | None,
) -> None:
    mark = _mark(results)
    done = results.done()
    jobs = deque(EpisodeSpec(task, seed) for seed in seeds for task in tasks if (task.id, seed) not in done)
    wanted = {(task.id, seed) for task in tasks for seed in seeds}
    rows = [row for row in results.rows() if (row.task, row.seed) in wanted]
    if not jobs:
        return
    end.begin(session(tasks), {task.id: fingerprint(task) for task in tasks})
    started = time.perf_counter()
    crew = _crew(rules, jobs, min(workers, len(jobs)), mark, ray)
    try:
        while (row := crew.next_row()) is not None:
            if crew.prompt is not None:
                end.prompt(crew.prompt)
            results.add(row)
            rows.append(row)
            if on_progress:
                seconds = time.perf_counter() - started
                on_progress(Progress(len(rows), len(wanted), row, rows, seconds, rules.model))
    except BaseException:
        crew.close()
        with suppress(OSError):  # what stopped the run comes first
            end.write()  # a run that is stopped half-way leaves a summary of what it has
        raise
    crew.close()


class _End:
    """What is written beside the rows: the sessions, and the summary."""

    def __init__(self, results: Results, config: dict[str, Any], blind: bool) -> None:
        self._results, self._config, self._blind = results, config, blind
        noted = results.noted("sessions")
        self._sessions: list[dict[str, Any]] = noted if isinstance(noted, list) else []

    def begin(self, one: dict[str, Any], prints: dict[str, str]) -> None:
        """A call begins to work on this run; `prints`: a hash of each of its tasks."""
        noted = self._results.noted("prints")
        known: dict[str, str] = noted if isinstance(noted, dict) else {}
        one["tasks_changed"] = sorted(name for name in prints if known.get(name, prints[name]) != prints[name])
        self._results.note("prints", {**known, **prints})
        self._sessions.append(one)
        self._results.note("sessions", self._sessions)

    def prompt(self, prompt: dict[str, Any]) -> None:
        """What the model is told has become known."""
        if "prompt" not in self._sessions[-1]:
            self._sessions[-1]["prompt"] = prompt_record(prompt)
            self._results.note("sessions", self._sessions)

    def write(self) -> dict[str, Any]:
        """Write the summary, and return it."""
        folder, rows = self._results.path.parent, self._results.rows()
        return write(folder, rows, self._config, blind=self._blind, sessions=self._sessions)


def _mark(results: Results) -> str:
    """The mark of the folder; whatever a run that was killed has left with it is ended. Our lock says that none is
    going on."""
    mark: str | None = results.noted("mark")
    if mark is None:
        mark = uuid.uuid4().hex
        results.note("mark", mark)
    else:
        end_all(RUN, mark)
    return mark


def _crew(rules: EvalConfig, jobs: deque[EpisodeSpec], size: int, mark: str, ray: str | None) -> WorkerPool:
    if ray is None:
        return LocalWorkers(rules, jobs, size, mark)
    from agent.evaluate.workers.ray import RayWorkers

    return RayWorkers(rules, jobs, size, mark, address=ray)


def _check(tasks: Sequence[Task], seeds: Sequence[int], workers: int, baselines: Sequence[str]) -> None:
    from agent.evaluate.baselines import PLAYERS

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
    unknown = [name for name in baselines if name not in PLAYERS]
    if unknown:
        raise ValueError(f"baselines: {unknown[0]!r} is none of {', '.join(PLAYERS)}")
