"""Who plays the episodes of a run: the machines of a Ray cluster (`agent eval … --ray ADDRESS`).

Each episode is one Ray task. On its node it is played by a worker process like those on one machine, so time
limits end a hung browser there too; Ray keeps that worker, and with it the loaded model, for the next task. Only
the head writes results, and resumes as ever. Traces are written on the nodes: the run's folder must be one that
all share.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import wait
from typing import Any

from action_space import telemetry
from agent.evaluate.episodes import EpisodeSpec, EvalConfig
from agent.evaluate.results import EpisodeResult
from agent.evaluate.workers.pool import AGAIN, RunBroken, Worker, lost
from agent.evaluate.workers.process import END_LIMIT_S, RUN, Ready, end_all
from envs import processes

LOCAL = "local"
"""Address that starts a Ray of its own on this machine."""

_LONGEST = 30
"""Characters of the folder of such a Ray."""


class RayWorkers:
    """Ray tasks, `size` of them at a time. Arguments as for `LocalWorkers`.

    Args:
        address: of the cluster: auto, HOST:PORT, ray://HOST:PORT; local: one node of its own, with `size` CPUs.
        cpus: that a task holds on its node.

    Raises:
        RunBroken: Ray is not installed, or the cluster cannot be reached.
    """

    def __init__(
        self,
        rules: EvalConfig,
        jobs: deque[EpisodeSpec],
        size: int,
        run: str,
        *,
        address: str = "auto",
        cpus: float = 1,
    ) -> None:
        telemetry.refuse()  # Ray counts its users
        try:
            import ray
        except ImportError:
            raise RunBroken("ray: is not installed: pip install 'gui-agent-toolkit[ray]'") from None
        self.prompt: dict[str, Any] | None = None
        self._ray, self._rules, self._jobs, self._size, self._run = ray, rules, jobs, size, run
        more: dict[str, Any] = {}
        self._own: OwnCluster | None = None
        if address == LOCAL:
            self._own = OwnCluster(run)
            more = {"num_cpus": size, "include_dashboard": False, "_temp_dir": self._own.folder}
        try:
            ray.init(address=address, log_to_driver=False, **more)
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            raise RunBroken(f"ray: {address!r} cannot be reached: {str(error).splitlines()[0]}") from error
        # Retries are ours: Ray's would not count them in the row.
        self._play = ray.remote(num_cpus=cpus, max_retries=0)(_play_here)
        self._flying: dict[Any, EpisodeSpec] = {}

    def next_row(self) -> EpisodeResult | None:
        """See `WorkerPool`."""
        while self._jobs or self._flying:
            while self._jobs and len(self._flying) < self._size:
                job = self._jobs.popleft()
                self._flying[self._play.remote(self._rules, self._run, job)] = job
            ready, _ = self._ray.wait(list(self._flying), num_returns=1)
            row = self._land(ready[0])
            if row is not None:
                return row
        return None

    def close(self) -> None:
        """See `WorkerPool`. Ray ends the tasks' processes when the run leaves it, and those end their browsers."""
        for flying in self._flying:
            self._ray.cancel(flying, force=True)
        self._flying.clear()
        started = children() if self._own is not None else []
        self._ray.shutdown()
        if self._own is not None:
            self._own.end(started)

    def _land(self, ready: Any) -> EpisodeResult | None:
        job = self._flying.pop(ready)
        try:
            answer, prompt = self._ray.get(ready)
        except self._ray.exceptions.RayTaskError as error:
            raise RunBroken(f"ray: {str(error).strip().splitlines()[-1]}") from error
        except self._ray.exceptions.RayError:
            answer, prompt = "crash", None  # the node or its worker is gone
        self.prompt = prompt or self.prompt
        if isinstance(answer, RunBroken | ValueError):
            raise answer
        row = lost(job, answer, self._rules) if isinstance(answer, str) else answer
        if row.error in AGAIN and job.attempt == 1:
            self._jobs.append(replace(job, attempt=2))
            return None
        return row


def children() -> list[Any]:
    """All processes that this one has started, directly or not."""
    import psutil

    return list(psutil.Process().children(recursive=True))


class OwnCluster:
    """What a Ray of our own on this machine starts: all of it carries the run's mark, and ends with this process.

    Some of Ray's helpers outlive a head that is killed. A watchdog (`envs/processes.py`) ends them then.

    Args:
        run: mark of the run's folder.
    """

    def __init__(self, run: str) -> None:
        self._run = run
        folder = tempfile.mkdtemp(prefix="ray-")
        # Ray's sockets lie in it, and a socket's path has 107 characters at most.
        self.folder = folder if len(folder) <= _LONGEST else tempfile.mkdtemp(prefix="ray-", dir="/tmp")
        os.environ[RUN] = run
        self._watchdog = processes.watchdog(RUN, run, self.folder)

    def end(self, started: list[Any]) -> None:
        """End what is still there, and remove its folder.

        Args:
            started: what this process had started, from before Ray was shut down: some of Ray's helpers write
                their titles over the mark, and take their time.
        """
        import psutil

        for process in started:
            with suppress(psutil.Error):
                if process.pid != self._watchdog.pid:
                    process.kill()
        psutil.wait_procs([one for one in started if one.pid != self._watchdog.pid], timeout=END_LIMIT_S)
        os.environ.pop(RUN, None)
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._watchdog.wait(END_LIMIT_S)
        end_all(RUN, self._run)


_kept: dict[str, Worker] = {}
"""The worker process of this Ray process, by the mark of the run that it plays for."""


def _play_here(rules: EvalConfig, run: str, job: EpisodeSpec) -> tuple[Any, dict[str, Any] | None]:
    """On the node: the row (or the error that ends the run; or crash, time_limit), and the prompt once known."""
    prompt = None
    for mark in [mark for mark in _kept if mark != run]:
        _kept.pop(mark).dismiss()
    try:
        if run not in _kept:
            _kept[run] = Worker(rules, run, daemon=True)
            first = _hear(_kept[run])
            if not isinstance(first, Ready):
                raise RunBroken(f"a worker did not start ({first})")
            prompt = first.prompt
        _kept[run].give(job)
        answer = _hear(_kept[run])
    except (RunBroken, ValueError) as error:
        answer = error
    if not isinstance(answer, EpisodeResult):
        _kept.pop(run).end()
    return answer, prompt


def _hear(worker: Worker) -> Any:
    if not wait([worker.pipe], max(0.0, worker.deadline - time.monotonic())):
        return "time_limit"
    message = worker.hear()
    return "crash" if message is None else message
