"""Gathers the ink that may be text into lines, without a model.

Ink that lies on the same region, side by side, makes a line. A line never runs across the border of a box.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.ground import Ground
from model.embedded.eyes.proposals import Blob, between_regions, region_under


def text_lines(ground: Ground, text: np.ndarray, drawn: Sequence[tuple[int, int, int, int]]) -> list[Blob]:
    """Boxes in which text may stand: near pieces of ink joined, then pieces side by side on one region.

    `drawn` are boxes of graphics whose ink is not text.
    """
    unit = ground.unit
    text = text.copy()
    for left, top, right, bottom in drawn:
        text[top:bottom, left:right] = 0
    near = cv2.dilate(text, np.ones((1, 2 * round(unit) + 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8, ltype=cv2.CV_32S)
    pieces = []
    for number in range(1, count):
        left, top, w, h, _ = (int(v) for v in stats[number])
        part = (labels[top : top + h, left : left + w] == number) & (text[top : top + h, left : left + w] > 0)
        columns, rows = np.flatnonzero(part.any(axis=0)), np.flatnonzero(part.any(axis=1))
        box = (left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1)
        if max(w, h) <= 24 * unit and between_regions(ground, box):
            continue  # what is left of a rounded corner
        if w * h > 150 * unit * unit and _holds_region(ground, box):
            continue  # what is left of a frame
        pieces.append(Blob(box, region_under(ground, box), int(part.sum())))
    return _chain(ground, pieces)


def _holds_region(ground: Ground, box: tuple[int, int, int, int]) -> bool:
    """Whether much of the box is covered by a region other than the one around it."""
    left, top, right, bottom = box
    covered = np.bincount(ground.labels[top:bottom, left:right].ravel(), minlength=len(ground.boxes))
    covered[[0, region_under(ground, box)]] = 0
    return bool(covered.max() > 0.3 * (right - left) * (bottom - top))


def _chain(ground: Ground, pieces: list[Blob]) -> list[Blob]:
    """Chain pieces from left to right while the next one on the same region overlaps in height and is near."""
    unit = ground.unit
    pieces = sorted(pieces, key=lambda piece: piece.box[0])
    open_lines: list[list[Blob]] = []
    boxes: list[list[int]] = []
    closed: list[tuple[list[Blob], list[int]]] = []
    for piece in pieces:
        left, top, right, bottom = piece.box
        best, best_gap = -1, 1e9
        for index, box in enumerate(boxes):
            if open_lines[index][0].region != piece.region:
                continue
            tall = max(min(box[3] - box[1], 40 * unit), min(bottom - top, 40 * unit), 9 * unit)
            gap = left - box[2]
            if gap > 0.85 * tall or gap >= best_gap:
                continue
            overlap = min(box[3], bottom) - max(box[1], top)
            least = min(box[3] - box[1], bottom - top)
            together = max(box[3], bottom) - min(box[1], top)
            tallest = max(box[3] - box[1], bottom - top)
            lower = open_lines[index] if box[3] - box[1] < bottom - top else [piece]
            small = least <= 5 * unit or (least <= 0.3 * min(tallest, 60 * unit) and _is_point(lower))
            unequal = tallest > 22 * unit and tallest > 2.4 * least
            if unequal and (not small or gap > 0.4 * min(tallest, 40 * unit)):
                continue
            low = bottom - top <= 2.5 * unit and right - left >= 4 * unit and gap < 3 * unit  # underscores
            touching = overlap > (-4.5 if low else -0.5) * unit and gap < 4 * unit
            if (overlap >= 0.5 * least or (small and touching)) and together <= 1.6 * tall:
                row = (max(box[1], top) + min(box[3], bottom)) // 2
                passed = ground.labels[row, box[2] : max(left, box[2])]
                if not ((passed > 0) & (passed != piece.region)).any():
                    best, best_gap = index, gap
        if best >= 0:
            box = boxes[best]
            open_lines[best].append(piece)
            boxes[best] = [min(box[0], left), min(box[1], top), max(box[2], right), max(box[3], bottom)]
        else:
            open_lines.append([piece])
            boxes.append([left, top, right, bottom])
        still = [box[2] + 60 * unit > left for box in boxes]
        if not all(still):
            closed.extend(
                (line, box) for line, box, live in zip(open_lines, boxes, still, strict=True) if not live
            )
            open_lines = [line for line, live in zip(open_lines, still, strict=True) if live]
            boxes = [box for box, live in zip(boxes, still, strict=True) if live]
    closed.extend(zip(open_lines, boxes, strict=True))
    joined = [
        Blob((b[0], b[1], b[2], b[3]), line[0].region, sum(p.area for p in line), tuple(p.box for p in line))
        for line, b in closed
    ]
    return _with_dots(joined, unit)


def _is_point(pieces: list[Blob]) -> bool:
    """Whether it is a dot, a comma or a dash beside larger letters: compact or solid, as small words are not."""
    left, right = min(p.box[0] for p in pieces), max(p.box[2] for p in pieces)
    top, bottom = min(p.box[1] for p in pieces), max(p.box[3] for p in pieces)
    wide, high = right - left, bottom - top
    return wide <= 1.5 * high or sum(p.area for p in pieces) >= 0.7 * wide * high


def _with_dots(lines: list[Blob], unit: float) -> list[Blob]:
    """Give dots and accents that stand alone above a line, and the tails below it, to that line."""
    dots = [line for line in lines if line.height <= 10 * unit and line.width <= 1.8 * line.height]
    bodies = [line for line in lines if line not in dots]
    alone = []
    for dot in dots:
        left, top, right, bottom = dot.box
        best, best_gap = -1, max(4.5 * unit, 0.9 * dot.height)
        for index, body in enumerate(bodies):
            if dot.height > max(5 * unit, 0.3 * body.height):
                continue
            box = body.box
            if body.region != dot.region or left < box[0] - 2 * unit or right > box[2] + 2 * unit:
                continue
            gap = max(box[1] - bottom, top - box[3])
            if (
                gap < min(best_gap, 0.45 * body.height)
                and max(bottom, box[3]) - min(top, box[1]) <= 1.6 * body.height
            ):
                best, best_gap = index, gap
        if best < 0:
            alone.append(dot)
            continue
        box = bodies[best].box
        grown = (min(box[0], left), min(box[1], top), max(box[2], right), max(box[3], bottom))
        bodies[best] = Blob(grown, dot.region, bodies[best].area + dot.area, bodies[best].pieces)
    return bodies + alone


def without_carets(blobs: list[Blob], unit: float) -> tuple[list[Blob], list[Box]]:
    """Take text cursors off the lines: a thin upright stroke, taller than the text that it stands beside."""
    kept, carets = [], []
    for blob in blobs:
        if blob.width <= 1.6 * unit and blob.height >= 6 * unit:
            if 11 * unit <= blob.height <= 36 * unit:
                carets.append(Box(*blob.box))
            continue
        thin = [p for p in blob.pieces if p[2] - p[0] <= 1.6 * unit and p[3] - p[1] >= 11 * unit]
        rest = [p for p in blob.pieces if p not in thin]
        tall = [
            p for p in thin if rest and p[3] - p[1] >= 1.2 * (max(r[3] for r in rest) - min(r[1] for r in rest))
        ]
        if tall:
            carets.extend(Box(*p) for p in tall)
            rest = [p for p in blob.pieces if p not in tall]
            box = (
                min(p[0] for p in rest),
                min(p[1] for p in rest),
                max(p[2] for p in rest),
                max(p[3] for p in rest),
            )
            blob = Blob(box, blob.region, blob.area, tuple(rest))
        kept.append(blob)
    return kept, carets


def apart(blob: Blob, unit: float) -> list[tuple[int, int, int, int]]:
    """The boxes of drawings that stand side by side in one blob in which no text was read."""
    large = [p for p in blob.pieces if min(p[2] - p[0], p[3] - p[1]) >= 5 * unit]
    return large if len(large) > 1 else [blob.box]


def without_arrow(ground: Ground, blob: Blob) -> list[Blob]:
    """Part a line from a downward arrow or triangle at its end, as closed list boxes have."""
    if len(blob.pieces) < 2:
        return [blob]
    *rest, last = blob.pieces
    width, height = last[2] - last[0], last[3] - last[1]
    unit = ground.unit
    if not (5 * unit <= width <= 15 * unit and 3 * unit <= height and width >= 1.25 * height):
        return [blob]
    if last[0] - max(p[2] for p in rest) < 2 * unit:
        return [blob]
    ink = ground.ink[last[1] : last[3], last[0] : last[2]] > 0
    spans = [np.ptp(np.flatnonzero(row)) + 1 if row.any() else 0 for row in ink]
    tip = np.flatnonzero(ink[-1])
    if not len(tip) or abs(tip.mean() - (width - 1) / 2) > 0.12 * width:
        return [blob]
    if spans[-1] > 0.5 * width or max(spans[: max(1, height // 2)]) < 0.85 * width or len(ink) < 3:
        return [blob]
    box = (min(p[0] for p in rest), min(p[1] for p in rest), max(p[2] for p in rest), max(p[3] for p in rest))
    return [Blob(box, blob.region, blob.area, tuple(rest)), Blob(last, blob.region, int(ink.sum()), (last,))]


def with_underline(blob: Blob, rules: Sequence[Blob], unit: float) -> Blob:
    """Make a line's box hold the underlines that run along it just below its letters."""
    left, top, right, bottom = blob.box
    for rule in rules:
        x0, y0, x1, y1 = rule.box
        along = x0 >= left - 3 * unit and x1 <= right + 3 * unit
        if along and y1 - y0 <= 2.5 * unit and top < y0 and y1 > bottom and y0 - bottom <= 0.3 * (bottom - top):
            left, right, bottom = min(left, x0), max(right, x1), y1
    return Blob((left, top, right, bottom), blob.region, blob.area, blob.pieces)
