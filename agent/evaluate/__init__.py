"""Evaluation: play a suite, and say what the figures are worth."""

from agent.evaluate.results import FolderInUse, OtherRun, Results, Row
from agent.evaluate.run import Progress, RunBroken, evaluate
from agent.evaluate.summary import summarize, wilson
from agent.evaluate.worker import Rules

__all__ = [
    "FolderInUse",
    "OtherRun",
    "Progress",
    "Results",
    "Row",
    "Rules",
    "RunBroken",
    "evaluate",
    "summarize",
    "wilson",
]
