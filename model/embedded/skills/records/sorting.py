"""Put a list in order: by its column head, or by the control that sorts it; see that the order is as wanted."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Choose, Goal, Target
from model.embedded.language.values import find_date, numbers, price
from model.embedded.language.words import concepts_within, fold
from model.embedded.matching.match import find
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import Thing
from model.embedded.matching.whereabouts import section_for
from model.embedded.skills.base import Skill
from model.embedded.skills.fields.choosing import choose
from model.embedded.skills.fields.submitting import apply_button
from model.embedded.skills.records.tables import rows


@dataclass(frozen=True)
class Sort(Goal):
    """Put a list in order: by "name", "date", …; "ascending", "descending" or "" where it is not said."""

    do = "sort"
    by: str = ""
    order: str = ""


_WORDS = {"ascending": "low to high", "descending": "high to low"}


def sort(goal: Sort, now: Now) -> Answer:
    """The next step."""
    table = rows(now.scene)
    head = _head(goal.by, table, now)
    clicked = now.tagged("head")
    if head and (order := _order(head, table)) and (order == goal.order or (not goal.order and clicked)):
        return Done(f"the column “{head.text}” is in {order} order", 0.95)
    if clicked and clicked[-1].idle and head is None:
        return Lost(f"the list does not sort by {goal.by}", final=True)
    if head and len(clicked) < 3 and not (clicked and clicked[-1].idle):
        said = f"I sort by the head of the column, {name_of(head)}."
        return Move(click_at(head.point, head.text), said, 0.93, last=False, tag="head")
    if clicked and not clicked[-1].idle and head:
        return Done("the list was sorted, the order cannot be read", 0.8)
    if (done := now.tagged("chosen")) and not done[-1].idle:
        button = apply_button(now.scene)
        if button and not now.tagged("apply"):
            said = f"I press {name_of(button)}."
            return Move(click_at(button.point, button.text), said, 0.95, last=False, tag="apply")
        return Done("the order was chosen in the list's own control", min(0.95, done[-1].score + 0.02))
    direction = (
        _WORDS.get(goal.order, "") if goal.by in ("price", "amount", "cost", "价格") or not goal.by else goal.order
    )
    chosen = choose(
        Choose(
            goal.said,
            option=Target(text=f"{goal.by} {direction}".strip()),
            field=Target(text="sort", kinds=("select",)),
        ),
        now,
    )
    if isinstance(chosen, Move):
        return replace(chosen, last=False, tag="chosen")
    if isinstance(chosen, Lost):
        if not now.tagged("section") and (way := section_for("catalogue", now)):
            return Move(
                click_at(way[0].point, way[0].text), f"I go to “{way[0].text}”.", 0.9, last=False, tag="section"
            )
        return replace(chosen, reason=f"there is nothing to sort by {goal.by}", looking_for=Target(text="sort"))
    return chosen


def _head(by: str, table: list[list[Thing]], now: Now) -> Thing | None:
    """The head of the column of a name."""
    if len(table) < 3:
        return None
    heads = [c for c in find(Target(text=by), now.scene, table[0]) if c.score >= 0.85]
    return heads[0].thing if heads else None


def _order(head: Thing, table: list[list[Thing]]) -> str:
    """The order in which the values under a head are, "" if they are in none or are all the same."""
    values = []
    for row in table[1:]:
        cell = min(row, key=lambda t: min(abs(t.box.left - head.box.left), abs(t.box.right - head.box.right)))
        values.append(cell.text)
    if len(values) < 3 or len(set(values)) < 2:
        return ""
    keys: list[object] = [_key(v, values) for v in values]
    if keys == sorted(keys):  # type: ignore[type-var]
        return "ascending"
    return "descending" if keys == sorted(keys, reverse=True) else ""  # type: ignore[type-var]


def _key(text: str, values: list[str]) -> object:
    if all(find_date(v) for v in values):
        return find_date(text)
    if all(price(v) is not None for v in values):
        return price(text)
    if all(len(numbers(v)) == 1 for v in values):
        return numbers(text)[0]
    return fold(text)


_DOWN = r"highest|descending|desc\b|high to low|most expensive|newest|latest|most recent|largest|biggest|z to a|z-a|reverse|dearest"
_UP = r"lowest|ascending|asc\b|low to high|cheapest|oldest|earliest|smallest|a to z|a-z|alphabetical"


def _order_said(text: str) -> str:
    return "descending" if re.search(_DOWN, text, re.I) else "ascending" if re.search(_UP, text, re.I) else ""


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "sort the table by price, highest first"."""
    said = clause.value(found["rest"])
    by = re.split(rf"[,(]|\s+(?:from|in|with|so that|starting)\s|\s+(?=(?:{_DOWN}|{_UP}))", said)[0].strip()
    by = re.sub(r"^(?:the|their|its)\s+", "", by)
    return [Sort(by=by, order=_order_said(said))]


def _plainly(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "arrange the list alphabetically", "put the newest files at the top"."""
    text = clause.text
    if re.search(r"alphabetical|a to z|a-z", text, re.I):
        return [Sort(by="name", order="descending" if re.search(r"reverse|z to a", text, re.I) else "ascending")]
    if hit := re.search(r"\b(newest|latest|oldest|most recent|earliest)\b", text, re.I):
        return [Sort(by="date", order="ascending" if hit[1].lower() in ("oldest", "earliest") else "descending")]
    if hit := re.search(r"\b(cheapest|most expensive|dearest)\b", text, re.I):
        return [Sort(by="price", order=_order_said(hit[1]))]
    return []


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    down = bool(re.search(r"从高到低|降序|从大到小|从新到旧|倒序", clause.text))
    up = bool(re.search(r"从低到高|升序|从小到大|从旧到新", clause.text))
    return [Sort(by=found["by"].removesuffix("的"), order="descending" if down else "ascending" if up else "")]


SKILL = Skill(
    "sort",
    {Sort: sort},
    verbs="sort|arrange|order",
    english=(
        Form(
            r"^(?:sort|order|arrange|show .*?sorted|show .*?ordered|list .*?sorted|list .*?ordered)\b.*?\bby (?P<rest>.+)$",
            _read,
        ),
        Form(
            r"^(?:sort|order|arrange|put|show|list)\b.*\b(?:alphabetically|alphabetical order|(?:first|at the top|on top))$",
            _plainly,
        ),
    ),
    chinese=(Form(r"^(?:按照?|以)(?P<by>.+?)(?:从.到.|升序|降序|倒序)?(?:进行)?(?:排序|排列).*$", _chinese),),
)
__all__ = ["SKILL", "concepts_within"]
