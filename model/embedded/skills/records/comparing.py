"""Which of many cards is most: all of a list is gone through, view by view, before one of them is named.

What was found so far travels in the memo of each step: the figure and the name of the best.
"""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.language.fieldnames import synonyms
from model.embedded.language.goals import Delete, Edit, Find, Goal, Read, Target, Use
from model.embedded.language.values import SIGNS, numbers, price, show
from model.embedded.language.words import concepts_within, fold
from model.embedded.matching.memory import Answer, Done, Move, Now, click_at
from model.embedded.matching.scene import Scene
from model.embedded.matching.seek import wide
from model.embedded.matching.whereabouts import in_head, section_for
from model.embedded.screen import Line
from model.embedded.skills.records.tables import rows

COMPARED = 0.85
"""How sure a comparison can be: one figure that was not read makes another thing the most, and nothing would tell."""
_COSTS = frozenset(("cheapest", "dearest"))
_UNITS = {
    "range": r"km|kilomet\w+|miles?|mi|公里|千米",
    "distance": r"km|m|kilomet\w+|miles?|mi|公里|千米",
    "power": r"kw|hp|ps|bhp|马力|千瓦",
    "weight": r"kg|g|lbs?|kilos?|公斤|千克",
    "battery": r"kwh|mah|wh",
    "speed": r"km/h|mph|kph",
}
"""How a property is written where its name does not stand beside its figure."""
_MOST_VIEWS = 10


def compared(goal: Goal, now: Now) -> Goal | Answer:
    """The goal with the name of the thing that is most, or the next step towards knowing it.

    The goal comes back as it is where it asks for no such thing, or where the screen is no page of a site.
    """
    target = goal.target if isinstance(goal, Use | Read | Find | Edit | Delete) else Target()
    if target.most not in SIGNS or (isinstance(goal, Use | Find) and target.kinds):
        return goal
    steps = now.tagged("list", "view", "best")
    if not steps and not wide(now.scene):
        return goal
    if found := [s for s in steps if s.tag == "best"]:
        return _with(goal, target, str(found[-1].memo["name"]))
    if not steps and (way := _list_of(target, now)):
        return way
    return _view(goal, target, now)


def _list_of(target: Target, now: Now) -> Move | None:
    """The way to the list of all of the kind."""
    for kind in (target.role, target.text, "catalogue"):
        if kind and (way := section_for(kind, now)):
            said = f"I go to “{way[0].text}”, to compare them all."
            return Move(click_at(way[0].point, way[0].text), said, 0.93, last=False, tag="list")
    return None


def _view(goal: Goal, target: Target, now: Now) -> Goal | Answer:
    sign = SIGNS[target.most]
    found = cards(now.scene, target)
    told = [(float(s.memo["value"]), str(s.memo["name"])) for s in now.past if "value" in s.memo]
    best = max([*found, *told], key=lambda card: sign * card[0], default=None)
    scrolls = [s for s in now.past if s.kind == "scroll" and not s.error]
    so_far = f"the best so far {show(best[0])} is “{best[1]}”" if best else "no figure so far"
    memo = {"value": best[0], "name": best[1]} if best else {}
    if (scrolls and scrolls[-1].idle) or len(scrolls) >= _MOST_VIEWS or "scroll" not in now.actions:
        if best is None:
            return goal
        if isinstance(goal, Read):
            return Done(so_far, COMPARED, best[1])
        action = {"action": "scroll", "direction": "up", "scroll_distance": 9999}
        return Move(action, f"All seen, {so_far}.", 0.93, last=False, tag="best", memo=memo)
    far = int(0.5 * now.scene.screen.size.height)
    action = {"action": "scroll", "direction": "down", "scroll_distance": far}
    return Move(action, f"I look at all before I choose: {so_far}.", 0.93, last=False, tag="view", memo=memo)


def _with(goal: Goal, target: Target, name: str) -> Goal:
    named = replace(target, text=name, most="", role="", kinds=())
    slot = "name" if isinstance(goal, Edit | Delete) else "what"
    return replace(goal, **{slot: named})  # type: ignore[arg-type]


def cards(scene: Scene, target: Target) -> list[tuple[float, str]]:
    """Figure and name of every card in view that shows what is compared."""
    if told := _column(scene, target):
        return told
    found = []
    lines = [line for _, line in scene.lines if line.box.center[1] > 4 * scene.scale]
    for line in lines:
        value = _value(line.text, target)
        if value is not None and (name := _name(line, lines, scene)):
            found.append((value, name))
    return found


_PROPERTY = {"cheapest": "price", "dearest": "price", "largest": "size", "smallest": "size", "longest": "length",
             "shortest": "length", "newest": "date", "oldest": "date", "heaviest": "weight", "lightest": "weight"}  # fmt: skip


def _column(scene: Scene, target: Target) -> list[tuple[float, str]]:
    """Figure and name of every row of a table whose head names the property; the name is the first cell with letters."""
    table = rows(scene)
    name = target.text or _PROPERTY.get(target.most, "")
    if len(table) < 2 or not name:
        return []
    names = {fold(one) for one in synonyms(name)}
    head = next((t for t in table[0] if fold(t.text) in names), None)
    if head is None:
        return []
    found = []
    for row in table[1:]:
        cells = sorted(row, key=lambda t: t.box.left)
        cell = min(cells, key=lambda t: min(abs(t.box.left - head.box.left), abs(t.box.right - head.box.right)))
        value = next(iter(numbers(cell.text)), None)
        named = next(
            (t.text for t in cells if t is not cell and re.search(r"[^\W\d_]", t.text) and t.kind != "checkbox"),
            "",
        )
        if value is not None and named:
            found.append((value, named))
    return found


def _value(text: str, target: Target) -> float | None:
    if target.most in _COSTS or "price" in concepts_within(target.text):
        return price(text)
    for word, units in _UNITS.items():
        if word in fold(target.text):
            hit = re.search(rf"(\d[\d.,]*)\s*(?:{units})(?![\w/])", text, re.I)
            return numbers(hit[1])[0] if hit and numbers(hit[1]) else None
    if target.text and fold(target.text) in fold(text):
        return next(iter(numbers(text)), None)
    return None


def _name(value: Line, lines: list[Line], scene: Scene) -> str:
    """The heading over a figure: the tallest line above it that begins at the same edge."""
    above = [
        line for line in lines
        if abs(line.box.left - value.box.left) < 0.8 * scene.scale
        and 0 < value.box.top - line.box.top < 5.5 * scene.scale
        and price(line.text) is None and re.search(r"\w", line.text)
    ]  # fmt: skip
    head = max(above, key=lambda line: line.box.height, default=None)
    if head is None or any(t.box == head.box and in_head(t, scene) for t in scene.things):
        return ""
    return head.text.strip()
