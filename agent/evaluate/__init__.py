"""Evaluation: play a suite, and say what the figures are worth."""

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
    "read",
    "summarize",
    "wilson",
]
