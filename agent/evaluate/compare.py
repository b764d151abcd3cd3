"""Two runs on the same items: is one better, by how much, and which items changed.

Only items that both have played count (same task, same seed, set up in both). The test is McNemar's exact one: of
the items that only one of them passed, could so uneven a split be chance? The interval of the difference is
Newcombe's for paired shares (Statistics in Medicine 17:2635, 1998, method 10); a second one draws whole tasks
again, because seeds of one task are not independent.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from agent.evaluate.results import EpisodeResult, Run
from agent.evaluate.stats import UNPLAYED, bootstrap, groups_of, share, wilson

Pair = tuple[EpisodeResult, EpisodeResult]


class NothingShared(ValueError):
    """The two runs have no item in common."""


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided exact p-value: twice the binomial tail at one half, at most 1.

    Raises:
        ValueError: a count below 0.
    """
    if only_a < 0 or only_b < 0:
        raise ValueError(f"only_a, only_b: {only_a}, {only_b} are not both 0 or more")
    trials = only_a + only_b
    tail = sum(math.comb(trials, hits) for hits in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / 2**trials)


def newcombe(both: int, only_a: int, only_b: int, neither: int) -> tuple[float, float]:
    """95 % interval of the difference of two paired shares, B − A, in −1–1. No pairs: (−1, 1).

    Raises:
        ValueError: a count below 0.
    """
    if min(both, only_a, only_b, neither) < 0:
        raise ValueError("counts: one is below 0")
    pairs = both + only_a + only_b + neither
    if pairs == 0:
        return -1.0, 1.0
    a, b = both + only_a, both + only_b
    difference = (b - a) / pairs
    (low_a, high_a), (low_b, high_b) = wilson(a, pairs), wilson(b, pairs)
    share_a, share_b = a / pairs, b / pairs
    phi = _phi(both, only_a, only_b, neither)
    below = _spread(share_b - low_b, high_a - share_a, phi)
    above = _spread(high_b - share_b, share_a - low_a, phi)
    return max(-1.0, difference - below), min(1.0, difference + above)


def _spread(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _phi(both: int, only_a: int, only_b: int, neither: int) -> float:
    """Correlation of the two; where it is positive, with Newcombe's continuity correction."""
    pairs = both + only_a + only_b + neither
    margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    if margins == 0:
        return 0.0
    cross = both * neither - only_a * only_b
    if cross > 0:
        cross_corrected = max(cross - pairs / 2, 0.0)
        return cross_corrected / math.sqrt(margins)
    return cross / math.sqrt(margins)


def compare(a: Run, b: Run) -> dict[str, Any]:
    """The two runs on the items that both have played.

    Returns:
        JSON values. `a`, `b`: name, configuration, success on the shared items; `both`: pairs, tasks, difference
        (B − A) with intervals, p, only_a, only_b; `groups`: the same by kind and name; `flips`: the items that one
        passed and the other did not, those that B lost first; `left_out`: how many items only one has, or were not
        set up.

    Raises:
        NothingShared: there is no such item.
        ValueError: a run is blind: nothing may be said about single items.
    """
    for run in (a, b):
        if run.config.get("blind"):
            raise ValueError(f"{run.folder}: is a blind run; single items of it are not to be shown")
    rows_a = {(row.task, row.seed): row for row in a.rows}
    rows_b = {(row.task, row.seed): row for row in b.rows}
    shared = [(rows_a[key], rows_b[key]) for key in sorted(rows_a.keys() & rows_b.keys())]
    pairs = [pair for pair in shared if not any(row.error in UNPLAYED for row in pair)]
    if not pairs:
        raise NothingShared(f"{a.folder} and {b.folder} have no item in common that both have played")
    groups: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        for kind, names in groups_of(pair[0]).items():
            for name in names:
                groups[kind][name].append(pair)
    flips = sorted((pair for pair in pairs if pair[0].passed != pair[1].passed), key=lambda pair: pair[1].passed)
    return {
        "a": _side(a, [pair[0] for pair in pairs]),
        "b": _side(b, [pair[1] for pair in pairs]),
        "both": _figures(pairs, draws=2000),
        "groups": {
            kind: {name: _figures(found) for name, found in sorted(names.items())}
            for kind, names in sorted(groups.items())
        },
        "flips": [
            {"task": one.task, "seed": one.seed, "a": _shown(one), "b": _shown(other)} for one, other in flips
        ],
        "left_out": {
            "only_in_a": len(rows_a.keys() - rows_b.keys()),
            "only_in_b": len(rows_b.keys() - rows_a.keys()),
            "not_played": len(shared) - len(pairs),
        },
    }


def _side(run: Run, rows: Sequence[EpisodeResult]) -> dict[str, Any]:
    passed = sum(row.passed for row in rows)
    return {"name": run.name, "config": run.config, "success": share(passed, len(rows))}


def _figures(pairs: Sequence[Pair], draws: int = 0) -> dict[str, Any]:
    both = sum(one.passed and other.passed for one, other in pairs)
    only_a = sum(one.passed and not other.passed for one, other in pairs)
    only_b = sum(other.passed and not one.passed for one, other in pairs)
    neither = len(pairs) - both - only_a - only_b
    figures: dict[str, Any] = {
        "pairs": len(pairs),
        "a": both + only_a,
        "b": both + only_b,
        "only_a": only_a,
        "only_b": only_b,
        "difference": (only_b - only_a) / len(pairs),
        "difference_interval": list(newcombe(both, only_a, only_b, neither)),
        "p": mcnemar(only_a, only_b),
    }
    if draws:
        by_task: dict[str, list[float]] = defaultdict(list)
        for one, other in pairs:
            by_task[one.task].append(float(other.passed) - float(one.passed))
        means = [sum(values) / len(values) for values in by_task.values()]
        # Where all tasks agree, drawing them again says nothing.
        interval = list(bootstrap(means, draws=draws)) if len(set(means)) > 1 else None
        figures |= {"tasks": len(means), "bootstrap_interval": interval}
    return figures


def _shown(row: EpisodeResult) -> dict[str, Any]:
    return {
        "passed": row.passed,
        "status": row.status,
        "error": row.error,
        "reason": row.reason,
        "steps": row.steps,
    }
