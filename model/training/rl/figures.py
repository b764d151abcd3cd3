"""The curves of a run, and of several seeds with their interval, as pictures."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model.training.rl.journal import Journal
from model.training.trainer.state import read_log

_STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
"""Of Student's t, 95 %, by how many runs there are."""


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval over the seeds (Student's t); 0 for a single one."""
    if len(values) < 2:
        return values[0], 0.0
    student = _STUDENT.get(len(values), 1.96)
    return statistics.mean(values), student * statistics.stdev(values) / len(values) ** 0.5


def draw(folder: Path, journal: Journal) -> Path | None:
    """`curves.png`: reward and passes by task, lengths by task, groups by what became of them, evaluations.

    None: nothing was drawn yet.
    """
    rollouts = [rollout.figures for rollout in journal]
    if not rollouts:
        return None
    log = folder / "steps.jsonl"
    steps = read_log(log) if log.is_file() else []
    panels: list[tuple[str, list[str], list[dict[str, Any]]]] = [
        ("reward, share of answers that pass", _named(rollouts, "reward", "passed"), rollouts),
        ("tokens of an answer", _named(rollouts, "tokens"), rollouts),
        ("groups", _named(rollouts, "groups_", "pool_"), rollouts),
        ("items never learned", _named(steps, "eval_greedy", "eval_pass"), steps),
    ]
    panels = [panel for panel in panels if panel[1]]
    figure, axes = _figure(len(panels))
    for axis, (title, names, lines) in zip(axes, panels, strict=True):
        for name in names:
            points = [
                (line.get("step", number), line[name]) for number, line in enumerate(lines, 1) if name in line
            ]
            if points:
                axis.plot(*zip(*points, strict=True), label=name, marker="." if len(points) < 40 else "")
        axis.set_ylabel(title)
        axis.set_xlabel("step" if lines is steps else "rollout")
        axis.legend(fontsize="small")
    place = folder / "curves.png"
    figure.savefig(place, dpi=80)
    return place


def draw_seeds(
    place: Path, runs: Mapping[str, Sequence[Sequence[tuple[float, float]]]], *, across: str, up: str
) -> None:
    """Curves of several kinds of runs, each the mean over its seeds with the 95 % interval around it.

    Args:
        runs: kind → of each seed, (x, y) points; seeds are compared at the points that all of them have.
        across, up: what the axes are.
    """
    figure, [axis] = _figure(1)
    for number, (kind, seeds) in enumerate(runs.items()):
        shared = min(map(len, seeds))
        if not shared:
            continue
        xs = [statistics.mean(seed[point][0] for seed in seeds) for point in range(shared)]
        found = [interval([seed[point][1] for seed in seeds]) for point in range(shared)]
        means, halves = [mean for mean, _ in found], [half for _, half in found]
        axis.plot(xs, means, color=f"C{number}", marker=".", label=f"{kind} ({len(seeds)} seeds)")
        low, high = ([m + sign * h for m, h in found] for sign in (-1, 1))
        if any(halves):
            axis.fill_between(xs, low, high, color=f"C{number}", alpha=0.15)
    axis.set_xlabel(across)
    axis.set_ylabel(up)
    axis.legend(fontsize="small")
    figure.savefig(place, dpi=100)


def _named(lines: Sequence[Mapping[str, Any]], *begins: str) -> list[str]:
    return [name for name in dict.fromkeys(key for line in lines for key in line) if name.startswith(begins)]


def _figure(count: int) -> tuple[Any, list[Any]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.2 * count if count > 1 else 5), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(count, 1, place) for place in range(1, count + 1)]
