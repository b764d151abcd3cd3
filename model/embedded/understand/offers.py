"""The best of several offers by what it costs, how long it takes, how far it is, how it is rated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from model.embedded.understand.act import name_of
from model.embedded.understand.goals import Goal, Target
from model.embedded.understand.language import tokens
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.scene import Scene, Thing
from model.embedded.understand.values import SIGNS, numbers, price, show

_BACK = "I go back to the best."
_TAKES = ("book", "reserve", "select", "choose", "buy", "order", "rent", "hire", "take")
_HOURS = re.compile(
    r"(\d+)\s*(?:h|hr|hrs|hours?)\b\.?\s*(?:(\d+)\s*(?:m|min|mins|minutes?)\b)?|\b(\d+)\s*(?:min|mins|minutes)\b",
    re.I,
)
_FAR = re.compile(r"(\d+(?:\.\d+)?)\s*(miles?|mi|km|kilomet\w+|m|metres|meters|ft|feet|blocks?)\b", re.I)
_RATED = re.compile(r"(\d(?:\.\d)?)\s*(?:stars?|/\s*5|★)|(?:rating|rated|stars?)\W{0,3}(\d(?:\.\d)?)", re.I)


@dataclass(frozen=True)
class BestOf(Goal):
    """Take the offer that is most in the sense `most` of `values.EXTREMES`; `verb` stands on its button."""

    most: str = "cheapest"
    verb: str = "book"


def best_of(goal: BestOf, now: Now) -> Answer:
    """Every offer is looked at, down to the end of the list, before one is taken."""
    if any(s.mark == "·" and not s.idle for s in now.past):
        return Done("the offer was taken", 0.9)
    scene, sign = now.scene, SIGNS.get(goal.most, 1)
    valued = [
        (value, button) for button in _buttons(goal, scene) if (value := _value(goal, button, scene)) is not None
    ]
    told = [float(hit[1]) for s in now.past if (hit := re.search(r"best so far (-?[\d.]+)", s.said))]
    scrolls = [s for s in now.past if s.kind == "scroll"]
    at_end = any(s.idle and "best so far" in s.said for s in scrolls)
    if len(scrolls) > 24:
        return Lost("the offers do not end")
    if not valued:
        if told:
            return _turn(now, "I look for the next." if not at_end else _BACK, down=not at_end)
        return Lost("I see no offers to compare", Target(text=goal.verb, kinds=("button",)))
    here, button = max(valued, key=lambda pair: sign * pair[0])
    overall = max([here, *told], key=lambda v: sign * v)
    few = len(valued) < 3
    if not at_end:
        said = f"Of {len(valued)} offers the best so far {show(overall)}; there may be more below."
        return _turn(now, said, at=button.point, few=few)
    if here != overall:
        return _turn(now, _BACK, at=button.point, few=few, down=False)
    return Move(click_at(button.point, button.text), f"The {goal.most} has {show(here)}: {name_of(button)}.", 0.9)


def _turn(now: Now, said: str, *, at: tuple[int, int] | None = None, few: bool = True, down: bool = True) -> Move:
    """Scroll the list itself, by less than an offer where only few are in view, so that none is passed over."""
    points = [s.point for s in now.past if s.kind == "scroll" and s.point]
    action: dict[str, Any] = {"action": "scroll", "direction": "down" if down else "up"}
    if spot := at or (points[-1] if points else None):
        action["start_point"] = list(spot)
    if few:
        action["scroll_distance"] = round(8 * now.scene.scale)
    return Move(action, said, 0.85 if down else 0.8, last=False)


def _buttons(goal: BestOf, scene: Scene) -> list[Thing]:
    """One control for each offer, from the top."""
    words = (goal.verb, *_TAKES)
    found = [t for t in scene.of("button", "link") if tokens(t.text) and tokens(t.text)[0] in words]
    return sorted(found, key=lambda t: t.box.center[1])


def _value(goal: BestOf, button: Thing, scene: Scene) -> float | None:
    """What counts for an offer: in its own frame if it has one, else in the lines since the offer before it."""
    if re.search(r"\b(?:for|at|from)$", button.text.strip()):
        return None  # the rest of what it says is cut off
    if (own := _read(goal.most, button.text)) is not None:
        return own
    others = [b for b in _buttons(goal, scene) if b != button]
    frames = [
        e.box for e in scene.screen.elements
        if e.kind in ("panel", "listbox", "image") and e.box.contains(*button.box.center)
        and e.box.area > 1.5 * button.box.area
        and not any(e.box.contains(*o.box.center) for o in others)
    ]  # fmt: skip
    if frames:
        frame = max(frames, key=lambda b: b.area)
        lines = [line.text for _, line in scene.lines if frame.contains(*line.box.center)]
    else:
        alike = [o.box for o in others] + [  # a button that the edge cuts is a plain box of the same sides
            e.box for e in scene.screen.elements
            if max(abs(e.box.left - button.box.left), abs(e.box.right - button.box.right)) <= 0.2 * scene.scale
        ]  # fmt: skip
        above = max((box.bottom for box in alike if box.bottom <= button.box.top), default=0.0)
        lines = [line.text for _, line in scene.lines if above - 2 <= line.box.center[1] <= button.box.bottom + 2]
    return _read(goal.most, " \n ".join([*lines, button.text]))


def _read(most: str, text: str) -> float | None:
    if most in ("cheapest", "dearest"):
        return price(text)
    if most in ("shortest", "longest", "fastest") and (hit := _HOURS.search(text)):
        return float(hit[3]) if hit[3] else 60.0 * int(hit[1]) + int(hit[2] or 0)
    if most in ("nearest", "shortest", "longest") and (hit := _FAR.search(text)):
        return float(hit[1]) * {"m": 0.001, "ft": 0.0003}.get(hit[2].lower(), 1.0)
    if most == "best" and (hit := _RATED.search(text)):
        return float(hit[1] or hit[2])
    if most in ("greatest", "least", "largest", "smallest"):
        return next(iter(numbers(text)), None)
    return None
