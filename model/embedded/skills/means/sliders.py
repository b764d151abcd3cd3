"""Sliders and spinners that are drawn by the page: moved, read, corrected."""

from __future__ import annotations

import re
from dataclasses import replace

from action_space.geometry import Box
from model.embedded.language.goals import Adjust, Target
from model.embedded.language.values import numbers, show
from model.embedded.matching.fields import field_for
from model.embedded.matching.match import ENOUGH, find
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import Thing

_UP, _DOWN = ("chevron-up", "arrow-up", "triangle-up"), ("chevron-down", "arrow-down", "triangle-down")

_HANDLES = ("checkbox", "radio", "button", "swatch", "icon", "shape", "switch", "field")
"""What the handle of a slider may be taken for."""


def adjust(goal: Adjust, now: Now) -> Answer:
    """A drawn slider by its knob, a spinner by its field or arrows; what is neither by dragging and arrow keys."""
    said = f"{goal.field.role} {goal.field.text}"
    if goal.field.nth and len(knobs := _knobs(now)) >= goal.field.nth:
        return _slide(goal, now, knobs[goal.field.nth - 1], among=knobs)
    arrows = _arrows(now)
    if arrows and "slider" not in said:
        return _spinner(goal, now, *arrows)
    if not now.scene.of("slider"):
        knob = _knob(now)
        if knob is not None and not re.search("spinner|stepper|counter", said):
            return _slide(goal, now, knob)
        drags = [s for s in now.past if s.kind == "drag" and "shows" in s.memo]
        if knob is None and drags:  # a ring of focus may hide its handle
            x, y = drags[-1].action["end_point"]
            return _slide(goal, now, _handle_at(x, y, now.scene.scale), hidden=True)
    return _native(goal, now)


def _arrows(now: Now) -> tuple[Thing, Thing] | None:
    """Two small arrows, one below the other."""
    ups = [t for t in now.scene.things if t.name in _UP and t.kind in ("button", "icon", "shape")]
    downs = [t for t in now.scene.things if t.name in _DOWN and t.kind in ("button", "icon", "shape")]
    for up in ups:
        for down in downs:
            apart = down.box.center[1] - up.box.center[1]
            if abs(up.box.center[0] - down.box.center[0]) < now.scene.scale and 0 < apart < 3 * now.scene.scale:
                return up, down
    return _marks(now) or _halves(now)


def _marks(now: Now) -> tuple[Thing, Thing] | None:
    """Small drawings behind a field, off its middle: arrows whatever they look like; one tells where both are."""
    scale = now.scene.scale
    small = [t for t in now.scene.of("icon", "shape", "button") if max(t.box.width, t.box.height) < 1.5 * scale]
    for field in (f.box for f in now.scene.of("field") if f.box.height < 4 * scale):
        for mark in small:
            box, off = mark.box, mark.box.center[1] - field.center[1]
            behind = box.center[0] - field.center[0] > 0 and 0 <= box.right - field.right + scale < 4 * scale
            if behind and 0.12 * field.height < abs(off) < 0.45 * field.height and not mark.text:
                other = replace(mark, box=Box(box.left, box.top - 2 * off, box.right, box.bottom - 2 * off))
                return (other, mark) if off > 0 else (mark, other)
    return None


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
    read = _number_near(now, replace(up, box=up.box.union(down.box)), 1.2, beside=True)
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    if not typed:
        spot = [int(up.box.left - 1.5 * now.scene.scale), int((up.box.center[1] + down.box.center[1]) / 2)]
        action = {"action": "input", "text": show(goal.value), "start_point": spot, "clear": True}
        return Move(action, f"I type {show(goal.value)} beside the arrows.", 0.9, last=False)
    counted = _counted(now)
    shown = read
    if read is not None and counted is not None:
        off = abs(-read - counted) - abs(read - counted)
        if off < 0 or (off == 0 and now.past[-1].tag == "down"):
            shown = -read  # a thin minus is easily lost in reading
    if read is None:
        if now.past[-1].kind == "input":
            return Move({"action": "press", "keys": ["tab"]}, "I leave the field to read it.", 0.85, last=False)
        if counted == goal.value:
            return Done(f"by its steps it is at {show(goal.value)}", 0.8)
        if len(now.past) > 6 and counted is None:
            return Lost("the number cannot be read")
        shown = counted if counted is not None else 0.0
    assert shown is not None
    if shown == goal.value or (counted is None and goal.value < 0 and shown == -goal.value):
        return Done(f"it shows {show(goal.value)}", 0.91)
    arrow = up if shown < goal.value else down
    unread = f"By its steps it is at {show(shown)}" if counted is not None else "It cannot be read"
    said = unread if read is None else f"It shows {show(shown)}"
    return Move(
        click_at(arrow.point, "step"),
        f"{said}, I step {'up' if arrow is up else 'down'} to {show(goal.value)}.",
        0.88,
        last=False,
        tag="up" if arrow is up else "down",
        memo={} if read is None else {"value": shown},
    )


