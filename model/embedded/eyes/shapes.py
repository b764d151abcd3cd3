"""Drawn geometric shapes: circles, squares, triangles, stars …, found and named from their outlines.

Blobs that differ from the background of their region are cut out, enlarged with their anti-aliased edge, and their
outer contour is compared with an ellipse, with polygons of few corners and with a few concave figures. What fits
none of them well is no shape. Letters and digits are left to whoever reads text: pass their boxes as `ignore`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.outlines import classify
from model.embedded.screen import Element

# Shape name → words for it; a word may stand for several shapes.
SHAPES: Final[dict[str, tuple[str, ...]]] = {
    "circle": ("circle", "round", "dot", "ball", "disc", "disk", "圆", "圆形", "圆圈", "圆点"),
    "ellipse": ("ellipse", "oval", "椭圆", "椭圆形"),
    "square": ("square", "正方形", "方块", "方形"),
    "rectangle": ("rectangle", "box", "block", "bar", "矩形", "长方形", "方块", "方形"),
    "diamond": ("diamond", "rhombus", "菱形"),
    "parallelogram": ("parallelogram", "平行四边形"),
    "trapezoid": ("trapezoid", "trapezium", "梯形"),
    "triangle": ("triangle", "三角", "三角形"),
    "pentagon": ("pentagon", "五边形"),
    "hexagon": ("hexagon", "六边形"),
    "octagon": ("octagon", "八边形"),
    "star": ("star", "星", "星形", "五角星", "星星"),
    "cross": ("cross", "plus", "十字", "十字形"),
    "arrow": ("arrow", "箭头"),
    "heart": ("heart", "心", "心形", "爱心"),
    "line": ("line", "segment", "stroke", "线", "直线", "线段"),
}

# What is also rightly called by another shape's name.
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "circle": ("ellipse",),
    "square": ("rectangle", "diamond"),
    "diamond": ("square",),
}


@dataclass(frozen=True)
class _Blob:
    """A blob's outline: `alpha` 0–1 over `box`, and its colours."""

    box: tuple[int, int, int, int]  # left, top, right, bottom in image pixels
    alpha: np.ndarray
    color: tuple[int, int, int]


def is_a(name: str, word: str) -> bool:
    """Whether a shape called `name` here may be meant by `word` ("square" by "rectangle" or "方块")."""
    word = word.strip().lower()
    return any(word == w or word == w + "s" for n in (name, *KINDS.get(name, ())) for w in SHAPES.get(n, ()))


def sizes(elements: Sequence[Element]) -> list[str]:
    """For each element "small" or "large" beside the others, or "" where all are about the same.

    The border lies at the widest relative gap between areas, if that gap is at least a factor of 1.4.
    """
    areas = [max(1.0, e.box.area) for e in elements]
    if len(areas) < 2:
        return [""] * len(areas)
    order = sorted(areas)
    gap, low = max((b / a, a) for a, b in pairwise(order))
    return [("small" if a <= low else "large") if gap >= 1.4 else "" for a in areas]


