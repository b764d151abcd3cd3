"""Goals of the hand: dragging sets, putting lists in order, rows of lists, styles of text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from action_space.geometry import Box
from model.embedded.understand.act import best, name_of
from model.embedded.understand.goals import Goal, Target
from model.embedded.understand.language import fold
from model.embedded.understand.match import ENOUGH, find
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.paging import next_page
from model.embedded.understand.scene import Scene, Thing
from model.embedded.understand.values import numbers
from model.embedded.understand.wording import text_score

_ANY = Target()


@dataclass(frozen=True)
class DragAll(Goal):
    """Drag everything that fits `source` into `to`."""

    source: Target = _ANY
    to: Target = _ANY


@dataclass(frozen=True)
class Arrange(Goal):
    """Drag the rows of a list into the order of their numbers: "ascending" has the least on top."""

    order: str = "ascending"


@dataclass(frozen=True)
class PickRows(Goal):
    """Mark exactly these rows of an open list."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Style(Goal):
    """Give words of an editor a style by its buttons."""

    text: str = ""
    style: str = ""


@dataclass(frozen=True)
class Nudge(Goal):
    """Drag a member of a list or row by some places."""

    name: str = ""
    direction: str = "up"
    places: int = 1


def nudge(goal: Nudge, now: Now) -> Answer:
    """Past the middle of the member that stands there now."""
    if any(s.kind == "drag" and not s.idle for s in now.past):
        return Done("it was moved", 0.9)
    found = best(Target(text=goal.name), now)
    if not found or found.score < ENOUGH:
        return Lost(f"“{goal.name}” is not to be seen", Target(text=goal.name))
    box = found.thing.box
    upright = goal.direction in ("up", "down")
    axis, sign = (1, 0)[not upright], -1 if goal.direction in ("up", "left") else 1
    scale = now.scene.scale
    members = [
        t for t in now.scene.things
        if t != found.thing and t.text and t.kind == found.thing.kind
        and abs(t.box.height - box.height) < 0.6 * scale
        and (abs(t.box.left - box.left) < 2 * scale if upright else abs(t.box.center[1] - box.center[1]) < scale)
        and sign * (t.box.center[axis] - box.center[axis]) > 2
    ]  # fmt: skip
    members.sort(key=lambda t: sign * t.box.center[axis])
    if len(members) < goal.places:
        return Lost(f"there is no place {goal.direction} of “{goal.name}”")
    end = list(members[goal.places - 1].point)
    end[1 - axis] = found.point[1 - axis]
    end[axis] += int(sign * 0.25 * scale)
    action = {"action": "drag", "start_point": list(found.point), "end_point": end}
    return Move(action, f"I drag “{goal.name}” {goal.direction} by {goal.places}.", 0.88)


@dataclass(frozen=True)
class ValueOf(Goal):
    """Turn the pages of a book until a name is in view, then click the value behind a label."""

    who: str = ""
    what: str = ""


def value_of(goal: ValueOf, now: Now) -> Answer:
    scene = now.scene
    if any(text_score(goal.who, line.text)[0] >= 0.85 for _, line in scene.lines):
        labels = [c for c in find(Target(text=goal.what), scene) if c.score >= 0.8 and c.thing.kind != "panel"]
        for label in labels:
            right = [
                t for t in scene.row_of(label.thing.box) if t.box.left >= label.thing.box.right - 2 and t.text
            ]
            if right:
                return Move(
                    click_at(right[0].point, right[0].text),
                    f"Behind “{goal.what}” of {goal.who} stands {name_of(right[0])}.",
                    0.9,
                )
            line = next((x for i, x in scene.lines if i == label.thing.line), None)
            if line is not None and ":" in line.text:
                point = (int(line.box.right - scene.scale), int(line.box.center[1]))
                return Move(
                    click_at(point, goal.what), f"I click what stands behind “{goal.what}” of {goal.who}.", 0.88
                )
        return Lost(f"{goal.who} has no “{goal.what}”")
    turned = [s for s in now.past if s.kind == "click"]
    following = next_page(scene)
    if following is None or len(turned) > 25 or (turned and turned[-1].idle):
        return Lost(f"“{goal.who}” is on no page")
    return Move(
        click_at(following.point, following.text), f"{goal.who} is not here, I turn the page.", 0.85, last=False
    )


