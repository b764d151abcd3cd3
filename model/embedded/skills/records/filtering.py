"""Show only what fits: an option of the list, a field with its value, a highest price."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Filter, Goal, Setting, Target
from model.embedded.language.settings import is_field, settings
from model.embedded.language.values import numbers, price
from model.embedded.language.wording import text_score
from model.embedded.language.words import concepts_within, fold, tokens
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import Scene, Thing
from model.embedded.matching.whereabouts import in_head, section_for, stem, way_to
from model.embedded.skills.base import Skill
from model.embedded.skills.fields.submitting import apply_button
from model.embedded.skills.means.put import put

_UP_TO = re.compile(r"up to|under|below|less than|maximum|max\b|≤|<|最高|以下|以内|不超过", re.I)


def filter_(goal: Filter, now: Now) -> Answer:
    """The next step."""
    scene = now.scene
    for one in goal.by:
        answer = _by(one, now)
        if not isinstance(answer, Done):
            return answer
    if goal.by:
        return _applied(now)
    chosen = [s for s in now.past if s.tag == "filter" and not s.error]
    if chosen:
        apply = apply_button(scene)
        if apply and not any(s.text == apply.text for s in now.past):
            return Move(
                click_at(apply.point, apply.text), f"I press {name_of(apply)}.", 0.95, last=False, tag="apply"
            )
        return Done("the list is filtered", min(s.score for s in chosen))
    option = _priced(goal.limit, now) if goal.limit is not None else _kind(goal.what, now)
    if option:
        thing, score = option
        if thing.state & {"checked", "selected"}:
            return Done("it is filtered so", score)
        said = f"I filter by “{thing.text}”."
        return Move(click_at(thing.point, thing.text), said, score, last=False, tag="filter")
    if goal.limit is not None and (move := _limit(goal.limit, now)):
        return move
    went = now.tagged("section")
    ways = [section_for("catalogue", now), way_to("filter", now)]
    if goal.what.role:
        ways.insert(0, section_for(goal.what.role, now))
    if len(went) < 3 and (way := next((w for w in ways if w), None)):
        said = f"I go to “{way[0].text or way[0].name}”."
        return Move(click_at(way[0].point, way[0].text), said, 0.9, last=False, tag="section")
    return Lost(f"{goal.what} is not offered", goal.what)


def _by(one: Setting, now: Now) -> Answer:
    """A field of the list's filter; else an option of that name."""
    answer = put(one, now)
    if isinstance(answer, Lost) and (option := _kind(Target(text=one.value), now)) and not now.tagged("filter"):
        thing, score = option
        if not thing.state & {"checked", "selected"}:
            said = f"I filter by “{thing.text}”."
            return Move(click_at(thing.point, thing.text), said, score, last=False, tag="filter")
    if isinstance(answer, Lost) and now.tagged("filter"):
        return Done("the list is filtered", 0.93)
    if isinstance(answer, Lost) and not now.tagged("section") and (way := way_to("filter", now)):
        return Move(click_at(way[0].point, way[0].text), "I open the filters.", 0.9, last=False, tag="section")
    return answer


def _stems(text: str) -> str:
    return " ".join(stem(t) for t in tokens(text))


def _kind(option: Target, now: Now) -> tuple[Thing, float] | None:
    found = []
    for thing in now.scene.things:
        if thing.kind not in ("checkbox", "radio", "link", "button", "tab", "switch") or in_head(thing, now.scene):
            continue
        score = text_score(option.text, thing.text)[0]
        if _stems(option.text) == _stems(re.sub(r"\(?\d+\)?$", "", thing.text)):
            score = 0.97
        if thing.kind in ("link", "button"):
            score -= 0.04
        if score >= 0.85:
            found.append((score, thing))
    if not found:
        return None
    score, thing = max(found, key=lambda pair: pair[0])
    return thing, score


def _priced(limit: float, now: Now) -> tuple[Thing, float] | None:
    for thing in now.scene.things:
        if thing.kind not in ("checkbox", "radio", "link", "button", "tab") or price(thing.text) != limit:
            continue
        if _UP_TO.search(thing.text) or len(numbers(thing.text)) == 1:
            return thing, 0.96
    return None


