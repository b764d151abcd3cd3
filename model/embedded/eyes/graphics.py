"""Ink that is not text: named icons and drawn shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.boxes import inside
from model.embedded.eyes.ground import Ground
from model.embedded.screen import Element

Classify = Callable[[Sequence[np.ndarray]], list[tuple[str, float]]]
FindShapes = Callable[[np.ndarray], list[Element]]


def padded(ground: Ground, box: Box) -> np.ndarray:
    """The picture around a box, with a little of what lies about it."""
    pad = round(3 * ground.unit)
    top, left = max(0, round(box.top) - pad), max(0, round(box.left) - pad)
    return ground.image[top : round(box.bottom) + pad, left : round(box.right) + pad]


def may_be_icon(box: Box, unit: float) -> bool:
    """Whether a piece of ink has the size and the proportions of an icon."""
    w, h = box.width, box.height
    return 6 * unit <= max(w, h) <= 48 * unit and min(w, h) >= 2.5 * unit and 0.25 <= w / h <= 4


def icons(ground: Ground, boxes: Sequence[Box], classify: Classify, sure: Sequence[Box]) -> list[Element]:
    """Icons among pieces of ink; those without a name only if they are among `sure`."""
    candidates = [box for box in boxes if may_be_icon(box, ground.unit)]
    crops = [padded(ground, box) for box in candidates]
    named = classify(crops) if candidates else []
    for index, box in enumerate(candidates):
        if not named[index][0] or named[index][1] < 0.9:
            taller = Box(box.left, box.top, box.right, box.bottom + 0.25 * box.height)  # feet that stand apart
            bare = [b for crop in (crops[index], padded(ground, taller)) for b in without_badge(crop)]
            again = max(classify(bare), key=lambda n: (bool(n[0]), n[1]), default=("", 0.0)) if bare else ("", 0.0)
            if again[0]:
                named[index] = again
    found = []
    for box, (name, likely) in zip(candidates, named, strict=True):
        if name:
            found.append(Element("icon", box, name=name, confidence=likely))
        elif box in sure:
            found.append(Element("icon", box, confidence=0.3))
    return found


def without_badge(crop: np.ndarray) -> list[np.ndarray]:
    """The crop without a filled dot in its upper right corner (a counter): cut out as a rectangle, and as a disc,
    which leaves more of a small icon. Empty where there is none."""
    height, width = crop.shape[:2]
    pixels = crop.astype(np.int16)
    ground = np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0]]), axis=0)
    corner = pixels[: height * 2 // 3, width // 3 :].reshape(-1, 3)
    drawn = corner[np.abs(corner - ground).max(axis=1) > 40]
    if len(drawn) < 12:
        return []
    keys = (drawn >> 4) @ np.array([256, 16, 1])
    values, counts = np.unique(keys, return_counts=True)
    fill = np.median(drawn[keys == values[counts.argmax()]], axis=0)
    alike = (np.abs(pixels - fill).max(axis=2) < 30).astype(np.uint8)
    contours, _ = cv2.findContours(alike, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:1]:
        left, top, wide, high = cv2.boundingRect(contour)
        round_ = cv2.contourArea(contour) > 0.6 * wide * high and wide >= 0.8 * high
        placed = left + wide / 2 > 0.5 * width and top + high / 2 < 0.5 * height
        if not (round_ and placed and 0.25 * height < high < 0.75 * height):
            return []
        bare, disc = crop.copy(), crop.copy()
        bare[max(0, top - 2) : top + high + 2, max(0, left - 2) : left + wide + 2] = ground.astype(np.uint8)
        solid = np.zeros(alike.shape, np.uint8)
        cv2.drawContours(solid, [contour], -1, 1, cv2.FILLED)
        disc[cv2.dilate(solid, np.ones((3, 3), np.uint8)) > 0] = ground.astype(np.uint8)
        return [bare, disc]
    return []


def drawn_shapes(ground: Ground, boxes: Sequence[Box], find: FindShapes) -> list[Element]:
    """Geometric shapes among pieces of ink that nothing else explains."""
    pad = round(3 * ground.unit)
    found: list[Element] = []
    for box in boxes:
        left, top = max(0, round(box.left) - pad), max(0, round(box.top) - pad)
        crop = ground.image[top : round(box.bottom) + pad, left : round(box.right) + pad]
        for element in find(crop):
            place = element.box
            cut_off = min(place.left, place.top, crop.shape[1] - place.right, crop.shape[0] - place.bottom) < 1
            if cut_off or element.name == "line":
                continue
            moved = Box(*(side + (left, top)[index % 2] for index, side in enumerate(element.box)))
            if not any(moved.intersection(other.box).area > 0.7 * moved.area for other in found):
                found.append(replace(element, box=moved))
    return found


def figures(ground: Ground, held: Sequence[Box]) -> list[Box]:
    """Flat areas that may be large drawn shapes: no straight sides, alone on one ground, none of `held` inside."""
    unit, found = ground.unit, []
    for number in range(1, len(ground.boxes)):
        box = Box(*(float(v) for v in ground.boxes[number]))
        if not 14 * unit <= min(box.width, box.height) <= max(box.width, box.height) <= 260 * unit:
            continue
        if float(np.sort(ground.sides[number])[0]) >= 0.7 or any(box.contains(*other.center) for other in held):
            continue
        if _lies_alone(ground, box):
            found.append(box)
    return found


def _lies_alone(ground: Ground, box: Box) -> bool:
    """Whether one and the same flat area goes all around a box."""
    reach = round(5 * ground.unit)
    left, top, right, bottom = (int(side) for side in box.grown(reach))
    high, wide = ground.labels.shape
    if left < 0 or top < 0 or right > wide or bottom > high:
        return False
    around = ground.labels[top:bottom, left:right]
    edge = np.concatenate([around[0], around[-1], around[:, 0], around[:, -1]])
    return float(np.bincount(edge)[1:].max(initial=0)) > 0.97 * len(edge)


def name_buttons(elements: list[Element]) -> list[Element]:
    """Give a button the name of the icon in it. The icon stays listed only where the button has text as well."""
    marks = [element for element in elements if element.kind == "icon"]
    shown: list[Element] = []
    gone: set[int] = set()
    for element in elements:
        if element.kind in ("button", "tab", "field"):
            held = [icon for icon in marks if inside(icon.box, element.box)]
            best = max(held, key=lambda icon: (bool(icon.name), icon.confidence), default=None)
            if best is not None and best.name and element.kind != "field":
                element = replace(element, name=best.name)
            if element.kind != "field" and not element.text:
                gone.update(id(icon) for icon in held)
        shown.append(element)
    return [element for element in shown if id(element) not in gone]
