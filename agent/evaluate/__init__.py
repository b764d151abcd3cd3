"""Evaluation: play a suite, and say what the figures are worth.

The names below are loaded when they are first used, so that `agent --help`, which lists the suites, stays instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from agent.evaluate.episodes import EvalConfig
    from agent.evaluate.recorded.runner import evaluate_items
    from agent.evaluate.results import EpisodeResult, FolderInUse, NoResults, OtherRun, Results, read
    from agent.evaluate.runner import Progress, RunBroken, evaluate
    from agent.evaluate.stats import summarize, wilson

__all__ = [
    "EpisodeResult",
    "EvalConfig",
    "FolderInUse",
    "NoResults",
    "OtherRun",
    "Progress",
    "Results",
    "RunBroken",
    "evaluate",
    "evaluate_items",
    "read",
    "summarize",
    "wilson",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "EpisodeResult": "agent.evaluate.results",
        "EvalConfig": "agent.evaluate.episodes",
        "FolderInUse": "agent.evaluate.results",
        "NoResults": "agent.evaluate.results",
        "OtherRun": "agent.evaluate.results",
        "Progress": "agent.evaluate.runner",
        "Results": "agent.evaluate.results",
        "RunBroken": "agent.evaluate.runner",
        "evaluate": "agent.evaluate.runner",
        "evaluate_items": "agent.evaluate.recorded.runner",
        "read": "agent.evaluate.results",
        "summarize": "agent.evaluate.stats",
        "wilson": "agent.evaluate.stats",
    },
)
