"""Sentence forms: a pattern for a clause, and what makes goals of it. Every skill brings its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from model.embedded.language.goals import Goal, Target
from model.embedded.language.nouns import Quotes, target
from model.embedded.language.values import find_date, number_word


@dataclass(frozen=True)
class Clause:
    """One clause as a builder gets it.

    Attributes:
        text: its words; a quoted string is one private character (`nouns.QUOTED`).
        place: where it said that it is to be done ("Contacts"), "" for nowhere.
        about: what it said that it is for ("product SKU-88"), "" for nothing.
        goals_of: the goals of another clause.
    """

    text: str
    quotes: Quotes
    place: str = ""
    about: str = ""
    goals_of: Callable[[str], list[Goal]] = lambda text: []

    def noun(self, text: str) -> Target:
        """What a noun phrase names."""
        return target(text, self.quotes)

    def value(self, text: str) -> str:
        """A text as it was said, quoted strings back in place."""
        return self.quotes.value(text)

    def number(self, text: str) -> float | None:
        """The number that a text is."""
        return number_word(self.value(text))

    def day(self, text: str) -> str:
        """The ISO date in a text, "" for none."""
        found = find_date(self.value(text))
        return found.isoformat() if found else ""


Builder = Callable[[re.Match[str], Clause], "list[Goal] | None"]
"""Makes goals of a matched clause; []: try the next form; None: understood, and nothing need be done."""


@dataclass(frozen=True)
class Form:
    """A pattern, matched from the start of a clause whatever the case, and its builder."""

    pattern: str
    build: Builder
    desktop: bool = False

    def read(self, clause: Clause) -> list[Goal] | None:
        """Goals of a clause, [] where it is not of this form."""
        found = re.match(self.pattern, clause.text, re.I)
        return self.build(found, clause) if found else []
