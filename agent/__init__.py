"""What people call: the loop, the command line, traces, reports, evaluation.

The names of `__all__` are the public API: they change only with a line in the changelog. Nothing heavy is imported
before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from agent.guard.limits import Approval, Limits
    from agent.guard.rules import GuardPolicy
    from agent.loop import Agent
    from agent.osworld_agent import OSWorldAgent
    from agent.policy import Policy
    from agent.report.page import build_report
    from agent.result import Interrupted, RunResult
    from agent.trace.reader import read_trace
    from agent.trace.writer import TraceError, TraceWriter

__all__ = [
    "Agent",
    "Approval",
    "GuardPolicy",
    "Interrupted",
    "Limits",
    "OSWorldAgent",
    "Policy",
    "RunResult",
    "TraceError",
    "TraceWriter",
    "__version__",
    "build_report",
    "read_trace",
]
__version__ = "0.1.0"

__getattr__, __dir__ = exports(
    __name__,
    {
        "Agent": "agent.loop",
        "Approval": "agent.guard.limits",
        "GuardPolicy": "agent.guard.rules",
        "Interrupted": "agent.result",
        "Limits": "agent.guard.limits",
        "OSWorldAgent": "agent.osworld_agent",
        "Policy": "agent.policy",
        "RunResult": "agent.result",
        "TraceError": "agent.trace.writer",
        "TraceWriter": "agent.trace.writer",
        "build_report": "agent.report.page",
        "read_trace": "agent.trace.reader",
    },
)
