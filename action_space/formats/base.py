"""What a format is: how one model family, or outside tool, says an action.

A format is a pair of pure functions. It holds no prompt, loads no model, and never executes what it reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from action_space.actions import BaseAction
from action_space.geometry import Frame

_LONGEST = 590  # characters of a message, whatever a model wrote into it
ParseOutcome = Literal["strict", "repaired", "failed"]


class FormatError(ValueError):
    """An answer that is not a valid action. The message is one line that a person or a model can act on.

    Attributes:
        field: dotted name of the offending field, or "" for the whole answer.
        value: the offending value, shortened for display.
        allowed: what would be accepted, in words.
    """

    def __init__(self, problem: str, *, field: str = "", value: object = None, allowed: str = "") -> None:
        self.field, self.value, self.allowed = well_formed(field), value, allowed
        line = well_formed(" ".join(problem.split()))
        super().__init__(line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…")


def well_formed(text: str) -> str:
    """`text` as valid Unicode: pairs of surrogates joined, a lone one replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class CannotExpress(ValueError):
    """The action is valid, but this format has no words for it."""


@dataclass(frozen=True)
class Parsed:
    """One validated action and how it was found.

    Attributes:
        action: the action, in screenshot pixels.
        thought: the text before the action (without think tags), "" if there was none.
        repairs: one short phrase for each liberty the parser took; empty: the answer was strictly valid.
    """

    action: BaseAction
    thought: str = ""
    repairs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # What a model writes may hold half a character, which no file takes.
        object.__setattr__(self, "thought", well_formed(self.thought))
        object.__setattr__(self, "repairs", tuple(well_formed(note) for note in self.repairs))

    @property
    def outcome(self) -> ParseOutcome:
        return "repaired" if self.repairs else "strict"


class Format(Protocol):
    """Text ⇄ action. `parse(render(a, frame), frame).action == a` for every action it can express,
    up to the rounding of the model's coordinate space."""

    name: str

    def parse(self, text: str, frame: Frame) -> Parsed:
        """The one action that `text` asks for, its points mapped to `frame.screen`.

        Raises:
            FormatError: there is no action in it, or it is not valid.
        """

    def render(self, action: BaseAction, frame: Frame) -> str:
        """`action` (screenshot pixels) as this family writes it.

        Raises:
            CannotExpress: the family has no such action or field.
        """

    def schema(self, frame: Frame) -> dict[str, Any] | None:
        """JSON Schema of the wire format, for constrained decoding; None where it is not JSON."""
