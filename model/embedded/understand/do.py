"""Doing something with an object by the control that stands for it: a heart in a card, a bin in a row."""

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.understand.act import best, name_of
from model.embedded.understand.goals import Do, Find, Target
from model.embedded.understand.language import (
    CONCEPTS,
    concept_of,
    concepts_within,
    fold,
    icons_of,
    squash,
    tokens,
)
from model.embedded.understand.match import ENOUGH, SURE, Candidate, find
from model.embedded.understand.memory import LOST, Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.places import distance
from model.embedded.understand.scene import Scene, Thing
from model.embedded.understand.seek import wide
from model.embedded.understand.values import price
from model.embedded.understand.whereabouts import within_place
from model.embedded.understand.wording import text_score

_NEAR = 16.0
"""How far, in text heights, a control may be from the name of the object whose it is."""

_LIKE = 0.7
"""How like its name a thing on a page of a site must be for something to be done with it at all."""

_DONE = re.compile(r"^\W*(?:in|on|saved|added|remove)\b|已", re.I)
"""What a control says once the thing was done."""
_LEADS = re.compile(r"^(?:show|view|see|open|go to|to the|back to)\b|^(?:查看|前往|返回)", re.I)
"""What leads to the list of such things and adds nothing to it."""
_SAID = re.compile(r"^(?:your|you)\b|\w[.!。！]$|^已", re.I)
"""Sentences, such as a short message that comes up: they tell, they are no control."""


def controls_for(concept: str, scene: Scene) -> list[tuple[Thing, float]]:
    """Controls that may stand for a concept, by their words or by their picture, with scores."""
    icons = icons_of(concept)
    found = []
    for thing in scene.things:
        if thing.kind in ("panel", "field", "textarea", "listbox", "select"):
            continue
        if _SAID.search(thing.text) or _LEADS.search(thing.text):
            continue
        score = 0.0
        if concept in concept_of(thing.text):
            score = 0.95
        elif thing.text and concept in concepts_within(thing.text) and len(tokens(thing.text)) <= 5:
            score = 0.88
        elif squash(thing.text) == squash(concept):
            score = 0.95
        elif thing.name in icons:
            score = 0.93 - 0.06 * icons.index(thing.name)
        if thing.kind == "text":
            score *= 0.9
        if score:
            found.append((thing, score))
    return found


