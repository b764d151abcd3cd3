"""kill -9 at ten random moments of a run of 200 episodes with 4 workers: `python -m tests.bench.kills`.

Real pages and browsers (MiniWoB++, a player that claims success at once). Every other kill takes the run alone,
the others take its workers with it. After each, what is left over is counted until it is gone; then the same
command goes on. At the end there must be 200 results, each once, and no process.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.evaluate import read
from envs.processes import marked
from envs.tasks.suites.miniwob.tasks import DEV

EPISODES, KILLS, WORKERS, SEEDS = 200, 10, 4, 8
COMMAND = "python -m tests.bench --only kills"
MARK = "AGENT_BENCH_KILLS"
GONE_WITHIN_S = 30.0


def run(episodes: int = EPISODES, kills: int = KILLS, seed: int = 0) -> list[dict[str, Any]]:
    """Results lost, results twice, processes left over; all have to be 0."""
    draw = random.Random(seed)
    tasks = DEV[: episodes // SEEDS]
    moments = sorted(draw.uniform(0, len(tasks) * SEEDS * 0.95) for _ in range(kills))
    token, left, slowest = uuid.uuid4().hex, 0, 0.0
    with tempfile.TemporaryDirectory(prefix="agent-bench-") as name:
        folder = Path(name) / "run"
        command = [sys.executable, "-m", "agent.cli", "eval", "miniwob-dev", "--tasks", ",".join(tasks)]
        command += [
            "--model",
            "always-done",
            "--seeds",
            str(SEEDS),
            "--workers",
            str(WORKERS),
            "--out",
            str(folder),
        ]
        environment = {**os.environ, MARK: token}
        for number, moment in enumerate(moments):
            began = time.monotonic()
            with (Path(name) / "said").open("w") as said:
                process = subprocess.Popen(command, env=environment, stderr=said, stdout=said)
            _wait(folder, process, moment, draw.uniform(0, 2))
            if process.poll() is not None:
                raise SystemExit(f"the run ended by itself: {(Path(name) / 'said').read_text()[-2000:]}")
            with suppress(ProcessLookupError):
                children = _children(process.pid) if number % 2 else []
                for pid in (process.pid, *children):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            killed = time.monotonic()
            if not _until(lambda: not marked(MARK, token), GONE_WITHIN_S):
                left += len(marked(MARK, token))
            slowest = max(slowest, time.monotonic() - killed)
            print(f"kill {number + 1} at {_done(folder)} rows, after {killed - began:.1f} s", flush=True)
        subprocess.run(command, env=environment, check=True, capture_output=True)
        _until(lambda: not marked(MARK, token), GONE_WITHIN_S)
        rows = [(row.task, row.seed) for row in read(folder).rows]
        wanted = {(task, one) for task in tasks for one in range(SEEDS)}
        figures = [
            ("results missing", len(wanted - set(rows)), ""),
            ("results twice", len(rows) - len(set(rows)), ""),
            ("processes left over after a kill", left, ""),
            ("processes left over at the end", len(marked(MARK, token)), ""),
            ("until all is gone after a kill, longest", round(slowest, 1), "s"),
        ]
    note = f"{len(wanted)} episodes, {kills} kills, {WORKERS} workers"
    return [
        {"name": name, "value": value, "unit": unit, "command": COMMAND, "note": note}
        for name, value, unit in figures
    ]


def _wait(folder: Path, process: subprocess.Popen[bytes], rows: float, more_s: float) -> None:
    """Until so many rows are there, and a little longer: not at the instant at which one was written."""
    _until(lambda: _done(folder) >= rows or process.poll() is not None)
    deadline = time.monotonic() + more_s
    _until(lambda: time.monotonic() >= deadline)


def _done(folder: Path) -> int:
    try:
        return len(read(folder).rows)
    except Exception:  # not begun yet, or being created just now
        return 0


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in found.read_text().split()] if found.exists() else []


def _until(ready: Any, limit_s: float = 600.0) -> bool:
    """Ask again and again, at most so long."""
    deadline = time.monotonic() + limit_s
    while not ready():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


if __name__ == "__main__":
    for figure in run():
        print(f"{figure['name']}: {figure['value']} {figure['unit']} ({figure['note']})")
