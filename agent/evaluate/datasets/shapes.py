"""Targets on a picture: a box, a polygon, or nothing at all (the right answer is to refuse)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from agent.evaluate.datasets.base import Point, Sides

Kind = Literal["box", "polygon", "refusal"]


@dataclass(frozen=True)
class Target:
    """Where the right answer lies.

    Attributes:
        kind: what it is.
        numbers: four sides of a box; x, y, x, y … of a polygon; none for a refusal. Pixels of the picture.
    """

    kind: Kind
    numbers: tuple[float, ...] = ()

    def holds(self, point: Point) -> bool:
        """Whether the point lies in it. The edge of a box belongs to it; a refusal holds no point."""
        if self.kind == "box":
            left, top, right, bottom = self.numbers
            return left <= point[0] <= right and top <= point[1] <= bottom
        return self.kind == "polygon" and _inside(point, self.corners)

    @property
    def corners(self) -> list[Point]:
        """The corners of a box or polygon, in order."""
        if self.kind == "box":
            left, top, right, bottom = self.numbers
            return [(left, top), (right, top), (right, bottom), (left, bottom)]
        return list(zip(self.numbers[::2], self.numbers[1::2], strict=True))

    @property
    def bounds(self) -> Sides | None:
        """The smallest box around it; None for a refusal."""
        if self.kind == "refusal":
            return None
        xs, ys = zip(*self.corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def area_within(self, width: float, height: float) -> float:
        """Square pixels of it that lie within a picture of that size."""
        if self.kind == "refusal":
            return 0.0
        return _area(_clipped(self.corners, width, height))

    def inner_point(self) -> Point | None:
        """A point that lies in it; None for a refusal, or if there is none."""
        bounds = self.bounds
        if bounds is None:
            return None
        middle = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
        if self.holds(middle):
            return middle
        # The middle of a hollow polygon may lie outside: look along horizontal lines between its corners.
        heights = sorted({y for _, y in self.corners})
        for above, below in pairwise(heights):
            if inner := _on_line(self.corners, (above + below) / 2):
                return inner
        return None

    def to_json(self) -> dict[str, Any]:
        """`{"box": [...]}`, `{"polygon": [...]}` or `{"refusal": true}`."""
        return {self.kind: list(self.numbers) or True}


def iou(a: Sides, b: Sides) -> float:
    """Intersection over union of two boxes, 0–1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    common = max(0.0, width) * max(0.0, height)
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    return common / both if both > 0 else 0.0


def middle(box: Sides) -> Point:
    """The centre of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _inside(point: Point, corners: Sequence[Point]) -> bool:
    """Even-odd rule: an odd number of edges lies to the right of a point within."""
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            odd = not odd
    return odd


def _on_line(corners: Sequence[Point], y: float) -> Point | None:
    """The middle of the first stretch of the polygon on a horizontal line that meets no corner."""
    cuts = sorted(
        ax + (y - ay) * (bx - ax) / (by - ay)
        for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True)
        if (ay > y) != (by > y)
    )
    return ((cuts[0] + cuts[1]) / 2, y) if len(cuts) > 1 and cuts[1] > cuts[0] else None


def _clipped(corners: list[Point], width: float, height: float) -> list[Point]:
    """The polygon cut off at the edges of the picture (Sutherland and Hodgman, 1974)."""
    for axis, limit, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
        kept: list[Point] = []
        for a, b in zip(corners, [*corners[1:], *corners[:1]], strict=True):
            a_in, b_in = sign * (a[axis] - limit) >= 0, sign * (b[axis] - limit) >= 0
            if a_in:
                kept.append(a)
            if a_in != b_in:
                share = (limit - a[axis]) / (b[axis] - a[axis])
                kept.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
        corners = kept
    return corners


def _area(corners: Sequence[Point]) -> float:
    turned = zip(corners, [*corners[1:], *corners[:1]], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in turned)) / 2
