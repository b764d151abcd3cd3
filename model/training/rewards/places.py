"""Rewards of answers to "where is it?". What is not there earns 1 by a refusal, and nothing by a place."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from action_space.geometry import Box
from model.training.data.records import GroundingItem
from model.training.rewards.base import Case, Place, place_of


def point_in_box(cases: Sequence[Case]) -> list[float | None]:
    """1 where the point, or the middle of the box, lies in one of the right boxes, their right and bottom edges
    outside (MiMo-VL, 2506.03569, section 3.1)."""

    def inside(place: Place, boxes: list[Box]) -> float:
        return float(place.point is not None and any(box.contains(*place.point) for box in boxes))

    return [_of(case, inside) for case in cases]


def distance(cases: Sequence[Case]) -> list[float | None]:
    """exp(−½ Σ (Δ/σ)²), Δ from the middle of the right box, σ half its side (GUI-G², 2507.15846).

    At the middle of an edge it is exp(−½) = .61. Of several right boxes the best counts.
    """

    def near(place: Place, boxes: list[Box]) -> float:
        if place.point is None:
            return 0.0
        x, y = place.point
        return max(_gaussian(x + 0.5, y + 0.5, box) for box in boxes)

    return [_of(case, near) for case in cases]


def iou(cases: Sequence[Case]) -> list[float | None]:
    """Intersection over union of the answer's box with the best of the right ones; a mere point earns nothing."""
    return [_of(case, lambda place, boxes: max(place.box.iou(b) for b in boxes) if place.box else 0.0)
            for case in cases]  # fmt: skip


def giou(cases: Sequence[Case]) -> list[float | None]:
    """Generalised IoU (Rezatofighi et al., 1902.09630), from [−1, 1] to [0, 1] by (1 + GIoU) / 2: boxes that miss
    still learn which way. MiMo-VL rewards by GIoU and does not say how it is brought to [0, 1]."""

    def overlap(place: Place, boxes: list[Box]) -> float:
        return max((1 + _generalised(place.box, box)) / 2 for box in boxes) if place.box else 0.0

    return [_of(case, overlap) for case in cases]


def _of(case: Case, score: Callable[[Place, list[Box]], float]) -> float | None:
    """Refusals are the same for all; records that ask for no place have no such reward."""
    item = case.record
    if not isinstance(item, GroundingItem):
        return None
    place = place_of(case)
    if item.absent or place.refused:
        return float(item.absent and place.refused)
    return min(1.0, max(0.0, score(place, [Box(*box) for box in item.boxes])))


def _gaussian(x: float, y: float, box: Box) -> float:
    (middle_x, middle_y), half_x, half_y = box.center, box.width / 2, box.height / 2
    if half_x <= 0 or half_y <= 0:
        return 0.0
    return math.exp(-0.5 * (((x - middle_x) / half_x) ** 2 + ((y - middle_y) / half_y) ** 2))


def _generalised(one: Box, other: Box) -> float:
    around = one.union(other).area
    both = one.area + other.area - one.intersection(other).area
    return one.iou(other) - (around - both) / around if around > 0 else 0.0
