"""A run in the terminal: scores beside their baselines, groups, tasks, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.evaluate.report.outcome import WORDS, outcome
from agent.evaluate.results import EpisodeResult
from agent.text import escaped

SCORES = ("success", "claimed_among_passed", "false_claims_among_failures")
MANY = 40
"""Groups of one kind beyond which the terminal shows the weakest only."""


def scores(console: Console, summary: dict[str, Any]) -> None:
    """The scores, and the baselines' beside them."""
    table = Table("", "share", "95 % interval", "count", title=escaped(summary["config"].get("suite") or ""))
    for name in (*SCORES, "harm", "score"):
        if name in summary:
            table.add_row(name.replace("_", " "), *_cells(summary[name]))
    for name, one in summary.get("metrics", {}).items():
        table.add_row(escaped(name), *_cells(one), style="dim")
    mean = summary.get("success_mean_over_tasks")
    if mean is not None and len(summary.get("tasks", ())) != summary["episodes"]:
        low, high = summary["success_mean_over_tasks_interval"]
        table.add_row("success, mean over tasks", f"{mean:.1%}", f"{low:.1%} – {high:.1%}", "")
    for name, one in summary.get("baselines", {}).items():
        table.add_row(f"success of {escaped(name)}", *_cells(one), style="dim")
    console.print(table)
    if not summary.get("baselines"):
        console.print("No baselines were played beside it: --baselines does.", style="dim")
    if changed := summary.get("changed_between_sessions"):
        console.print(
            f"Not one piece: {escaped(', '.join(changed))} changed while it was stopped.", style="yellow"
        )


def groups(console: Console, summary: dict[str, Any]) -> None:
    """Success by group; of many groups the weakest."""
    for kind, names in summary.get("groups", {}).items():
        if len(names) < 2:
            continue
        table = Table(escaped(kind), "success", "95 % interval", "count")
        weakest = sorted(names.items(), key=lambda item: (item[1]["value"] or 0.0, item[0]))[:MANY]
        for name, one in sorted(weakest):
            table.add_row(escaped(name), *_cells(one))
        console.print(table)
        if len(names) > MANY:
            console.print(f"the weakest {MANY} of {len(names)}", style="dim")


def tasks(console: Console, summary: dict[str, Any]) -> None:
    """One line for each task; nothing where every task was played once and they are many."""
    found = summary.get("tasks", {})
    if not found or (len(found) > 200 and len(found) == summary["episodes"]):
        return
    table = Table("task", "success", "false claims", "steps", "s", "CPU s a call")
    for name, task in found.items():
        good, false, cpu = task["success"], task["false_claims_among_failures"], task["model_cpu_s_per_call"]
        table.add_row(
            escaped(name),
            f"{good['hits']}/{good['of']}",
            str(false["hits"] or ""),
            _number(task["steps_median"], 0),
            _number(task["seconds_median"], 1),
            _number(cpu, 2),
        )
    console.print(table)


def outcomes(console: Console, rows: Sequence[EpisodeResult], most: int) -> None:
    """How many ended how, and the first `most` that did not pass."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[outcome(row)] = counts.get(outcome(row), 0) + 1
    console.print(
        "; ".join(f"{escaped(WORDS.get(name, name))} {n}" for name, n in counts.items()), highlight=False
    )
    failed = [row for row in rows if not row.passed][:most]
    if not failed:
        return
    table = Table("did not pass", "seed", "", "why", "steps")
    for row in failed:
        table.add_row(
            escaped(row.task),
            str(row.seed),
            escaped(WORDS.get(outcome(row), outcome(row))),
            escaped(row.reason[:160]),
            str(row.steps),
        )
    console.print(table)


def comparison(console: Console, found: dict[str, Any], most: int) -> None:
    """What `agent.evaluate.compare.compare` found."""
    a, b, both = found["a"], found["b"], found["both"]
    table = Table("", "success", "95 % interval", "count", title="on the same items")
    table.add_row(f"A {escaped(a['name'])}", *_cells(a["success"]))
    table.add_row(f"B {escaped(b['name'])}", *_cells(b["success"]))
    console.print(table)
    low, high = both["difference_interval"]
    console.print(
        f"B − A: {100 * both['difference']:+.1f} points (95 % interval {100 * low:+.1f} to {100 * high:+.1f}); "
        f"only A passed {both['only_a']}, only B passed {both['only_b']}; McNemar's exact p = {both['p']:.3g}",
        highlight=False,
    )
    if both["tasks"] != both["pairs"] and both["bootstrap_interval"]:
        low, high = both["bootstrap_interval"]
        console.print(
            f"With whole tasks drawn again: {100 * low:+.1f} to {100 * high:+.1f}. Seeds of one task are no "
            "independent items: where this interval is wider, it is the one to trust.",
            highlight=False,
        )
    if left := {name: count for name, count in found["left_out"].items() if count}:
        text = "; ".join(f"{name.replace('_', ' ')} {count}" for name, count in left.items())
        console.print(f"Left out: {text}", style="dim")
    for kind, names in found["groups"].items():
        if len(names) < 2:
            continue
        table = Table(escaped(kind), "A", "B", "B − A", "only A", "only B", "p")
        for name, one in names.items():
            table.add_row(
                escaped(name),
                f"{one['a']}/{one['pairs']}",
                f"{one['b']}/{one['pairs']}",
                f"{100 * one['difference']:+.1f}",
                str(one["only_a"] or ""),
                str(one["only_b"] or ""),
                f"{one['p']:.2g}",
            )
        console.print(table)
    if found["flips"]:
        table = Table("changed", "seed", "A", "B")
        for flip in found["flips"][:most]:
            sides = [
                f"{'✓' if flip[side]['passed'] else '✕'} {escaped(flip[side]['reason'][:80])}" for side in "ab"
            ]
            table.add_row(escaped(flip["task"]), str(flip["seed"]), *sides)
        console.print(table)


def percent(part: dict[str, Any]) -> str:
    """A share with its interval, short."""
    return "-" if part["value"] is None else f"{part['value']:.0%} ({part['low']:.0%}–{part['high']:.0%})"


def _cells(part: dict[str, Any]) -> tuple[str, str, str]:
    """Value, interval and count. What is no share (a distance) is no percentage."""
    count = f"{part['hits']}/{part['of']}" if "hits" in part else str(part["of"])
    form = ".1f" if (part["value"] or 0) > 1 else ".1%"
    value = "-" if part["value"] is None else format(part["value"], form)
    interval = (
        "computed" if part.get("computed") else f"{format(part['low'], form)} – {format(part['high'], form)}"
    )
    return value, interval, count


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
