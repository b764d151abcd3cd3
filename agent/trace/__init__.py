"""The trace of a run, step by step: its writer and its one reader (docs/trace.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from agent.trace.reader import read_trace
    from agent.trace.writer import TraceError, TraceWriter

__all__ = ["TraceError", "TraceWriter", "read_trace"]

__getattr__, __dir__ = exports(
    __name__,
    {
        "TraceError": "agent.trace.writer",
        "TraceWriter": "agent.trace.writer",
        "read_trace": "agent.trace.reader",
    },
)