def do(goal: Do, now: Now) -> Answer:
    """The control of the object's card or row; else open the object, and look there."""
    scene = now.scene
    controls = [(t, s) for t, s in controls_for(goal.concept, scene) if not now.tried(t.point)]
    opened = any(
        s.kind == "click" and s.mark == "…" and not s.idle and "open" in s.said and "not in view" not in s.said
        for s in now.past
    )  # not by chance, in search of it
    target = goal.thing
    opened = opened or any(
        isinstance(g, Find) and g.opened and g.target == target and target.text for g in now.goals[: now.index]
    )  # its page was opened, and its options chosen there
    if goal.concept == "delete" and fold(target.text) in (
        "everything",
        "all items",
        "all",
        "all products",
        "所有商品",
        "全部",
    ):
        vain = [s.point for s in now.past if s.idle and s.point]
        controls = [
            (t, s) for t, s in controls_for(goal.concept, scene)
            if not any(p and t.box.grown(4).contains(*p) for p in vain) and not _in_head(t, scene)
        ]  # fmt: skip
        controls.sort(key=lambda pair: (pair[0].kind == "text", pair[0].box.top))
        if not controls:
            return Done("nothing is left", 0.95) if any(not s.idle for s in now.past) else _lost(goal)
        act = _act(goal, now, *controls[0], 0.95)
        return replace(act, last=False) if isinstance(act, Move) else act
    anonymous = not (target.text or target.whose or target.nth or target.most) or fold(target.text) in (
        "it",
        "them",
        "this",
        "that",
    )
    if anonymous:
        return _act(goal, now, *_prominent(controls, scene, None), 0.9) if controls else _lost(goal)
    things = [c for c in find(target, scene) if c.score >= ENOUGH and c.thing.kind not in ("field",)]
    now.trace += [
        {
            "for": str(target),
            "text": c.thing.text[:60],
            "score": round(c.score, 3),
            "at": list(c.point),
            "why": c.why,
        }
        for c in things[:4]
    ]
    if things:
        things = [c for c in things if c.score >= things[0].score - 0.02]
        least = 0.8 if within_place(now) else SURE
        if things[0].score < least and target.text and not (opened or now.relaxed):
            return Lost(f"only something like {target} is to be seen", target)
        if things[0].score < _LIKE and target.text and wide(scene) and not opened:
            return Lost(f"only something else than {target} is to be seen", target)  # another's control does harm
    if opened and not things:  # the name is scrolled out of view
        controls = _of_the_page(goal.concept, controls, scene)
    on_page = opened or (
        bool(target.text) and text_score(target.text, scene.title)[0] >= 0.93 and _lone(things, scene)
    )
    pairs = [
        (score * thing.score / (1 + 0.01 * far), control, thing)
        for thing in things
        for control, score in controls
        if control != thing.thing
        and (far := _far(control, thing.thing, scene)) <= _NEAR
        and _belongs(control, thing, scene)
    ]
    if pairs:
        score, control, thing = max(pairs, key=lambda p: p[0])
        return _act(goal, now, control, min(1.0, score + 0.05), thing.score)
    signs = [] if controls or opened else _unread_signs(goal, things, scene)
    if len(signs) == 1:
        return _act(goal, now, signs[0], 0.65, things[0].score)
    if on_page and controls:
        control, score = _prominent(controls, scene, things[0].thing if things else None)
        if _in_head(control, scene) and not now.relaxed:
            return _lost(goal)  # it leads to the list of all such things
        entered = max((s.score for s in now.past if s.mark == "…" and "open" in s.said), default=1.0)
        return _act(goal, now, control, score, min(0.95, entered))
    fresh = [c for c in things if not now.tried(c.point)]
    if fresh and not opened:
        return Move(
            click_at(fresh[0].point, fresh[0].thing.text),
            f"I open {name_of(fresh[0].thing)} to find “{goal.concept}”.",
            fresh[0].score,
            last=False,
        )
    if opened:
        return _lost(goal)
    return Lost(f"{target} is not to be seen", target)


def _far(control: Thing, owner: Thing, scene: Scene) -> float:
    """How far a control is from a name, in text heights; the end of the same row is never too far."""
    far = distance(scene, control.box, owner.box) / scene.scale
    return min(far, 1.0) if _in_row(control, owner, scene) else far


def _in_row(control: Thing, owner: Thing, scene: Scene) -> bool:
    """Whether a control stands behind a name, in the row of a few lines that the name begins."""
    down = control.box.center[1] - owner.box.center[1]
    return control.box.left > owner.box.right and -2.2 * scene.scale < down < 4.5 * scene.scale


def _down(control: Thing, owner: Thing) -> float:
    return abs(control.box.center[1] - owner.box.center[1])


def _unread_signs(goal: Do, things: list[Candidate], scene: Scene) -> list[Thing]:
    """Icons without a known name in the row of the object, where the task speaks of an icon."""
    if "icon" not in fold(goal.said) or not things:
        return []
    row = scene.row_of(things[0].thing.box.grown(0.5 * things[0].thing.box.height))
    return [t for t in row if t.kind == "icon" and not t.name and not t.text]


def _lost(goal: Do) -> Lost:
    words = CONCEPTS[goal.concept][0][0] if goal.concept in CONCEPTS else goal.concept
    return Lost(f"there is no control for “{goal.concept}”", Target(text=words))


def _act(goal: Do, now: Now, control: Thing, score: float, sure: float) -> Move | Done:
    lost = any(s.error == LOST and s.point and control.box.grown(6).contains(*s.point) for s in now.past)
    if lost and (control.name.endswith("-filled") or _DONE.search(control.text) or _counted(goal, now.scene)):
        return Done(f"{name_of(control)} shows that it is done", 0.93)
    return Move(
        click_at(control.point, control.text or goal.concept),
        f"I use {name_of(control)} for “{goal.concept}” of {goal.thing}.",
        min(score, sure),
    )


