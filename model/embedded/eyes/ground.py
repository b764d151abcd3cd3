"""The ground of a screenshot: areas of one colour, and the ink that lies on them.

User interfaces are drawn as flat areas with ink on top. `survey` labels the flat areas ("regions") exactly,
without a model: a region is a set of 2×2 blocks of nearly equal pixels that hang together, so lines one pixel thin
and the
smoothed edges of glyphs separate regions and belong to none. What no large region covers is ink.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

FLAT_STEP = 6
"""Largest difference of neighbouring pixels (0–255, worst channel) inside a region: follows soft gradients."""

GROUND_STEP = 16
"""Largest difference from the region's colour at which a pixel in a narrow gap still counts as ground."""


@dataclass(frozen=True)
class Ground:
    """Regions and ink of one picture; coordinates in pixels of the picture.

    Attributes:
        image: height × width × 3, RGB.
        unit: pixels per CSS pixel as far as the thinnest lines show it: 1.0, 2.0 or 3.0.
        labels: height × width, the number of the large region that covers a pixel, 0 for ink.
        boxes: one row per region number: left, top, right, bottom (exclusive).
        areas: pixels per region.
        sides: per region, the share of its left, top, right, bottom side that runs straight along its box.
        colors: mean colour of each region, RGB.
        ink: height × width, 255 where no large region covers the pixel.
    """

    image: np.ndarray
    unit: float
    labels: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    sides: np.ndarray
    colors: np.ndarray
    ink: np.ndarray


def flat_blocks(image: np.ndarray, step: int = FLAT_STEP) -> np.ndarray:
    """Mask (height-1 × width-1, 0/1) of the pixels that begin a 2×2 block of nearly equal pixels."""
    right = cv2.absdiff(image[:, 1:], image[:, :-1])
    below = cv2.absdiff(image[1:], image[:-1])
    across = cv2.inRange(right, (0, 0, 0), (step, step, step))
    down = cv2.inRange(below, (0, 0, 0), (step, step, step))
    flat = cv2.bitwise_and(across[:-1], across[1:])
    flat = cv2.bitwise_and(flat, down[:, :-1])
    flat = cv2.bitwise_and(flat, down[:, 1:])
    return np.asarray(flat > 0, np.uint8)


def pixel_unit(image: np.ndarray) -> float:
    """Pixels per CSS pixel (1.0, 2.0 or 3.0), judged by the thinnest lines, which are one CSS pixel."""
    gray = cv2.cvtColor(np.ascontiguousarray(image[:, ::2]), cv2.COLOR_RGB2GRAY).astype(np.int16)
    if len(gray) < 6:
        return 1.0
    step = np.abs(np.diff(gray, axis=0))
    edge, flat = step > 30, step <= 12
    # Lines of exactly one, two or three rows with the same ground above and below.
    one = edge[:-1] & edge[1:] & _same(gray, 2)
    two = edge[:-2] & flat[1:-1] & edge[2:] & _same(gray, 3)
    three = edge[:-3] & flat[1:-2] & flat[2:-1] & edge[3:] & _same(gray, 4)
    counts = [int(lines.sum()) for lines in (one, two, three)]
    if sum(counts) < 40:  # hardly any: take borders between two grounds as well
        turned = np.diff(gray, axis=0)
        counts[0] += int((edge[:-1] & edge[1:] & (turned[:-1] * turned[1:] < 0)).sum())
        counts[1] += int((edge[:-2] & flat[1:-1] & edge[2:] & (turned[:-2] * turned[2:] < 0)).sum())
    if sum(counts) < 10 or counts[0] >= 0.9 * counts[1]:
        return 1.0
    return 2.0 if counts[1] >= 0.9 * counts[2] else 3.0


def _same(gray: np.ndarray, apart: int) -> np.ndarray:
    """Where rows that many pixels apart are alike."""
    return np.abs(gray[apart:] - gray[:-apart]) <= 12


def _is_knobbed(labels: np.ndarray, number: int, left: int, top: int, w: int, h: int) -> bool:
    """Whether a long flat area is thin for most of its length: a bar with one thicker place."""
    tall = (labels[top : top + h, left : left + w] == number).sum(axis=0)
    return float(np.median(tall)) <= 0.65 * h and float((tall > 0.85 * h).mean()) < 0.3


