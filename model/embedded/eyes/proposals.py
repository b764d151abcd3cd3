"""Sorts the ink of a picture: what may be text, and the frames, rules, check boxes and pictures that are none."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from model.embedded.eyes.ground import Ground


@dataclass(frozen=True)
class Blob:
    """Ink. `box`: left, top, right, bottom (exclusive); `region`: the region it lies on; `area` in pixels.

    `pieces`: the boxes of what a line was joined from, from left to right.
    """

    box: tuple[int, int, int, int]
    region: int
    area: int
    pieces: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Proposals:
    """Ink sorted by what it may be.

    Attributes:
        text: mask (255) of the ink that may be text; `text_lines` gathers it.
        marks: small solid or framed graphics: check boxes, radios, dots, triangles, icons.
        motley: small ink of several colours: icons, emoji.
        frames: ink that surrounds a region: borders.
        rules: straight thin lines.
        bars: long thin ink with one thicker place: sliders.
        pictures: large ink that is neither text nor frame.
    """

    text: np.ndarray
    marks: tuple[Blob, ...]
    motley: tuple[Blob, ...]
    frames: tuple[Blob, ...]
    rules: tuple[Blob, ...]
    bars: tuple[Blob, ...]
    pictures: tuple[Blob, ...]


def propose(ground: Ground) -> Proposals:
    """Sort the ink of a picture."""
    unit = ground.unit
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ground.ink, connectivity=8, ltype=cv2.CV_32S)
    kind = np.zeros(count, np.uint8)  # 1: text, 2: set aside
    marks, frames, rules, bars, pictures, motley = [], [], [], [], [], []
    loose: list[tuple[int, int, np.ndarray]] = []
    for number in range(1, count):
        left, top, w, h, area = (int(v) for v in stats[number])
        blob = Blob((left, top, left + w, top + h), 0, area)
        fill = area / (w * h)
        thin = 4 * unit
        if (h <= thin and w >= 24 * unit and w >= 8 * h) or (w <= thin and h >= 24 * unit):
            rules.append(blob)
        elif (
            w >= 24 * unit
            and h >= 14 * unit
            and fill < 0.6
            and _is_frame(ground, patch := _patch(labels, number, blob))
        ):
            rest = _off_the_lines(ground, patch, left, top)
            frames.append(blob)
            loose.append((left, top, rest))
        elif thumb_of(labels[top : top + h, left : left + w] == number, unit) is not None:
            bars.append(blob)
        elif h > 70 * unit or (h > 40 * unit and fill > 0.75):
            pictures.append(blob)
        elif _is_square_mark(ground, labels, number, blob):
            marks.append(blob)
        elif 10 * unit <= h and 9 * unit <= w <= 4 * h and _is_motley(ground, labels, number, blob):
            motley.append(blob)
        else:
            kind[number] = 255
    marks = _put_back(marks, stats[kind == 255], unit, kind, stats)
    text = kind[labels]
    for left, top, rest in loose:
        text[top : top + rest.shape[0], left : left + rest.shape[1]] |= rest
    return Proposals(
        text,
        tuple(_on_region(ground, marks)),
        tuple(_on_region(ground, motley)),
        tuple(_on_region(ground, frames)),
        tuple(_on_region(ground, rules)),
        tuple(_on_region(ground, bars)),
        tuple(_on_region(ground, pictures)),
    )


def _patch(labels: np.ndarray, number: int, blob: Blob) -> np.ndarray:
    """The blob's own pixels within its box."""
    left, top, right, bottom = blob.box
    return labels[top:bottom, left:right] == number


def _off_the_lines(ground: Ground, patch: np.ndarray, left: int, top: int) -> np.ndarray:
    """What hangs on a frame without being part of its straight lines: letters that touch a border (mask, 255).

    `patch` is the frame's mask, whose first pixel lies at `left`, `top`.
    """
    mask = patch.astype(np.uint8) * 255
    rest = cv2.subtract(mask, _straight(mask, round(16 * ground.unit)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8)
    for number in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[number])
        box = (left + x, top + y, left + x + w, top + y + h)
        if h < 4 * ground.unit or between_regions(ground, box):
            rest[labels == number] = 0  # a rounded corner
    return rest


