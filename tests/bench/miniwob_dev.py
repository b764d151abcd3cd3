"""MiniWoB++, the 28 development tasks, with the embedded model: pixels only, the pages' own rewards."""

from __future__ import annotations

from typing import Any

from tests.bench.suites import SEEDS, by_task, figures, play

COMMAND = f"agent eval miniwob-dev --seeds {SEEDS}"


def run() -> list[dict[str, Any]]:
    """Figures over all, and success by task."""
    summary = play("miniwob-dev", "miniwob-dev")
    return figures("miniwob_dev", summary, COMMAND) + by_task("miniwob_dev_tasks", summary, COMMAND)
