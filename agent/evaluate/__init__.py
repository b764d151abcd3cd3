"""Evaluation: play a suite, and say what the figures are worth.

The names below are loaded when they are first used, so that `agent --help`, which lists the suites, stays instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.evaluate.items import evaluate_items
    from agent.evaluate.play import Rules
    from agent.evaluate.results import FolderInUse, NoResults, OtherRun, Results, Row, read
    from agent.evaluate.run import Progress, RunBroken, evaluate
    from agent.evaluate.summary import summarize, wilson

__all__ = [
    "FolderInUse",
    "NoResults",
    "OtherRun",
    "Progress",
    "Results",
    "Row",
    "Rules",
    "RunBroken",
    "evaluate",
    "evaluate_items",
    "read",
    "summarize",
    "wilson",
]

_HOMES = {
    "items": ("evaluate_items",),
    "play": ("Rules",),
    "results": ("FolderInUse", "NoResults", "OtherRun", "Results", "Row", "read"),
    "run": ("Progress", "RunBroken", "evaluate"),
    "summary": ("summarize", "wilson"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"agent.evaluate.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
