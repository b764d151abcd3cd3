"""What a task asks for, as values: goals in the order in which they are to be reached."""

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
        role: the noun that gave `kinds` ("button", "result", "email"), "" for none.
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

    def __str__(self) -> str:
        looks = [w for w in (self.most, self.size, self.colour, self.shape) if w]
        name = f"“{self.text}”" if self.text else ""
        place = f"{'last' if self.nth < 0 else f'no. {self.nth}'}" if self.nth else ""
        owner = f"of “{self.whose}”" if self.whose else ""
        where = f"{self.relation} {self.anchor}" if self.anchor else ""
        return " ".join(w for w in (place, *looks, name, self.role, owner, where) if w) or "what is asked for"


@dataclass(frozen=True)
class Goal:
    """One thing to reach. `said` is the part of the task that asked for it."""

    said: str = ""


@dataclass(frozen=True)
class Click(Goal):
    """Click a control; what kind of control is left to the screen. `source`: its name is the answer to this."""

    target: Target = Target()
    how: How = "left"
    source: Read | None = None


@dataclass(frozen=True)
class Find(Goal):
    """Bring something into view; opening it where `opened`."""

    target: Target = Target()
    opened: bool = False


@dataclass(frozen=True)
class Type(Goal):
    """Type a text into a field. `source` is a question whose answer is the text, where it is not said."""

    text: str = ""
    field: Target = Target()
    source: Read | None = None
    everywhere: bool = False


@dataclass(frozen=True)
class Fit(Goal):
    """Enter a text that is offered by the page and starts, ends or contains what is said (autocomplete)."""

    field: Target = Target()
    starts: str = ""
    ends: str = ""
    contains: str = ""


@dataclass(frozen=True)
class Tick(Goal):
    """Tick exactly (or at least) these; `on` False clears them; `every` takes all there are."""

    targets: tuple[Target, ...] = ()
    on: bool = True
    every: bool = False


@dataclass(frozen=True)
class Choose(Goal):
    """Choose an option of a list, menu or group."""

    option: Target = Target()
    field: Target = Target()


@dataclass(frozen=True)
class Path(Goal):
    """Follow a path through a menu or a tree."""

    steps: tuple[Target, ...] = ()


@dataclass(frozen=True)
class Do(Goal):
    """Do something with an object by the control that stands for it ("add the lamp to the wish list")."""

    concept: str = ""
    thing: Target = Target()


@dataclass(frozen=True)
class Search(Goal):
    """Type words into the search field and start the search."""

    text: str = ""


@dataclass(frozen=True)
class Drag(Goal):
    """Drag one thing onto or beside another, or by a direction."""

    source: Target = Target()
    to: Target = Target()
    direction: str = ""


@dataclass(frozen=True)
class Adjust(Goal):
    """Bring a slider, spinner or counter to a value."""

    value: float = 0.0
    field: Target = Target()


@dataclass(frozen=True)
class Pick(Goal):
    """Put a date into a field, by typing or in a calendar. ISO date."""

    date: str = ""
    field: Target = Target()


@dataclass(frozen=True)
class Read(Goal):
    """Find out a value: `what` says how."""

    what: Literal["value", "count", "sum", "last word", "first word", "word", "text", "yesno"] = "value"
    target: Target = Target()
    number: int = 0


@dataclass(frozen=True)
class Scroll(Goal):
    """Scroll in a direction, or until something is seen."""

    direction: str = "down"
    target: Target = Target()
    to_end: bool = False


@dataclass(frozen=True)
class Press(Goal):
    """Press a key chord."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sort(Goal):
    """Click all of a kind in an order: "ascending" or "descending"."""

    order: str = "ascending"
    target: Target = Target()


@dataclass(frozen=True)
class SelectText(Goal):
    """Mark a text with the mouse."""

    target: Target = Target()


@dataclass(frozen=True)
class Submit(Goal):
    """Confirm what was entered: by the button named, or by the one that looks right."""

    target: Target = Target()


@dataclass(frozen=True)
class Close(Goal):
    """Close a dialog, window, banner or tab."""

    target: Target = Target()


@dataclass(frozen=True)
class Visit(Goal):
    """Open an address."""

    url: str = ""


@dataclass(frozen=True)
class Back(Goal):
    """Go back a page."""


@dataclass(frozen=True)
class Reach(Goal):
    """Go to a place of the site where one is not there yet.

    Attributes:
        places: concepts or names of links, the best first.
        sign: what is to be seen there; where it is in view nothing need be done.
        deep: the place may be farther down the page.
    """

    places: tuple[str, ...] = ()
    sign: Target | None = None
    deep: bool = False


@dataclass(frozen=True)
class Amount(Goal):
    """Bring the number of something in a list (a cart) to a value."""

    value: int = 1
    thing: Target = Target()


@dataclass(frozen=True)
class Consent(Goal):
    """Answer a cookie banner: accept all, or only what is necessary."""

    accept: bool = True


@dataclass(frozen=True)
class Filter(Goal):
    """Show only the products of a kind, or up to a price."""

    option: Target = Target()
    limit: float | None = None


@dataclass(frozen=True)
class Language(Goal):
    """Change the language of the site; `names` are what the control may be called."""

    names: tuple[str, ...] = ()
