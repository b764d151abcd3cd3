"""From rows to figures: shares with their intervals, over all, by task and by group."""

from __future__ import annotations

import csv
import io
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

from agent.evaluate.results import EpisodeResult
from agent.files import write_file
from agent.text import dumps, plain, redacted

UNPLAYED = ("setup", "no_oracle")
"""Errors that say nothing about the player: such rows are in no share."""


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


def is_false_claim(row: EpisodeResult) -> bool:
    """The agent said that it was done, and the judge says that it was not."""
    return row.claimed and not row.passed


def summarize(rows: Sequence[EpisodeResult], *, by_task: bool = True) -> dict[str, Any]:
    """The figures of a run.

    Episodes that could not be set up say nothing about the agent: they are counted under `setup_failures` and left
    out of every share, and so are tasks without a solution of their own where the oracle plays. Whatever else kept
    an episode from its end (time limit, crash, a check that raised) counts as not passed. `harm`, where tasks can
    tell: in how many episodes something changed that nobody asked for.
    """
    played = [row for row in rows if row.error not in UNPLAYED]
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
    if watched := [row for row in played if isinstance(row.details.get("harm"), str)]:
        summary["harm"] = share(sum(bool(row.details["harm"]) for row in watched), len(watched))
    if by_task:
        groups: dict[str, list[EpisodeResult]] = defaultdict(list)
        for row in rows:
            groups[row.task].append(row)
        summary["tasks"] = {name: summarize(group, by_task=False) for name, group in sorted(groups.items())}
        means = [
            task["success"]["value"] for task in summary["tasks"].values() if task["success"]["value"] is not None
        ]
        summary["success_mean_over_tasks"] = sum(means) / len(means) if means else None
        summary["success_mean_over_tasks_interval"] = list(bootstrap(means)) if means else None
        summary["groups"] = by_group(played)
    return summary


def groups_of(row: EpisodeResult) -> dict[str, tuple[str, ...]]:
    """The row's groups by kind, such as {"platform": ("web",)}; whatever is not a text is left out."""
    found = {}
    given = row.details.get("groups")
    for kind, value in given.items() if isinstance(given, dict) else ():
        values = value if isinstance(value, list | tuple) else [value]
        names = tuple(one for one in values if isinstance(one, str) and one)
        if names:
            found[str(kind)] = names
    return found


def by_group(rows: Iterable[EpisodeResult]) -> dict[str, dict[str, Any]]:
    """Success by kind of group and its name."""
    counts: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for kind, names in groups_of(row).items():
            for name in names:
                counts[kind][name].append(row.passed)
    return {
        kind: {name: share(sum(passed), len(passed)) for name, passed in sorted(names.items())}
        for kind, names in sorted(counts.items())
    }


def bootstrap(values: Sequence[float], *, draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean, by drawing from `values` again; the same values, the same interval.

    Raises:
        ValueError: no values.
    """
    if not values:
        raise ValueError("values: there is none")
    if set(values) in ({0.0}, {1.0}):  # drawing them again says nothing; how many there are does
        return wilson(int(sum(values)), len(values))
    draw = random.Random(seed)
    means = [fmean(draw.choices(values, k=len(values))) for _ in range(draws)]
    cuts = quantiles(means, n=40, method="inclusive")  # 2.5 % apart
    return cuts[0], cuts[-1]


def _ratio(amount: float, count: int) -> float | None:
    return amount / count if count else None


def write_files(folder: Path, whole: dict[str, Any], rows: Sequence[EpisodeResult] | None) -> None:
    """Write summary.json and, with rows, results.json and results.csv.

    Raises:
        OSError: a file cannot be written; the older one of that name stays.
    """
    write_file(folder / "summary.json", (dumps(whole, indent=2) + "\n").encode())
    if rows is None:
        return
    write_file(folder / "results.json", dumps([asdict(row) for row in rows]).encode())
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [column.name for column in fields(EpisodeResult)])
    writer.writeheader()
    for row in rows:
        writer.writerow(plain(redacted(asdict(row))) | {"details": dumps(row.details)})
    write_file(folder / "results.csv", text.getvalue().encode())
