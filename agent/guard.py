"""The one place where an action may be refused before it is done, and where a run is stopped for its own good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from action_space.actions import BaseAction, Scroll, Wait
from envs.base import Outcome


@dataclass(frozen=True)
class Limits:
    """When a run ends by itself.

    Attributes:
        max_steps: actions, `finished` included.
        max_seconds: wall time of the whole run, seconds; checked between steps.
        max_repeats: times that the same action may be done in a row without any effect.
    """

    max_steps: int = 40
    max_seconds: float = 900.0
    max_repeats: int = 4

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"{name}: {value} is not positive")


@dataclass(frozen=True)
class Review:
    """What the guard says of an action: do it (perhaps changed), or why not."""

    action: BaseAction
    refusal: str = ""


class LimitReached(Exception):
    """The run has used up one of its limits."""


class Guard:
    """Keeps a run inside its limits, and asks `review` (allow-lists, confirmation, a person) about every action.

    Args:
        limits: see `Limits`.
        review: called with every action before it is done; None: every action is done as it is.
    """

    def __init__(self, limits: Limits, review: Callable[[BaseAction], Review] | None = None) -> None:
        self.limits = limits
        self._review = review
        self._last: BaseAction | None = None
        self._idle = 0

    def before_step(self, steps: int, seconds: float) -> None:
        """Raises LimitReached where the step or time limit is used up."""
        if steps >= self.limits.max_steps:
            raise LimitReached(f"step limit: {self.limits.max_steps} steps were taken")
        if seconds >= self.limits.max_seconds:
            raise LimitReached(f"time limit: {seconds:.0f} s of {self.limits.max_seconds:.0f} s are used up")

    def review(self, action: BaseAction) -> Review:
        """The action to do, or the reason why not."""
        return self._review(action) if self._review else Review(action)

    def after_step(self, action: BaseAction, outcome: Outcome | None) -> None:
        """Counts repeats.

        Raises:
            LimitReached: the same action was done again and again and changed nothing.
        """
        idle = outcome is None or outcome.effect.nothing
        self._idle = self._idle + 1 if idle and action == self._last else int(idle)
        self._last = action
        # Waiting is meant to change nothing; it gets twice the patience.
        patience = self.limits.max_repeats * (2 if isinstance(action, Wait | Scroll) else 1)
        if self._idle > patience:
            raise LimitReached(f"repeat limit: {action.action} was done {self._idle} times and changed nothing")
