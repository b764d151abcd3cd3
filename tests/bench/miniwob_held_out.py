"""MiniWoB++, all tasks that were not looked at: figures over all episodes only (blind)."""

from __future__ import annotations

from typing import Any

from tests.bench.suites import SEEDS, figures, play

COMMAND = f"agent eval miniwob-held-out --blind --seeds {SEEDS}"


def run() -> list[dict[str, Any]]:
    """Figures over all."""
    summary = play("miniwob-held-out", "miniwob-held-out", blind=True)
    mean = summary["success_mean_over_tasks"]
    entries = figures("miniwob_held_out", summary, COMMAND)
    entries.append(
        {
            "name": "miniwob_held_out/mean_over_tasks",
            "value": None if mean is None else round(100 * mean, 1),
            "unit": "%",
            "command": COMMAND,
        }
    )
    return entries
