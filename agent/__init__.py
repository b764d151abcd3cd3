"""What people call: the loop, the command line, traces, reports, evaluation.

`from agent import Agent` is all that a script needs; nothing heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.guard import Limits, Review
    from agent.loop import Agent
    from agent.result import Interrupted, RunResult

__all__ = ["Agent", "Interrupted", "Limits", "Review", "RunResult"]

_HOMES = {
    "Agent": "agent.loop",
    "Interrupted": "agent.result",
    "Limits": "agent.guard",
    "Review": "agent.guard",
    "RunResult": "agent.result",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'agent' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
