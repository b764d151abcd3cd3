"""What the network sees and what the pixels show, made into one.

The net says what and roughly where; a frame or a fill of the picture gives the exact edges, the outline of a small
control says whether it is square or round and whether it is ticked. Which of them is believed for which kind was
measured on component libraries that neither was made on (docs/detector.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import cast

import cv2
import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.boxes import Rect
from model.embedded.eyes.controls.controls import Control, classify
from model.embedded.eyes.detector import KINDS, Detection, ElementDetector
from model.embedded.eyes.ground import Ground
from model.embedded.screen import Element, Kind, Line

ALONE: dict[str, float] = {
    "button": 0.6, "field": 0.7, "select": 0.8, "slider": 0.7, "checkbox": 0.5, "radio": 0.5, "switch": 0.5,
    "tab": 0.5, "menu_item": 0.6, "image": 0.75, "icon": 0.5, "link": 0.5, "cell": 0.7, "dialog": 0.9,
}  # fmt: skip
"""Score from which an element of a kind counts by the network's word alone; what is not named is not asked for."""
OUTLINED: dict[str, float] = {"button": 0.35, "field": 0.6, "select": 0.6}
"""… where a frame or a fill lies just there."""
AGREED: dict[str, float] = dict.fromkeys(
    ("field", "select", "slider", "button", "checkbox", "radio", "switch"), 0.25
)
"""… where the rules call it the same."""
FIRM = frozenset(("select", "slider"))
"""Kinds in which the rules are hardly ever wrong: the network does not overrule them."""
AGAINST: dict[tuple[str, str], float] = {
    ("field", "select"): 0.85, ("field", "button"): 0.6,
    ("swatch", "radio"): 0.9, ("swatch", "checkbox"): 0.9, ("swatch", "switch"): 0.9,
}  # fmt: skip
"""Score that it takes to make the one of the other: of what the rules say, what the network says."""
KEPT = FIRM | frozenset(
    ("checkbox", "radio", "switch", "swatch", "panel", "listbox", "textarea", "scrollbar", "shape", "icon")
)
"""Kinds of the rules that stand where the network sees nothing; fields only with a border all around."""
TICKS = frozenset(("checkbox", "radio", "switch"))
_WORDED = frozenset(("button", "field", "select", "tab", "menu_item"))
_FRAMED = frozenset(("button", "field", "textarea", "select"))
_TALL = 56
"""CSS pixels from which a field is one for several lines."""


@cache
def network() -> ElementDetector:
    """The detector that comes with the package, loaded once."""
    return ElementDetector()


