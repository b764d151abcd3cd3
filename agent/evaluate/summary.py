"""From rows to figures: shares with their intervals, over all, by task and by group; and their files."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from statistics import median
from typing import Any

from agent.evaluate.provenance import changed
from agent.evaluate.results import NoResults, Row, Run, read

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


def is_false_claim(row: Row) -> bool:
    """The agent said that it was done, and the judge says that it was not."""
    return row.claimed and not row.passed


def summarize(rows: Sequence[Row], *, by_task: bool = True) -> dict[str, Any]:
    """The figures of a run.

    Episodes that could not be set up say nothing about the agent: they are counted under `setup_failures` and left
    out of every share, and so are tasks without a solution of their own where the oracle plays. Whatever else kept
    an episode from its end (time limit, crash, a check that raised) counts as not passed.
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
    if by_task:
        groups: dict[str, list[Row]] = defaultdict(list)
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


def groups_of(row: Row) -> dict[str, tuple[str, ...]]:
    """The row's groups by kind, such as {"platform": ("web",)}; whatever is no text is left out."""
    found = {}
    given = row.details.get("groups")
    for kind, value in given.items() if isinstance(given, dict) else ():
        values = value if isinstance(value, list | tuple) else [value]
        names = tuple(one for one in values if isinstance(one, str) and one)
        if names:
            found[str(kind)] = names
    return found


def by_group(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
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
    import numpy

    table = numpy.asarray(values, dtype=float)
    draw = numpy.random.default_rng(seed)
    means = [float(table[draw.integers(0, len(table), len(table))].mean()) for _ in range(draws)]
    low, high = numpy.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _ratio(amount: float, count: int) -> float | None:
    return amount / count if count else None


def beside(folder: Path, rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Success of every baseline in `folder/baselines`, on those of `rows` that it has played too."""
    wanted = {(row.task, row.seed) for row in rows}
    found = {}
    for path in sorted((folder / "baselines").glob("*/results.sqlite")):
        try:
            played = [row for row in read(path.parent).rows if (row.task, row.seed) in wanted]
        except NoResults:
            continue
        counted = [row for row in played if row.error not in UNPLAYED]
        false = sum(map(is_false_claim, counted))
        found[path.parent.name] = {
            **share(sum(row.passed for row in counted), len(counted)),
            "false_claims": false,
        }
    return found


def summary_of(run: Run) -> dict[str, Any]:
    """The summary of a run as its rows stand now, also of one that is going on or was killed."""
    if run.config.get("kind") == "items":
        from agent.evaluate.items_summary import summarize_items

        figures = summarize_items(run.rows)
    else:
        figures = {**_figures(run.rows, bool(run.config.get("blind"))), "baselines": beside(run.folder, run.rows)}
    whole = {"config": run.config, "blind": bool(run.config.get("blind")), **figures}
    if run.sessions:
        whole |= {
            "record": run.sessions[-1],
            "sessions": len(run.sessions),
            "changed_between_sessions": changed(run.sessions),
        }
    return whole


def _figures(rows: Sequence[Row], blind: bool) -> dict[str, Any]:
    summary = summarize(rows, by_task=not blind)
    if blind:
        full = summarize(rows)
        for name in ("success_mean_over_tasks", "success_mean_over_tasks_interval"):
            summary[name] = full[name]
    return summary


def write(
    folder: Path,
    rows: Iterable[Row],
    config: dict[str, Any],
    *,
    blind: bool = False,
    sessions: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Write summary.json and, unless blind, results.csv and results.json. Returns the summary.

    Blind: only figures over all episodes are written; nothing says which task or seed succeeded.

    Args:
        sessions: what each call that worked on the run was made of (`agent.evaluate.provenance`); the newest goes
            into the summary, and what has changed between them.

    Raises:
        OSError: a file cannot be written; the older one of that name stays.
    """
    rows = list(rows)
    whole = summary_of(Run(folder, {**config, "blind": blind}, rows, list(sessions)))
    write_files(folder, whole, None if blind else rows)
    return whole


def write_files(folder: Path, whole: dict[str, Any], rows: Sequence[Row] | None) -> None:
    """Write summary.json and, with rows, results.json and results.csv.

    Raises:
        OSError: a file cannot be written; the older one of that name stays.
    """
    _replace(folder / "summary.json", json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    if rows is None:
        return
    _replace(folder / "results.json", json.dumps([asdict(row) for row in rows], ensure_ascii=False))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [column.name for column in fields(Row)])
    writer.writeheader()
    for row in rows:
        writer.writerow(asdict(row) | {"details": json.dumps(row.details, ensure_ascii=False)})
    _replace(folder / "results.csv", text.getvalue())


def _replace(path: Path, text: str) -> None:
    """Written beside and renamed: a full disk leaves the older file as it was."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(text.encode("utf-8", "replace"))
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
