"""Names the shape of one outline: an ellipse, a polygon of few corners, a concave figure, a line, or none."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

_POLYGONS: Final = {3: "triangle", 5: "pentagon", 6: "hexagon", 8: "octagon"}
_GOOD: Final = 0.90  # share of agreement below which a blob is no shape
_GOOD_SMALL: Final = 0.85  # the same for a blob of few pixels
_DETAIL: Final = 128  # pixels of the longer side at which a contour is judged


def classify(alpha: np.ndarray) -> tuple[str, float]:
    """Name of the shape with this outline and how well it fits, ("", 0) if none does."""
    line = _line(alpha)
    if line:
        return "line", line
    scale = max(1.0, _DETAIL / max(alpha.shape))
    padded = np.pad(alpha, 2)
    big = cv2.resize(padded, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    solid = cv2.morphologyEx((big > 0.4).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return "", 0.0
    contour = max(contours, key=cv2.contourArea)
    area = float(cv2.contourArea(contour))
    (_, _), (w, h), _ = cv2.minAreaRect(contour)
    long, short = max(w, h), max(1.0, min(w, h))
    if area < 40:
        return "", 0.0
    filled = np.zeros_like(solid)
    cv2.drawContours(filled, [contour], -1, 1, cv2.FILLED)
    hull = cv2.convexHull(contour)
    solidity = area / max(1.0, float(cv2.contourArea(hull)))
    name, score = _concave(contour, hull, filled, solidity, long / short) if solidity < 0.99 else ("", 0.0)
    return (
        (name, score)
        if name or solidity < 0.955
        else _convex(contour, filled, _GOOD if scale < 6 else _GOOD_SMALL)
    )


def _line(alpha: np.ndarray) -> float:
    """How well a straight line explains the mass of a blob, 0 if it does not: long, thin and without gaps."""
    ys, xs = np.nonzero(alpha > 0.1)
    weight = alpha[ys, xs].astype(np.float64)
    mass = weight.sum()
    if len(xs) < 5:
        return 0.0
    values = np.linalg.eigvalsh(np.cov(np.vstack([xs, ys]), aweights=weight))
    length, width = np.sqrt(12 * np.maximum(values[::-1], 1 / 12))
    slender = 8 if width > 6 else 4
    filled = float(mass / (length * width))
    return min(1.0, filled) if length / width >= slender and filled > 0.55 else 0.0


def _agreement(filled: np.ndarray, drawn: np.ndarray) -> float:
    common = float(np.logical_and(filled, drawn).sum())
    return common / max(1.0, float(np.logical_or(filled, drawn).sum()))


def _polygon(filled: np.ndarray, corners: np.ndarray) -> float:
    drawn = np.zeros_like(filled)
    cv2.fillPoly(drawn, [np.round(corners).astype(np.int32).reshape(-1, 1, 2)], 1)
    return _agreement(filled, drawn)


def _corners(contour: np.ndarray, count: int) -> np.ndarray | None:
    """The polygon of `count` straight sides nearest to the contour, None if there is none.

    Corners are where lines fitted to the sides meet: an enlarged corner is round, its sides are not.
    """
    points = contour[:, 0].astype(np.float32)
    low, high = 0.0, 0.3 * cv2.arcLength(contour, True)
    for _ in range(16):
        middle = (low + high) / 2
        rough = cv2.approxPolyDP(contour, middle, True)
        if len(rough) == count:
            break
        low, high = (middle, high) if len(rough) > count else (low, middle)
    else:
        return None
    places = sorted(int(np.abs(points - c).sum(axis=1).argmin()) for c in rough[:, 0])
    lines = []
    for a, b in zip(places, [*places[1:], places[0] + len(points)], strict=True):
        trim = max(1, (b - a) // 6)
        side = points[np.arange(a + trim, b - trim) % len(points)]
        if len(side) < 4:
            return None
        lines.append(cv2.fitLine(side, cv2.DIST_L2, 0, 0.01, 0.01).ravel())
    corners = []
    for i, (vx, vy, x, y) in enumerate(lines):
        ux, uy, px, py = lines[i - 1]
        det = ux * vy - uy * vx
        if abs(det) < 0.05:
            return None
        t = ((x - px) * vy - (y - py) * vx) / det
        corners.append((px + t * ux, py + t * uy))
    return np.asarray(corners, np.float32)


def _convex(contour: np.ndarray, filled: np.ndarray, good: float) -> tuple[str, float]:
    m = cv2.moments(contour)
    drawn = np.zeros_like(filled)
    cov = np.array([[m["mu20"], m["mu11"]], [m["mu11"], m["mu02"]]]) / m["m00"]
    values, vectors = np.linalg.eigh(cov)
    axes = 2 * np.sqrt(np.maximum(values, 1e-6))
    angle = math.degrees(math.atan2(vectors[1, 1], vectors[0, 1]))
    middle = (m["m10"] / m["m00"], m["m01"] / m["m00"])
    cv2.ellipse(drawn, (middle, (2 * float(axes[1]), 2 * float(axes[0])), angle), 1, cv2.FILLED)
    fits: list[tuple[float, str]] = [
        (_agreement(filled, drawn), "circle" if axes[1] / axes[0] < 1.12 else "ellipse")
    ]
    for count in (3, 4, 5, 6, 8):
        corners = _corners(contour, count)
        if corners is not None:
            name = _quadrilateral(corners) if count == 4 else _POLYGONS[count]
            fits.append((_polygon(filled, corners), name))
    best = max(fits)[0]
    # The fewer corners the better: a further one must earn its place. (Fits are in order of their corners, the
    # ellipse first; a circle must beat the octagon, which lies close to it.)
    for position, (score, name) in enumerate(fits):
        if score >= best - (0.006 if position == 0 else 0.02) and score >= good:
            return name, score
    return "", 0.0


def _quadrilateral(corners: np.ndarray) -> str:
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    angles = [
        math.degrees(math.acos(np.clip(-(a @ b) / max(1e-6, np.hypot(*a) * np.hypot(*b)), -1, 1)))
        for a, b in zip(sides, np.roll(sides, -1, axis=0), strict=True)
    ]
    equal = lengths.max() / max(1e-6, lengths.min()) < 1.15
    if max(abs(a - 90) for a in angles) < 14:
        if not equal:
            return "rectangle"
        tilt = math.degrees(math.atan2(abs(sides[0, 1]), abs(sides[0, 0])))
        return "diamond" if 33 < tilt < 57 else "square"
    if equal:
        return "diamond"
    parallel = [
        abs(math.sin(math.atan2(*sides[i][::-1]) - math.atan2(*sides[i + 2][::-1]))) < 0.15 for i in (0, 1)
    ]
    return "parallelogram" if all(parallel) else "trapezoid"


def _concave(
    contour: np.ndarray, hull: np.ndarray, filled: np.ndarray, solidity: float, elongation: float
) -> tuple[str, float]:
    """Star, cross, arrow or heart, by the notches of the outline and its symmetry."""
    indices = cv2.convexHull(contour, returnPoints=False)
    try:
        defects = cv2.convexityDefects(contour, indices)
    except cv2.error:  # an outline that touches itself has no order of points
        return "", 0.0
    if defects is None:
        return "", 0.0
    size = math.sqrt(float(cv2.contourArea(hull)))
    deep = [d for d in defects.reshape(-1, 4) if d[3] / 256 > 0.05 * size]
    notches = len(deep)
    depths = [d[3] / 256 for d in deep]
    even = notches > 0 and min(depths) > 0.55 * max(depths)
    if notches in (5, 6, 8) and even and elongation < 1.4 and solidity > 0.35:
        return "star", 0.96
    if notches == 4 and even and elongation < 1.5:
        # The hull of a four-pointed star is a square; that of a cross has its corners cut off.
        around = np.zeros_like(filled)
        cv2.drawContours(around, [hull], -1, 1, cv2.FILLED)
        corners = _corners(cv2.findContours(around, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0], 4)
        return ("star" if corners is not None and _polygon(around, corners) > 0.965 else "cross"), 0.95
    mirrored = _mirror(filled)
    if notches == 2 and even and mirrored > 0.85 and _tapers(contour, deep):
        return "arrow", mirrored
    if notches == 1 and solidity > 0.8 and _polygon_mirror(filled) > 0.9 and elongation < 1.4:
        notch, centre = contour[deep[0][2], 0], cv2.moments(contour)
        tip = contour[contour[:, 0, 1].argmax(), 0]
        above = notch[1] < centre["m01"] / centre["m00"]
        if (
            above
            and abs(notch[0] - centre["m10"] / centre["m00"]) < 0.1 * size
            and abs(tip[0] - notch[0]) < 0.12 * size
        ):
            return "heart", 0.95
    return "", 0.0


def _polygon_mirror(filled: np.ndarray) -> float:
    """Agreement of a figure with its left–right mirror image."""
    ys, xs = np.nonzero(filled)
    cut = filled[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    return _agreement(cut, cut[:, ::-1])


def _mirror(filled: np.ndarray) -> float:
    """Agreement of a figure with its mirror image about its better principal axis."""
    m = cv2.moments(filled, binaryImage=True)
    middle = (m["m10"] / m["m00"], m["m01"] / m["m00"])
    angle = 0.5 * math.degrees(math.atan2(2 * m["mu11"], m["mu20"] - m["mu02"]))
    side = int(math.hypot(*filled.shape)) + 2
    turn = cv2.getRotationMatrix2D(middle, angle, 1.0)
    turn[:, 2] += np.array([side / 2 - middle[0], side / 2 - middle[1]])
    level = cv2.warpAffine(filled, turn, (side, side), flags=cv2.INTER_NEAREST)
    return max(_agreement(level, np.roll(level[::-1], d, axis=0)) for d in (0, 1, 2, -1))


def _tapers(contour: np.ndarray, deep: list[np.ndarray]) -> bool:
    """Whether the outline between the two notches runs out in a point on one side: an arrow's head."""
    first, second = sorted(int(d[2]) for d in deep)
    arcs = (contour[first:second, 0], np.vstack([contour[second:, 0], contour[:first, 0]]))
    a, b = contour[first, 0].astype(float), contour[second, 0].astype(float)
    base = max(1.0, float(np.hypot(*(b - a))))
    spreads = []
    for arc in arcs:
        along = (arc - a) @ ((b - a) / base)
        spreads.append(float(along.max() - along.min()) if len(arc) else 0.0)
    wide, narrow = max(spreads), min(spreads)
    return wide > 1.5 * narrow
