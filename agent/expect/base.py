"""What an expectation is, and what became of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from envs.base import Observation

Word = Literal["met", "not_met", "unknown"]
TIMEOUT_S = 5.0
"""Seconds that one look through a second channel may take."""


class BadExpectation(ValueError):
    """An expectation that cannot be. The message names it and says what is accepted."""


class CannotCheck(Exception):
    """It cannot be told whether it is so; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation.

    Attributes:
        expectation: as it was written.
        outcome: met; not_met; unknown: it could not be checked.
        seen: one line: what was there instead, or why nothing could be seen.
    """

    expectation: str
    outcome: Word
    seen: str = ""

    def to_json(self) -> dict[str, Any]:
        """All fields, as JSON values."""
        return asdict(self)


class Expectation(Protocol):
    """One thing that has to be so at the end. Checking it changes nothing."""

    @property
    def on_screen(self) -> bool:
        """Whether it is seen on the screen (or called with it), and not through a second channel."""

    def check(self, seen: Observation | None) -> tuple[bool, str]:
        """Whether it is so, and what was there, in one line.

        Args:
            seen: the last screen; None: there is none any more.

        Raises:
            CannotCheck: it cannot be told.
        """


def short(value: object, longest: int = 160) -> str:
    """A value in one line of a message."""
    line = " ".join(str(value).split())
    return line if len(line) <= longest else f"{line[:longest]} …"
