"""From the rows of recorded items to the figures that their benchmarks publish, with intervals and baselines.

The rows are those of any run (`agent.evaluate.results`); `details` holds what an item adds: `metrics`, `chances`,
`groups`. A figure whose values are all 0 or 1 has Wilson's interval, any other one by bootstrap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from agent.evaluate.results import EpisodeResult
from agent.evaluate.stats import bootstrap, groups_of, share, summarize, write_files

CELLS = (("platform", "element"), ("group", "element"))
"""Pairs of groups whose cells are published: ScreenSpot's platforms, ScreenSpot-Pro's fields, each by element."""


def figure(values: Sequence[float]) -> dict[str, Any]:
    """Mean, count and 95 % interval; `value` is None without values."""
    if not values:
        return {"value": None, "of": 0, "low": 0.0, "high": 1.0}
    if all(value in (0.0, 1.0) for value in values):
        return share(sum(value == 1.0 for value in values), len(values))
    low, high = bootstrap(values)
    return {"value": sum(values) / len(values), "of": len(values), "low": low, "high": high}


def summarize_items(rows: Sequence[EpisodeResult]) -> dict[str, Any]:
    """Every figure of a run over items.

    Returns:
        `score`: mean of what the benchmark ranks by; `metrics`: by name; `groups`: by kind and name;
        `mean_over_groups`: by kind, each name once (VisualWebBench's average over its subsets); `cells`: of pairs
        of groups, with the plain mean over the cells; `baselines`; `answers`: strict, repaired, unparsed;
        `over_episodes`: whole episodes, where items are steps; and the counts of `summarize`.
    """
    whole = summarize(rows, by_task=False)
    for name in (
        "claimed_among_passed",
        "false_claims_among_failures",
        "false_claims_among_episodes",
        "steps_median",
    ):
        whole.pop(name, None)  # an item is answered once and claims nothing
    metrics: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.details.get("metrics", {}).items():
            metrics[name].append(value)
    groups = _by_group(rows)
    whole |= {
        "items": len(rows),
        "score": figure([row.score for row in rows]),
        "metrics": {name: figure(values) for name, values in sorted(metrics.items())},
        "groups": groups,
        "mean_over_groups": {kind: _plain_mean(names) for kind, names in groups.items()},
        "cells": _cells(rows),
        "baselines": baselines(rows),
    }
    if any("episode" in row.details for row in rows):
        whole["over_episodes"] = over_episodes(rows)
    return whole


def baselines(rows: Sequence[EpisodeResult]) -> dict[str, dict[str, Any]]:
    """Mean score of those who do not look; computed from the items, so it has no interval."""
    chances: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.details.get("chances", {}).items():
            chances[name].append(value)
    found = {}
    for name, values in sorted(chances.items()):
        mean = sum(values) / len(rows)  # an item that does not know a baseline counts as missed by it
        found[name] = {"value": mean, "of": len(rows), "low": mean, "high": mean, "computed": True}
    return found


def over_episodes(rows: Iterable[EpisodeResult]) -> dict[str, Any]:
    """Whole episodes: all steps right; the share of steps before the first wrong one (AgentCPM-GUI's
    `compute_episode_metrics`)."""
    steps: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for row in rows:
        if "episode" in row.details:
            steps[row.details["episode"]].append((row.details["number"], row.passed))
    success, progress = [], []
    for episode in steps.values():
        right = [passed for _, passed in sorted(episode)]
        before = right.index(False) if False in right else len(right)
        success.append(float(before == len(right)))
        progress.append(before / len(right))
    return {"count": len(steps), "episode": figure(success), "progress": figure(progress)}


def _by_group(rows: Sequence[EpisodeResult]) -> dict[str, dict[str, Any]]:
    """Score by kind of group and name, with the plain means of all metrics."""
    members: dict[str, dict[str, list[EpisodeResult]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for kind, names in groups_of(row).items():
            for name in names:
                members[kind][name].append(row)
    return {
        kind: {
            name: figure([row.score for row in of]) | {"metrics": _means(of)} for name, of in sorted(names.items())
        }
        for kind, names in sorted(members.items())
    }


def _plain_mean(names: Mapping[str, Mapping[str, Any]]) -> float:
    return sum(name["value"] for name in names.values()) / len(names)


def _means(rows: Iterable[EpisodeResult]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.details.get("metrics", {}).items():
            values[name].append(value)
    return {name: sum(of) / len(of) for name, of in sorted(values.items())}


def _cells(rows: Sequence[EpisodeResult]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in CELLS:
        values: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for row in rows:
            groups = groups_of(row)
            for names in product(*(groups.get(kind, ()) for kind in pair)):
                values[names].append(row.score)
        if not values:
            continue
        table = product(*(sorted({key[side] for key in values}) for side in (0, 1)))
        cells = {" ".join(key): figure(values[key]) for key in table}
        means = [cell["value"] for cell in cells.values() if cell["value"] is not None]
        found[" × ".join(pair)] = {"cells": cells, "mean_of_cells": sum(means) / len(means)}
    return found


def write_items(
    folder: Path, rows: Iterable[EpisodeResult], config: dict[str, Any], sessions: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Write summary.json, results.csv and results.json. Returns the summary.

    Raises:
        OSError: a file cannot be written; the older one of that name stays.
    """
    rows = list(rows)
    whole = {"config": config, "blind": False, **summarize_items(rows)}
    if sessions:
        whole |= {"record": sessions[-1], "sessions": len(sessions)}
    write_files(folder, whole, rows)
    return whole
