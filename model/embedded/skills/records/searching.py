"""Type words into the search field of the page and start the search."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Find, Goal, Search, Target
from model.embedded.language.nouns import kind_before
from model.embedded.matching.match import find
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.seek import search_field
from model.embedded.skills.base import Skill


def search(goal: Search, now: Now) -> Answer:
    """The next step."""
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    field = search_field(now.scene)
    if typed:
        buttons = [
            c
            for c in find(Target(text="search", kinds=("button", "icon")), now.scene)
            if c.score >= 0.8 and c.thing.kind in ("button", "icon") and not now.tried(c.point)
        ]
        if typed[-1].idle and now.past[-1].kind == "input" and buttons:
            said = "I start the search."
            return Move(click_at(buttons[0].point, buttons[0].thing.text), said, buttons[0].score, last=False)
        if all(s.idle for s in now.past):
            return Done("the search was started, but nothing changed", 0.7)
        return Done(f"“{goal.text}” was searched for", 0.95)
    if field is None and (only := now.scene.of("field")) and len(only) == 1:
        field = only[0]
    if field is None:
        icons = [c for c in find(Target(text="search"), now.scene) if c.score >= 0.8 and not now.tried(c.point)]
        if icons:
            action = click_at(icons[0].point, icons[0].thing.text)
            return Move(action, "I open the search.", icons[0].score, last=False)
        return Lost("there is no search field", Target(text="search"))
    action = {
        "action": "input",
        "text": goal.text,
        "start_point": list(field.point),
        "clear": True,
        "submit": True,
    }
    return Move(action, f"I search for “{goal.text}”.", 0.95, last=False, tag="searched")


_BY = r"(?: (?:in|on|using|with|via|through|by) (?:the )?(?:search.*|.*search (?:box|bar|field|engine)|page|site|store|shop|list))?"


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "search for X"; "look for the mail by X" is answered by looking."""
    rest = found["rest"]
    thing = clause.noun(rest)
    if found["verb"].lower() == "look for" and (thing.whose or thing.role) and "search" not in clause.text:
        return [Find(what=thing)]
    before = kind_before(re.sub(r"^(?:the|an?)\s+", "", rest))
    name = clause.value(before[1] if before else rest)
    way: list[Goal] = [Find(what=Target(text=clause.place), opened=True)] if clause.place else []
    return [*way, Search(text=name)]


SKILL = Skill(
    "search",
    {Search: search},
    verbs="search for|search|look for|look up|google|query",
    english=(
        Form(rf"^(?P<verb>search(?: for)?|look up|look for|google|query)\s+(?P<rest>.+?){_BY}$", _read),
        Form(
            r"^(?:use|using) (?:the )?search(?: \w+)? to (?:find|look for|search for) (?P<rest>.+)(?P<verb>)$",
            _read,
        ),
        Form(
            r"^(?:find|locate) (?P<rest>.+?) (?:using|with|via|through|by) (?:the )?(?:search.*)(?P<verb>)$", _read
        ),
    ),
    chinese=(
        Form(r"^(?:搜索|搜一下|查找|搜)(?P<rest>.+)$", lambda f, c: [Search(text=c.value(f["rest"]))]),
        Form(
            r"^在(?P<where>.+?)(?:中|里)?(?:搜索|查找)(?P<rest>.+)$",
            lambda f, c: [Search(text=c.value(f["rest"]))],
        ),
    ),
)
