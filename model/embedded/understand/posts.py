"""The controls of somebody's posts: of one in sight, of some, or of all in a list that is gone through."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from model.embedded.understand.act import name_of
from model.embedded.understand.do import controls_for
from model.embedded.understand.goals import Goal, Target
from model.embedded.understand.language import concept_of, squash
from model.embedded.understand.match import find
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.places import distance
from model.embedded.understand.scene import Scene, Thing
from model.embedded.understand.seek import scroll_on
from model.embedded.understand.wording import text_score

_CONTROL, _MENU = "its control ", "its menu"
_SAME = 90
"""How alike, of 100, two readings of one post are at least."""


@dataclass(frozen=True)
class OfOne(Goal):
    """The control of somebody's posts, in sight or in their menus; `every`: of all that the list holds."""

    control: str = ""
    owner: str = ""
    every: bool = False
    count: int = 1


def of_one(goal: OfOne, now: Now) -> Answer:
    """The control below the owner's name, else the menu of that post; view by view where one is not enough.

    A post is known again in a later view by what it says, which the clicks on its control carry.
    """
    scene = now.scene
    used = [s.text.removeprefix(_CONTROL) for s in now.past if s.text.startswith(_CONTROL) and not s.error]
    if used and not goal.every and len(used) >= goal.count:
        return Done(f"{goal.control} of {goal.owner} was used {len(used)} times", 0.92)
    in_menu = bool(now.past) and now.past[-1].text == _MENU
    controls = _controls_named(goal.control, scene)
    for owner in _owners(goal.owner, scene):
        end = _end(owner, goal.owner, scene)
        said = _said(owner, end, scene)
        if any(fuzz.ratio(squash(said), squash(u)) >= _SAME for u in used):
            continue
        inside = [(t, s) for t, s in controls if in_menu or t.box.center[1] < end]
        if near := _below(owner, inside, scene, reach=15 if in_menu else 7):
            last = not goal.every and len(used) + 1 >= goal.count
            action = click_at(near.point, f"{_CONTROL}{said}")
            return Move(action, f"I use {name_of(near)} of {goal.owner}.", 0.9, last=last)
        menus = [(t, s) for t, s in controls_for("more", scene) if t.box.center[1] < end]
        if not in_menu and (menu := _below(owner, menus, scene)):
            return Move(click_at(menu.point, _MENU), f"I open the menu of {goal.owner}.", 0.85, last=False)
    if further := scroll_on(now, f"Perhaps a post of {goal.owner} follows below, I scroll down."):
        return further
    if used:
        score = 0.9 if goal.every else 0.6
        return Done(f"{goal.control} of {goal.owner} was used {len(used)} times", score)
    return Lost(f"there is no “{goal.control}” for {goal.owner}", Target(text=goal.owner))


def _owners(name: str, scene: Scene) -> list[Thing]:
    """Where the name stands, from the top."""
    found = find(Target(text=name, quoted=True), scene)
    return sorted((c.thing for c in found if c.score >= 0.85 and c.thing.kind != "panel"), key=lambda t: t.box.top)


def _end(owner: Thing, name: str, scene: Scene) -> float:
    """Where the next post begins: at the next name of the same sort ("@…"), else at the end of the view."""
    sign = name[:1] if name[:1] in "@#" else ""
    later = [
        t.box.top for t in scene.things
        if sign and t.kind in ("text", "link") and sign in t.text and t.box.top > owner.box.bottom
    ]  # fmt: skip
    return min(later, default=float(scene.screen.size.height))


def _said(owner: Thing, end: float, scene: Scene) -> str:
    """The text of a post: lines that begin where its head begins, without what is beside or above them."""
    head = next((x for i, x in scene.lines if i == owner.line), None)
    left = head.box.left if head else owner.box.left
    lines = [
        x.text for _, x in scene.lines
        if owner.box.top - 3 < x.box.center[1] < end and abs(x.box.left - left) < scene.scale
    ]  # fmt: skip
    return " ".join(lines)


def _controls_named(name: str, scene: Scene) -> list[tuple[Thing, float]]:
    """Controls that stand for a name ("Share", "reply to"), by their picture or their words."""
    concepts = concept_of(re.sub(r"\s+to$", "", name)) or concept_of(name)
    found = [(t, s) for c in sorted(concepts) for t, s in controls_for(c, scene) if s >= 0.8]
    said = ((t, text_score(name, t.text)[0]) for t in scene.things if t.kind != "panel")
    return found + [(t, s) for t, s in said if s >= 0.9]


def _below(owner: Thing, controls: list[tuple[Thing, float]], scene: Scene, reach: float = 7) -> Thing | None:
    """The control that belongs to a name: at its height or below it, within so many lines; the surest of a row."""
    fits = [
        (t, s) for t, s in controls
        if t != owner and t.box.center[1] >= owner.box.top - 0.5 * scene.scale
        and t.box.top - owner.box.bottom < reach * scene.scale and squash(t.text) != squash(owner.text)
    ]  # fmt: skip

    def rank(pair: tuple[Thing, float]) -> tuple[float, ...]:
        row = round((pair[0].box.top - owner.box.top) / scene.scale)
        return row, -pair[1], distance(scene, pair[0].box, owner.box)

    return min(fits, key=rank)[0] if fits else None