def _is_motley(ground: Ground, labels: np.ndarray, number: int, blob: Blob) -> bool:
    """Whether ink has several colours, as icons and emoji have and letters have not."""
    left, top, right, bottom = blob.box
    inked = labels[top:bottom, left:right] == number
    pixels = ground.image[top:bottom, left:right][inked].astype(np.float32)
    around = ground.labels[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2]
    region = int(np.bincount(around.ravel())[1:].argmax()) + 1 if (around > 0).any() else 0
    away = pixels - (ground.colors[region] if region else pixels.mean(axis=0))
    length = np.linalg.norm(away, axis=1)
    strong = away[length > 40]
    if len(strong) < 12:
        return False
    main = strong[np.linalg.norm(strong, axis=1).argmax()]
    main = main / np.linalg.norm(main)
    beside = strong - np.outer(strong @ main, main)
    return float(np.mean(np.linalg.norm(beside, axis=1) > 45)) > 0.12


def thumb_of(patch: np.ndarray, unit: float) -> tuple[int, int] | None:
    """Columns (first, past the last) of the thumb of a slider whose ink is `patch`, None if it is no slider."""
    h, w = patch.shape
    if not (w >= 50 * unit and 8 * unit <= h <= 34 * unit and w >= 3.5 * h):
        return None
    heights = np.where(patch.any(axis=0), h - patch[::-1].argmax(axis=0) - patch.argmax(axis=0), 0)
    thin = float(np.median(heights))
    if thin > 0.75 * h or heights.min() < 1:
        return None
    tall = np.flatnonzero(heights > (thin + h) / 2)
    if not len(tall):
        return None
    size = tall[-1] - tall[0] + 1
    middle = np.flatnonzero(patch.mean(axis=1) > 0.4).mean() if (patch.mean(axis=1) > 0.4).any() else -h
    if not (len(tall) >= 0.8 * size and 5 * unit <= size <= 1.6 * h and abs(middle - (h - 1) / 2) <= 0.25 * h):
        return None
    rest = np.delete(heights, range(max(0, tall[0] - h // 2), min(w, tall[-1] + 1 + h // 2)))
    if not len(rest) or np.ptp(np.percentile(rest, (5, 95))) > max(3 * unit, 0.4 * thin):
        return None
    return int(tall[0]), int(tall[-1]) + 1


def _put_back(
    marks: list[Blob], letters: np.ndarray, unit: float, kind: np.ndarray, stats: np.ndarray
) -> list[Blob]:
    """Marks that stand as close to a letter as letters do are letters themselves ("O", "0"): give them back."""
    kept = list(marks)
    while True:
        returned = []
        for mark in kept:
            left, top, right, bottom = mark.box
            gap = np.maximum(letters[:, 0] - right, left - (letters[:, 0] + letters[:, 2]))
            overlap = np.minimum(letters[:, 1] + letters[:, 3], bottom) - np.maximum(letters[:, 1], top)
            reach = max(2 * unit, (0.24 if mark.height >= 20 * unit else 0.15) * mark.height)
            close = (gap >= -1) & (gap <= reach) & (overlap >= 1)
            least = 0.6 * mark.height if mark.height >= 20 * unit else 0
            alike = (letters[:, 3] <= 1.7 * mark.height) & (letters[:, 3] >= least)
            if (close & alike).any():
                returned.append(mark)
        if not returned:
            return kept
        kept = [mark for mark in kept if mark not in returned]
        for left, top, right, _ in (mark.box for mark in returned):
            number = np.flatnonzero((stats[:, 0] == left) & (stats[:, 1] == top) & (stats[:, 2] == right - left))
            kind[number] = 255
            letters = np.vstack([letters, stats[number]])


def _is_frame(ground: Ground, patch: np.ndarray) -> bool:
    """Whether ink is an outline or a grid: much of it is long straight lines, and it has a straight outer side."""
    length = round(16 * ground.unit)
    straight = _straight(patch.astype(np.uint8) * 255, length)
    across = max(float(patch[row].mean()) for row in (0, min(1, len(patch) - 1), -1))
    down = max(float(patch[:, column].mean()) for column in (0, -1))
    return (across > 0.5 or down > 0.5) and float((straight > 0).sum()) > 0.35 * patch.sum()


def _straight(mask: np.ndarray, length: int) -> np.ndarray:
    """The parts of a mask that are horizontal or vertical runs of at least `length` pixels."""
    wide = cv2.copyMakeBorder(mask, length, length, length, length, cv2.BORDER_CONSTANT, value=0)
    flat = cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    upright = cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    return cv2.bitwise_or(flat, upright)[length:-length, length:-length]


def _is_square_mark(ground: Ground, labels: np.ndarray, number: int, blob: Blob) -> bool:
    """Whether the blob is a small square or disc, outlined or solid: no letter fills its box's sides like that."""
    unit = ground.unit
    w, h = blob.width, blob.height
    if not (11 * unit <= max(w, h) <= 64 * unit and 10 * unit <= min(w, h) <= 34 * unit):
        return False
    left, top, right, bottom = blob.box
    patch = labels[top:bottom, left:right] == number
    if w / h > 2.4 or h / w > 1.12:
        return False
    contours, _ = cv2.findContours(patch.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    around = max(contours, key=cv2.contourArea)
    area = cv2.contourArea(around)
    convex = area / max(1.0, cv2.contourArea(cv2.convexHull(around)))
    if w / h > 1.12:  # a pill: both ends round, nothing cut in
        corner = max(1, h // 6)
        ends = [
            patch[:corner, :corner],
            patch[:corner, -corner:],
            patch[-corner:, :corner],
            patch[-corner:, -corner:],
        ]
        if max(float(end.mean()) for end in ends) > 0.6:
            return False
        return h >= 12 * unit and w / h >= 1.3 and convex > 0.96 and area / ((w - 1) * (h - 1)) > 0.82
    cut_x, cut_y = max(2, round(w * 0.25)), max(2, round(h * 0.25))
    sides = [
        patch[cut_y:-cut_y, 0].mean(),
        patch[cut_y:-cut_y, -1].mean(),
        patch[0, cut_x:-cut_x].mean(),
        patch[-1, cut_x:-cut_x].mean(),
    ]
    if min(sides) > 0.9:
        return True
    # A disc or ring: the outline touches the four sides in the middle and leaves the four corners free.
    if max(w, h) - min(w, h) > max(1, 0.08 * w):
        return False
    middle = slice(round(w * 0.4), max(round(w * 0.4) + 1, round(w * 0.6)))
    touch = [patch[0, middle].mean(), patch[-1, middle].mean(), patch[middle, 0].mean(), patch[middle, -1].mean()]
    if min(touch) < 0.8:
        return False
    contours, _ = cv2.findContours(patch.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    around = max(contours, key=cv2.contourArea)
    return cv2.contourArea(around) / max(1, (w - 1) * (h - 1)) >= 0.60 and w >= 11 * unit


def region_under(ground: Ground, box: tuple[int, int, int, int]) -> int:
    """The region that lies around a box: the one met most often just outside its sides."""
    left, top, right, bottom = box
    high, wide = ground.labels.shape
    seen: list[int] = []
    for reach in (1, 2, 4):
        x0, x1 = max(0, left - reach), min(wide - 1, right - 1 + reach)
        y0, y1 = max(0, top - reach), min(high - 1, bottom - 1 + reach)
        for column in (x0, x1):
            seen.extend(ground.labels[y0 : y1 + 1, column].tolist())
        for row in (y0, y1):
            seen.extend(ground.labels[row, x0 : x1 + 1].tolist())
        counts = np.bincount(seen)
        counts[0] = 0
        if counts.sum() >= 6:
            return int(counts.argmax())
    return 0


def _on_region(ground: Ground, blobs: list[Blob]) -> list[Blob]:
    return [Blob(blob.box, region_under(ground, blob.box), blob.area) for blob in blobs]


def between_regions(ground: Ground, box: tuple[int, int, int, int]) -> bool:
    """Whether more than one region touches the box."""
    left, top, right, bottom = box
    around = ground.labels[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1]
    return len(np.unique(around[around > 0])) > 1
