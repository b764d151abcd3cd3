"""Boxes on the screen: regions with straight or rounded sides, their borders, fills, and what contains what."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.ground import Ground


@dataclass
class Rect:
    """One box.

    Attributes:
        box: its extent with its border.
        region: its region's number in the ground.
        fill, outside: colours in it and around it. border: colour of its outline, None where there is none.
        thickness: of the border in pixels.
        outer: number of the region around it, 0 if unknown.
        parent: index of the smallest box around it, -1 for none.
        cell: it is one of a grid of boxes that touch, in more than one row and column.
        lines: indices of the lines that stand in it and in no smaller box.
    """

    box: Box
    region: int
    fill: np.ndarray
    outside: np.ndarray
    border: np.ndarray | None
    thickness: float
    outer: int
    parent: int = -1
    cell: bool = False
    lines: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)

    @property
    def filled(self) -> bool:
        """Whether its colour stands out from what is around it."""
        return far(self.fill, self.outside) > 6


def far(one: np.ndarray, other: np.ndarray) -> float:
    """Largest difference of two colours in a channel, 0–255."""
    return float(np.abs(one - other).max())


def find_boxes(ground: Ground) -> list[Rect]:
    """All boxes, smallest first, with their parents."""
    rects = []
    high, wide = ground.image.shape[:2]
    for number in range(1, len(ground.boxes)):
        left, top, right, bottom = (int(v) for v in ground.boxes[number])
        if right - left >= wide - 2 and bottom - top >= high - 2:
            continue
        sides = np.sort(ground.sides[number])
        cut = sides[1] >= 0.7 and sides[0] >= 0.25 and bottom - top > 24 * ground.unit  # text cut off at one side
        if sides[0] < 0.7 and not cut and not _is_rounded(ground, number):
            continue
        rects.append(_measure(ground, number))
    rects.sort(key=lambda rect: rect.box.area)
    for index, rect in enumerate(rects):
        for other in range(index + 1, len(rects)):
            if inside(rect.box, rects[other].box):
                rect.parent = other
                rects[other].children.append(index)
                break
    _mark_cells(rects, ground.unit)
    return rects


def inside(inner: Box, outer: Box, slack: float = 1.5) -> bool:
    """Whether a box lies in another one, with a little play."""
    return (
        inner.left >= outer.left - slack
        and inner.top >= outer.top - slack
        and inner.right <= outer.right + slack
        and inner.bottom <= outer.bottom + slack
    )


def _is_rounded(ground: Ground, number: int) -> bool:
    """Whether a region without straight sides is a box with round ends or corners: convex, and nearly full."""
    left, top, right, bottom = (int(v) for v in ground.boxes[number])
    patch = (ground.labels[top:bottom, left:right] == number).astype(np.uint8)
    contours, _ = cv2.findContours(patch, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    around = max(contours, key=cv2.contourArea)
    area = cv2.contourArea(around)
    hull = cv2.contourArea(cv2.convexHull(around))
    box = max(1, (right - left - 1) * (bottom - top - 1))
    return bool(area / box > 0.76 and area / max(1.0, hull) > 0.96)


def _measure(ground: Ground, number: int) -> Rect:
    """Border, fill and surroundings of a region, found by walking outward from the middle of each side."""
    left, top, right, bottom = (int(v) for v in ground.boxes[number])
    w, h = right - left, bottom - top
    step = max(1, min(w, h) // 16)
    patch = ground.image[top:bottom:step, left:right:step]
    on = ground.labels[top:bottom:step, left:right:step] == number
    fill = np.median(patch[on], axis=0) if on.any() else np.median(patch.reshape(-1, 3), axis=0)
    reach = round(5 * ground.unit)
    rows = slice(top + h // 3, max(top + h // 3 + 1, bottom - h // 3))
    columns = slice(left + w // 3, max(left + w // 3 + 1, right - w // 3))
    high, wide = ground.labels.shape
    outward = (
        [(rows, slice(x, x + 1)) for x in range(left - 1, max(-1, left - 1 - reach), -1)],
        [(slice(y, y + 1), columns) for y in range(top - 1, max(-1, top - 1 - reach), -1)],
        [(rows, slice(x, x + 1)) for x in range(right, min(wide, right + reach))],
        [(slice(y, y + 1), columns) for y in range(bottom, min(high, bottom + reach))],
    )
    widths, borders, outsides, outers = [], [], [], []
    for strips in outward:
        thick, edge = 0, []
        for index in strips:
            around = ground.labels[index].ravel()
            other = np.bincount(around[(around > 0) & (around != number)], minlength=1)
            if other.sum() * 2 > len(around):
                outers.append(int(other.argmax()))
                outsides.append(np.median(ground.image[index].reshape(-1, 3), axis=0))
                break
            edge.append(np.median(ground.image[index].reshape(-1, 3), axis=0))
            thick += 1
        else:
            thick, edge = min(thick, 1), edge[:1]
        widths.append(thick)
        borders.append(edge)
    outside = np.median(outsides, axis=0) if outsides else fill
    outlines = []
    for edge in borders:
        differing = [c for c in edge if min(far(c, fill), far(c, outside)) > 7]
        if differing:
            outlines.append(max(differing, key=lambda c: min(far(c, fill), far(c, outside))))
    border = np.median(outlines, axis=0) if len(outlines) >= 3 else None
    box = Box(left - widths[0], top - widths[1], right + widths[2], bottom + widths[3])
    outer = max(set(outers), key=outers.count) if outers else 0
    return Rect(box, number, fill, outside, border, float(np.median(widths)), outer)


def _mark_cells(rects: list[Rect], unit: float) -> None:
    """Mark the boxes that touch another one beside them and another one above or below: cells of a table."""
    near = 2 * unit
    for index, rect in enumerate(rects):
        beside = stacked = False
        for other_index, other in enumerate(rects):
            if other_index == index or other.parent != rect.parent:
                continue
            a, b = rect.box, other.box
            if abs(a.top - b.top) <= near and abs(a.bottom - b.bottom) <= near:
                beside |= min(abs(a.right - b.left), abs(b.right - a.left)) <= near
            if abs(a.left - b.left) <= near and abs(a.right - b.right) <= near:
                stacked |= min(abs(a.bottom - b.top), abs(b.bottom - a.top)) <= near
        rect.cell = beside and stacked
