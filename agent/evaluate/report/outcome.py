"""One word for how an episode or item ended, for filters and counts."""

from __future__ import annotations

from agent.evaluate.results import EpisodeResult

WORDS = {
    "passed": "passed",
    "false_claim": "false claim",
    "gave_up": "gave up",
    "unsure": "unsure",
    "limit": "limit reached",
    "invalid_answer": "no valid answer",
    "question": "asked a person",
    "stopped": "ended by the page",
    "target_closed": "target closed",
    "refused": "said it is not there",
    "wrong": "wrong",
    "setup": "not set up",
    "no_oracle": "no solution known",
    "time_limit": "time limit",
    "crash": "crashed",
    "environment": "browser lost",
    "judge": "check broke",
}
"""Outcome → what a person reads."""


def outcome(row: EpisodeResult) -> str:
    """A key of `WORDS`, or an error or cause that is not in it."""
    if row.passed:
        return "passed"
    if row.error:
        return row.error
    cause = str(row.details.get("cause") or "")
    if row.details.get("refused"):
        return "refused"
    if cause in ("limit", "invalid_answer", "question", "stopped", "target_closed", "unsure"):
        return cause
    if cause in ("gave_up", "infeasible"):
        return "gave_up"
    if row.claimed and "cause" in row.details:
        return "false_claim"
    if "cause" not in row.details and row.unparsed and not row.strict + row.repaired:
        return "invalid_answer"
    return "false_claim" if row.claimed else "wrong"
