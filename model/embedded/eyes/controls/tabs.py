"""Tabs: texts or boxes in a row of which one is set apart, by a bar under it or by its fill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.boxes import far
from model.embedded.eyes.ground import Ground
from model.embedded.screen import Element


def mark_tabs(ground: Ground, elements: list[Element]) -> list[Element]:
    """Turn the texts and buttons that form a row of tabs into tabs."""
    changed = list(elements)
    for row in _rows(elements, ("text", "link"), 9 * ground.unit, 72 * ground.unit, ground.unit):
        chosen = _barred(ground, [elements[index] for index in row])
        if chosen is not None:
            _turn(changed, row, chosen)
    for row in _rows(elements, ("button",), -2 * ground.unit, 2.5 * ground.unit, ground.unit):
        chosen = _filled([elements[index] for index in row])
        if chosen is not None:
            _turn(changed, row, chosen)
    return changed


def _turn(elements: list[Element], row: list[int], chosen: int) -> None:
    for place, index in enumerate(row):
        state = elements[index].state | {"selected"} if place == chosen else elements[index].state - {"selected"}
        elements[index] = replace(elements[index], kind="tab", state=state, confidence=0.75)


def _rows(
    elements: list[Element], kinds: tuple[str, ...], least: float, most: float, unit: float
) -> list[list[int]]:
    """Indices of elements side by side at one height, with gaps between `least` and `most` pixels."""
    order = sorted(
        (i for i, e in enumerate(elements) if e.kind in kinds and e.box.width <= 260 * unit and e.text),
        key=lambda i: elements[i].box.left,
    )
    rows: list[list[int]] = []
    for index in order:
        box = elements[index].box
        for row in rows:
            last = elements[row[-1]].box
            level = abs(last.center[1] - box.center[1]) <= 3 * unit and abs(last.height - box.height) <= 6 * unit
            near = level and least <= box.left - last.right <= most
            if near and _alike(elements[row[-1]], elements[index], elements):
                row.append(index)
                break
        else:
            rows.append([index])
    return [row for row in rows if len(row) >= 2]


def _alike(left: Element, right: Element, elements: list[Element]) -> bool:
    """Whether two short names may be tabs of one row: no control stands between them."""
    if max(len(left.text), len(right.text)) > 26 or max(left.text.count(" "), right.text.count(" ")) > 3:
        return False
    between = Box(left.box.right - 1, left.box.top, right.box.left + 1, max(left.box.bottom, left.box.top + 1))
    return not any(
        between.contains(*other.box.center) or between.intersection(other.box).area > 0.5 * other.box.area
        for other in elements
        if other.kind not in ("text", "link", "panel", "listbox", "tab")
    )


def _barred(ground: Ground, row: list[Element]) -> int | None:
    """Which of the texts alone has a bar of its own below it."""
    unit = ground.unit
    bottom = round(max(element.box.bottom for element in row))
    depth = min(ground.image.shape[0], bottom + round(18 * unit))
    for y in range(bottom + round(2 * unit), depth):
        colors = []
        for element in row:
            under = ground.labels[bottom + 1, round(element.box.center[0])]
            if under != ground.labels[bottom + 1, round(row[0].box.center[0])]:
                return None
            strip = ground.image[y, round(element.box.left) : round(element.box.right)].astype(np.float32)
            middle = np.median(strip, axis=0)
            if np.abs(strip - middle).max() > 24:
                break
            colors.append(middle)
        if len(colors) < len(row):
            return None  # ink that is no bar: the next line of text
        odd = [i for i, c in enumerate(colors) if sum(far(c, other) > 40 for other in colors) >= len(colors) - 1]
        if len(odd) == 1 and len(row) > 2:
            return odd[0]
        if len(row) == 2 and far(colors[0], colors[1]) > 40:
            above = ground.image[bottom + 1, round(row[0].box.left)].astype(np.float32)
            return 0 if far(colors[0], above) > far(colors[1], above) else 1
    return None


def _filled(row: list[Element]) -> int | None:
    """Which of the boxes alone differs in fill from the others, which are alike."""
    colors = [np.array(element.color, np.float32) for element in row if element.color is not None]
    if len(colors) != len(row):
        return None
    for index, color in enumerate(colors):
        others = [other for place, other in enumerate(colors) if place != index]
        if all(far(color, other) > 18 for other in others) and all(
            far(others[0], other) <= 12 for other in others
        ):
            if len(row) == 2:  # two boxes: the livelier or brighter one is in front
                return index if np.ptp(color) >= np.ptp(others[0]) else 1 - index
            return index
    return None
