"""What the suite benchmarks share: one resumable evaluation, its figures as entries.

Runs lie under `runs/bench/`, named by the state of the code: a killed benchmark goes on where it stopped, and
changed code never continues an old run.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agent.cli.evaluate import choose
from agent.evaluate import EvalConfig, evaluate

ROOT = Path(__file__).resolve().parents[2]
WORKERS = max(1, min(4, os.cpu_count() or 1))
SEEDS = int(os.environ.get("BENCH_SEEDS", "10"))
"""Seeds of each task; `python -m tests.bench --seeds N` sets it."""


def play(
    name: str,
    suite: str,
    *,
    model: str = "embedded",
    seeds: Iterable[int] | None = None,
    tasks: str | None = None,
    blind: bool = False,
    options: dict[str, Any] | None = None,
    max_steps: int = 30,
) -> dict[str, Any]:
    """The summary of one evaluation in `runs/bench/CODE/NAME`."""
    return evaluate(
        choose(suite, tasks),
        EvalConfig(model, options=options or {}, max_steps=max_steps),
        ROOT / "runs" / "bench" / code_state() / name,
        seeds=range(SEEDS) if seeds is None else seeds,
        workers=WORKERS,
        suite=suite,
        blind=blind,
        on_progress=lambda progress: print(f"\r{name}: {progress.done} of {progress.total}", end="", flush=True),
    )


def code_state() -> str:
    """The commit, and a hash of what differs from it."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    packages = ["action_space", "agent", "envs", "model"]
    changes = subprocess.run(["git", "diff", "HEAD", "--", *packages], cwd=ROOT, capture_output=True, check=True)
    return commit + (f"-{hashlib.sha256(changes.stdout).hexdigest()[:8]}" if changes.stdout else "")


def percent(name: str, share: dict[str, Any], command: str) -> dict[str, Any]:
    """A share as an entry in percent, with its counts and interval as a note."""
    value = None if share["value"] is None else round(100 * share["value"], 1)
    note = f"{share['hits']} of {share['of']}; 95 % interval {100 * share['low']:.1f}–{100 * share['high']:.1f}"
    return {"name": name, "value": value, "unit": "%", "command": command, "note": note}


def figures(prefix: str, summary: dict[str, Any], command: str) -> list[dict[str, Any]]:
    """Success, false claims, cost and set-up failures of one evaluation."""
    cost = summary["model_cpu_s_per_call"]
    return [
        percent(f"{prefix}/success", summary["success"], command),
        percent(f"{prefix}/false_claims", summary["false_claims_among_failures"], command),
        percent(f"{prefix}/claimed_among_passed", summary["claimed_among_passed"], command),
        {
            "name": f"{prefix}/model_cpu",
            "value": None if cost is None else round(cost, 3),
            "unit": "CPU s a step",
            "command": command,
        },
        {"name": f"{prefix}/steps", "value": summary["steps_median"], "unit": "steps, median", "command": command},
        {"name": f"{prefix}/setup_failures", "value": summary["setup_failures"], "unit": "", "command": command},
    ]


def by_task(prefix: str, summary: dict[str, Any], command: str) -> list[dict[str, Any]]:
    """Success of every task."""
    return [percent(f"{prefix}/{name}", task["success"], command) for name, task in summary["tasks"].items()]
