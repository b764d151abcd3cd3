"""What a task asks for, as values: goals in the order in which they are to be reached.

A goal is one of some thirty general intents with typed slots. `gold` gives it as plain data, for
`agent run --plan` and for tests of the grammar.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from model.embedded.language.targets import NOTHING, How, Relation, Setting, Target

__all__ = ["NOTHING", "How", "Relation", "Setting", "Target"]


@dataclass(frozen=True)
class Goal:
    """One thing to reach. `said` is the part of the task that asked for it.

    Attributes:
        do: name of the intent.
        of_kind: the noun before its name says something.
        in_form: what it names belongs to the form in view, and is not found by searching the site.
        enters: it leaves something entered, which is to be sent.
        saves: it confirms what it entered by itself.
    """

    do: ClassVar[str] = ""
    of_kind: ClassVar[bool] = False
    in_form: ClassVar[bool] = False
    enters: ClassVar[bool] = False
    saves: ClassVar[bool] = False
    said: str = ""

    @property
    def target(self) -> Target:
        """What it is done to, empty where it is done to nothing that has a name."""
        thing = getattr(self, "what", None) or getattr(self, "name", None)
        return thing if isinstance(thing, Target) else Target()

    def gold(self) -> dict[str, Any]:
        """As plain data, without what was not said."""
        found: dict[str, Any] = {"do": self.do}
        for slot in fields(self):
            value = getattr(self, slot.name)
            if slot.name == "said" or value == slot.default or value in ((), None, ""):
                continue
            if slot.name in ("place", "form"):
                found["in" if slot.name == "place" else "as"] = value
            elif isinstance(value, Target):
                if value.called or (value.role and not value.nth and not value.most):
                    found[slot.name] = value.called or value.role
                if value.role and (value.called or value.nth) and self.of_kind:
                    found["kind"] = value.role
                if value.nth:
                    found["nth"] = value.nth
                if value.most:
                    found["most"] = value.most
            elif isinstance(value, Goal):
                found[slot.name] = value.gold()
            elif isinstance(value, tuple) and value and isinstance(value[0], Setting):
                found[slot.name] = {s.field.text or s.field.role: s.value for s in value}
            elif isinstance(value, tuple):
                found[slot.name] = [v.called if isinstance(v, Target) else v for v in value]
            else:
                found[slot.name] = value
        return found


@dataclass(frozen=True)
class Unknown(Goal):
    """A clause that was not understood. Nothing is done on its word."""

    do = "unknown"
    what: str = ""


@dataclass(frozen=True)
class Remark(Goal):
    """A statement that asks for nothing by itself."""

    do = "remark"
    what: str = ""


@dataclass(frozen=True)
class Avoid(Goal):
    """What must not be done."""

    do = "avoid"
    what: str = ""


@dataclass(frozen=True)
class Find(Goal):
    """Bring something into view; opening it where `opened`."""

    do = "find"
    of_kind = True
    what: Target = NOTHING
    opened: bool = False

    def gold(self) -> dict[str, Any]:
        found = super().gold()
        if found.pop("opened", False):
            found["do"] = "open"
        return found


@dataclass(frozen=True)
class Reach(Goal):
    """Go to a place where one is not there yet.

    Attributes:
        places: concepts or names of links, the best first.
        sign: what is to be seen there; where it is in view nothing need be done.
        deep: the place may be farther down the page.
    """

    do = "open"
    places: tuple[str, ...] = ()
    sign: Target | None = None
    deep: bool = False

    def gold(self) -> dict[str, Any]:
        return {"do": "open", "what": self.places[0]}


@dataclass(frozen=True)
class Click(Goal):
    """Click a control; what kind of control is left to the screen."""

    do = "click"
    what: Target = NOTHING
    how: How = "left"


@dataclass(frozen=True)
class Create(Goal):
    """Make a new record of a kind, with what its fields shall hold."""

    do = "create"
    saves = True
    kind: str = ""
    name: str = ""
    set: tuple[Setting, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class Edit(Goal):
    """Change fields of a record."""

    do = "edit"
    of_kind = True
    saves = True
    name: Target = NOTHING
    set: tuple[Setting, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class Delete(Goal):
    """Remove a record; `every`: all there are."""

    do = "delete"
    of_kind = True
    saves = True
    name: Target = NOTHING
    every: bool = False
    place: str = ""


@dataclass(frozen=True)
class Fill(Goal):
    """Enter values into the fields of the form in view."""

    do = "fill"
    in_form = True
    enters = True
    set: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class Type(Goal):
    """Type a text into a field. `source` is a question whose answer is the text, where it is not said."""

    do = "type"
    in_form = True
    enters = True
    text: str = ""
    field: Target = NOTHING
    source: Read | None = None
    everywhere: bool = False


@dataclass(frozen=True)
class Choose(Goal):
    """Give a field of the page one of its values: an option of a list, menu or group, a text where it is one."""

    do = "choose"
    in_form = True
    enters = True
    option: Target = NOTHING
    field: Target = NOTHING

    def gold(self) -> dict[str, Any]:
        found = {"do": "choose", "option": self.option.called}
        return {**found, "field": self.field.text or self.field.role} if self.field.text else found


@dataclass(frozen=True)
class Tick(Goal):
    """Tick these, or clear them; `every` takes all there are; `setting`: one switch, wherever it is."""

    do = "tick"
    in_form = True
    enters = True
    what: tuple[Target, ...] = ()
    on: bool = True
    every: bool = False
    setting: bool = False
    place: str = ""

    def gold(self) -> dict[str, Any]:
        names = [t.called for t in self.what]
        if self.setting:
            where = {"in": self.place} if self.place else {}
            return {"do": "toggle", "what": names[0] if names else "", "on": self.on, **where}
        return {"do": "tick", "what": names, "on": self.on, **({"every": True} if self.every else {})}


@dataclass(frozen=True)
class Use(Goal):
    """Use the control of an object that stands for a concept ("add X to the wish list", "star the mail")."""

    do = "use"
    how: str = ""
    what: Target = NOTHING


@dataclass(frozen=True)
class Search(Goal):
    """Type words into the search field and start the search."""

    do = "search"
    text: str = ""


@dataclass(frozen=True)
class Filter(Goal):
    """Show only what fits: an option by its name, a field with its value, or up to a price."""

    do = "filter"
    what: Target = NOTHING
    by: tuple[Setting, ...] = ()
    limit: float | None = None


@dataclass(frozen=True)
class Read(Goal):
    """Find out a value: `how` says in which way; `what` of what is asked."""

    do = "read"
    how: Literal["value", "count", "sum", "word", "text", "yesno"] = "value"
    what: Target = NOTHING
    number: int = 0

    def gold(self) -> dict[str, Any]:
        found: dict[str, Any] = {"do": "read"}
        if self.how == "count":
            return {**found, "what": "count", "of": " ".join(w for w in (self.what.text, self.what.role) if w)}
        if self.what.most:
            return {**found, "what": self.what.text, "of": self.what.role, "most": self.what.most}
        found["what"] = self.what.text or self.what.role
        return {**found, "of": self.what.whose} if self.what.whose else found


@dataclass(frozen=True)
class Submit(Goal):
    """Confirm what was entered: by the button named, or by the one that looks right."""

    do = "submit"
    in_form = True
    what: Target = NOTHING


@dataclass(frozen=True)
class Dialog(Goal):
    """Answer what the page asks: a dialog, or a banner about `what` ("cookies")."""

    do = "dialog"
    answer: Literal["accept", "dismiss"] = "accept"
    what: str = ""

    def gold(self) -> dict[str, Any]:
        return {"do": "dialog", "answer": self.answer, **({"what": self.what} if self.what else {})}


@dataclass(frozen=True)
class Adjust(Goal):
    """Bring a slider, spinner or counter to a value."""

    do = "adjust"
    in_form = True
    enters = True
    value: float = 0.0
    field: Target = NOTHING


@dataclass(frozen=True)
class Pick(Goal):
    """Put a date into a field, by typing or in a calendar. ISO date."""

    do = "date"
    in_form = True
    enters = True
    date: str = ""
    field: Target = NOTHING
