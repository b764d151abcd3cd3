"""All expectations of a run, checked together at its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agent.expect.base import CannotCheck, Expectation, Outcome, short
from agent.expect.grammar import expectation
from agent.result import Cause, Status
from agent.text import redacted
from envs.base import EnvironmentFault, Observation

PATIENCE_S = 5.0
"""Seconds for which what is not met yet is looked at again: saving may lag behind the screen."""
_POLL_S = 0.25
_MAY_BE_DONE = ("done", "unsure", "limit", "stopped")
"""How a run may have ended for its expectations to say that it is done. Not where the agent itself says that it
failed, or where the guard stopped it."""


@dataclass(frozen=True)
class Ending:
    """How a run ended, as far as is known."""

    status: Status
    cause: Cause
    reason: str


class Expectations:
    """What has to be so after a run.

    Args:
        lines: as `agent.expect.grammar` reads them.
        patience_s: seconds for which what is not met yet is looked at again.

    Raises:
        BadExpectation: a line cannot be read.
    """

    def __init__(self, lines: Iterable[str] = (), *, patience_s: float = PATIENCE_S) -> None:
        if isinstance(lines, str):
            lines = (lines,)
        self._all: list[tuple[str, Expectation]] = [(" ".join(line.split()), expectation(line)) for line in lines]
        self._patience_s = patience_s

    def __len__(self) -> int:
        return len(self._all)

    def check(
        self, seen: Observation | None, look: Callable[[], Observation] | None = None
    ) -> tuple[list[Outcome], Observation | None]:
        """What became of each, in order, and the screen on which that was seen.

        Args:
            seen: the last screen; None: there is none.
            look: gives the screen anew, while something is waited for; None: it cannot.
        """
        until = time.monotonic() + self._patience_s
        found = [_outcome(line, one, seen) for line, one in self._all]
        while time.monotonic() < until and any(one.outcome != "met" for one in found):
            time.sleep(_POLL_S)
            fresh = seen
            if look is not None and any(
                one.on_screen and was.outcome != "met" for (_, one), was in zip(self._all, found, strict=True)
            ):
                try:
                    fresh = look()
                except EnvironmentFault:
                    look = None
            moved, seen = fresh is not seen, fresh
            # All that the screen shows is checked on one screen: the last.
            found = [
                _outcome(line, one, seen) if was.outcome != "met" or (one.on_screen and moved) else was
                for (line, one), was in zip(self._all, found, strict=True)
            ]
        return found, seen


def _outcome(line: str, one: Expectation, seen: Observation | None) -> Outcome:
    try:
        met, told = one.check(seen)
    except CannotCheck as why:
        return Outcome(redacted(line), "unknown", redacted(short(why)))
    return Outcome(redacted(line), "met" if met else "not_met", redacted(told))


def ending(before: Ending, outcomes: Iterable[Outcome]) -> Ending:
    """How a run ended, after what became of its expectations.

    One that is not met refutes a success; one that could not be checked leaves it unsure; all met prove it.
    """
    outcomes = list(outcomes)
    if not outcomes:
        return before
    status, cause, reason = before.status, before.cause, before.reason
    missed = [one for one in outcomes if one.outcome == "not_met"]
    unknown = [one for one in outcomes if one.outcome == "unknown"]
    success = status in ("claimed", "verified")
    if missed and (success or cause == "check_failed"):
        told = "; ".join(f"{one.expectation}: {one.seen}" for one in missed)
        return Ending("failed", "not_verified", f"not as expected: {told}")
    if unknown:
        told = "; ".join(f"{one.expectation}: {one.seen}" for one in unknown)
        reason = f"{reason}; could not be checked: {told}".removeprefix("; ")
        return Ending("unsure", "check_failed", reason) if success else Ending(status, cause, reason)
    if not missed and cause in _MAY_BE_DONE and status in ("claimed", "unsure", "failed"):
        return Ending("verified", "done" if cause in ("done", "unsure") else cause, reason)
    return before