def figures(scene: Scene) -> list[Thing]:
    """Drawn things without text, one for each place; a plain square area counts as a square."""
    found: list[Thing] = []
    order = {"shape": 0, "swatch": 1, "icon": 2, "checkbox": 3}
    for thing in sorted(scene.things, key=lambda t: order.get(t.kind, 9)):
        if thing.kind not in order or (thing.kind == "checkbox" and thing.text):
            continue
        if not any(_overlap(thing.box, f.box) > 0.6 for f in found):
            found.append(thing)
    return found


def _overlap(a: Box, b: Box) -> float:
    return a.intersection(b).area / max(1.0, min(a.area, b.area))


def is_shape(thing: Thing, shape: str) -> bool:
    """Whether a figure has a shape; squares are rectangles, and an area without outline is one."""
    named = thing.name or ("square" if thing.kind == "swatch" else "")
    if shape in ("rectangle", "square"):
        return named in ("rectangle", "square")
    return named == shape or (shape == "circle" and named in ("ellipse", "ball"))


def drag_all(goal: DragAll, now: Now) -> Answer:
    """One thing a step, from outside into the middle of the target, each to a place of its own."""
    from model.embedded.see.colours import distance as colour_distance

    scene = now.scene
    items = figures(scene)
    frames = [
        t for t in scene.of("panel", "field", "textarea", "listbox", "swatch", "shape", "image") if not t.text
    ]
    if not frames:
        return Lost("there is no box to drag into", goal.to)
    frame = max(frames, key=lambda t: t.box.area)
    inner = [t for t in items if t.box.area < 0.6 * frame.box.area]
    if goal.source.shape:
        inner = [t for t in inner if is_shape(t, goal.source.shape)]
    elif goal.source.text and goal.source.text not in ("items", "shapes"):
        inner = [c.thing for c in find(goal.source, scene) if c.score >= ENOUGH]
    if goal.source.colour:
        inner = [t for t in inner if t.color is not None and colour_distance(t.color, goal.source.colour) < 0.35]
    outside = [t for t in inner if not frame.box.contains(*t.box.center)]
    done = [s for s in now.past if s.kind == "drag" and not s.idle]
    if not outside:
        return (
            Done("all of them are inside", 0.9)
            if done or inner
            else Lost(f"{goal.source} is not to be seen", goal.source)
        )
    if len(done) > 12:
        return Lost("they do not stay inside")
    if goal.source.size == "small" and done:
        return Done("it was dragged inside", 0.9)
    mover = min(outside, key=lambda t: t.box.area) if goal.source.size == "small" else outside[0]
    width, height = mover.box.width, mover.box.height
    places = max(1, len(outside) + len(done))
    step = (frame.box.width - width) / places
    x = frame.box.left + width / 2 + step * (len(done) + 0.5)
    end = [int(x if places > 1 else frame.box.center[0]), int(frame.box.center[1])]
    action = {"action": "drag", "start_point": list(mover.point), "end_point": end}
    return Move(action, f"I drag {name_of(mover)} inside ({int(width)} by {int(height)}).", 0.9, last=False)


_ROW = re.compile(r"(?:[^\d\s−–-]{1,2}\s+)?-?\d+(?:\.\d+)?")
"""A number, perhaps behind the handle by which its row is dragged, which is read as a letter or two."""


def arrange(goal: Arrange, now: Now) -> Answer:
    """Selection sort: the first row that is out of place is filled from below."""
    rows = [t for t in now.scene.things if _ROW.fullmatch(t.text.strip()) and t.kind != "listbox"]
    rows.sort(key=lambda t: t.box.center[1])
    kept: list[Thing] = []
    for row in rows:
        if not kept or row.box.center[1] - kept[-1].box.center[1] > 0.5 * now.scene.scale:
            kept.append(row)
    if len(kept) < 2:
        return Lost("there is no list to put in order")
    if len([s for s in now.past if s.kind == "drag"]) > 20:
        return Lost("the list does not get into order")
    values = [numbers(t.text)[0] for t in kept]
    wanted = sorted(values, reverse=goal.order == "descending")
    for at, (have, want) in enumerate(zip(values, wanted, strict=True)):
        if have == want:
            continue
        mover = kept[values.index(want, at + 1)]
        pitch = kept[1].box.center[1] - kept[0].box.center[1]
        end = [mover.point[0], int(kept[at].box.center[1] - 0.3 * pitch)]
        action = {"action": "drag", "start_point": list(mover.point), "end_point": end}
        return Move(action, f"I drag {mover.text} up to place {at + 1}.", 0.88, last=False)
    return Done("the list is in order", 0.95)


