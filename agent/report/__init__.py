"""One self-contained HTML file of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from agent.report.page import build_report

__all__ = ["build_report"]

__getattr__, __dir__ = exports(
    __name__,
    {
        "build_report": "agent.report.page",
    },
)
