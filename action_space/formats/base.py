"""What a format is: how one model family, or outside tool, says an action.

A format is a pair of pure functions. It holds no prompt, loads no model, and never executes what it reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from action_space.actions import BaseAction
from action_space.geometry import Frame

ParseOutcome = Literal["strict", "repaired", "failed"]


class FormatError(ValueError):
    """An answer that is no valid action. The message is one line that a person or a model can act on.

    Attributes:
        field: dotted name of the offending field, or "" for the whole answer.
        value: the offending value, shortened for display.
        allowed: what would be accepted, in words.
    """

    def __init__(self, problem: str, *, field: str = "", value: object = None, allowed: str = "") -> None:
        self.field, self.value, self.allowed = field, value, allowed
        super().__init__(problem)


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
