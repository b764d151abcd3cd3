"""States that show in comparison: disabled, focused, expanded, collapsed; and dialogs in front of a page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.boxes import Rect, far
from model.embedded.eyes.ground import Ground
from model.embedded.screen import Element, Line

FAINT = 2.7
"""Contrast ratio of text to its ground below which a button counts as disabled."""
COLLAPSED, EXPANDED = frozenset("▶►▸▷❯"), frozenset("▼▾▽▿⌄")


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """Contrast ratio of two colours as WCAG defines it, 1 to 21."""
    lights = sorted(_luminance(color) for color in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(color: tuple[int, int, int]) -> float:
    parts = np.array(color, np.float64) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def mark_states(
    ground: Ground, elements: list[Element], rects: list[Rect], lines: list[Line], carets: list[Box]
) -> list[Element]:
    """Add the states that are seen by comparing an element with others of its kind."""
    borders = {rect.box: rect for rect in rects}
    fields = [e for e in elements if e.kind in ("field", "textarea", "select") and e.box in borders]
    marked = []
    for element in elements:
        state = set(element.state)
        if element.kind == "button" and element.lines:
            shown = [lines[number] for number in element.lines]
            grey = all(max(line.color) - min(line.color) < 40 for line in shown)
            if grey and max(contrast(line.color, line.background) for line in shown) < FAINT:
                state.add("disabled")
        if element.kind in ("field", "textarea", "select") and (
            any(element.box.contains(*caret.center) for caret in carets)
            or (
                element.box in borders
                and _ringed(borders[element.box], [borders[f.box] for f in fields], ground.unit)
            )
        ):
            state.add("focused")
        if element.kind in ("text", "link", "button") and element.text:
            sign = element.text[0]
            if sign in COLLAPSED | EXPANDED and len(element.text) > 1:
                state.add("collapsed" if sign in COLLAPSED else "expanded")
                element = replace(element, text=element.text[1:].strip())
        if element.kind == "panel" and element.text and _in_front(ground, element.box):
            element = replace(element, name="dialog")
        marked.append(replace(element, state=frozenset(state)))
    return marked


def _ringed(rect: Rect, others: list[Rect], unit: float) -> bool:
    """Whether a field's border stands out: unlike those of the other fields, or thick and dark or colourful."""
    if rect.border is None:
        return False
    rest = [other for other in others if other is not rect and other.border is not None]
    colors = [other.border for other in rest if other.border is not None]
    lively = float(np.ptp(rect.border)) >= 70
    if not rest:
        return lively and rect.thickness >= 1
    unlike = [color for color in colors if far(rect.border, color) > 40]
    thicker = [other for other in rest if rect.thickness >= other.thickness + unit - 0.1]
    alike = all(far(color, colors[0]) <= 40 for color in colors)
    if len(rest) == 1:
        return (bool(unlike) and lively and float(np.ptp(colors[0])) < 70) or bool(thicker)
    return alike and (len(unlike) == len(rest) or len(thicker) == len(rest))


def _in_front(ground: Ground, box: Box) -> bool:
    """Whether a box lies over a page: what surrounds it closely is no single region, as it would be for a card."""
    unit = ground.unit
    high, wide = ground.labels.shape
    if not (100 * unit <= box.width <= 0.85 * wide and 50 * unit <= box.height <= 0.9 * high):
        return False
    edges = (box.left < 4 * unit, box.top < 4 * unit, box.right > wide - 4 * unit, box.bottom > high - 4 * unit)
    if any(edges):
        return False  # a part of the page's own layout
    reach = round(8 * unit)
    left, top = max(0, round(box.left) - reach), max(0, round(box.top) - reach)
    right, bottom = min(wide - 1, round(box.right) + reach), min(high - 1, round(box.bottom) + reach)
    ring = np.concatenate(
        [
            ground.labels[top, left:right],
            ground.labels[bottom, left:right],
            ground.labels[top:bottom, left],
            ground.labels[top:bottom, right],
        ]
    )
    counts = np.bincount(ring)
    inked = counts[0] / len(ring)
    regions = counts[1:]
    return bool(len(regions) and regions.max() < 0.75 * len(ring) and (inked > 0.04 or (regions > 0).sum() >= 4))
