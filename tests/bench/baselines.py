"""What every score is read beside: the oracle, clicks at random, a claim or a refusal at once."""

from __future__ import annotations

from typing import Any

from envs.tasks.suites.miniwob.oracle import NAMES
from tests.bench.suites import percent, play

SEEDS = range(3)


def run() -> list[dict[str, Any]]:
    """Success of each baseline."""
    entries = []
    for suite in ("demo", "miniwob-dev"):
        for model in ("oracle", "random-point", "always-done", "always-fail"):
            tasks = ",".join(NAMES) if (suite, model) == ("miniwob-dev", "oracle") else None
            summary = play(f"baseline-{suite}-{model}", suite, model=model, seeds=SEEDS, tasks=tasks, max_steps=10)
            command = f"agent eval {suite} --model {model} --seeds {len(SEEDS)} --max-steps 10"
            command += f" --tasks {tasks}" if tasks else ""
            entries.append(percent(f"baselines/{suite} {model}", summary["success"], command))
    return entries
