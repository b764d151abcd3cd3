"""What a task names: a thing on the screen, a field with the value that it shall hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Relation = Literal["in", "row", "below", "above", "left", "right", "near", "after", "before"]
How = Literal["left", "double", "right", "long", "hover"]


@dataclass(frozen=True)
class Target:
    """Something on the screen, as the task names it.

    Attributes:
        text: its name as said, "" where only its looks or its place are given.
        quoted: the name stood in quotation marks, so it is literal.
        kinds: kinds of control it may be (`model.embedded.screen.Kind` names), empty for any.
        role: the noun that says what it is ("button", "result", "user"), "" for none.
        colour, shape, size: looks; size is "large" or "small".
        nth: 1 the first, 2 the second …, -1 the last, 0 not said.
        most: key of `values.EXTREMES` ("cheapest"), "" for none.
        relation, anchor: where it is with respect to something else ("row" of "Bob").
        whose: name that says to whom or what it belongs ("Amazon" in "the email by Amazon").
    """

    text: str = ""
    quoted: bool = False
    kinds: tuple[str, ...] = ()
    role: str = ""
    colour: str = ""
    shape: str = ""
    size: str = ""
    nth: int = 0
    most: str = ""
    relation: Relation | None = None
    anchor: Target | None = None
    whose: str = ""

    @property
    def called(self) -> str:
        """What it is known by: its name, or that of its owner."""
        return self.text or self.whose

    def __str__(self) -> str:
        looks = [w for w in (self.most, self.size, self.colour, self.shape) if w]
        name = f"“{self.text}”" if self.text else ""
        place = f"{'last' if self.nth < 0 else f'no. {self.nth}'}" if self.nth else ""
        owner = f"of “{self.whose}”" if self.whose else ""
        where = f"{self.relation} {self.anchor}" if self.anchor else ""
        return " ".join(w for w in (place, *looks, name, self.role, owner, where) if w) or "what is asked for"


NOTHING = Target()
"""No thing was named."""


@dataclass(frozen=True)
class Setting:
    """A field and the value that it shall hold."""

    field: Target
    value: str

    def __str__(self) -> str:
        return f"{self.field.text or self.field.role or 'field'}: {self.value}"
