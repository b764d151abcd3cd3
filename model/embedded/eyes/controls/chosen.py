"""Which of several tabs or rows of a menu is the chosen one: the one that is drawn unlike the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model.embedded.eyes.ground import Ground
from model.embedded.screen import Element, Line

_APART = 40.0
"""Difference of colour (0–255, worst channel) by which a look is another one."""


def mark_chosen(ground: Ground, elements: Sequence[Element], lines: Sequence[Line]) -> list[Element]:
    """Set "selected" on the odd one out of each row of tabs and each column of menu items.

    Where no one is odd, the word of the network stands, if it names one. Tabs in frames of their own of which none
    is chosen are buttons.
    """
    changed = list(elements)
    for group in _groups(elements, ground.unit):
        looks = np.stack([_look(ground, elements[index], lines) for index in group])
        chosen = _odd(looks)
        named = [place for place, index in enumerate(group) if "selected" in elements[index].state]
        if chosen is None and len(named) == 1:
            chosen = named[0]
        for place, index in enumerate(group):
            element = elements[index]
            state = element.state - {"selected"} | ({"selected"} if place == chosen else set())
            kind = element.kind
            if chosen is None and kind == "tab" and element.color is not None:
                kind = "button"
            changed[index] = replace(element, kind=kind, state=frozenset(state))
    return changed


def _groups(elements: Sequence[Element], unit: float) -> list[list[int]]:
    """Indices of tabs at one height, and of menu items with one left edge, near to each other."""
    groups: list[list[int]] = []
    order = [index for index, element in enumerate(elements) if element.kind in ("tab", "menu_item")]
    for index in sorted(order, key=lambda i: (elements[i].box.left, elements[i].box.top)):
        box = elements[index].box
        for group in groups:
            last = elements[group[-1]]
            if last.kind != elements[index].kind:
                continue
            level = abs(last.box.center[1] - box.center[1]) <= 4 * unit and box.left - last.box.right <= 40 * unit
            under = (
                abs(last.box.left - box.left) <= 8 * unit
                and 0 <= box.top - last.box.bottom + 8 * unit <= 24 * unit
            )
            if level if last.kind == "tab" else under:
                group.append(index)
                break
        else:
            groups.append([index])
    return [group for group in groups if len(group) >= 2]


def _look(ground: Ground, element: Element, lines: Sequence[Line]) -> np.ndarray:
    """Colours of the text, of what lies behind it, and along two edges: [4, 3]."""
    image = ground.image
    high, wide = image.shape[:2]
    left, top = max(0, round(element.box.left)), max(0, round(element.box.top))
    right, bottom = min(wide, round(element.box.right)), min(high, round(element.box.bottom))
    within = image[top:bottom, left:right].reshape(-1, 3)
    behind = np.median(within, axis=0) if len(within) else np.zeros(3)
    color = behind
    if element.lines:
        color, behind = (
            np.array(c, float) for c in (lines[element.lines[0]].color, lines[element.lines[0]].background)
        )
    reach = round(3 * ground.unit)
    middle = slice(left + (right - left) // 4, max(left + (right - left) // 4 + 1, right - (right - left) // 4))
    rows = slice(top + (bottom - top) // 4, max(top + (bottom - top) // 4 + 1, bottom - (bottom - top) // 4))
    if element.kind == "tab":  # towards the others there is no bar, but one of them may begin
        edges = [image[max(0, y - reach) : y + reach, middle].mean(axis=1) for y in (top, bottom)]
    else:
        edges = [image[rows, max(0, x - reach) : x + reach].mean(axis=0) for x in (left, right)]
    # the colour along an edge that differs most from what lies behind the text
    ends = [edge[np.abs(edge - behind).max(axis=1).argmax()] for edge in edges if len(edge)]
    ends += [np.zeros(3)] * (2 - len(ends))
    return np.stack([color, behind, *ends])


def _odd(looks: np.ndarray) -> int | None:
    """The one that differs from all others, which are alike; of two, the one with more colour."""
    if len(looks) == 2:
        far = float(np.abs(looks[0] - looks[1]).max())
        lively = np.ptp(looks, axis=2).max(axis=1)
        return int(lively.argmax()) if far > _APART and abs(lively[0] - lively[1]) > _APART else None
    usual = np.median(looks, axis=0)
    away = np.abs(looks - usual).max(axis=2).max(axis=1)
    order = np.argsort(-away)
    return int(order[0]) if away[order[0]] > _APART and away[order[0]] > 1.6 * away[order[1]] else None
