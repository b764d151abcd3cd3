"""Drag a thing to another, mark a text, scroll."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from action_space.geometry import Box
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Goal, Target
from model.embedded.language.targets import NOTHING
from model.embedded.language.words import fold
from model.embedded.matching.match import ENOUGH, find
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now
from model.embedded.matching.pointing import best, name_of
from model.embedded.matching.scene import Scene, Thing
from model.embedded.skills.base import Skill


@dataclass(frozen=True)
class Drag(Goal):
    """Drag one thing onto or beside another, or by a direction."""

    do = "drag"
    what: Target = NOTHING
    to: Target = NOTHING
    direction: str = ""


@dataclass(frozen=True)
class SelectText(Goal):
    """Mark a text with the mouse."""

    do = "mark"
    what: Target = NOTHING


@dataclass(frozen=True)
class Scroll(Goal):
    """Scroll in a direction, or until something is seen."""

    do = "scroll"
    direction: str = "down"
    what: Target = NOTHING
    to_end: bool = False


def drag(goal: Drag, now: Now) -> Answer:
    vague = goal.what.role in ("item", "object", "thing") and not (goal.what.text or goal.what.kinds)
    drawn = now.scene.of("shape", "image", "swatch") if vague else []  # rather than a button
    source = best(goal.what, now, drawn) if drawn else best(goal.what, now)
    if not source or source.score < ENOUGH:
        return Lost(f"{goal.what} is not to be seen", goal.what)
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


def select_text(goal: SelectText, now: Now) -> Answer:
    """Drag from the first to the last letter of the text."""
    target = goal.what
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
    if goal.what.text and not goal.to_end:
        found = best(goal.what, now)
        if found and found.score >= 0.85:
            return Done(f"{goal.what} is in view", found.score)
    past = [s for s in now.past if s.kind == "scroll"]
    if past and past[-1].idle:
        return (
            Done("the end is reached")
            if goal.to_end or not goal.what.text
            else Lost(f"{goal.what} was not found by scrolling", None)
        )
    if past and not goal.what.text and not goal.to_end:
        return Done("scrolled")
    if len(past) > 25:
        return Lost("the end is not reached", None)
    action: dict[str, object] = {"action": "scroll", "direction": goal.direction}
    inside = now.scene.of("textarea", "listbox") or _long_texts(now.scene)
    if inside and (goal.what.kinds or goal.to_end):
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


_DOWN = r"up|down|left|right|upwards?|downwards?"


def _drag(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "drag X onto Y", "move X to the left"."""
    rest = found["rest"]
    if way := re.match(rf"^(?P<what>.+?) (?:to the |towards? the )?(?P<way>{_DOWN})(?: by .*)?$", rest, re.I):
        return [Drag(what=clause.noun(way["what"]), direction=re.sub(r"wards?$", "", fold(way["way"])))]
    hows = "onto|on top of|on|into|in|inside|to|over|below|under|above|next to|before|after"
    if where := re.match(rf"^(?P<what>.+?) (?P<how>{hows})(?: of)? (?P<to>.+)$", rest, re.I):
        sides = {"below": "below", "under": "below", "after": "below", "above": "above", "before": "above"}
        to = replace(clause.noun(where["to"]), relation=sides.get(fold(where["how"])))  # type: ignore[arg-type]
        return [Drag(what=clause.noun(where["what"]), to=to)]
    return []


def _scroll(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "scroll down", "scroll to X", "scroll to the bottom of X"."""
    said = found["rest"] or ""
    rest = fold(said)
    end = re.search(r"\b(?:(top|start|beginning)|bottom|end)\b(?: of)?(.*)$", rest)
    if end:
        where = clause.noun(re.sub(r"^\s*the\s+", "", end[2])) if end[2].strip() else Target()
        return [Scroll(direction="up" if end[1] else "down", to_end=True, what=where)]
    text = re.search(r"(?:to|until|till)\s+(?:you (?:see|find|reach|get to)\s+)?(?:the )?(.+)$", said, re.I)
    direction = next((d for d in ("up", "left", "right") if re.search(rf"\b{d}\b", rest)), "down")
    return [Scroll(direction=direction, what=clause.noun(text[1]) if text else Target())]


def _scroll_chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    direction = {"上": "up", "左": "left", "右": "right"}.get(found["way"] or "", "down")
    what = clause.noun(re.sub(r"^页面|直到看到|底部|顶部", "", found["rest"]))
    return [Scroll(direction=direction, what=what, to_end=bool(re.search(r"底|顶", found["rest"])))]


def _drag_chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [Drag(what=clause.noun(found["what"]), to=clause.noun(re.sub(r"(?:上|里|中|内)$", "", found["to"])))]


SKILL = Skill(
    "drag",
    {Drag: drag, SelectText: select_text, Scroll: scroll},
    verbs="drag and drop|drag|drop|slide|scroll|swipe|highlight|move",
    english=(
        Form(r"^(?:scroll|swipe)\b\s*(?P<rest>.*)$", _scroll),
        Form(r"^(?:drag(?: and drop)?|move|drop|slide)\s+(?P<rest>.+)$", _drag),
        Form(r"^(?:highlight)\s+(?P<rest>.+)$", lambda f, c: [SelectText(what=c.noun(f["rest"]))]),
    ),
    chinese=(
        Form(r"^(?:把|将)(?P<what>.+?)(?:拖动到|拖到|拖拽到|移动到|移到)(?P<to>.+)$", _drag_chinese),
        Form(r"^(?:向(?P<way>[上下左右]))?滚动(?:到|至)?(?P<rest>.*)$", _scroll_chinese),
    ),
    touches="change",
    most_steps=40,
)
