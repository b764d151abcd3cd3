"""The summary of a run: its figures with what it was made of, and the files that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from agent.evaluate.provenance import changed
from agent.evaluate.recorded.summary import summarize_items
from agent.evaluate.results import EpisodeResult, NoResults, Run, read
from agent.evaluate.stats import UNPLAYED, is_false_claim, share, summarize, write_files


def beside(folder: Path, rows: Sequence[EpisodeResult]) -> dict[str, dict[str, Any]]:
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


def _figures(rows: Sequence[EpisodeResult], blind: bool) -> dict[str, Any]:
    summary = summarize(rows, by_task=not blind)
    if blind:
        full = summarize(rows)
        for name in ("success_mean_over_tasks", "success_mean_over_tasks_interval"):
            summary[name] = full[name]
    return summary


def write(
    folder: Path,
    rows: Iterable[EpisodeResult],
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
