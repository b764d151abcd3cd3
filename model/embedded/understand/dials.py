"""Sliders and spinners that are drawn by the page: moved, read, corrected."""

from __future__ import annotations

import re
from dataclasses import replace

from action_space.geometry import Box
from model.embedded.understand import enter
from model.embedded.understand.goals import Adjust
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.scene import Thing
from model.embedded.understand.values import numbers, show

_UP, _DOWN = ("chevron-up", "arrow-up", "triangle-up"), ("chevron-down", "arrow-down", "triangle-down")


def adjust(goal: Adjust, now: Now) -> Answer:
    """A drawn slider by its knob, a spinner by its field or arrows; what is neither as `enter.adjust` does."""
    said = f"{goal.field.role} {goal.field.text}"
    arrows = _arrows(now)
    if arrows and "slider" not in said:
        return _spinner(goal, now, *arrows)
    if not now.scene.of("slider"):
        knob = _knob(now)
        if knob is not None and not re.search("spinner|stepper|counter", said):
            return _slide(goal, now, knob)
        drags = [s for s in now.past if s.kind == "drag" and "slider shows" in s.said]
        if knob is None and drags:  # a ring of focus may hide its handle
            x, y = drags[-1].action["end_point"]
            side = 0.5 * now.scene.scale
            return _slide(goal, now, Thing("button", Box(x - side, y - side, x + side, y + side)), hidden=True)
    return enter.adjust(goal, now)


def _arrows(now: Now) -> tuple[Thing, Thing] | None:
    """Two small arrows, one below the other."""
    ups = [t for t in now.scene.things if t.name in _UP and t.kind in ("button", "icon", "shape")]
    downs = [t for t in now.scene.things if t.name in _DOWN and t.kind in ("button", "icon", "shape")]
    for up in ups:
        for down in downs:
            apart = down.box.center[1] - up.box.center[1]
            if abs(up.box.center[0] - down.box.center[0]) < now.scene.scale and 0 < apart < 3 * now.scene.scale:
                return up, down
    return _halves(now)


def _halves(now: Now) -> tuple[Thing, Thing] | None:
    """Two small buttons of one size, one on the other: their arrows may be too small to be told apart."""
    scale = now.scene.scale
    small = [
        t for t in now.scene.of("button") if len(t.text) <= 1 and max(t.box.width, t.box.height) < 2.5 * scale
    ]
    for up in small:
        for down in small:
            a, b = up.box, down.box
            same = max(abs(a.left - b.left), abs(a.right - b.right), abs(a.height - b.height)) <= 0.2 * scale
            if same and 0 <= b.top - a.bottom + 1 <= 0.4 * scale:
                return up, down
    return None


def _number_near(now: Now, spot: Thing, reach: float, *, beside: bool = False) -> float | None:
    """The one number that stands alone within reach of a thing; with `beside`, not inside it."""
    near = [
        (abs(line.box.center[1] - spot.box.center[1]), n)
        for _, line in now.scene.lines
        if not (beside and spot.box.contains(*line.box.center))
        and abs(line.box.center[1] - spot.box.center[1]) < reach * now.scene.scale
        and re.fullmatch(r"\D{0,14}[-−–]?\d[\d.,]*\D{0,4}", line.text.strip())
        for n in numbers(line.text.replace("–", "-"))
    ]
    return min(near)[1] if near else None


def _spinner(goal: Adjust, now: Now, up: Thing, down: Thing) -> Answer:
    shown = _number_near(now, replace(up, box=up.box.union(down.box)), 1.2, beside=True)
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    if not typed:
        spot = [int(up.box.left - 1.5 * now.scene.scale), int((up.box.center[1] + down.box.center[1]) / 2)]
        action = {"action": "input", "text": show(goal.value), "start_point": spot, "clear": True}
        return Move(action, f"I type {show(goal.value)} beside the arrows.", 0.9, last=shown is None)
    if shown is None:
        return Done("the value was entered", 0.7)
    if shown == goal.value or (goal.value < 0 and shown == -goal.value):  # a thin minus is easily lost in reading
        return Done(f"it shows {show(goal.value)}", 0.91)
    arrow = up if shown < goal.value else down
    return Move(
        click_at(arrow.point, "step"),
        f"It shows {show(shown)}, I step towards {show(goal.value)}.",
        0.88,
        last=False,
    )


def _knob(now: Now) -> Thing | None:
    """A small box without text, which nothing names: the handle of a slider."""
    small = [
        t for t in now.scene.things
        if t.kind in ("checkbox", "radio", "button", "swatch", "icon", "shape", "switch", "field") and not t.text
        and 0.5 < t.box.width / max(1.0, t.box.height) < 2 and t.box.height < 2.5 * now.scene.scale
    ]  # fmt: skip
    return small[0] if len(small) == 1 else None


def _slide(goal: Adjust, now: Now, knob: Thing, *, hidden: bool = False) -> Answer:
    """Drag once to learn how far a unit is, drag there, step the rest with arrow keys."""
    shown = _number_near(now, knob, 4.5)
    x, y = knob.point
    if shown is None:
        return Lost("the slider shows no value")
    if shown == goal.value:
        return Done(f"the slider shows {show(shown)}", 0.95)
    told = [hit for s in now.past if (hit := re.search(r"shows (\S+) at (\d+)", s.said))]
    before = [(float(hit[1]), int(hit[2])) for hit in told]
    drags = [s for s in now.past if s.kind == "drag"]
    why = f"The slider shows {show(shown)} at {x}."
    other = next(((v, at) for v, at in reversed(before) if v != shown and abs(at - x) > 2), None)
    if hidden:
        key = "right" if goal.value > shown else "left"
        action = {"action": "press", "keys": [key]}
        return Move(action, f"{why} I step towards {show(goal.value)}.", 0.8, last=False)
    if len(now.past) > 40:
        return Lost("the slider does not get to the value")
    if other is None:
        way = 1 if x < 0.6 * now.scene.screen.size.width or not drags else -1
        reach = int(3 * now.scene.scale) * way * (1 + len(drags)) * (1 if goal.value > shown or not before else -1)
        return _drag(knob, x + reach, y, f"{why} I move it to see how far a unit is.")
    unit = (x - other[1]) / (shown - other[0])
    by = (goal.value - shown) * unit
    if abs(by) >= 4 and len(drags) < 5:
        return _drag(
            knob, round(x + by), y, f"{why} A unit is {unit:.1f} pixels, I move it to {show(goal.value)}."
        )
    key = "right" if (goal.value > shown) == (unit > 0) else "left"
    return Move({"action": "press", "keys": [key]}, f"{why} I step towards {show(goal.value)}.", 0.85, last=False)


def _drag(knob: Thing, x: int, y: int, why: str) -> Move:
    action = {"action": "drag", "start_point": list(knob.point), "end_point": [max(1, x), y]}
    return Move(action, why, 0.9, last=False)


__all__ = ["adjust"]
