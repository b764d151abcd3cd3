"""Goals that are reached by moving: drag, put in order, mark a text, scroll."""

from __future__ import annotations

import re
from dataclasses import replace

from action_space.geometry import Box
from model.embedded.understand.act import best, name_of
from model.embedded.understand.goals import Drag, Scroll, SelectText, Sort, Target
from model.embedded.understand.language import fold
from model.embedded.understand.match import ENOUGH, find
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.scene import Scene, Thing
from model.embedded.understand.values import numbers


def drag(goal: Drag, now: Now) -> Answer:
    vague = goal.source.role in ("item", "object", "thing") and not (goal.source.text or goal.source.kinds)
    drawn = now.scene.of("shape", "image", "swatch") if vague else []  # rather than a button
    source = best(goal.source, now, drawn) if drawn else best(goal.source, now)
    if not source or source.score < ENOUGH:
        return Lost(f"{goal.source} is not to be seen", goal.source)
    box = source.thing.box
    score = source.score
    if goal.direction:
        reach = 4 * max(box.width, box.height, now.scene.scale)
        dx, dy = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}[goal.direction]
        size = now.scene.screen.size
        end = (
            min(max(2, source.point[0] + dx * reach), size.width - 3),
            min(max(2, source.point[1] + dy * reach), size.height - 3),
        )
    else:
        place = _place(goal.to, source.thing, now)
        if place is None:
            found = [c for c in find(replace(goal.to, relation=None), now.scene) if c.thing != source.thing]
            if not found and goal.to.role:
                named = f"{goal.to.text} {goal.to.role}".strip()
                found = find(Target(text=named, colour=goal.to.colour), now.scene)
            if not found or found[0].score < ENOUGH:
                return Lost(f"{goal.to} is not to be seen", goal.to)
            other = found[0].thing.box
            shift = {"below": 0.45, "above": -0.45}.get(goal.to.relation or "", 0.0) * other.height
            place, score = (other.center[0], other.center[1] + shift), min(score, found[0].score)
        end = place
    action = {"action": "drag", "start_point": list(source.point), "end_point": [int(end[0]), int(end[1])]}
    return Move(
        action,
        f"I drag {name_of(source.thing)} {'to the ' + goal.direction if goal.direction else f'to {goal.to}'}.",
        score,
    )


def _place(to: Target, source: Thing, now: Now) -> tuple[float, float] | None:
    """A position in the list that the source is in ("the second position", "the top")."""
    if not to.nth or (
        to.text and fold(to.text) not in ("position", "place", "spot", "slot", "of the list", "list")
    ):
        return None
    column = [
        t
        for t in now.scene.things
        if abs(t.box.left - source.box.left) < now.scene.scale and t.kind == source.kind
    ]
    column.sort(key=lambda t: t.box.center[1])
    index = to.nth - 1 if to.nth > 0 else len(column) + to.nth
    if not 0 <= index < len(column):
        return None
    other = column[index].box
    past = 0.35 * other.height * (1 if other.center[1] > source.box.center[1] else -1)
    return other.center[0], other.center[1] + past


def sort(goal: Sort, now: Now) -> Answer:
    """Click the members of a set in the order of their numbers or letters."""
    members = [
        t
        for t in now.scene.things
        if t.kind not in ("panel", "field") and _key(t) is not None and len(t.text) <= 12
    ]
    if goal.target.kinds and (kind := [t for t in members if t.kind in goal.target.kinds]):
        members = kind
    clicks = [s for s in now.past if s.kind == "click" and not s.idle]
    done = [s.text for s in clicks]
    if clicks and not any(_key(t) is not None and t.text not in done for t in members):
        members = _noted(clicks[0].said)  # they were covered once the first was clicked
    members.sort(key=lambda t: _key(t) or (0, 0.0, ""), reverse=goal.order == "descending")
    spots = [s.point for s in clicks if s.point]
    left = [t for t in members if t.text not in done and not any(t.box.contains(*spot) for spot in spots)]
    if not left:
        return (
            Done("all were clicked in order", 0.9)
            if done
            else Lost("there is nothing to put in order", goal.target)
        )
    rest = "" if done else ", then " + ", ".join(f"“{t.text}” at {t.point[0]};{t.point[1]}" for t in left[1:])
    return Move(
        click_at(left[0].point, left[0].text),
        f"Next in {goal.order} order is “{left[0].text}”{rest}.",
        0.9,
        last=len(left) == 1,
    )