def _counted(now: Now) -> float | None:
    """What a spinner shows by the number that was read last and the steps made since."""
    value: float | None = None
    for step in now.past:
        value = step.memo.get("value", value)
        if value is not None and step.kind == "click" and not step.error:
            value += 1 if step.tag == "up" else -1
    return value


def _is_handle(thing: Thing, now: Now) -> bool:
    """Whether it may be the handle of a slider: small, and named by nothing but a track read as a sign."""
    box = thing.box
    if thing.kind not in _HANDLES or re.search(r"\w", thing.text):
        return False
    return 0.5 < box.width / max(1.0, box.height) < 2 and box.height < 2.5 * now.scene.scale


def _knob(now: Now) -> Thing | None:
    """A small box without text, which nothing names: the handle of a slider."""
    small = [t for t in now.scene.things if _is_handle(t, now)]
    return small[0] if len(small) == 1 else None


def _knobs(now: Now) -> list[Thing]:
    """The handles of several sliders, from the top; one that is not seen is where it was dragged to."""
    scale = now.scene.scale
    small = [t for t in now.scene.things if _is_handle(t, now)]
    found = []
    for slider in now.scene.of("slider"):
        inside = [t for t in small if slider.box.grown(0.5 * scale).contains(*t.box.center)]
        value = now.scene.screen.elements[slider.element].value
        if inside:
            found.append(inside[0])
        elif value is not None:
            found.append(_handle_at(slider.box.left + value * slider.box.width, slider.box.center[1], scale))
    like = [f.box.height for f in found]
    found += [t for t in small if t not in found and (not like or 0.7 < t.box.height / like[0] < 1.4)]
    for step in reversed(now.steps):
        if step.kind == "drag" and not step.error and isinstance(now.goals[step.goal], Adjust):
            x, y = step.action["end_point"]
            if all(abs(f.box.center[1] - y) > 0.7 * scale for f in found):
                found.append(_handle_at(x, y, scale))
    return sorted(found, key=lambda t: t.box.center[1])


def _handle_at(x: float, y: float, scale: float) -> Thing:
    half = 0.5 * scale
    return Thing("slider", Box(x - half, y - half, x + half, y + half))


def _number_of(now: Now, knob: Thing, among: list[Thing]) -> float | None:
    """The number of one of several sliders: alone at its height, or between it and the next."""
    below = [k.box.center[1] for k in among if k.box.center[1] > knob.box.center[1] + 1]
    end = min(below, default=knob.box.bottom + 2.5 * now.scene.scale)
    rows = [
        line for _, line in now.scene.lines
        if knob.box.top - 0.3 * now.scene.scale < line.box.center[1] < end - 0.3 * now.scene.scale
        and re.fullmatch(r"[-−–]?\d[\d.,]*%?", line.text.strip())
    ]  # fmt: skip
    return numbers(rows[0].text)[0] if len(rows) == 1 else None


def _slide(
    goal: Adjust, now: Now, knob: Thing, *, hidden: bool = False, among: list[Thing] | None = None
) -> Answer:
    """Drag once to learn how far a unit is, drag there, step the rest with arrow keys."""
    shown = _number_of(now, knob, among) if among else _number_near(now, knob, 4.5)
    x, y = knob.point
    before = [(float(s.memo["shows"]), int(s.memo["at"])) for s in now.past if "shows" in s.memo]
    drags = [s for s in now.past if s.kind == "drag"]
    if shown is None and among:
        return _blind(goal, now, knob, before)
    if shown is None:
        return Lost("the slider shows no value")
    if shown == goal.value:
        return Done(f"the slider shows {show(shown)}", 0.95)
    why = f"The slider shows {show(shown)} at {x}."
    memo = {"shows": shown, "at": x}
    other = next(((v, at) for v, at in reversed(before) if v != shown and abs(at - x) > 2), None)
    if hidden:
        key = "right" if goal.value > shown else "left"
        action = {"action": "press", "keys": [key]}
        return Move(action, f"{why} I step towards {show(goal.value)}.", 0.8, last=False, memo=memo)
    if len(now.past) > 40:
        return Lost("the slider does not get to the value")
    if other is None:
        way = 1 if x < 0.6 * now.scene.screen.size.width or not drags else -1
        reach = int(3 * now.scene.scale) * way * (1 + len(drags)) * (1 if goal.value > shown or not before else -1)
        return _drag(knob, x + reach, y, f"{why} I move it to see how far a unit is.", memo)
    unit = (x - other[1]) / (shown - other[0])
    by = (goal.value - shown) * unit
    if abs(by) >= 4 and len(drags) < 5:
        return _drag(
            knob, round(x + by), y, f"{why} A unit is {unit:.1f} pixels, I move it to {show(goal.value)}.", memo
        )
    key = "right" if (goal.value > shown) == (unit > 0) else "left"
    said = f"{why} I step towards {show(goal.value)}."
    return Move({"action": "press", "keys": [key]}, said, 0.85, last=False, memo=memo)