def _limit(limit: float, now: Now) -> Move | Done | None:
    """A field or slider for the highest price."""
    scene = now.scene
    for field in scene.of("field"):
        names = " ".join(field.names)
        if in_head(field, scene) or not ("price" in concepts_within(names) or _UP_TO.search(names)):
            continue
        action = {
            "action": "input",
            "text": f"{limit:g}",
            "start_point": list(field.point),
            "clear": True,
            "submit": True,
        }
        return Move(action, f"I filter up to {limit:g} in {name_of(field)}.", 0.93, last=False, tag="filter")
    sliders = [t for t in scene.of("slider") if t.box.width > 4 * scene.scale]
    if not sliders:
        if (point := _unseen_bar(scene)) and not now.tagged("slide"):
            said = f"I move the slider until it shows {limit:g}."
            return Move(click_at(point), said, 0.8, last=False, tag="slide")
        return None
    slider = sliders[0]
    near = [
        line for _, line in scene.lines
        if abs(line.box.center[1] - slider.box.center[1]) < 4 * scene.scale
        and line.box.left < slider.box.right + 8 * scene.scale
        and line.box.right > slider.box.left - 2 * scene.scale
    ]  # fmt: skip
    near.sort(key=lambda line: line.box.left >= slider.box.right)  # what is beside it may be a product's
    shown = next((v for line in near if (v := price(line.text)) is not None), None)
    if shown == limit:
        return _applied(now)
    drags = now.tagged("slide")
    element = scene.screen.elements[slider.element]
    value = element.value if element.value is not None else 1.0
    knob = [int(slider.box.left + value * slider.box.width), slider.point[1]]
    if len(drags) < 5 and (shown is None or abs(shown - limit) > 0.06 * limit):
        share = 0.5 if shown is None else min(0.98, value * limit / shown)
        if shown is None and drags:
            share = 0.5 / (len(drags) + 1)
        end = [int(slider.box.left + share * slider.box.width), knob[1]]
        action = {"action": "drag", "start_point": knob, "end_point": end}
        said = f"I move the slider until it shows {limit:g}."
        return Move(action, said, 0.9, last=False, tag="slide")
    if "press" in now.actions and shown is not None:
        key = "left" if shown > limit else "right"
        said = f"I step until it shows {limit:g}."
        return Move({"action": "press", "keys": [key]}, said, 0.93, last=False, tag="slide")
    return None


def _unseen_bar(scene: Scene) -> tuple[int, int] | None:
    """The middle of a slider whose thumb stands at its end, where it looks like a line: a gap under a price."""
    for _, line in scene.lines:
        around = [scene.screen.elements[i].box for i in scene.panels_around(line.box)]
        narrow = [box for box in around if box.width < 0.4 * scene.screen.size.width]
        if not narrow or not ("price" in concepts_within(line.text) or price(line.text) is not None):
            continue
        below = [
            t.box.top for t in scene.things
            if t.kind != "panel" and narrow[0].contains(*t.box.center) and t.box.top > line.box.bottom
        ]  # fmt: skip
        if below and 2 * scene.scale < (gap := min(below) - line.box.bottom) < 5 * scene.scale:
            return int(narrow[0].center[0]), int(line.box.bottom + 0.4 * gap)
    return None


def _applied(now: Now) -> Move | Done:
    button = apply_button(now.scene)
    if button is None or any(s.text == button.text for s in now.past):
        return Done("the products are filtered", 0.95)
    return Move(click_at(button.point, button.text), f"I press {name_of(button)}.", 0.95, last=False, tag="apply")


_SHOW = r"show(?: me)? only|only show|list only|display only|show just|show me just|narrow(?:(?: \w+)* down)? to|filter|narrow|limit|restrict|hide everything but"
_NOUN = r"(?:the |my |all )?(?:\w+ ){0,2}?(?:list|table|results?|view|page|products|items|entries|orders|tickets)?"


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "show only X", "filter the list by status Done", "show only products up to 300"."""
    rest = clause.value(found["rest"])
    if re.search(r"\bsort(?:ed)?\b", rest):
        return []
    limit = re.search(
        r"(?:up to|under|below|less than|at most|no more than|cheaper than|maximum of)\s*(\S*\d\S*)", rest, re.I
    )
    if limit and (value := price(limit[1])) is not None:
        return [Filter(limit=value)]
    by = re.sub(r"^(?:down )?(?:by|to|for|with|on|where)\s+(?:the\s+)?", "", found["rest"], flags=re.I)
    values, left = settings(by, clause.quotes)
    if (
        values
        and not left
        and all(is_field(v.field.text) or " is " in by or "=" in by or ":" in by for v in values)
    ):
        return [Filter(by=tuple(values))]
    return [Filter(what=Target(text=clause.value(re.sub(r"^(?:the|all)\s+", "", by))))]


SKILL = Skill(
    "filter",
    {Filter: filter_},
    verbs="show only|filter|narrow|limit|restrict|list only|only show|display only",
    english=(
        Form(
            rf"^(?:filter|narrow|limit|restrict) {_NOUN}\s*(?:down )?(?:by|to|for|on|with|where)\s+(?P<rest>.+)$",
            _read,
        ),
        Form(rf"^(?:{_SHOW})\s+(?P<rest>.+)$", _read),
    ),
    chinese=(
        Form(
            r"^(?:只显示|仅显示|筛选出?|只看|只列出)(?P<rest>.+)$",
            lambda f, c: [Filter(what=Target(text=c.value(f["rest"])))],
        ),
    ),
    most_steps=40,
)
__all__ = ["SKILL", "fold"]