def survey(image: np.ndarray) -> Ground:
    """Label the flat areas of a picture (height × width × 3, uint8) and find its ink."""
    flat = flat_blocks(image)
    unit = pixel_unit(image)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4, ltype=cv2.CV_32S)
    width, height, area = stats[:, 2] + 1, stats[:, 3] + 1, stats[:, 4]
    maybe = (width >= 10 * unit) & (height >= 10 * unit) & (area >= 60 * unit * unit)
    maybe[0] = False
    keep = np.zeros(count, np.int32)
    boxes, areas, sides = [(0, 0, 0, 0)], [0], [(0.0, 0.0, 0.0, 0.0)]
    for number in (int(n) for n in np.flatnonzero(maybe)):
        left, top, w, h, size = (int(v) for v in stats[number])
        straight = _sides(labels, number, left, top, w, h)
        ordered = sorted(straight)
        cut = ordered[1] >= 0.7 and ordered[0] >= 0.25 and size >= 200 * unit * unit  # text reaches one side
        boxy = ordered[0] >= 0.7 or cut
        huge = w >= 24 * unit and h >= 12 * unit and size >= 700 * unit * unit
        if not boxy and w >= 3.5 * h and h <= 34 * unit and _is_knobbed(labels, number, left, top, w, h):
            continue  # the filled track of a slider: ink, with its thumb
        if (boxy or huge) and not (size < 0.5 * w * h and _is_ring(labels, number, left, top, w, h, unit)):
            keep[number] = len(boxes)
            boxes.append((left, top, left + w + 1, top + h + 1))
            areas.append(size)
            sides.append(straight)
    blocks = keep[labels].astype(np.int32)
    full = np.zeros(image.shape[:2], np.float32)
    full[:-1, :-1] = blocks
    # A block covers four pixels: spread its number right and down. Blocks of different regions never share one.
    spread = cv2.dilate(full, np.ones((2, 2), np.uint8), anchor=(1, 1))
    covered = spread.astype(np.int32)
    colors = region_colors(image, covered, len(boxes))
    ink = _ink(image, spread, covered, colors)
    return Ground(image, unit, covered, np.array(boxes, np.int32), np.array(areas), np.array(sides), colors, ink)


def region_colors(image: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Mean colour of each region, RGB."""
    flat, sample = labels[::2, ::2].ravel(), image[::2, ::2].reshape(-1, 3)
    pixels = np.maximum(np.bincount(flat, minlength=count), 1)
    sums = [np.bincount(flat, weights=sample[:, channel], minlength=count) for channel in range(3)]
    return (np.stack(sums, axis=1) / pixels[:, None]).astype(np.float32)


def _ink(image: np.ndarray, spread: np.ndarray, covered: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Uncovered pixels, less those in narrow gaps that have the colour of the region near them."""
    kernel = np.ones((7, 7), np.uint8)
    highest = cv2.dilate(spread, kernel)
    lowest = cv2.erode(np.where(spread == 0, np.float32(1e6), spread), kernel)
    ink = covered == 0
    pixels = image[ink].astype(np.float32)
    drawn = np.ones(len(pixels), bool)
    for near in (highest, lowest):  # beside a border two regions are near
        number = near[ink]
        known = (number > 0) & (number < 1e6)
        ground = colors[np.where(known, number, 0).astype(np.int32)]
        drawn &= ~known | (np.abs(pixels - ground).max(axis=1) > GROUND_STEP)
    found = np.zeros(covered.shape, np.uint8)
    found[ink] = np.where(drawn, 255, 0)
    return found


def _is_ring(labels: np.ndarray, number: int, left: int, top: int, w: int, h: int, unit: float) -> bool:
    """Whether a region is only a thick border: nothing of it lies further in."""
    inset = round(min(6 * unit, 0.3 * min(w, h)))
    return not (labels[top + inset : top + h - inset, left + inset : left + w - inset] == number).any()


def _sides(
    labels: np.ndarray, number: int, left: int, top: int, w: int, h: int
) -> tuple[float, float, float, float]:
    """Shares of the four sides of a region's box that the region touches, corners left out."""
    cut_x, cut_y = min(w // 4, 10), min(h // 4, 10)
    rows, columns = slice(top + cut_y, top + h - cut_y), slice(left + cut_x, left + w - cut_x)
    strips = (
        labels[rows, left],
        labels[top, columns],
        labels[rows, left + w - 1],
        labels[top + h - 1, columns],
    )
    one, two, three, four = (float(np.mean(strip == number)) if strip.size else 0.0 for strip in strips)
    return one, two, three, four
