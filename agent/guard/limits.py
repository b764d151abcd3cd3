"""When a run ends by itself, and what is said of an action before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from action_space.actions import BaseAction


@dataclass(frozen=True)
class Limits:
    """When a run ends by itself.

    Attributes:
        max_steps: actions, `finished` included.
        max_seconds: wall time of the whole run, seconds; checked between steps.
        max_repeats: times that the same action may be done on one screen without any effect.
        max_tokens: tokens of all prompts and answers together; None: no limit.
    """

    max_steps: int = 40
    max_seconds: float = 900.0
    max_repeats: int = 4
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and value <= 0:
                raise ValueError(f"{name}: {value} is not positive")


@dataclass(frozen=True)
class Approval:
    """What the guard says of an action: do it (perhaps changed), or why not; `note` goes into the trace."""

    action: BaseAction
    refusal: str = ""
    note: str = ""


class LimitReached(Exception):
    """The run has used up one of its limits."""
