"""One self-contained HTML file of a run, or of two side by side: `agent eval report`, `agent eval compare --out`.

As with the report of a trace: it asks for nothing from outside, works without scripts, and every text in it is
untrusted and escaped; a content security policy lets no script run but its own.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from agent.evaluate.report.cards import Card, cards
from agent.evaluate.report.outcome import WORDS, outcome
from agent.evaluate.results import EpisodeResult, Run, read, trace_folder
from agent.evaluate.summary import summary_of
from agent.files import write_file
from agent.text import dumps, without_controls
from agent.trace.writer import TraceError

MOST_CARDS, MOST_ROWS = 1000, 3000
"""Failures with a picture, and lines of the table; the report says what it leaves out."""

_HERE, _FACE = Path(__file__).parent, Path(__file__).parents[2] / "report"
_SCORES = {
    "success": "Success",
    "score": "Score",
    "success_mean_over_tasks": "Success, mean over tasks",
    "false_claims_among_failures": "False claims, of the failures",
}


def build(folder: Path, out: Path | None = None, *, trace_reports: bool = True) -> Path:
    """Write the report of a run, and return its path. It may be still going on.

    Args:
        out: the file to write; default: report.html in the run's folder.
        trace_reports: also write the report of every trace that has none.

    Raises:
        NoResults: the folder holds no run.
        OSError: the file cannot be written.
    """
    run = read(folder)
    path = out or folder / "report.html"
    if trace_reports:
        _trace_reports(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, without_controls(render(run, path.parent)).encode())
    return path


def build_comparison(a: Run, b: Run, found: dict[str, Any], out: Path) -> Path:
    """Write two runs side by side: the figures of `compare`, and the items that changed.

    Raises:
        OSError: the file cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    flips = found["flips"][:MOST_CARDS]
    sides = []
    for run in (a, b):
        rows = {(row.task, row.seed): row for row in run.rows}
        sides.append(
            cards([rows[flip["task"], flip["seed"]] for flip in flips], run.folder, _links(run, out.parent))
        )
    html = _page(
        "comparison.html.j2",
        found=found,
        pairs=list(zip(*sides, strict=True)),
        left_out=len(found["flips"]) - len(flips),
        words=WORDS,
    )
    write_file(out, without_controls(html).encode())
    return out


def render(run: Run, place: Path) -> str:
    """The report as HTML text; `place` is the folder in which it will lie, for its links."""
    summary = summary_of(run)
    blind = bool(run.config.get("blind"))
    failures = [] if blind else [row for row in run.rows if not row.passed]
    links = _links(run, place)
    return _page(
        "evaluation.html.j2",
        run=run,
        summary=summary,
        blind=blind,
        items=run.config.get("kind") == "items",
        scores=list(_scores(summary)),
        metrics=_metrics(summary),
        groups={} if blind else _groups(summary),
        tasks=_tasks(summary, run.rows),
        counts=_counts(run.rows) if not blind else [],
        rows=[] if blind else [_line(row, links) for row in run.rows[:MOST_ROWS]],
        rows_left_out=0 if blind else max(0, len(run.rows) - MOST_ROWS),
        cards=cards(failures[:MOST_CARDS], run.folder, links),
        cards_left_out=max(0, len(failures) - MOST_CARDS),
        words=WORDS,
        setup=dumps({"config": run.config, "sessions": run.sessions}, indent=2),
    )


def _page(template: str, **values: Any) -> str:
    script = (_HERE / "evaluation.js").read_text("utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_HERE, _FACE]), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(
        style=(_FACE / "report.css").read_text("utf-8") + (_HERE / "evaluation.css").read_text("utf-8"),
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        **values,
    )


def _scores(summary: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Name, share with its interval, and kind: score, or baseline."""
    for key, name in _SCORES.items():
        one = summary.get(key)
        if key == "success" and "score" in summary:
            continue  # of items, the score is what counts
        if isinstance(one, float):
            low, high = summary[f"{key}_interval"]
            if len(summary.get("tasks", ())) == summary["episodes"]:
                continue  # the same as success
            one = {"value": one, "low": low, "high": high}
        if isinstance(one, dict) and one.get("value") is not None:
            yield {"name": name, "kind": "score", **one}
    for name, one in summary.get("baselines", {}).items():
        if one.get("value") is not None:
            yield {"name": name, "kind": "baseline", **one}


def _metrics(summary: dict[str, Any]) -> list[dict[str, Any]]:
    found = [{"name": name, **one} for name, one in summary.get("metrics", {}).items()]
    found += [{"name": f"answers {name}", **one} for name, one in summary.get("answers", {}).items()]
    return [one for one in found if one.get("value") is not None]


def _groups(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A kind with one group alone says what the score says already."""
    return {kind: names for kind, names in summary.get("groups", {}).items() if len(names) > 1}


def _tasks(summary: dict[str, Any], rows: Sequence[EpisodeResult]) -> list[dict[str, Any]]:
    """One line for each task, the weakest first; none where every task was played once."""
    found = summary.get("tasks", {})
    if len(found) == len(rows):
        return []
    lines = [{"name": name, **task} for name, task in found.items()]
    return sorted(lines, key=lambda line: (line["success"]["value"] or 0.0, line["name"]))


def _counts(rows: Sequence[EpisodeResult]) -> list[tuple[str, str, int]]:
    """Outcome, its words, and how often, the most frequent first."""
    counts = Counter(map(outcome, rows))
    return [(name, WORDS.get(name, name), count) for name, count in counts.most_common()]


def _line(row: EpisodeResult, links: dict[str, str]) -> dict[str, Any]:
    return {
        "task": row.task,
        "seed": row.seed,
        "outcome": outcome(row),
        "steps": row.steps,
        "seconds": row.seconds,
        "reason": row.reason[:300],
        "link": links.get(row.trace, ""),
    }


def _links(run: Run, place: Path) -> dict[str, str]:
    """Address of the report of each trace, as seen from `place`."""
    found = {}
    for row in run.rows:
        folder = trace_folder(run, row)
        if folder is not None and (folder / "report.html").is_file():
            report = (folder / "report.html").resolve()
            found[row.trace] = quote(Path(os.path.relpath(report, place.resolve())).as_posix())
    return found


def _trace_reports(run: Run) -> None:
    from agent.report.page import build_report

    for row in run.rows:
        folder = trace_folder(run, row)
        if folder is None or (folder / "report.html").exists():
            continue
        with suppress(TraceError):  # a damaged trace has no link; its row is there all the same
            build_report(folder)


__all__ = ["Card", "build", "build_comparison", "render"]
