"""Small graphics that hold a state: check boxes, radio buttons, switches and colour swatches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.boxes import Rect, far
from model.embedded.eyes.ground import Ground
from model.embedded.eyes.proposals import Proposals
from model.embedded.eyes.text.lines import rgb
from model.embedded.screen import Kind


@dataclass(frozen=True)
class Control:
    """A small graphic and what it looks like. `color` is the one that fills it."""

    kind: Kind
    box: Box
    state: frozenset[str]
    color: tuple[int, int, int]
    confidence: float


def find_controls(ground: Ground, rects: list[Rect], proposals: Proposals) -> list[Control]:
    """All controls among the small boxes and marks of a picture; where both show the same one, the larger box."""
    unit = ground.unit
    places = [Box(*mark.box) for mark in proposals.marks]
    places += [rect.box for rect in rects if max(rect.box.width, rect.box.height) <= 36 * unit]
    places.sort(key=lambda box: -box.area)
    found: list[Control] = []
    for box in places:
        if any(box.intersection(control.box).area > 0.3 * box.area for control in found):
            continue
        control = classify(ground, box)
        if control is not None:
            if control.kind == "swatch" and _has_ring(ground, control.box):
                control = replace(control, state=frozenset({"selected"}))
            found.append(control)
    return found


def _has_ring(ground: Ground, box: Box) -> bool:
    """Whether a ring runs round a swatch at a little distance: it is the chosen one."""
    unit = ground.unit
    x, y = box.center
    high, wide = ground.image.shape[:2]
    beyond = box.width / 2 + 9 * unit
    for away in np.arange(2 * unit, 7 * unit, 0.5 * unit):
        points = []
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            column, row = (
                round(x + dx * (box.width / 2 + away) - 0.5),
                round(y + dy * (box.height / 2 + away) - 0.5),
            )
            if not (0 <= column < wide and 0 <= row < high):
                return False
            points.append(ground.image[row, column].astype(np.float32))
        column, row = min(wide - 1, round(x + beyond)), min(high - 1, round(y + beyond))
        ground_color = ground.image[row, column].astype(np.float32)
        if all(far(point, points[0]) < 40 and far(point, ground_color) > 40 for point in points):
            return True
    return False


def classify(ground: Ground, box: Box) -> Control | None:
    """What control fills a box, None if none."""
    unit = ground.unit
    left, top, right, bottom = (int(v) for v in box)
    w, h = right - left, bottom - top
    if min(w, h) < 10.5 * unit or max(w, h) > 64 * unit:
        return None
    high, wide = ground.image.shape[:2]
    crop = ground.image[max(0, top) : bottom, max(0, left) : right].astype(np.float32)
    around = ground.image[max(0, top - 2) : min(high, bottom + 2), max(0, left - 2) : min(wide, right + 2)]
    ring = np.concatenate([around[0], around[-1], around[:, 0], around[:, -1]])
    outside = np.median(ring, axis=0)
    mask = (np.abs(crop - outside).max(axis=2) > 10).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    outline = max(contours, key=cv2.contourArea)
    area = cv2.contourArea(outline)
    share = area / max(1, (w - 1) * (h - 1))
    convex = area / max(1.0, cv2.contourArea(cv2.convexHull(outline)))
    if convex < 0.93 or share < 0.68:
        return None
    body = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(body, [outline], -1, 1, cv2.FILLED)
    if 1.4 <= w / h <= 2.4 and h <= 34 * unit:
        return _switch(crop, body, box)
    if not 0.8 <= w / h <= 1.25:
        return None
    return _check(crop, body, outside, box, round_=share < 0.88, unit=unit)


def _switch(crop: np.ndarray, body: np.ndarray, box: Box) -> Control | None:
    """A pill with a knob of another colour at one end."""
    h, w = body.shape
    corner = max(1, h // 7)
    corners = [body[:corner, :corner], body[:corner, -corner:], body[-corner:, :corner], body[-corner:, -corner:]]
    if h < 10 or max(float(part.mean()) for part in corners) > 0.5:
        return None
    half = h // 2
    left, right = (
        crop[half - 1 : half + 2, half - 1 : half + 2],
        crop[half - 1 : half + 2, w - half - 2 : w - half + 1],
    )
    ends = [np.median(end.reshape(-1, 3), axis=0) for end in (left, right)]
    edge = body - cv2.erode(body, np.ones((3, 3), np.uint8), borderValue=0)
    outline = np.median(crop[edge > 0], axis=0)
    away = [far(end, outline) for end in ends]
    on = away[1] > away[0]
    track, knob = (ends[0], ends[1]) if on else (ends[1], ends[0])
    if far(track, knob) < 25:
        return None
    knob_mask = (np.abs(crop - knob).max(axis=2) < 20) & (body > 0)
    columns = np.flatnonzero(knob_mask.any(axis=0))
    if not len(columns) or columns[-1] - columns[0] > 0.8 * w:
        return None
    color = rgb(track)
    return Control("switch", box, frozenset({"checked" if on else "unchecked"}), color, 0.9)


def _check(
    crop: np.ndarray, body: np.ndarray, outside: np.ndarray, box: Box, *, round_: bool, unit: float
) -> Control | None:
    """A square or disc: what lies in its middle, and how that differs from its fill, tells which control it is."""
    h, w = body.shape
    size = max(w, h)
    edge = body - cv2.erode(body, np.ones((3, 3), np.uint8), borderValue=0)
    inset = max(2, round(0.2 * size))
    core = cv2.erode(body, np.ones((2 * inset + 1, 2 * inset + 1), np.uint8), borderValue=0) > 0
    if core.sum() < 9:
        return None
    outline = crop[edge > 0]
    outline_color = np.median(outline, axis=0)
    inner = crop[core]
    fill = np.median(inner, axis=0)
    odd = float((np.abs(inner - fill).max(axis=1) > 40).mean())
    color = rgb(fill)
    plain = far(fill, outside) < 14
    outlined = far(outline_color, fill) > 18
    hue = float(fill.max() - fill.min())
    if round_:
        return _disc(crop, core, fill, outline_color, outside, box, odd, color, unit)
    if size > 27 * unit:
        return None if odd > 0.03 or plain else Control("swatch", box, frozenset(), color, 0.6)
    if not 0.88 <= w / h <= 1.14:
        return None
    if odd > 0.06:
        ticked = size <= 18 * unit and (odd < 0.62 or size <= 17 * unit)
        return Control("checkbox", box, frozenset({"checked"}), color, 0.8) if ticked else None
    if odd > 0.01 and size > 16 * unit:
        return None
    if plain or (outlined and hue < 40):
        state = frozenset({"unchecked"})
        return Control("checkbox", box, state, color, 0.9) if size <= 24 * unit and outlined else None
    return Control("swatch", box, frozenset(), color, 0.7) if size >= 11 * unit else None


def _disc(
    crop: np.ndarray,
    core: np.ndarray,
    fill: np.ndarray,
    outline: np.ndarray,
    outside: np.ndarray,
    box: Box,
    odd: float,
    color: tuple[int, int, int],
    unit: float,
) -> Control | None:
    """A ring or disc: an empty ring and a ring with a dot are radio buttons, a disc of one colour is a swatch."""
    h, w = core.shape
    y, x = np.ogrid[:h, :w]
    away = np.hypot(y - (h - 1) / 2, x - (w - 1) / 2) / (max(w, h) / 2)
    dot = np.median(crop[away < 0.25], axis=0)
    between = np.median(crop[(away > 0.55) & (away < 0.75)], axis=0)
    size = max(w, h)
    rim, gap = (np.median(crop[(away > a) & (away <= b)], axis=0) for a, b in ((0.9, 0.98), (0.74, 0.84)))
    disc = np.median(crop[(away > 0.45) & (away < 0.58)], axis=0)
    ringed_disc = size >= 18 * unit and far(gap, outside) < 20 and far(dot, disc) < 12
    if ringed_disc and far(dot, outside) > 25 and far(rim, outside) > 40 and far(dot, rim) > 30:
        return Control("swatch", box, frozenset({"selected"}), rgb(dot), 0.85)
    if far(dot, between) > 30 and size <= 30 * unit:
        return Control("radio", box, frozenset({"checked"}), color, 0.85)
    if odd > 0.12:
        return None
    ringed = far(outline, outside) > far(fill, outside)  # else its edge is only smoothed
    hollow = ringed and far(dot, outline) > 25 and (far(dot, outside) < 14 or float(dot.max() - dot.min()) < 30)
    if hollow and size <= 26 * unit:
        return Control("radio", box, frozenset({"unchecked"}), color, 0.85)
    if far(fill, outside) > 14 and size >= 11 * unit:
        return Control("swatch", box, frozenset(), color, 0.6)
    return None
