"""What ends a verb.

::

    ScreenError                 carries `picture` (the screen with marks) and `candidates`
    ├── NotOnScreen             it was not there until the time was up
    ├── Ambiguous               it is there more than once, and nothing says which
    ├── NotDone                 it was there, and the action was not done or had not the effect that it names
    ├── Refused                 the rules of the session do not allow it
    └── ExpectationFailed       an AssertionError too: what `expect` says is not so
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.rpa.query import Match


class ScreenError(Exception):
    """A verb could not be done.

    Attributes:
        picture: the screen at that moment with what was found marked; None: it could not be saved.
        candidates: what was seen, the best first.
    """

    def __init__(self, message: str, picture: Path | None = None, candidates: Sequence[Match] = ()) -> None:
        self.picture, self.candidates = picture, tuple(candidates)
        lines = [message, *(f"  {number}. {one}" for number, one in enumerate(self.candidates, 1))]
        if picture is not None:
            lines.append(f"  picture: {picture}")
        super().__init__("\n".join(lines))


class NotOnScreen(ScreenError):
    """It was not there until the time was up."""


class Ambiguous(ScreenError):
    """It is there more than once, and nothing says which."""


class NotDone(ScreenError):
    """It was there, and the action was not done or had not the effect that it names."""


class Refused(ScreenError):
    """The rules of the session do not allow it."""


class ExpectationFailed(ScreenError, AssertionError):
    """What was expected of the screen is not so."""
