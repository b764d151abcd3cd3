"""MiniWoB++, every task of the package, with the embedded model: the mean over tasks, and each task by itself."""

from __future__ import annotations

from typing import Any

from tests.bench.suites import SEEDS, by_task, figures, percent, play

COMMAND = f"agent eval miniwob --seeds {SEEDS}"


def run() -> list[dict[str, Any]]:
    """Figures over all tasks and over the parts of the package, and success by task."""
    summary = play("miniwob", "miniwob")
    mean = summary["success_mean_over_tasks"]
    entries = figures("miniwob", summary, COMMAND)
    value = None if mean is None else round(100 * mean, 1)
    entries.append({"name": "miniwob/mean_over_tasks", "value": value, "unit": "%", "command": COMMAND})
    parts = summary["groups"]["tag"]
    entries += [percent(f"miniwob/{name}", success, COMMAND) for name, success in parts.items()]
    return entries + by_task("miniwob_tasks", summary, COMMAND)
