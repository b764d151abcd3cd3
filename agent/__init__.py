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
    from agent.rpa.asynchronous import AsyncController, AsyncLocator
    from agent.rpa.controller import Controller
    from agent.rpa.errors import Ambiguous, ExpectationFailed, NotDone, NotOnScreen, Refused, ScreenError
    from agent.rpa.locator import Locator
    from agent.rpa.query import Match
    from agent.secrets.vault import Secret, SecretError, Secrets
    from agent.trace.reader import read_trace
    from agent.trace.writer import TraceError, TraceWriter

__all__ = [
    "Agent",
    "Ambiguous",
    "Approval",
    "AsyncController",
    "AsyncLocator",
    "Controller",
    "ExpectationFailed",
    "GuardPolicy",
    "Interrupted",
    "Limits",
    "Locator",
    "Match",
    "NotDone",
    "NotOnScreen",
    "OSWorldAgent",
    "Policy",
    "Refused",
    "RunResult",
    "ScreenError",
    "Secret",
    "SecretError",
    "Secrets",
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
        "Ambiguous": "agent.rpa.errors",
        "Approval": "agent.guard.limits",
        "AsyncController": "agent.rpa.asynchronous",
        "AsyncLocator": "agent.rpa.asynchronous",
        "Controller": "agent.rpa.controller",
        "ExpectationFailed": "agent.rpa.errors",
        "GuardPolicy": "agent.guard.rules",
        "Interrupted": "agent.result",
        "Limits": "agent.guard.limits",
        "Locator": "agent.rpa.locator",
        "Match": "agent.rpa.query",
        "NotDone": "agent.rpa.errors",
        "NotOnScreen": "agent.rpa.errors",
        "OSWorldAgent": "agent.osworld_agent",
        "Policy": "agent.policy",
        "Refused": "agent.rpa.errors",
        "RunResult": "agent.result",
        "ScreenError": "agent.rpa.errors",
        "Secret": "agent.secrets.vault",
        "SecretError": "agent.secrets.vault",
        "Secrets": "agent.secrets.vault",
        "TraceError": "agent.trace.writer",
        "TraceWriter": "agent.trace.writer",
        "build_report": "agent.report.page",
        "read_trace": "agent.trace.reader",
    },
)
