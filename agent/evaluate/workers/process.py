"""One worker: a process of its own that plays one episode after the other and sends a row for each.

It starts a session of its own, so that Ctrl-C in the terminal reaches the run alone. Everything that it starts
carries two marks in its environment. By the worker's own the run ends a hung browser, wherever that browser sits
in the process tree, and the worker ends its own when the run is killed. By the folder's a resumed run ends what is
left of one that was killed together with its workers.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from agent.evaluate.episodes import EpisodeSpec, EvalConfig, Player, close_shared, play
from agent.trace.writer import TraceError
from envs.processes import end_marked, marked
from envs.scratch import temporary_files
from model.base import ModelFault, UnknownModel

WORKER, RUN = "AGENT_EVALUATE_WORKER", "AGENT_EVALUATE_RUN"
"""Names of the marks."""

END_LIMIT_S = 10.0
"""How long `end_all` goes on looking for processes that others have started meanwhile."""


@dataclass(frozen=True)
class Ready:
    """The worker has its model and waits for a job. `prompt`: what the model is told at a first step."""

    prompt: dict[str, Any] | None = None


@dataclass(frozen=True)
class Broken:
    """Model or disk cannot go on, so the run cannot either. `unknown`: there is no model of that name."""

    message: str
    unknown: bool = False


def work(pipe: Connection, rules: EvalConfig, token: str, run: str) -> None:
    """Play the jobs that come through the pipe until it says None or closes.

    Args:
        token: mark of this worker.
        run: mark of the run's folder.
    """
    os.setsid()
    os.environ.update({WORKER: token, RUN: run})
    with temporary_files("worker"):
        threading.Thread(target=_end_with_parent, args=(token,), daemon=True).start()
        _play_all(pipe, rules)


def _play_all(pipe: Connection, rules: EvalConfig) -> None:
    player: Player | None = None
    try:
        try:
            player = Player.open(rules)
        except ModelFault as fault:
            pipe.send(Broken(str(fault), unknown=isinstance(fault, UnknownModel)))
            return
        pipe.send(Ready(player.prompt if player else None))
        while (job := pipe.recv()) is not None:
            pipe.send(_answer(job, rules, player))
    except (EOFError, BrokenPipeError):
        return  # the run is gone
    finally:
        if player:
            player.close()
        close_shared()


def _answer(job: EpisodeSpec, rules: EvalConfig, player: Player | None) -> Any:
    try:
        row = play(job, rules, player)
    except TraceError as error:
        return Broken(str(error))
    return Broken(str(player.fault)) if player and player.fault else row


def end_tree(pid: int | None, token: str) -> None:
    """Kill the worker, if it is alive, and everything that it started. Never another process."""
    if pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)  # the worker leads its own session and group
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # unless it had no time to become the leader
    end_all(WORKER, token)


def end_all(name: str, token: str) -> None:
    """Kill every process with that mark but the calling one, also those that are being started just now."""
    deadline = time.monotonic() + END_LIMIT_S
    while set(marked(name, token)) - {os.getpid()} and time.monotonic() < deadline:
        end_marked(name, token)


def _end_with_parent(token: str) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        end_all(WORKER, token)
        os._exit(1)  # temporary files go with this process: their watchdog carries no mark