def pick_rows(goal: PickRows, now: Now) -> Answer:
    """The first by a plain click, the others with Ctrl; the list is scrolled for what is not in view."""
    lists = [
        t for t in now.scene.of("listbox", "panel", "textarea", "image")
        if sum(t.box.contains(*line.box.center) for _, line in now.scene.lines) >= 3
    ]  # fmt: skip
    done = [s.text for s in now.past if s.kind == "click" and not s.error]
    left = [n for n in goal.names if n not in done]
    if not left:
        return Done("the rows are marked: " + ", ".join(goal.names), 0.93)
    if not lists:
        return Lost("there is no open list", Target(text=left[0]))
    frame = min(lists, key=lambda t: t.box.area).box
    rows = [t for t in now.scene.things if t not in lists and frame.contains(*t.box.center)]
    for name in left:
        hits = [t for t in rows if text_score(name, t.text)[0] >= 0.9]
        if hits:
            action = click_at(hits[0].point, name)
            if done:
                action["modifiers"] = ["ctrl"]
            return Move(action, f"I mark “{name}”.", 0.93, last=len(left) == 1)
    scrolled = [s for s in now.past if s.kind == "scroll"]
    turned = [s for s in scrolled if s.idle]
    if len(turned) > 1 or len(scrolled) > 12:
        return Lost(f"“{left[0]}” is not in the list")
    middle = [int(frame.center[0]), int(frame.center[1])]
    action = {
        "action": "scroll",
        "direction": "up" if turned else "down",
        "start_point": middle,
        "scroll_distance": max(20, int(0.6 * frame.height)),
    }
    return Move(action, f"“{left[0]}” may be further {'up' if turned else 'down'} the list.", 0.85, last=False)


_STYLES = {"bold": "b", "italic": "i", "italics": "i", "underlined": "u", "underline": "u", "strikethrough": "s"}


def style(goal: Style, now: Now) -> Answer:
    """Mark the words with the mouse, then press the button of the style."""
    found = best(Target(text=goal.text, quoted=True), now)
    marked = [s for s in now.past if s.kind in ("drag", "click") and s.mark == "…"]
    if not marked and fold(goal.text) in ("everything", "all", "all text", "all the text", "whole text"):
        # The tools of an editor are letters too: its text is what is longest.
        texts = sorted((t for t in now.scene.of("text") if t.text), key=lambda t: -len(t.text))
        frames = now.scene.of("textarea", "listbox", "field") or texts
        if not frames:
            return Lost("there is no text")
        return Move(click_at(frames[0].point, "the text"), "I put the cursor into the text.", 0.85, last=False)
    if fold(goal.text).startswith(("everything", "all")) and not any(s.kind == "press" for s in now.past):
        return Move({"action": "press", "keys": ["ctrl", "a"]}, "I mark everything.", 0.9, last=False)
    if not marked:
        if not found or found.score < 0.8:
            return Lost(f"“{goal.text}” is not to be seen", Target(text=goal.text))
        if " " not in goal.text.strip():
            return Move(click_at(found.point, goal.text, "double"), f"I mark “{goal.text}”.", 0.9, last=False)
        box = found.thing.box
        action = {"action": "drag", "start_point": [int(box.left), int(box.center[1])],
                  "end_point": [int(box.right), int(box.center[1])]}  # fmt: skip
        return Move(action, f"I mark “{goal.text}”.", 0.85, last=False)
    letter = _STYLES.get(fold(goal.style), fold(goal.style))
    buttons = [t for t in now.scene.of("button", "icon", "text", "tab") if t.box.height < 4 * now.scene.scale]
    hits = [t for t in buttons if fold(t.text) in (letter, fold(goal.style)) or t.name == fold(goal.style)]
    if not hits and letter in "biu":  # three small buttons in a row are bold, italic, underlined
        anchor = next((t for t in buttons if fold(t.text) in ("b", "u", "8")), None)
        row = [t for t in now.scene.row_of(anchor.box) if t.kind == "button"] if anchor else []
        if len(row) >= 3:
            at = {"b": 0, "i": 1, "u": 2}[letter]
            hits = [row[at]]
    if not hits:
        from model.embedded.see.colours import distance as colour_distance
        from model.embedded.see.colours import is_colour

        if is_colour(fold(goal.style)):
            areas = [t for t in figures(now.scene) if t.color is not None]
            hits = [t for t in areas if t.color is not None and colour_distance(t.color, fold(goal.style)) < 0.3]
    if not hits:
        return Lost(f"there is no button for “{goal.style}”")
    return Move(click_at(hits[0].point, hits[0].text), f"I make “{goal.text}” {goal.style}.", 0.88)
