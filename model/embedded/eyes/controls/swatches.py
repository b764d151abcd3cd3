"""Rows of colour samples: equal small discs or squares of different plain colours, side by side."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.ground import Ground, flat_blocks
from model.embedded.screen import Element

_LEAST, _MOST = 14, 64
"""Side of a sample, CSS pixels."""
_HIDES = (
    "field",
    "icon",
    "shape",
    "button",
    "radio",
    "switch",
    "image",
    "swatch",
    "textarea",
    "checkbox",
    "tab",
    "panel",
)


def swatch_rows(ground: Ground, elements: list[Element]) -> list[Element]:
    """The elements with every row of samples given as swatches, in place of what each was taken for."""
    rows = [
        row
        for row in _rows(_plain_areas(ground), ground.unit)
        if _many_coloured(row) and not _lettered(row, elements)
    ]
    samples = [Element("swatch", box, color=color, confidence=0.9) for row in rows for box, color in row]
    if not samples:
        return elements
    kept = []
    for element in elements:
        mine = next((i for i, s in enumerate(samples) if _same_place(element, s.box)), None)
        if mine is None:
            kept.append(element)
        elif element.state:
            samples[mine] = replace(
                samples[mine], state=samples[mine].state | (element.state & {"selected", "focused"})
            )
    return kept + samples


def plain_images(ground: Ground, elements: list[Element]) -> list[Element]:
    """The elements with every picture of one colour throughout given as a swatch of that colour."""
    kept = []
    for element in elements:
        if element.kind == "image" and not element.lines:
            box = element.box.grown(-2 * ground.unit)
            patch = ground.image[int(box.top) : int(box.bottom), int(box.left) : int(box.right)].reshape(-1, 3)
            if len(patch):
                middle = np.median(patch, axis=0)
                if (np.abs(patch.astype(np.int16) - middle).max(axis=1) < 12).mean() > 0.97:
                    red, green, blue = (int(v) for v in middle)
                    element = replace(element, kind="swatch", color=(red, green, blue))
        kept.append(element)
    return kept


def _plain_areas(ground: Ground) -> list[tuple[Box, tuple[int, int, int]]]:
    """Discs and squares of one colour."""
    flat = flat_blocks(ground.image)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4, ltype=cv2.CV_32S)
    least, most = _LEAST * ground.unit, _MOST * ground.unit
    found = []
    for number in np.flatnonzero(
        (stats[:, 2] >= least) & (stats[:, 2] <= most) & (stats[:, 3] >= least) & (stats[:, 3] <= most)
    ):
        left, top, wide, high, area = (int(v) for v in stats[number])
        if number == 0 or not 0.8 <= wide / high <= 1.25 or area < 0.68 * wide * high:
            continue
        patch = ground.image[top : top + high, left : left + wide][
            labels[top : top + high, left : left + wide] == number
        ]
        red, green, blue = (int(v) for v in np.median(patch, axis=0))
        found.append((Box(left, top, left + wide + 1, top + high + 1), (red, green, blue)))
    return found


def _rows(
    areas: list[tuple[Box, tuple[int, int, int]]], unit: float
) -> list[list[tuple[Box, tuple[int, int, int]]]]:
    rows: list[list[tuple[Box, tuple[int, int, int]]]] = []
    for box, color in sorted(areas, key=lambda a: a[0].left):
        for row in rows:
            last = row[-1][0]
            level = abs(last.center[1] - box.center[1]) <= 2 * unit
            alike = (
                abs(last.width - box.width) <= 0.2 * box.width
                and abs(last.height - box.height) <= 0.2 * box.height
            )
            if level and alike and 0.9 * box.width < box.center[0] - last.center[0] < 3 * box.width:
                row.append((box, color))
                break
        else:
            rows.append([(box, color)])
    return [row for row in rows if len(row) >= 3]


def _many_coloured(row: list[tuple[Box, tuple[int, int, int]]]) -> bool:
    colors = np.array([color for _, color in row], np.int16)
    apart = np.abs(colors[:, None] - colors[None]).max(axis=2) > 30
    return bool(apart.any(axis=1).all() and len({tuple(c // 16) for c in colors}) > 0.6 * len(row))


def _lettered(row: list[tuple[Box, tuple[int, int, int]]], elements: list[Element]) -> bool:
    """Whether something is written on most of them."""
    texts = [e.box for e in elements if e.kind == "text" and len(e.text) > 0]
    return sum(any(box.contains(*t.center) for t in texts) for box, _ in row) > 0.4 * len(row)


def _same_place(element: Element, box: Box) -> bool:
    if element.kind == "text":
        return len(element.text) <= 2 and box.contains(*element.box.center)
    return element.kind in _HIDES and element.box.area < 3.2 * box.area and element.box.contains(*box.center)
