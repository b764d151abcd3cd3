"""From a page's picture in label colours to the elements that can be seen (label.js says how the colours come)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from model.training.data.records import Box, Element

CODES = 1 << 24
SPREAD = 0x9E3779  # odd, so no two numbers below 2²⁴ share a colour; 2²⁴ over the golden ratio
_VISIBLE = 0.5  # part of an element that must be on top
_SMALLEST = 4  # pixels, either way
_INK = 10  # grey levels: less than this is not seen
_MARGIN = 2  # pixels around a box that still belong to its edge


class Labelled(NamedTuple):
    """An element that can be seen."""

    element: Element
    beneath: bool  # it lies under a dialog: seen, but out of reach
    node: int  # what label.js calls it


def colour_codes(count: int, start: int = 0) -> Any:
    """The colours of the first `count` nodes, int64, below 2²⁴, all different, neighbours far apart.

    `label.js` reckons the same: number × `SPREAD` + start, modulo 2²⁴. A blend of two is not likely a third.
    """
    return (np.arange(count, dtype=np.int64) * SPREAD + start) % CODES


def colour_start(count: int) -> int:
    """A start for which black and white, the colours of an unpainted page, are nobody's among `count`."""
    start = 1
    while np.isin(colour_codes(count, start), (0, CODES - 1)).any():
        start += 1
    return start


class Reader:
    """Reads label pictures. Holds a table of 2²⁴ entries, so one is kept for many screens."""

    def __init__(self) -> None:
        self._table = np.full(CODES, -1, np.int32)

    def elements(self, answer: dict[str, Any], start: int, flat: Any, seen: Any) -> list[Labelled]:
        """The visible elements of one screen, in page order.

        Args:
            answer: what `labels.prepare` returned.
            start: what it was given.
            flat: the page in label colours, uint8 BGR, [height, width, 3].
            seen: the page as people see it, the same size.
        """
        import cv2

        order, ends = _preorder(answer["parents"])
        own = colour_codes(len(order), start)
        self._table[own] = order
        tops = self._table[cv2.cvtColor(flat, cv2.COLOR_BGR2BGRA).view(np.uint32)[..., 0] & 0xFFFFFF]
        self._table[own] = -1
        scale = flat.shape[1] / answer["view"][0]
        blue, green, red = cv2.split(seen)
        grey = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
        found: list[Labelled] = []
        for node in answer["nodes"]:
            first, end = int(order[node["i"]]), int(ends[node["i"]])
            rects = node["rects"]
            if rects is None:
                pairs: list[tuple[Any, str]] = [(None, node["words"])]
            elif node.get("split"):
                pairs = list(zip(rects, node["parts"], strict=False))
            else:
                pairs = [(rects[0], node["words"])]
            for rect, words in pairs:
                box = _visible_box(tops, first, end, rect, scale)
                if box is not None:
                    box = _ink_box(grey, box, tight=node["kind"] == "icon")
                if box is None:
                    continue
                states = tuple(dict.fromkeys(node["states"]))
                element = Element(
                    kind=node["kind"], box=box, text=words[:200], states=states, purpose=node.get("purpose", "")
                )
                found.append(Labelled(element, bool(node.get("inert")), node["i"]))
        return found


def _preorder(parents: list[int]) -> tuple[Any, Any]:
    """Position of every node in a walk of the tree, and the position after its last descendant."""
    children: list[list[int]] = [[] for _ in parents]
    roots: list[int] = []
    for node, parent in enumerate(parents):
        (children[parent] if parent >= 0 else roots).append(node)
    order, ends = np.zeros(len(parents), np.int32), np.zeros(len(parents), np.int32)
    position = 0
    stack = [(node, False) for node in reversed(roots)]
    while stack:
        node, left = stack.pop()
        if left:
            ends[node] = position
            continue
        order[node] = position
        position += 1
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(children[node]))
    return order, ends


def _visible_box(tops: Any, start: int, end: int, rect: list[float] | None, scale: float) -> Box | None:
    """The bounding box of the pixels where an element, or what is in it, is on top; None: too little of it."""
    height, width = tops.shape
    if rect is None:
        left, top, right, bottom, whole = 0, 0, width, height, 0.0
    else:
        edges = [edge * scale for edge in rect]
        whole = (edges[2] - edges[0]) * (edges[3] - edges[1])
        left, top = max(0, round(edges[0])), max(0, round(edges[1]))
        right, bottom = min(width, round(edges[2])), min(height, round(edges[3]))
    if right - left < _SMALLEST or bottom - top < _SMALLEST:
        return None
    part = tops[top:bottom, left:right]
    mask = (part >= start) & (part < end)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows) or (whole and mask.sum() < _VISIBLE * whole):
        return None
    box = (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
    if box[2] - box[0] < _SMALLEST or box[3] - box[1] < _SMALLEST:
        return None
    if (
        rect is None
        and (box[0] == 0 or box[1] == 0 or box[2] == width or box[3] == height)
        and min(box[2] - box[0], box[3] - box[1]) < 10
    ):
        return (
            None  # a pseudo-element has no size of its own: a sliver at the edge of the picture is the rest of one
        )
    return (float(box[0]), float(box[1]), float(box[2]), float(box[3]))


def _ink_box(grey: tuple[Any, Any], box: Box, tight: bool) -> Box | None:
    """The box if something is to be seen in it or at its edge; `tight`: drawn in to what differs from its rim."""
    left, top, right, bottom = (int(edge) for edge in box)
    around = np.s_[max(0, top - _MARGIN) : bottom + _MARGIN, max(0, left - _MARGIN) : right + _MARGIN]
    bright, dark = grey[0][around], grey[1][around]
    if int(bright.max()) - int(bright.min()) < _INK and int(dark.max()) - int(dark.min()) < _INK:
        return None
    if not tight:
        return box
    ink = np.zeros((bottom - top, right - left), bool)
    for channel in grey:
        part = channel[top:bottom, left:right]
        rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
        ink |= np.abs(part.astype(np.int16) - int(np.median(rim))) > 2 * _INK
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows) or rows[-1] - rows[0] < _SMALLEST - 1 or columns[-1] - columns[0] < 1:
        return None if not len(rows) else box
    return (
        float(left + columns[0]),
        float(top + rows[0]),
        float(left + columns[-1] + 1),
        float(top + rows[-1] + 1),
    )