def detect(ground: Ground) -> list[Detection]:
    """Everything that the network takes for something, in pixels of the picture, the surest first."""
    scale = int(ground.unit)
    picture = ground.image
    if scale > 1:  # its cells are for pictures of one pixel a CSS pixel
        high, wide = picture.shape[:2]
        picture = cv2.resize(picture, (wide // scale, high // scale), interpolation=cv2.INTER_AREA)
    least = {kind: min(AGREED.get(kind, 1.0), ALONE.get(kind, 0.99)) for kind in KINDS}
    found = network().detect(picture, least)
    if scale == 1:
        return found
    return [
        replace(one, box=cast("tuple[float, float, float, float]", tuple(scale * v for v in one.box)))
        for one in found
    ]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    common = one.intersection(other).area
    return common / max(1e-9, one.area + other.area - common)


def of_kind(found: Sequence[Detection], kind: str) -> list[Box]:
    """Boxes of the elements of a kind that count by the network's word alone."""
    return [Box(*one.box) for one in found if one.kind == kind and one.score >= ALONE[kind]]


def fuse(
    ground: Ground,
    elements: Sequence[Element],
    found: Sequence[Detection],
    rects: Sequence[Rect],
    lines: Sequence[Line],
) -> list[Element]:
    """The elements of the rules, all but plain text, corrected and completed by what the network found."""
    left = list(elements)
    made: list[Element] = []
    lists = [element.box for element in elements if element.kind == "listbox"]
    for one in found:
        if one.kind not in ALONE or one.kind in ("icon", "link", "cell", "dialog"):
            continue
        box = Box(*one.box)
        mine = max((e for e in left if e.kind not in ("icon", "shape")), key=lambda e: _same(e, box), default=None)
        if mine is not None and _same(mine, box) <= 0.5:
            mine = None
        outline = max((rect.box for rect in rects), key=lambda b: overlap(b, box), default=None)
        exact = outline if outline is not None and overlap(outline, box) > 0.6 else None
        limit = ALONE[one.kind]
        if mine is None or mine.kind == "panel":
            limit = min(limit, OUTLINED.get(one.kind, limit)) if exact is not None else limit
        elif mine.kind == one.kind or (mine.kind in TICKS and one.kind in TICKS):
            limit = min(limit, AGREED.get(one.kind, limit))
        else:
            limit = AGAINST.get((mine.kind, one.kind), limit)
        if one.score < limit or any(overlap(other.box, box) > 0.6 for other in made if _rivals(other, one)):
            continue
        if mine is None and exact is None and any(_crosses(box, e.box) for e in elements if e.kind in _FRAMED):
            continue
        if mine is not None and mine.kind in FIRM and mine.kind != one.kind:
            continue
        if one.kind in ("field", "button") and any(
            held.contains(*box.center) and box.width > 0.8 * held.width for held in lists
        ):
            continue  # a row of the list
        if one.kind in TICKS and not 0.5 < box.width / max(1.0, box.height) < (1.6 if one.kind != "switch" else 4):
            continue
        element = _element(ground, one, mine, exact or box, lines)
        if element.kind in ("field", "select") and len(element.lines) > 2:
            continue  # a row of a table
        if element.kind == "button" and _side_by_side([lines[number].box for number in element.lines]):
            continue  # a frame around several
        if exact is None and element.lines and all(lines[number].underlined for number in element.lines):
            continue  # a link
        if element.kind == "menu_item" and not _is_row(element, lines, made):
            continue
        if mine is not None:
            left.remove(mine)
        made.append(element)
    cells = of_kind(found, "cell")
    seen = [e.box for e in made if e.kind != "menu_item"]
    for element in left:
        if element.kind in ("icon", "shape") and any(overlap(element.box, box) > 0.5 for box in seen):
            continue
        if element.kind in ("field", "select", "listbox") and any(
            overlap(element.box, cell) > 0.6 for cell in cells
        ):
            continue
        if element.kind in KEPT or (element.kind == "field" and element.confidence >= 0.85):
            made.append(element)
        elif (
            element.kind == "button" and element.text
        ):  # a badge, a note, a filled heading; or a row that stands out
            made.append(element if element.confidence <= 0.5 else replace(element, kind="panel"))
    return made


def _crosses(one: Box, other: Box) -> bool:
    """Whether two boxes overlap in part, as no two controls do: the one that has no outline is misplaced."""
    common = one.intersection(other).area
    least = min(one.area, other.area)
    return 0.15 * least < common < 0.85 * least


def _same(element: Element, box: Box) -> float:
    """How well an element fills a box; a wide field counts by its part, a small control by its middle."""
    mine = element.box
    if element.kind in TICKS and mine.contains(*box.center) and box.contains(*mine.center):
        return max(overlap(mine, box), 0.6)
    low, high = sorted((mine.height, box.height))
    if element.kind in ("field", "textarea", "select") and low > 0.75 * high:
        return max(overlap(mine, box), 0.9 * mine.intersection(box).area / max(1e-9, box.area))
    return overlap(mine, box)


def _rivals(made: Element, one: Detection) -> bool:
    return (made.kind in ("menu_item", "image")) == (one.kind in ("menu_item", "image"))


def _side_by_side(boxes: Sequence[Box]) -> bool:
    """Whether texts stand at one height with a gap between them that is wider than between words."""
    return any(
        other.left - box.right > max(box.height, other.height)
        and abs(other.center[1] - box.center[1]) < 0.5 * box.height
        for box in boxes
        for other in boxes
    )


def _is_row(element: Element, lines: Sequence[Line], made: Sequence[Element]) -> bool:
    """Whether what is said to be a row of a menu holds one text, at its height, and no control of its own."""
    box = element.box
    level = [abs(lines[n].box.center[1] - box.center[1]) <= 0.25 * box.height for n in element.lines]
    held = any(box.contains(*e.box.center) for e in made if e.kind in _WORDED or e.kind in TICKS)
    return bool(level) and all(level) and not held


def _element(ground: Ground, one: Detection, mine: Element | None, box: Box, lines: Sequence[Line]) -> Element:
    kind = cast(Kind, one.kind)
    state = set(one.states)
    if kind in TICKS:
        return _tick(ground, kind, state, mine, box)
    if mine is not None and (mine.kind == kind or (kind == "field" and mine.kind == "textarea")):
        return replace(
            mine, state=mine.state | (state & {"disabled", "selected"}), confidence=max(mine.confidence, one.score)
        )
    if kind == "field" and box.height >= _TALL * ground.unit:
        kind = "textarea"
    inside = (
        [number for number, line in enumerate(lines) if box.contains(*line.box.center)] if kind in _WORDED else []
    )
    inside.sort(
        key=lambda number: (round(lines[number].box.center[1] / (6 * ground.unit)), lines[number].box.left)
    )
    text = " ".join(lines[number].text for number in inside)
    color = mine.color if mine is not None else None
    return Element(
        kind, box, text=text, color=color, state=frozenset(state), confidence=one.score, lines=tuple(inside)
    )


def _tick(ground: Ground, kind: Kind, state: set[str], mine: Element | None, box: Box) -> Element:
    """A control with a state: its outline tells a square from a disc, and a tick from none."""
    if mine is not None and mine.kind in TICKS:
        return mine
    drawn = _drawn(ground, box)
    if drawn is not None and drawn.kind in TICKS:
        return Element(drawn.kind, drawn.box, color=drawn.color, state=drawn.state, confidence=drawn.confidence)
    state.add("checked" if state & {"checked", "selected"} else "unchecked")
    return Element(kind, box, state=frozenset(state), confidence=0.6)


def _drawn(ground: Ground, box: Box) -> Control | None:
    """The control of the rules that fills a box, whose edges may be off by some pixels."""
    reach = round(4 * ground.unit)
    left, top = max(0, int(box.left) - reach), max(0, int(box.top) - reach)
    crop = ground.image[top : int(box.bottom) + reach, left : int(box.right) + reach].astype(np.int16)
    around = np.concatenate([crop[0], crop[-1], crop[:, 0], crop[:, -1]])
    odd = (np.abs(crop - np.median(around, axis=0)).max(axis=2) > 24).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(odd, connectivity=8)
    if count < 2:
        return None
    x, y, wide, high, _ = (int(v) for v in stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())])
    return classify(ground, Box(left + x, top + y, left + x + wide, top + y + high))
