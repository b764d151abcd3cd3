"""Where a recorded place is now: at any scale, wherever it has moved, and only where it is sure.

Words come first, because they survive themes, scales and new layouts; what stands around tells alike ones apart.
What has no words is sought where its landmarks say, by its icon, its kind or its picture. Two that fit equally are
refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from action_space.geometry import Box
from agent.replay.anchors import LABELLED, Anchor, View, name_of, same_text
from model.embedded.matching.scene import Scene, Thing

_TEXTUAL = frozenset(
    ("text", "link", "button", "tab", "menu_item", "icon", "checkbox", "radio", "switch", "image")
)
_SLACK, _STRETCH = 3.5, 0.3
"""How far from where it stood a landmark may stand: heights of text, and share of its distance."""
_ALONE, _AMONG, _APART = 0.2, 0.5, 0.2
"""How much of the surroundings must be there: of a text that is unique, of one of several; and how much more than
around the next best."""
_SAME_SCREEN = 0.3
_PICTURE, _PICTURE_ALONE, _PICTURE_OF_TEXT = 0.8, 0.92, 0.95
"""Correlations from which a picture is the same: where landmarks say, anywhere, of a text that is not read."""
_NEXT = 0.08
"""How much worse the second best place must be."""


@dataclass(frozen=True)
class Place:
    """Where it is: a point in pixels of the screenshot now, how sure, and what said so."""

    point: tuple[int, int]
    box: Box
    sure: float
    why: str


class NotFound(Exception):
    """It is not to be found for certain. The message says what was seen instead."""


def find(anchor: Anchor, recorded: View, now: View) -> Place:
    """The place on the screen now.

    Raises:
        NotFound: it is not there, changed beyond recognition, or there are two of it.
    """
    guess = _guess(anchor, recorded, now)
    if anchor.text:
        fitting = [t for t in same_text(now.scene, anchor.text) if _kindred(t.kind, anchor.kind)]
        if fitting:
            return _by_text(anchor, fitting, recorded, now)
        return _by_picture(anchor, guess, now, _PICTURE_OF_TEXT, f"“{anchor.text}” is not on the screen")
    if guess is not None and (thing := _like(anchor, guess, now.scene)):
        return Place(_within(anchor, thing.box), thing.box, 0.85, "its landmarks and kind")
    return _by_picture(anchor, guess, now, _PICTURE, "nothing like it is where it was")


def _kindred(now: str, then: str) -> bool:
    if then in LABELLED or now in LABELLED:
        return now == then or {now, then} <= {"field", "textarea"} or {now, then} <= {"field", "select"}
    return now in _TEXTUAL and (then in _TEXTUAL or then == "")


def _by_text(anchor: Anchor, fitting: Sequence[Thing], recorded: View, now: View) -> Place:
    rated = sorted(((_surroundings(anchor, thing, now), thing) for thing in fitting), key=lambda pair: -pair[0])
    score, thing = rated[0]
    if len(rated) == 1 and anchor.alike <= 1:
        if score < _ALONE and anchor.around and recorded.likeness(now) < _SAME_SCREEN:
            raise NotFound(f"“{anchor.text}” is there, but nothing around it is as it was")
        return Place(_within(anchor, thing.box), thing.box, 0.9 + 0.1 * score, "its text")
    if score < _AMONG:
        raise NotFound(f"“{anchor.text}” was one of {anchor.alike}, and what stood around it is not there")
    if len(rated) > 1 and score - rated[1][0] < _APART:
        raise NotFound(f"“{anchor.text}” is there {len(rated)} times, and nothing tells them apart")
    return Place(_within(anchor, thing.box), thing.box, 0.7 + 0.3 * score, "its text and what stands around it")


def _surroundings(anchor: Anchor, thing: Thing, now: View) -> float:
    """Share of the landmarks around a thing that stand as around the anchor, 0–1; its row counts as much."""
    from model.embedded.language.words import squash

    x, y = thing.box.center
    scale = now.scene.scale
    hits = 0
    for text, dx, dy in anchor.around:
        slack = _SLACK + _STRETCH * (abs(dx) + abs(dy))
        hits += any(
            abs((b.center[0] - x) / scale - dx) <= slack and abs((b.center[1] - y) / scale - dy) <= min(slack, 4)
            for b in now.texts.get(text, ())
        )
    placed = hits / len(anchor.around) if anchor.around else 1.0
    if not anchor.row:
        return placed
    row = {squash(t.text) for t in now.scene.row_of(thing.box) if t.text and t.kind != "panel"}
    return 0.5 * placed + 0.5 * len(row & anchor.row) / len(anchor.row)


def _within(anchor: Anchor, box: Box) -> tuple[int, int]:
    """The point within a box that lies as the recorded one lay within its own."""
    across = (anchor.point[0] - anchor.box.left) / max(1.0, anchor.box.width)
    along = (anchor.point[1] - anchor.box.top) / max(1.0, anchor.box.height)
    across, along = min(0.95, max(0.05, across)), min(0.9, max(0.1, along))
    return round(box.left + across * box.width), round(box.top + along * box.height)


@dataclass(frozen=True)
class _Guess:
    """Where landmarks say that it is now: a point, the scale, and how far they disagree, pixels."""

    x: float
    y: float
    scale: float
    spread: float


def _guess(anchor: Anchor, recorded: View, now: View) -> _Guess | None:
    pairs = [
        (boxes[0], now.texts[text][0])
        for text, boxes in recorded.texts.items()
        if len(boxes) == 1 and len(text) > 2 and len(now.texts.get(text, ())) == 1
    ]
    if len(pairs) < 2:
        return None
    scale = median(new.height / old.height for old, new in pairs if old.height)
    px, py = anchor.box.center
    pairs.sort(key=lambda pair: abs(pair[0].center[0] - px) + abs(pair[0].center[1] - py))
    told = [
        (new.center[0] + scale * (px - old.center[0]), new.center[1] + scale * (py - old.center[1]))
        for old, new in pairs[:5]
    ]
    x, y = median(one[0] for one in told), median(one[1] for one in told)
    spread = median(abs(one[0] - x) + abs(one[1] - y) for one in told)
    return _Guess(x, y, scale, spread) if spread < 8 * now.scene.scale else None


def _like(anchor: Anchor, guess: _Guess, scene: Scene) -> Thing | None:
    """The one thing of the same icon, or of the same kind and size, where the landmarks say."""
    reach = 3 * scene.scale + guess.spread
    near = [
        t for t in scene.things
        if t.kind not in ("panel", "listbox") and abs(t.box.center[0] - guess.x) < reach
        and abs(t.box.center[1] - guess.y) < reach and not name_of(t)
    ]  # fmt: skip
    if anchor.name:
        named = [t for t in near if t.name == anchor.name]
        return named[0] if len(named) == 1 else None
    if anchor.kind in ("", "text", "shape", "image", "icon"):
        return None
    alike = [
        t for t in near
        if t.kind == anchor.kind
        and 0.6 < t.box.width / max(1.0, guess.scale * anchor.box.width) < 1.7
        and 0.6 < t.box.height / max(1.0, guess.scale * anchor.box.height) < 1.7
    ]  # fmt: skip
    return alike[0] if len(alike) == 1 else None


def _by_picture(anchor: Anchor, guess: _Guess | None, now: View, least: float, otherwise: str) -> Place:
    """By the recorded picture, at the scale of the landmarks; without any, at many scales and far surer."""
    from agent.rpa.pictures import find_picture

    wanted, screen = anchor.picture, now.image
    left = top = 0
    scale = guess.scale if guess else 1.0
    if guess is not None:
        size = max(2, round(wanted.width * scale)), max(2, round(wanted.height * scale))
        wanted = wanted.resize(size)
        reach = 8 * now.scene.scale + guess.spread
        across, along = reach + size[0], reach + size[1]
        area = Box(guess.x - across, guess.y - along, guess.x + across, guess.y + along)
        area = area.intersection(Box(0, 0, *screen.size))
        if area.width < size[0] + 2 or area.height < size[1] + 2:
            raise NotFound(f"{otherwise}; where it was is outside the view")
        left, top, right, bottom = (round(side) for side in area)
        screen = screen.crop((left, top, right, bottom))
    else:
        least = max(least, _PICTURE_ALONE)
    try:
        found = find_picture(wanted, screen)
    except ValueError:  # of one colour: it could be anywhere
        raise NotFound(otherwise) from None
    if not found or found[0].score < least:
        raise NotFound(f"{otherwise} (the likest place has {found[0].score if found else 0:.2f} of {least:.2f})")
    if len(found) > 1 and found[0].score - found[1].score < _NEXT:
        raise NotFound(f"{otherwise}; two places look like it")
    best = found[0].box
    grown = best.width / max(1, anchor.picture.width)
    box = Box(
        left + best.left + grown * anchor.inner.left, top + best.top + grown * anchor.inner.top,
        left + best.left + grown * anchor.inner.right, top + best.top + grown * anchor.inner.bottom,
    )  # fmt: skip
    return Place(_within(anchor, box), box, found[0].score, "its picture")