def _of_the_page(concept: str, controls: list[tuple[Thing, float]], scene: Scene) -> list[tuple[Thing, float]]:
    """Controls that belong to the product of the page, not to cards below it: beside the button that buys it."""
    partners = [
        t
        for other in ("cart", "buy", "wishlist")
        if other != concept
        for t, _ in controls_for(other, scene)
        if not _in_head(t, scene)
    ]
    placed = [(t, s) for t, s in controls if not _in_head(t, scene)]
    return [
        (t, s)
        for t, s in placed
        if any(distance(scene, t.box, p.box) < 6 * scene.scale for p in partners if p != t)
        or (t.text and len(placed) == 1)
    ]


def _counted(goal: Do, scene: Scene) -> bool:
    """Whether a counter stands at the cart in the head of the page."""
    edge = 0.8 * scene.screen.size.width
    head = [t for t in scene.things if _in_head(t, scene) and t.box.left > edge]
    return goal.concept == "cart" and any(t.name == "circle" or t.text.strip().isdigit() for t in head)


def _lone(things: list[Candidate], scene: Scene) -> bool:
    """Whether the object is what the page is about: its name is written larger than most text."""
    return any(c.thing.box.height > 1.25 * scene.scale for c in things)


def _belongs(control: Thing, owner: Candidate, scene: Scene) -> bool:
    """Whether no other object of the same sort is nearer to the control than its owner."""
    mine = owner.thing
    far = distance(scene, control.box, mine.box)
    if _in_row(control, mine, scene):
        return not any(
            abs(t.box.height - mine.box.height) < 0.2 * mine.box.height
            and _in_row(control, t, scene)
            and (abs(t.box.left - mine.box.left) < scene.scale or abs(t.box.top - mine.box.top) < scene.scale)
            and (t.box.left > mine.box.right or _down(control, t) < _down(control, mine))
            for t in scene.things
            if t is not control and t.kind == mine.kind and t.color == mine.color and t.text != mine.text
            and t.text and not concept_of(t.text) and price(t.text) is None
        )  # fmt: skip
    for other in scene.things:
        if (
            other is control
            or other.text == mine.text
            or not other.text
            or other.kind != mine.kind
            or other.color != mine.color
            or price(other.text) is not None
        ):
            continue
        alike = abs(other.box.height - mine.box.height) < 0.2 * mine.box.height
        aligned = (
            abs(other.box.left - mine.box.left) < scene.scale
            or abs(other.box.center[1] - mine.box.center[1]) < 0.6 * scene.scale
        )
        if (
            alike
            and aligned
            and not concept_of(other.text)
            and distance(scene, control.box, other.box) < 0.8 * far
        ):
            same_row = abs(control.box.center[1] - mine.box.center[1]) < 0.6 * scene.scale
            if not same_row or (
                abs(other.box.center[1] - mine.box.center[1]) < 0.6 * scene.scale and mine.parent != control.parent
            ):
                return False
    return True


def _in_head(thing: Thing, scene: Scene) -> bool:
    """Whether it stands in the bar at the top of the page."""
    return thing.box.center[1] < min(0.12 * scene.screen.size.height, 5 * scene.scale)


def _prominent(controls: list[tuple[Thing, float]], scene: Scene, owner: Thing | None) -> tuple[Thing, float]:
    """The control that acts rather than leads elsewhere: a button, not in the page's head, near the owner."""

    def rank(pair: tuple[Thing, float]) -> float:
        thing, score = pair
        verb = bool(tokens(thing.text)) and tokens(thing.text)[0] in ("add", "save", "move", "put", "加入", "添加")
        near = distance(scene, thing.box, owner.box) / (100 * scene.scale) if owner else 0.0
        return (
            score
            - (0.4 if _in_head(thing, scene) else 0)
            + (0.1 if verb else 0)
            + (0.05 if thing.kind == "button" else 0)
            - near
        )

    thing, score = max(controls, key=rank)
    return thing, score


__all__ = ["Done", "best", "controls_for", "do"]
