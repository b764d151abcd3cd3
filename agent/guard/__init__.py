"""What a run may do: its rules and limits, and the approval of its actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from agent.guard.guard import Guard
    from agent.guard.limits import Approval, Limits
    from agent.guard.rules import GuardPolicy

__all__ = ["Approval", "Guard", "GuardPolicy", "Limits"]

__getattr__, __dir__ = exports(
    __name__,
    {
        "Approval": "agent.guard.limits",
        "Guard": "agent.guard.guard",
        "GuardPolicy": "agent.guard.rules",
        "Limits": "agent.guard.limits",
    },
)
