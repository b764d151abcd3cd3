"""Which text names which control: beside it, above it, or inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from action_space.geometry import Box
from model.embedded.screen import Element

TICKS = ("checkbox", "radio", "switch")
FIELDS = ("field", "textarea", "select", "slider")


def add_labels(elements: Sequence[Element], unit: float) -> list[Element]:
    """Fill in `label` of check boxes, radios, switches, fields and sliders from the plain text near them."""
    texts = [element for element in elements if element.kind in ("text", "link") and element.text]
    boxes = [element for element in elements if element.kind in (*TICKS, *FIELDS, "button")]
    named = []
    for element in elements:
        label = ""
        if element.kind in TICKS:
            label = _beside(element, texts, boxes, unit)
        elif element.kind in FIELDS:
            label = _naming(element, texts, boxes, unit)
        named.append(replace(element, label=label) if label else element)
    return named


def _level(one: Box, other: Box) -> bool:
    """Whether the middle of one box lies in the height of the other."""
    return other.top - 2 <= one.center[1] <= other.bottom + 2 or one.top - 2 <= other.center[1] <= one.bottom + 2


def _free(box: Box, text: Box, boxes: Sequence[Element]) -> bool:
    """Whether no other control stands between a control and a text on its row."""
    left, right = min(box.right, text.right), max(box.left, text.left)
    return not any(
        _level(other.box, box) and other.box.left >= left - 1 and other.box.right <= right + 1 and other.box != box
        for other in boxes
    )


def _beside(element: Element, texts: Sequence[Element], boxes: Sequence[Element], unit: float) -> str:
    """The text to the right of a tick, else to its left."""
    box = element.box
    right = [t for t in texts if _level(t.box, box) and -3 * unit <= t.box.left - box.right <= 34 * unit]
    right = [t for t in right if _free(box, t.box, boxes)]
    if right:
        nearest = min(right, key=lambda t: t.box.left)
        return _continued(nearest, texts, unit)
    reach = 420 * unit if element.kind == "switch" else 30 * unit
    left = [t for t in texts if _level(t.box, box) and -3 * unit <= box.left - t.box.right <= reach]
    left = [t for t in left if _free(box, t.box, boxes)]
    return max(left, key=lambda t: t.box.right).text if left else ""


def _continued(first: Element, texts: Sequence[Element], unit: float) -> str:
    """A label whose text goes on to the right on the same row (a word of another colour, a link)."""
    text, edge = first.text, first.box.right
    for other in sorted(texts, key=lambda t: t.box.left):
        if other is not first and _level(other.box, first.box) and 0 <= other.box.left - edge <= 9 * unit:
            text += " " + other.text
            edge = other.box.right
    return text


def _naming(element: Element, texts: Sequence[Element], boxes: Sequence[Element], unit: float) -> str:
    """The text left of a field on its row, or right above it, whichever is nearer."""
    box = element.box
    row = Box(box.left, box.top, box.right, min(box.bottom, box.top + 48 * unit))
    left = [t for t in texts if _level(t.box, row) and -2 * unit <= box.left - t.box.right <= 160 * unit]
    left = [t for t in left if _free(row, t.box, boxes)]
    above = [
        t
        for t in texts
        if -2 * unit <= box.top - t.box.bottom <= 26 * unit
        and t.box.left < box.right
        and (t.box.right > box.left + 4 * unit)
        and t.box.left >= box.left - 14 * unit
        and not _between(t.box, box, boxes)
    ]
    beside = max(left, key=lambda t: t.box.right) if left else None
    over = max(above, key=lambda t: (t.box.bottom, -t.box.left)) if above else None
    if beside is not None and over is not None:
        told = [t.text.rstrip().endswith((":", "：")) for t in (beside, over)]
        if told[0] != told[1]:  # a colon says that it names something
            return (beside if told[0] else over).text
        nearer = box.left - beside.box.right <= 1.6 * (box.top - over.box.bottom) + 8 * unit
        return (beside if nearer else over).text
    chosen = beside or over
    return chosen.text if chosen is not None else ""


def _between(text: Box, box: Box, boxes: Sequence[Element]) -> bool:
    """Whether another control lies between a text and the field under it, or beside the text as its own."""
    for other in boxes:
        if other.box == box:
            continue
        if _level(other.box, text) and 0 <= text.left - other.box.right <= 20 and other.kind in TICKS:
            return True
        across = other.box.left < box.right and other.box.right > box.left
        if across and other.box.top >= text.bottom - 2 and other.box.bottom <= box.top + 2:
            return True
    return False
