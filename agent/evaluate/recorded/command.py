"""`agent eval` for suites of recorded items: what it reads, refuses and prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.evaluate.episodes import EvalConfig
    from agent.evaluate.runner import Progress

SHOWN_GROUPS = 12
"""Groups of one kind that the terminal lists; the summary has all."""


def play_items(
    suite: str,
    rules: EvalConfig,
    folder: Path,
    *,
    data: Path | None,
    variant: str | None = None,
    predictions: Path | None = None,
    skip_bad: bool = False,
    limit: int | None = None,
    names: str | None = None,
    workers: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Read the items, ask or score them, and return the summary.

    Args:
        folder: of the run.
        say: gets a line for each item that is left out.

    Raises: as `registry.load_items` and `items.evaluate_items`.
    """
    from agent.evaluate.recorded.runner import evaluate_items
    from agent.evaluate.suites import load_items

    loaded = load_items(suite, data, variant=variant or "", skip_bad=skip_bad, names=names, limit=limit)
    if say:
        for complaint in loaded.skipped:
            say(f"left out: {complaint}")
    return evaluate_items(
        loaded.items,
        rules,
        folder,
        data=loaded.data,
        predictions=predictions,
        workers=workers,
        suite=suite,
        on_progress=on_progress,
    )


def print_items(summary: dict[str, Any], folder: Path) -> None:
    """The figures as tables on the terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("", "value", "95 % interval", "items", title=summary["config"]["suite"])
    table.add_row("score", *_cells(summary["score"]), style="bold")
    for name, figure in summary["metrics"].items():
        table.add_row(name, *_cells(figure))
    for name, figure in summary.get("over_episodes", {}).items():
        if isinstance(figure, dict):
            table.add_row(f"{name}, over episodes", *_cells(figure))
    for name, figure in summary["baselines"].items():
        table.add_row(f"baseline {name}", *_cells(figure), style="dim")
    for name, figure in summary["answers"].items():
        table.add_row(f"answers {name}", *_cells(figure))
    console.print(table)
    for kinds, cells in summary["cells"].items():
        table = Table(kinds, "score", "95 % interval", "items")
        for name, figure in cells["cells"].items():
            table.add_row(name, *_cells(figure))
        table.add_row("mean of the cells", f"{100 * cells['mean_of_cells']:.1f}", "", "", style="bold")
        console.print(table)
    for kind, names in summary["groups"].items():
        if len(names) < 2:
            continue
        table = Table(kind, "score", "95 % interval", "items")
        for name, figure in list(names.items())[:SHOWN_GROUPS]:
            table.add_row(name, *_cells(figure))
        if len(names) > SHOWN_GROUPS:
            table.add_row(f"and {len(names) - SHOWN_GROUPS} more", "", "", "", style="dim")
        console.print(table)
    counts = [f"{name} {count}" for name, count in summary["errors"].items() if count]
    skipped = summary["config"]["data"].get("skipped")
    console.print("; ".join([*counts, *([f"{skipped} items left out"] if skipped else [])]), highlight=False)
    console.print(f"{folder}/summary.json", highlight=False, soft_wrap=True)


def _cells(figure: dict[str, Any]) -> tuple[str, str, str]:
    """Value, interval and count. Shares in percent; what is no share (a distance) as it is."""
    value = figure["value"]
    if value is None:
        return "-", "", "0"
    count = f"{figure['hits']}/{figure['of']}" if "hits" in figure else str(figure["of"])
    scale = 1 if value > 1 else 100
    interval = "" if figure.get("computed") else f"{scale * figure['low']:.1f} – {scale * figure['high']:.1f}"
    return f"{scale * value:.1f}{'' if scale == 1 else ' %'}", interval, count