def find(
    image: np.ndarray,
    regions: Iterable[Box] | None = None,
    ignore: Iterable[Box] = (),
    *,
    smallest: int = 7,
    largest: int = 260,
) -> list[Element]:
    """The drawn shapes of an image, in reading order.

    Args:
        image: RGB, 0–255.
        regions: parts of the image to look at, in its pixels; default: the whole.
        ignore: boxes of text; a blob whose middle lies in one is skipped.
        smallest, largest: bounds of a shape's longer side in pixels.
    """
    whole = Box(0, 0, image.shape[1], image.shape[0])
    skip, found = list(ignore), []
    for region in [whole] if regions is None else regions:
        part = region.intersection(whole)
        box = (math.floor(part.left), math.floor(part.top), math.ceil(part.right), math.ceil(part.bottom))
        if part.area > 0:
            found += _search(image, box, skip, smallest, largest, 0)
    return sorted(found, key=lambda e: (e.box.top // 8, e.box.left))


def _search(
    image: np.ndarray, box: tuple[int, int, int, int], skip: list[Box], smallest: int, largest: int, depth: int
) -> list[Element]:
    left, top, right, bottom = box
    view = image[top:bottom, left:right, :3]
    ground = _mode(view)
    diff = np.abs(view.astype(np.int16) - ground).max(axis=2).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((diff > 24).astype(np.uint8), connectivity=8)
    found: list[Element] = []
    for i in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[i])
        if max(w, h) < smallest or area < smallest:
            continue
        cx, cy = left + x + w / 2, top + y + h / 2
        if any(b.contains(cx, cy) for b in skip):
            continue
        if max(w, h) > largest:
            # A panel or frame: its inside has a background of its own.
            if depth < 3 and min(w, h) > 2 * smallest and w * h < 0.98 * (right - left) * (bottom - top):
                inner = (left + x + 2, top + y + 2, left + x + w - 2, top + y + h - 2)
                found += _search(image, inner, skip, smallest, largest, depth + 1)
            continue
        found += _shapes_of(view, ground, diff, labels, i, (x, y, x + w, y + h), (left, top), skip, smallest)
    return found


def _shapes_of(
    view: np.ndarray,
    ground: np.ndarray,
    diff: np.ndarray,
    labels: np.ndarray,
    label: int,
    box: tuple[int, int, int, int],
    origin: tuple[int, int],
    skip: list[Box],
    smallest: int,
) -> list[Element]:
    """The shapes of one blob: itself, or its parts by colour where shapes touch."""
    x0, y0, x1, y1 = max(0, box[0] - 1), max(0, box[1] - 1), box[2] + 1, box[3] + 1
    pixels, own = view[y0:y1, x0:x1], labels[y0:y1, x0:x1] == label
    near = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    strength = np.where(
        near & ((labels[y0:y1, x0:x1] == label) | (labels[y0:y1, x0:x1] == 0)), diff[y0:y1, x0:x1], 0
    )
    peak = float(np.percentile(strength[own], 75))
    strongest = np.median(pixels[own & (strength >= np.percentile(strength[own], 95))], axis=0)
    full = (
        (int(strongest[0]), int(strongest[1]), int(strongest[2])),
        0.0,
    )  # a thin line's own colour is rare in it
    common = [*_colors(pixels, own), full]
    colors = [c for c in common if not _blend(c[0], ground, common)]
    blob = _Blob(
        (origin[0] + x0, origin[1] + y0, origin[0] + x1, origin[1] + y1),
        np.minimum(1.0, strength / max(peak, 1.0)).astype(np.float32),
        colors[0][0] if colors else full[0],
    )
    name, score = classify(blob.alpha)
    split = [c for c, share in colors if share > 0.1]
    if name and (len(split) < 2 or score > 0.94):
        return [_element(blob, name, score)]
    if len(split) < 2:
        return []
    parts: list[Element] = []
    for color in split:
        gap = np.abs(pixels.astype(np.int16) - np.array(color)).max(axis=2)
        count, sub, stats, _ = cv2.connectedComponentsWithStats((gap < 40).astype(np.uint8), connectivity=4)
        for i in range(1, count):
            x, y, w, h, area = (int(v) for v in stats[i])
            middle = (blob.box[0] + x + w / 2, blob.box[1] + y + h / 2)
            if max(w, h) < smallest or area < 2 * smallest or not own[sub == i].mean() > 0.5:
                continue
            if any(b.contains(*middle) for b in skip):
                continue
            part = np.pad((sub[y : y + h, x : x + w] == i).astype(np.float32), 1)
            piece = _Blob(
                (blob.box[0] + x - 1, blob.box[1] + y - 1, blob.box[0] + x + w + 1, blob.box[1] + y + h + 1),
                part,
                color,
            )
            name, score = classify(part)
            if name and name != "line":
                parts.append(_element(piece, name, score))
    # An outline and its filling are one shape: the filling's colour, the outline's box.
    parts.sort(key=lambda e: -e.box.area)
    kept: list[Element] = []
    for part_ in parts:
        around = next((k for k in kept if k.name == part_.name and _same_centre(k.box, part_.box)), None)
        if around is None:
            kept.append(part_)
        else:
            kept[kept.index(around)] = Element(
                "shape", around.box, name=around.name, color=part_.color, confidence=around.confidence
            )
    return kept


def _same_centre(outer: Box, inner: Box) -> bool:
    (ax, ay), (bx, by) = outer.center, inner.center
    return abs(ax - bx) < 2.5 and abs(ay - by) < 2.5 and inner.area > 0.4 * outer.area


def _element(blob: _Blob, name: str, score: float) -> Element:
    ys, xs = np.nonzero(blob.alpha > 0.4)
    box = Box(
        blob.box[0] + int(xs.min()),
        blob.box[1] + int(ys.min()),
        blob.box[0] + int(xs.max()) + 1,
        blob.box[1] + int(ys.max()) + 1,
    )
    return Element("shape", box, name=name, color=blob.color, confidence=round(min(1.0, score), 3))


def _mode(view: np.ndarray) -> np.ndarray:
    """The most common colour of a region."""
    coarse = (view >> 3).astype(np.int32)
    keys = (coarse[..., 0] << 10) | (coarse[..., 1] << 5) | coarse[..., 2]
    best = np.bincount(keys.ravel(), minlength=32768).argmax()
    return np.asarray(np.median(view[keys == best], axis=0), np.int16)


def _colors(pixels: np.ndarray, mask: np.ndarray) -> list[tuple[tuple[int, int, int], float]]:
    """The distinct colours of the masked pixels with their shares, the commonest first."""
    values = pixels[mask].astype(np.int16)
    left, result = values, []
    for _ in range(6):
        if len(left) < max(4, 0.05 * len(values)):
            break
        keys = (left[:, 0] >> 4 << 8) | (left[:, 1] >> 4 << 4) | (left[:, 2] >> 4)
        center = np.median(left[keys == np.bincount(keys, minlength=4096).argmax()], axis=0)
        close = np.abs(left - center).max(axis=1) < 40
        color = (int(center[0]), int(center[1]), int(center[2]))
        result.append((color, float(close.sum() / len(values))))
        left = left[~close]
    return result


def _blend(
    color: tuple[int, int, int], ground: np.ndarray, others: list[tuple[tuple[int, int, int], float]]
) -> bool:
    """Whether a colour is only the soft edge of another one against the background."""
    c = np.array(color, np.float64) - ground
    for other, _ in others:
        o = np.array(other, np.float64) - ground
        share = float(c @ o) / max(1.0, float(o @ o))
        if other != color and share < 0.85 and float(np.abs(c - share * o).max()) < 16:
            return True
    return False