def _blind(goal: Adjust, now: Now, knob: Thing, before: list[tuple[float, int]]) -> Answer:
    """The handle covers its number: where it stands is known from two readings, else it is moved away."""
    x, y = knob.point
    (low, left), (high, right) = (min(before), max(before)) if before else ((0.0, 0), (0.0, 0))
    if high > low and right > left:
        unit = (right - left) / (high - low)
        off = left + (goal.value - low) * unit - x
        stuck = now.past[-1].kind == "drag" and now.past[-1].idle  # it stands at the end of its track
        if abs(off) < (0.8 if stuck else 0.4) * unit:
            return Done(f"the slider stands where {show(goal.value)} is", 0.88)
        if len(now.past) < 8 and not stuck:
            return _drag(knob, round(x + off), y, f"A unit is {unit:.1f} pixels, I move it by {off:.0f}.")
    drags = [s for s in now.past if s.kind == "drag"]
    if len(drags) > 3:
        return Lost("the slider shows no value")
    far = int((6 + 3 * len(drags)) * now.scene.scale)
    return _drag(knob, x + far, y, "The handle may cover the number, I move it away.")


def _drag(knob: Thing, x: int, y: int, why: str, memo: dict[str, float] | None = None) -> Move:
    action = {"action": "drag", "start_point": list(knob.point), "end_point": [max(1, x), y]}
    return Move(action, why, 0.9, last=False, memo=memo or {})


def _native(goal: Adjust, now: Now) -> Answer:
    """A slider by dragging and arrow keys, a spinner by typing."""
    scene, past = now.scene, now.past
    sliders = scene.of("slider")
    wanted = show(goal.value)
    if not sliders:
        field = field_for(goal.field, now)
        if field is None:
            return Lost("there is no slider or field for the value", Target(kinds=("slider", "field")))
        if any(s.kind == "input" and not s.error for s in past):
            return Done("the value was entered", 0.9)
        action = {"action": "input", "text": wanted, "start_point": list(field.point), "clear": True}
        return Move(action, f"I enter {wanted} into {name_of(field.thing)}.", field.score)
    named = [c for c in find(replace(goal.field, kinds=("slider",)), scene, sliders) if c.score >= ENOUGH]
    slider = named[0].thing if named else sliders[0]
    shown = _shown(slider, now)
    if shown is not None and abs(shown - goal.value) < 1e-9:
        return Done("the slider shows the value", 0.95)
    knob = slider.point
    element = scene.screen.elements[slider.element]
    if element.value is not None:
        knob = (int(slider.box.left + element.value * slider.box.width), knob[1])
    drags = [s for s in past if s.kind == "drag"]
    if not drags:
        low, high = _range(slider, now)
        share = min(1.0, max(0.0, (goal.value - low) / ((high - low) or 1)))
        end = [int(slider.box.left + share * slider.box.width), knob[1]]
        return Move(
            {"action": "drag", "start_point": list(knob), "end_point": end},
            f"I move the slider to {wanted}.",
            0.85,
            last=shown is None,
        )
    if shown is None or len(past) > 40:
        return Done("the slider was moved", 0.6)
    if not any(s.kind == "click" for s in past):
        return Move(click_at(knob, "slider"), "I focus the slider for fine steps.", 0.8, last=False)
    key = "right" if shown < goal.value else "left"
    return Move(
        {"action": "press", "keys": [key]}, f"It shows {show(shown)}, I step towards {wanted}.", 0.85, last=False
    )


def _shown(slider: Thing, now: Now) -> float | None:
    """The value beside or below a slider: the only number that stands alone near it."""
    near = []
    for _, line in now.scene.lines:
        found = numbers(line.text)
        if len(found) == 1 and len(line.text) < 24:
            dy = abs(line.box.center[1] - slider.box.center[1])
            if dy < 5 * now.scene.scale:
                near.append((dy, found[0]))
    return min(near)[1] if len(near) == 1 else None


def _range(slider: Thing, now: Now) -> tuple[float, float]:
    """Numbers at the two ends of a slider, 0–100 where there are none."""
    left = [
        n
        for t in now.scene.row_of(slider.box)
        if t.box.center[0] < slider.box.left + 5
        for n in numbers(t.text)[-1:]
    ]
    right = [
        n
        for t in now.scene.row_of(slider.box)
        if t.box.center[0] > slider.box.right - 5
        for n in numbers(t.text)[:1]
    ]
    return (left[-1], right[0]) if left and right and right[0] > left[-1] else (0.0, 100.0)
