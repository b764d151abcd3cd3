"""From rows to figures: shares with their intervals, by task and over all; summary.json and results.csv."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from statistics import median
from typing import Any

from agent.evaluate.results import Row

STATUSES = ("verified", "claimed", "failed", "unsure", "blocked")


def wilson(hits: int, trials: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson score interval of a share, (low, high) in 0–1; 95 % by default. No trials: (0, 1).

    Raises:
        ValueError: hits outside 0–trials.
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"hits: {hits} is not within 0–{trials}")
    if trials == 0:
        return 0.0, 1.0
    share, z2 = hits / trials, z * z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = z / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    # At the ends the exact bound is 0 or 1; rounding may miss it by 1e-17.
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == trials else middle + half)


def share(hits: int, trials: int) -> dict[str, Any]:
    """A share with its counts and its 95 % interval; `value` is None without trials."""
    low, high = wilson(hits, trials)
    return {"value": hits / trials if trials else None, "hits": hits, "of": trials, "low": low, "high": high}


def is_false_claim(row: Row) -> bool:
    """The agent said that it was done, and the judge says that it was not."""
    return row.claimed and not row.passed


def summarize(rows: Sequence[Row], *, by_task: bool = True) -> dict[str, Any]:
    """The figures of a run.

    Episodes that could not be set up say nothing about the agent: they are counted under `setup_failures` and left
    out of every share. Whatever else kept an episode from its end (time limit, crash) counts as not passed.
    """
    played = [row for row in rows if row.error != "setup"]
    passed = [row for row in played if row.passed]
    failed = [row for row in played if not row.passed]
    statuses = Counter(row.status for row in played)
    errors = Counter(row.error for row in rows if row.error)
    asked = sum(row.strict + row.repaired + row.unparsed for row in played)
    summary: dict[str, Any] = {
        "episodes": len(rows),
        "success": share(len(passed), len(played)),
        "claimed_among_passed": share(sum(row.claimed for row in passed), len(passed)),
        "false_claims_among_failures": share(sum(map(is_false_claim, failed)), len(failed)),
        "false_claims_among_episodes": share(sum(map(is_false_claim, failed)), len(played)),
        "statuses": {name: statuses[name] for name in STATUSES} | dict(statuses),
        "errors": dict(errors),
        "setup_failures": errors["setup"],
        "steps_median": median(row.steps for row in played) if played else None,
        "seconds_median": median(row.seconds for row in played) if played else None,
        "seconds_total": sum(row.seconds for row in rows),
        "model_cpu_s_per_call": _ratio(
            sum(row.model_cpu_s for row in played), sum(row.model_calls for row in played)
        ),
        "answers": {
            "strict": share(sum(row.strict for row in played), asked),
            "repaired": share(sum(row.repaired for row in played), asked),
            "unparsed": share(sum(row.unparsed for row in played), asked),
        },
    }
    if by_task:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            groups[row.task].append(row)
        summary["tasks"] = {name: summarize(group, by_task=False) for name, group in sorted(groups.items())}
        means = [
            task["success"]["value"] for task in summary["tasks"].values() if task["success"]["value"] is not None
        ]
        summary["success_mean_over_tasks"] = sum(means) / len(means) if means else None
    return summary


def _ratio(amount: float, count: int) -> float | None:
    return amount / count if count else None


def write(folder: Path, rows: Iterable[Row], config: dict[str, Any], *, blind: bool = False) -> dict[str, Any]:
    """Write summary.json and, unless blind, results.csv. Returns the summary.

    Blind: only figures over all episodes are written; nothing says which task or seed succeeded.
    """
    rows = list(rows)
    summary = summarize(rows, by_task=not blind)
    if blind:
        full = summarize(rows)
        summary["success_mean_over_tasks"] = full["success_mean_over_tasks"]
    whole = {"config": config, "blind": blind, **summary}
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    if not blind:
        with (folder / "results.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [column.name for column in fields(Row)])
            writer.writeheader()
            for row in rows:
                writer.writerow(
                    asdict(row) | {"details": json.dumps(row.details, ensure_ascii=False)},
                )
    return whole
