"""All skills, in the order in which their sentences are tried, and the grammar that they make together."""

from __future__ import annotations

from functools import cache

from action_space.plugins import Registry
from model.embedded.language.goals import Goal
from model.embedded.language.parse import Grammar
from model.embedded.skills import desktop
from model.embedded.skills.base import Skill, Step
from model.embedded.skills.fields import choosing, files, filling, login, submitting, ticking
from model.embedded.skills.pages import clicking, dialogs, dragging, opening, using
from model.embedded.skills.records import creating, deleting, editing, filtering, reading, searching, sorting

_OURS = (
    desktop, dialogs, login, files, sorting, filtering, reading, searching, submitting, using, deleting, editing,
    creating, ticking, choosing, filling, dragging, clicking, opening,
)  # fmt: skip
SKILLS: Registry[Skill] = Registry(
    {module.SKILL.name: module.SKILL for module in _OURS},
    "gui_agent.skills",
    lambda found: isinstance(found, Skill),
)
"""Name → skill; other packages add theirs as entry points of the group `gui_agent.skills`."""


@cache
def grammar() -> Grammar:
    """The sentence forms of all skills: those of other packages first, the mere name of a control last."""
    ours = [module.SKILL for module in _OURS]
    names = {skill.name for skill in ours}
    ordered = [*(SKILLS[name] for name in SKILLS if name not in names), *ours, clicking.LAST]
    verbs = sorted({v for s in ordered for v in s.verbs.split("|") if v}, key=len, reverse=True)
    return Grammar(
        tuple(form for skill in ordered for form in skill.english),
        tuple(form for skill in ordered for form in skill.chinese),
        "|".join(verbs),
    )


@cache
def _steps() -> dict[type[Goal], tuple[Step, Skill]]:
    return {kind: (step, skill) for skill in SKILLS.values() for kind, step in skill.steps.items()}


def step_of(goal: Goal) -> tuple[Step, Skill]:
    """What to do for a goal, and the skill whose it is.

    Raises:
        KeyError: no skill serves goals of this class.
    """
    return _steps()[type(goal)]
