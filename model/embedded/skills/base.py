"""What a skill is: its goals, the sentences that mean them, its steps, and what it may touch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from model.embedded.language.forms import Form
from model.embedded.language.goals import Goal
from model.embedded.matching.memory import Answer, Now

Touches = Literal["look", "enter", "change", "delete", "send"]
Step = Callable[[Any, Now], Answer]


@dataclass(frozen=True)
class Skill:
    """One skill.

    Attributes:
        name: in the registry.
        steps: goal class → (goal, what is seen now) → the next `Move`, `Done`, or `Lost`.
        verbs: words that can begin a clause of it, as an alternation of a regular expression.
        english, chinese: sentence forms, the most particular first.
        touches: the most that it may do to what the page keeps.
        most_steps: for one goal, before it is given up.
    """

    name: str
    steps: Mapping[type[Goal], Step]
    verbs: str = ""
    english: tuple[Form, ...] = ()
    chinese: tuple[Form, ...] = ()
    touches: Touches = "look"
    most_steps: int = 24
