"""One worker: a process of its own that plays one episode after the other and sends a row for each.

It starts a session of its own, so that Ctrl-C in the terminal reaches the run alone. Everything that it starts
carries a token in its environment: by it the run ends a hung browser, wherever that browser sits in the process
tree, and the worker ends its own when the run is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from agent.evaluate.results import Row
from envs.processes import end_marked
from envs.tasks.base import Ends, Episode, SetupFailed, Task
from model.base import Model, ModelFault, Reply, Request, UnknownModel

TOKEN = "AGENT_EVALUATE_WORKER"


@dataclass(frozen=True)
class Rules:
    """How every episode of a run is played.

    Attributes:
        model: name of the model or baseline.
        base_url: endpoint that serves the model, if it is not one of ours; its key is AGENT_API_KEY.
        options: the environment's configuration, passed to `Task.start`.
        max_steps, max_seconds: limits that the agent keeps by itself.
        grace_s: seconds beyond `max_seconds` (set-up, last step, clean-up); then the episode is ended by force.
        play_on: do not stop when the environment says that the episode is over; the agent has to notice by itself.
        traces: folder for the traces; None: none are kept.
    """

    model: str
    options: dict[str, Any] = field(default_factory=dict)
    base_url: str | None = None
    max_steps: int = 30
    max_seconds: float = 240.0
    grace_s: float = 60.0
    play_on: bool = False
    traces: Path | None = None


@dataclass(frozen=True)
class Job:
    """One episode to play."""

    task: Task
    seed: int
    attempt: int = 1


@dataclass(frozen=True)
class Ready:
    """The worker has its model and waits for a job."""


@dataclass(frozen=True)
class Broken:
    """The model cannot go on, so the run cannot either. `unknown`: there is none of that name."""

    message: str
    unknown: bool = False


class _Watched:
    """The model, with a memory of the fault that the loop turns into a result."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.name, self.family = model.name, model.family
        self.fault: ModelFault | None = None

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        try:
            return self._model.generate(request, on_text)
        except ModelFault as fault:
            self.fault = fault
            raise

    def close(self) -> None:
        self._model.close()


def work(pipe: Connection, rules: Rules, token: str) -> None:
    """Play the jobs that come through the pipe until it says None or closes."""
    os.setsid()
    os.environ[TOKEN] = token
    threading.Thread(target=_end_with_parent, args=(token,), daemon=True).start()
    from agent.evaluate.baselines import open_player

    player: _Watched | None = None
    try:
        try:
            model = open_player(rules.model, rules.base_url)
        except ModelFault as fault:
            pipe.send(Broken(str(fault), unknown=isinstance(fault, UnknownModel)))
            return
        player = _Watched(model) if model else None
        pipe.send(Ready())
        while (job := pipe.recv()) is not None:
            row = play(job, rules, player)
            if player and player.fault:
                pipe.send(Broken(str(player.fault)))
                return
            pipe.send(row)
    except (EOFError, BrokenPipeError):
        return  # the run is gone
    finally:
        if player:
            player.close()
        _close_shared()


def play(job: Job, rules: Rules, player: Model | None) -> Row:
    """Play one episode; whatever goes wrong is in the row."""
    from envs.base import EnvironmentFault

    started = time.perf_counter()
    row = Row(job.task.id, job.seed, "failed", attempts=job.attempt)
    episode: Episode | None = None
    try:
        try:
            episode = job.task.start(job.seed, dict(rules.options))
        except (SetupFailed, EnvironmentFault) as error:
            _close_shared()
            row = replace(row, error="setup", reason=_line(error))
        else:
            row = _oracle(episode, row) if player is None else _agent(episode, row, rules, player)
    except EnvironmentFault as error:
        row = replace(row, error="environment", reason=_line(error))
    except Exception as error:  # a fault of one episode must not end the others; the row says what it was
        row = replace(row, error="crash", reason=_line(error))
    finally:
        if episode:
            with suppress(EnvironmentFault):
                episode.close()
    return replace(row, seconds=round(time.perf_counter() - started, 3))


def _oracle(episode: Episode, row: Row) -> Row:
    try:
        episode.cheat()
    except NotImplementedError as error:
        return replace(row, error="no_oracle", reason=_line(error))
    verdict = episode.judge(episode.oracle_answer, episode.oracle_status)
    return replace(
        row,
        status="verified" if verdict.passed else "failed",
        passed=verdict.passed,
        claimed=True,
        score=verdict.score,
        reason=verdict.reason,
    )


def _agent(episode: Episode, row: Row, rules: Rules, player: Model) -> Row:
    from agent.guard import Limits
    from agent.loop import Agent

    name = f"{row.task}-{row.seed}".replace("/", "_") + ("" if row.attempts == 1 else f"-{row.attempts}")
    agent = Agent(
        player,
        episode.environment,
        limits=Limits(max_steps=rules.max_steps, max_seconds=rules.max_seconds),
        trace_dir=rules.traces / name if rules.traces else None,
        judge=episode.judge,
        stop=episode.over if isinstance(episode, Ends) and not rules.play_on else None,
    )
    result = agent.run(episode.instruction)
    verdict = result.verdict or {}
    row = replace(
        row,
        status=result.status,
        passed=result.status == "verified",
        claimed=result.said == "success",
        score=float(verdict.get("score", 0.0)),
        reason=str(verdict.get("reason") or result.reason),
        error="environment" if result.cause == "infrastructure" else "",
        steps=result.steps,
        model_s=round(float(result.timings.get("decide_s", 0.0)), 3),
        model_cpu_s=round(float(result.usage.get("cpu_s", 0.0)), 4),
        model_calls=int(result.usage.get("model_calls", 0)),
        strict=result.parse.get("strict", 0),
        repaired=result.parse.get("repaired", 0),
        unparsed=result.parse.get("failed", 0),
        trace=str(Path("traces", name)) if rules.traces else "",
        details={
            "cause": result.cause,
            "said": result.said,
            "why": result.reason,
            "timings": result.timings,
        },
    )
    return replace(row, reason=result.reason) if row.error else row


def end_tree(pid: int | None, token: str) -> None:
    """Kill the worker, if it is alive, and everything that it started. Never another process."""
    if pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)  # the worker leads its own session and group
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # unless it had no time to become the leader
    end_marked(TOKEN, token)


def _end_with_parent(token: str) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        end_marked(TOKEN, token)
        os._exit(1)


def _close_shared() -> None:
    from envs.tasks import miniwob

    miniwob.close_browsers()


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:500]
