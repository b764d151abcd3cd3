"""Goals of shops and sites: amounts in a cart, cookie banners, filters, the language."""

from __future__ import annotations

import re

from model.embedded.understand.act import apply_button, name_of
from model.embedded.understand.clear import banners
from model.embedded.understand.goals import Amount, Consent, Filter, Language, Target
from model.embedded.understand.language import concepts_within, squash, tokens
from model.embedded.understand.match import find
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.scene import Scene, Thing
from model.embedded.understand.values import numbers, price
from model.embedded.understand.whereabouts import in_head, way_to
from model.embedded.understand.wording import text_score

_MORE, _LESS = ("+", "＋"), ("-", "−", "–", "－", "一")
_UP_TO = re.compile(r"up to|under|below|less than|maximum|max\b|≤|<|最高|以下|以内|不超过", re.I)


def amount(goal: Amount, now: Now) -> Answer:
    """By a list or field in the row of the thing, else by plus and minus until the number is right."""
    scene = now.scene
    things = [c for c in find(goal.thing, scene) if c.score >= 0.85 and c.thing.kind != "panel"]
    if not things:
        return Lost(f"{goal.thing} is not to be seen", goal.thing)
    owner = things[0].thing
    sure = things[0].score
    row = [t for t in scene.things if _beside(t, owner, scene)]
    lists = [t for t in row if t.kind in ("select", "field")]
    if lists and any(numbers(n) for n in lists[0].names):
        box = lists[0]
        if any(n.strip() == str(goal.value) for n in box.names):
            return Done(f"the number is {goal.value}", 0.97)
        if sum(s.kind in ("select", "input") for s in now.past) >= 2:
            return Lost("the number stays as it was")
        kind = "select" if box.kind == "select" else "input"
        action: dict[str, object] = {"action": kind, "text": str(goal.value), "start_point": list(box.point)}
        if kind == "input":
            action |= {"clear": True, "submit": True}
        return Move(action, f"I set {name_of(box)} to {goal.value}.", sure, last=False)
    plus = next((t for t in row if t.name == "plus" or t.text in _MORE), None)
    minus = next((t for t in row if t.name == "minus" or t.text in _LESS), None)
    if plus is None:
        return Lost("there is nothing to change the number with")
    counts = [t for t in row if t.text.strip().isdigit() and t.box.right <= plus.box.left + 3]
    if not counts:
        return Lost("the number is not to be seen")
    shown = int(max(counts, key=lambda t: t.box.left).text)
    if shown == goal.value:
        return Done(f"the number is {goal.value}", 0.97)
    if shown < goal.value:
        return Move(click_at(plus.point, "+"), f"It is {shown}, I add one.", sure, last=False)
    at = (
        minus.point
        if minus
        else (int(2 * max(counts, key=lambda t: t.box.left).point[0] - plus.point[0]), plus.point[1])
    )
    return Move(click_at(at, "-"), f"It is {shown}, I take one away.", sure, last=False)


def _beside(thing: Thing, owner: Thing, scene: Scene) -> bool:
    """Whether it stands in the row that begins with the owner's name; a row may be a few lines high."""
    if thing is owner or thing.kind == "panel" or thing.box.left < owner.box.left:
        return False
    down = thing.box.center[1] - owner.box.center[1]
    return -2.2 * scene.scale < down < 4.5 * scene.scale


def consent(goal: Consent, now: Now) -> Answer:
    """The button of the cookie banner that says it."""
    if any(s.mark == "·" and not s.idle for s in now.past):
        return Done("the banner was answered", 0.96)
    buttons = banners(now.scene, "cookie")
    for thing, accepts in buttons:
        if accepts == goal.accept:
            return Move(click_at(thing.point, thing.text), f"I answer the cookies with “{thing.text}”.", 0.96)
    way = way_to("cookie settings", now)
    if way and not buttons:
        return Move(click_at(way[0].point, way[0].text), "I open the cookie settings.", 0.8, last=False)
    return Lost("there is no question about cookies", Target(text="cookies"))


