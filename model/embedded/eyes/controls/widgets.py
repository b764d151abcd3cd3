"""What each box is: button, field, list box, panel … judged by its border, its fill and the text in it.

The rules speak of looks that hold across sites and themes: a button centres its text, a field begins it at the
left and leaves room, a closed list box ends in an arrow, a text area has a grip, a list has evenly spaced rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.boxes import Rect, inside
from model.embedded.eyes.controls.controls import Control
from model.embedded.eyes.ground import Ground
from model.embedded.screen import Element, Kind, Line

ARROWS = frozenset("VvYy▼▾⌄∨﹀◢◥√~˅﹥丷、ⅴⅤ")
"""What the recogniser makes of the arrow of a closed list box."""
Made = Callable[..., Element]
"""Makes an element of the box at hand: kind, indices of its lines, confidence, states."""
TALLEST = 66
"""CSS pixels up to which a box counts as one row: a button or field, not an area."""


@dataclass
class Scene:
    """What has been found so far on one picture."""

    ground: Ground
    rects: list[Rect]
    controls: list[Control]
    lines: list[Line]
    specks: list[Box]
    """Ink in which no text was read."""

    @property
    def unit(self) -> float:
        return self.ground.unit


def judge_boxes(scene: Scene) -> tuple[dict[int, Element], set[int]]:
    """Elements made of boxes, by index of the box, and the lines that are drawings, not text (arrows)."""
    place_lines(scene)
    found: dict[int, Element] = {}
    drawn: set[int] = set()
    for index, rect in enumerate(scene.rects):
        if rect.cell or any(_same(rect.box, control.box) for control in scene.controls):
            continue
        element = _judge(scene, index, rect, drawn, found)
        if element is not None:
            found[index] = element
    return found, drawn


def place_lines(scene: Scene) -> None:
    """Note for each line the smallest box that holds its middle."""
    for rect in scene.rects:
        rect.lines.clear()
    for number, line in enumerate(scene.lines):
        for rect in scene.rects:  # smallest first
            if rect.box.contains(*line.box.center) and rect.box.height >= 0.7 * line.box.height:
                rect.lines.append(number)
                break


def _is_round(ground: Ground, rect: Rect) -> bool:
    """Whether an area has the fill of a circle or an ellipse (0.785 of its box) rather than of a box."""
    left, top, right, bottom = ground.boxes[rect.region]
    return bool(ground.areas[rect.region] < 0.82 * (right - left) * (bottom - top))


def _same(one: Box, other: Box) -> bool:
    return one.intersection(other).area > 0.6 * max(one.area, other.area)


def _judge(scene: Scene, index: int, rect: Rect, drawn: set[int], found: dict[int, Element]) -> Element | None:
    unit, box = scene.unit, rect.box
    lines = [(number, scene.lines[number]) for number in rect.lines]
    specks = [speck for speck in scene.specks if box.contains(*speck.center) and _in_no_child(scene, rect, speck)]
    held = [control for control in scene.controls if inside(control.box, box)]
    children = [child for child in rect.children if child in found or scene.rects[child].cell]
    color = (int(rect.fill[0]), int(rect.fill[1]), int(rect.fill[2]))

    def made(kind: Kind, numbers: list[int], confidence: float, *states: str) -> Element:
        text = " ".join(
            scene.lines[number].text for number in sorted(numbers, key=lambda n: scene.lines[n].box.top)
        )
        return Element(
            kind, box, text=text, color=color, state=frozenset(states), confidence=confidence, lines=tuple(numbers)
        )

    if not (rect.border is not None or rect.filled) or min(box.width, box.height) < 12 * unit:
        return None
    if held or children:
        return made("panel", rect.lines, 0.8)
    if not lines and not specks and _is_round(scene.ground, rect):
        return None
    row = box.height <= TALLEST * unit
    grip = [s for s in specks + [line.box for _, line in lines] if _is_grip(s, box, unit)]
    if (grip or _has_grip(scene.ground, rect)) and box.height > 22 * unit and _fieldlike(rect):
        drawn.update(number for number, line in lines if line.box in grip)
        kept = [number for number, line in lines if line.box not in grip]
        return made("textarea", kept, 0.95)
    arrow = _arrow(lines, specks, box, unit)
    if row and arrow is not None and box.width > 30 * unit and len(lines) <= 2:
        kept = [number for number, line in lines if line.box != arrow]
        if kept or rect.border is not None:
            drawn.update(number for number, line in lines if line.box == arrow)
            left = scene.lines[kept[0]].box.left - box.left if kept else 0
            if not kept or left < box.right - scene.lines[kept[0]].box.right:
                return made("select", kept, 0.85)
    if not lines:
        return _empty(rect, specks, unit, made)
    if row:
        return _one_row(scene, rect, [line for _, line in lines], unit, made)
    return _many_rows(rect, [line for _, line in lines], unit, made)


def _in_no_child(scene: Scene, rect: Rect, speck: Box) -> bool:
    return not any(scene.rects[child].box.contains(*speck.center) for child in rect.children)


def _is_grip(speck: Box, box: Box, unit: float) -> bool:
    """Whether ink sits in the bottom right corner: the handle that resizes a text area."""
    near = box.right - speck.right <= 6 * unit and box.bottom - speck.bottom <= 6 * unit
    low = speck.center[1] > box.top + 0.6 * box.height  # the sign of a date field stands in the middle
    return near and low and max(speck.width, speck.height) <= 14 * unit


def _has_grip(ground: Ground, rect: Rect) -> bool:
    """Whether thin strokes lie in the corner, apart from any text: a grip that touches the border."""
    unit = ground.unit
    right, bottom = round(rect.box.right - 3 * unit), round(rect.box.bottom - 3 * unit)
    size = round(6.5 * unit)
    if rect.border is None or rect.box.width < 60 * unit:
        return False
    corner = ground.image[bottom - size : bottom, right - size : right].astype(np.float32)
    rows, columns = np.nonzero(np.abs(corner - rect.fill).max(axis=2) > 40)
    if not 5 * unit <= len(rows) <= 0.5 * corner.shape[0] * corner.shape[1]:
        return False
    if (rows + columns < 0.5 * size).any() or np.ptp(rows) < 4 * unit:
        return False  # a grip fills the lower right half only
    diagonals = np.sort(np.bincount(rows + columns))[::-1]
    return float(diagonals[: round(6 * unit)].sum()) >= 0.85 * len(rows) and bool(np.ptp(columns) >= 4 * unit)


def _arrow(lines: list[tuple[int, Line]], specks: list[Box], box: Box, unit: float) -> Box | None:
    """The downward arrow at the right end of a box."""
    for speck in [*specks, *(line.box for _, line in lines if len(line.text) == 1 and line.text in ARROWS)]:
        small = 4 * unit <= speck.width <= 16 * unit and 2.5 * unit <= speck.height <= 14 * unit
        at_end = box.right - speck.right <= 18 * unit and speck.left > box.left + 0.5 * box.width
        level = abs(speck.center[1] - box.center[1]) <= 0.2 * box.height
        if small and at_end and level and speck.width >= 1.1 * speck.height:
            return speck
    return None


def _empty(rect: Rect, specks: list[Box], unit: float, made: Made) -> Element | None:
    """A box without text: a field, a button that shows an icon, or a picture."""
    w, h = rect.box.width, rect.box.height
    icon = [speck for speck in specks if min(speck.width, speck.height) >= 4 * unit]
    if icon and w <= 90 * unit and h <= TALLEST * unit:
        middle = abs(icon[0].center[0] - rect.box.center[0]) < 0.2 * w
        if middle and len(icon) <= 2:
            return made("button", [], 0.7)
    if len(specks) == 1 and rect.border is not None and w <= 40 * unit and _is_minus(specks[0], rect.box, unit):
        return made("button", [], 0.6)
    if 14 * unit <= h <= 60 * unit and w >= 26 * unit and _fieldlike(rect):
        return made("field", [], 0.9 if rect.border is not None else 0.7)
    if h > 60 * unit and w > 60 * unit:
        return made("panel" if rect.border is not None else "image", [], 0.4)
    return None


def _is_minus(speck: Box, box: Box, unit: float) -> bool:
    """Whether ink is a dash in the middle of a box: too thin for the reader of text."""
    x, y = speck.center[0] - box.center[0], speck.center[1] - box.center[1]
    thin = speck.height <= 3 * unit and speck.width >= 1.5 * speck.height
    return thin and abs(x) <= 1.5 * unit and abs(y) <= 3 * unit


def _one_row(scene: Scene, rect: Rect, lines: list[Line], unit: float, made: Made) -> Element | None:
    """A low box with text."""
    box = rect.box
    first, last = min(line.box.left for line in lines), max(line.box.right for line in lines)
    left, right = first - box.left, box.right - last
    middle = sum(line.box.center[1] for line in lines) / len(lines)
    level = abs(middle - box.center[1]) <= max(3 * unit, 0.15 * box.height)
    centred = abs(left - right) <= max(5 * unit, 0.07 * box.width)
    rows = len({round(line.box.center[1] / (0.7 * line.box.height)) for line in lines})
    together = len(lines) == 1 or rows > 1
    if not level or (len(lines) > 2 and not centred):
        return made("panel", rect.lines, 0.5)
    if centred and together and rows <= 2 and (rect.border is not None or rect.filled):
        roomy = left <= 0.4 * box.width
        return made("button", rect.lines, 0.9 if roomy else 0.6)
    if rows > 1:
        return made("panel", rect.lines, 0.5)
    fieldlike = _fieldlike(rect)
    if (
        fieldlike
        and right > 1.5 * left
        and left <= 42 * unit
        and (len(lines) == 1 or lines[-1].box.width < 24 * unit)
    ):
        return made("field", rect.lines, 0.85 if rect.border is not None else 0.6)
    if box.width > 0.5 * scene.ground.image.shape[1] or len(lines) > 1 or box.height > 44 * unit:
        return made("panel", rect.lines, 0.5)
    # A filled row with text at its left: the chosen entry of a list or menu, or the bar of a section.
    return made("button", rect.lines, 0.5, *(["selected"] if rect.border is None else []))


def _fieldlike(rect: Rect) -> bool:
    """Whether the fill is one that text is written on: colourless and, on light pages, not darker than around."""
    if float(rect.fill.max() - rect.fill.min()) > 34:
        return False
    bright, around = float(rect.fill.mean()), float(rect.outside.mean())
    if rect.border is None:
        return bright > 235 > around
    return bright >= around - 10 or around < 100


def _many_rows(rect: Rect, lines: list[Line], unit: float, made: Made) -> Element | None:
    """A tall box with text: a list of evenly spaced short rows, or a panel."""
    lefts = [line.box.left for line in lines]
    tops = sorted(line.box.bottom for line in lines)
    steps = np.diff(tops)
    width = max(line.box.width for line in lines)
    even = len(lines) >= 2 and max(lefts) - min(lefts) <= 3 * unit and steps.max() - steps.min() <= 6 * unit
    if even and rect.border is not None and width < 0.86 * rect.box.width and steps.max() <= 44 * unit:
        return made("listbox", rect.lines, 0.6)
    return made("panel", rect.lines, 0.7)


def merge_lists(found: dict[int, Element], scene: Scene) -> dict[int, Element]:
    """Boxes of one width stacked without a gap, some of them rows: a list whose chosen row is coloured."""
    unit = scene.unit
    order = sorted(found, key=lambda index: (found[index].box.left, found[index].box.top))
    merged = dict(found)
    group: list[int] = []

    def close() -> None:
        rows = sum(max(1, len(found[index].lines)) for index in group)
        low = all(len(found[index].lines) > 1 or found[index].box.height <= 44 * unit for index in group)
        narrow = found[group[0]].box.width <= 480 * unit if group else False
        if len(group) >= 2 and rows >= 3 and low and narrow:
            box = found[group[0]].box
            for index in group[1:]:
                box = box.union(found[index].box)
            numbers = tuple(number for index in group for number in found[index].lines)
            text = " ".join(scene.lines[number].text for number in numbers)
            chosen = [index for index in group if len(found[index].lines) == 1 and scene.rects[index].filled]
            for index in group:
                del merged[index]
            first = group[0]
            merged[first] = Element("listbox", box, text=text, lines=numbers, confidence=0.8)
            for index in chosen[:1] if len(chosen) < len(group) else []:
                row = found[index]
                merged[-1 - index] = replace(row, kind="button", state=frozenset({"selected"}))
        group.clear()

    for index in order:
        if found[index].kind not in ("button", "panel", "listbox", "field"):
            continue
        if group:
            above, here = found[group[-1]].box, found[index].box
            fits = abs(above.left - here.left) <= 2 * unit and abs(above.right - here.right) <= 2 * unit
            if not (fits and abs(here.top - above.bottom) <= 2 * unit):
                close()
        group.append(index)
    close()
    return merged