def _noted(said: str) -> list[Thing]:
    """The members that a thought named with their places."""
    places = re.findall(r"“([^”]+)” at (\d+);(\d+)", said)
    return [Thing("text", Box(int(x) - 2, int(y) - 2, int(x) + 2, int(y) + 2), (name,)) for name, x, y in places]


def _key(thing: Thing) -> tuple[int, float, str] | None:
    found = numbers(thing.text)
    if len(found) == 1 and len(thing.text.strip()) <= 6:
        return 0, found[0], ""
    return (1, 0.0, fold(thing.text)) if thing.kind in ("button", "shape") and thing.text and not found else None


def select_text(goal: SelectText, now: Now) -> Answer:
    """Drag from the first to the last letter of the text."""
    target = goal.target
    found = best(target, now) if target.text else None
    boxes = [found.thing.box] if found and found.score >= ENOUGH else _prose(now.scene)
    if not boxes:
        return Lost("there is no text to mark", target)
    if not target.text and target.nth:
        blocks = _blocks(now.scene)
        index = target.nth - 1 if target.nth > 0 else len(blocks) + target.nth
        boxes = blocks[index] if 0 <= index < len(blocks) else boxes
    first, last = boxes[0], boxes[-1]
    start = [max(0, int(first.left) - 1), int(first.center[1])]
    end = [int(last.right) + 2, int(last.center[1])]
    return Move(
        {"action": "drag", "start_point": start, "end_point": end},
        "I mark the text from its start to its end.",
        0.8,
    )


def _prose(scene: Scene) -> list[Box]:
    """Lines of text that stand in no control, from the top."""
    controls = [t.box for t in scene.of("button", "field", "select", "tab", "checkbox", "radio")]
    lines = [x.box for _, x in scene.lines if not any(c.contains(*x.box.center) for c in controls)]
    return sorted(lines, key=lambda box: (round(box.center[1] / (0.7 * scene.scale)), box.left))


def _blocks(scene: Scene) -> list[list[Box]]:
    """Paragraphs: lines with little space between them."""
    blocks: list[list[Box]] = []
    for _, line in sorted(scene.lines, key=lambda pair: pair[1].box.top):
        if blocks and line.box.top - blocks[-1][-1].bottom < 0.7 * scene.scale:
            blocks[-1].append(line.box)
        else:
            blocks.append([line.box])
    return blocks


def scroll(goal: Scroll, now: Now) -> Answer:
    """Until the target is in view, or to the end."""
    if goal.target.text and not goal.to_end:
        found = best(goal.target, now)
        if found and found.score >= 0.85:
            return Done(f"{goal.target} is in view", found.score)
    past = [s for s in now.past if s.kind == "scroll"]
    if past and past[-1].idle:
        return (
            Done("the end is reached")
            if goal.to_end or not goal.target.text
            else Lost(f"{goal.target} was not found by scrolling", None)
        )
    if past and not goal.target.text and not goal.to_end:
        return Done("scrolled")
    if len(past) > 25:
        return Lost("the end is not reached", None)
    action: dict[str, object] = {"action": "scroll", "direction": goal.direction}
    inside = now.scene.of("textarea", "listbox") or _long_texts(now.scene)
    if inside and (goal.target.kinds or goal.to_end):
        action["start_point"] = list(inside[0].point)
    if goal.to_end:
        action["scroll_distance"] = int(4 * now.scene.screen.size.height)
    return Move(action, f"I scroll {goal.direction}.", 0.9, last=False)


def _long_texts(scene: Scene) -> list[Thing]:
    """Frames around several lines of text, the smallest first: what scrolls within a page."""
    frames = [
        t
        for t in scene.of("panel", "image")
        if sum(t.box.contains(*line.box.center) for _, line in scene.lines) >= 3
        and t.box.height < 0.8 * scene.screen.size.height
    ]
    return sorted(frames, key=lambda t: t.box.area)