def language(goal: Language, now: Now) -> Answer:
    """The control that bears the language's name; else the one that opens the list of languages."""
    scene = now.scene
    if any(s.mark == "·" and not s.idle for s in now.past):
        return Done("the language was changed", 0.95)
    keys = {squash(n) for n in goal.names}
    for thing in scene.things:
        if thing.kind not in ("panel", "field") and squash(thing.text) in keys and not now.tried(thing.point):
            return Move(click_at(thing.point, thing.text), f"I choose the language “{thing.text}”.", 0.95)
    for thing in scene.things:
        opens = thing.name == "globe" or squash(thing.text) in ("language", "english", "en", "中文", "语言")
        if opens and not now.tried(thing.point):
            return Move(click_at(thing.point, thing.text), "I open the languages.", 0.85, last=False)
    return Lost("there is no choice of languages", Target(text="language"))


def filter_(goal: Filter, now: Now) -> Answer:
    """Tick the option of the list of products; then the button that applies it, where there is one."""
    scene = now.scene
    chosen = [s for s in now.past if s.said.startswith("I filter") and not s.error]
    if chosen and "until" not in chosen[-1].said:
        apply = apply_button(scene)
        if apply and not any(s.text == apply.text for s in now.past):
            return Move(click_at(apply.point, apply.text), f"I press {name_of(apply)}.", 0.95)
        return Done("the products are filtered", min(s.score for s in chosen))
    option = _priced(goal.limit, now) if goal.limit is not None else _kind(goal.option, now)
    if option:
        thing, score = option
        if thing.state & {"checked", "selected"}:
            return Done("it is filtered so", score)
        return Move(click_at(thing.point, thing.text), f"I filter by “{thing.text}”.", score, last=False)
    if goal.limit is not None and (move := _limit(goal.limit, now)):
        return move
    went = [s for s in now.past if s.said.startswith("I go")]
    for place in ("catalogue", "vehicles", "filter"):
        if len(went) < 3 and (way := way_to(place, now)):
            return Move(click_at(way[0].point, way[0].text), f"I go to “{place}”.", 0.9, last=False)
    return Lost(f"{goal.option} is not offered", goal.option)


def _stem(text: str) -> str:
    return " ".join(re.sub(r"(?<=\w\w)(?:ies$|y$|e?s$)", "", t) for t in tokens(text))


def _kind(option: Target, now: Now) -> tuple[Thing, float] | None:
    found = []
    for thing in now.scene.things:
        if thing.kind not in ("checkbox", "radio", "link", "button", "tab", "switch") or in_head(thing, now.scene):
            continue
        score = text_score(option.text, thing.text)[0]
        if _stem(option.text) == _stem(re.sub(r"\(?\d+\)?$", "", thing.text)):
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
        return Move(action, f"I filter up to {limit:g} in {name_of(field)}.", 0.93, last=False)
    sliders = [t for t in scene.of("slider") if t.box.width > 4 * scene.scale]
    if not sliders:
        if (point := _unseen_bar(scene)) and not any("until" in s.said for s in now.past):
            said = f"I move the slider until it shows {limit:g}."
            return Move(click_at(point), said, 0.8, last=False)
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
    drags = [s for s in now.past if s.kind in ("drag", "click") and "until" in s.said]
    element = scene.screen.elements[slider.element]
    value = element.value if element.value is not None else 1.0
    knob = [int(slider.box.left + value * slider.box.width), slider.point[1]]
    if len(drags) < 5 and (shown is None or abs(shown - limit) > 0.06 * limit):
        share = 0.5 if shown is None else min(0.98, value * limit / shown)
        if shown is None and drags:
            share = 0.5 / (len(drags) + 1)
        end = [int(slider.box.left + share * slider.box.width), knob[1]]
        action = {"action": "drag", "start_point": knob, "end_point": end}
        return Move(action, f"I move the slider until it shows {limit:g}.", 0.9, last=False)
    if "press" in now.actions and shown is not None:
        key = "left" if shown > limit else "right"
        return Move({"action": "press", "keys": [key]}, f"I filter until it shows {limit:g}.", 0.93, last=False)
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
    return Move(click_at(button.point, button.text), f"I press {name_of(button)}.", 0.95)
