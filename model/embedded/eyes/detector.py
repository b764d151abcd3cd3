"""Using a detector: picture in, elements out. NumPy and ONNX Runtime alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model import onnx_runtime

WEIGHTS = Path(__file__).with_name("detector.onnx")
"""Those that come with the package; docs/detector.md is their model card."""
KINDS = (
    "button", "link", "field", "checkbox", "radio", "switch", "select", "slider", "tab", "menu_item", "cell",
    "icon", "image", "dialog", "text", "heading",
)  # fmt: skip
STATES = ("checked", "selected", "disabled", "focused", "expanded")
# Kinds that hold others, kinds that are operated, kinds that are looked at or read: one may lie in the other.
LAYERS = (
    ("cell", "dialog", "menu_item", "image"),
    ("button", "field", "select", "tab", "slider", "checkbox", "radio", "switch"),
    ("icon", "text", "link", "heading"),
)
STRIDE = 8  # pixels a cell
REACH = 128  # pixels: no distance to an edge is longer
_FAR = 0.8  # of the reach: the edge may be further away, so the next stride is taken
_STRIDES = 24  # at most
_MOST = 12000  # cells that are looked at
_LAYER_OF = {kind: number for number, layer in enumerate(LAYERS) for kind in layer}


@dataclass(frozen=True)
class Detection:
    """One element: kind, box (left, top, right, bottom in pixels of the picture), score in 0…1, states."""

    kind: str
    box: tuple[float, float, float, float]
    score: float
    states: tuple[str, ...] = ()


class ElementDetector:
    """A trained detector.

    Args:
        weights: an ONNX file of `agent train detector` with the thresholds of each kind in it.
        threads: of ONNX Runtime.
    """

    def __init__(self, weights: Path = WEIGHTS, threads: int = 1):
        self._session = onnx_runtime.session(str(weights), threads=threads)
        told = self._session.get_modelmeta().custom_metadata_map.get("thresholds")
        self.thresholds: dict[str, float] = dict.fromkeys(KINDS, 0.3) | (json.loads(told) if told else {})

    def grid(self, picture: Any) -> Any:
        """What the network says of a picture (uint8 RGB, [height, width, 3]): float32 [C, rows, columns]."""
        height, width = picture.shape[:2]
        padded = np.zeros((-(-height // 64) * 64, -(-width // 64) * 64, 3), np.uint8)
        padded[:height, :width] = picture
        if height < padded.shape[0]:
            padded[height:] = padded[height - 1]
        if width < padded.shape[1]:
            padded[:, width:] = padded[:, width - 1 : width]
        return self._session.run(None, {"picture": padded[None]})[0][0]

    def detect(self, picture: Any, thresholds: dict[str, float] | None = None) -> list[Detection]:
        """Every element on a picture (uint8 RGB, [height, width, 3]), best first."""
        height, width = picture.shape[:2]
        return decode(self.grid(picture), width, height, thresholds or self.thresholds)


def decode(grid: Any, width: int, height: int, thresholds: dict[str, float]) -> list[Detection]:
    """Elements from the network's grid for a picture of that size in pixels."""
    kinds, states = len(KINDS), len(STATES)
    rows, columns = -(-height // STRIDE), -(-width // STRIDE)
    grid = grid[:, :rows, :columns]
    logits = grid[:kinds]
    limits = np.array([_logit(thresholds[kind]) for kind in KINDS], np.float32)
    kind, row, column = np.nonzero(logits > limits[:, None, None])
    scores = logits[kind, row, column]
    if len(kind) > _MOST:
        best = np.argpartition(-scores, _MOST)[:_MOST]
        kind, row, column, scores = kind[best], row[best], column[best], scores[best]
    scores = 1 / (1 + np.exp(-scores))
    layer = np.array([_LAYER_OF[k] for k in KINDS])[kind] if len(kind) else np.zeros(0, int)
    distances = grid[kinds : kinds + 4 * len(LAYERS)].reshape(len(LAYERS), 4, *grid.shape[1:]) * STRIDE
    boxes = _walk(distances, layer, row, column, width, height)
    found: list[Detection] = []
    state_logits = grid[kinds + 4 * len(LAYERS) : kinds + 4 * len(LAYERS) + states]
    for number in range(len(LAYERS)):
        mine = np.flatnonzero(layer == number)
        for keep, members in _merge(boxes[mine], scores[mine], kind[mine]):
            own = mine[members]
            # The median of what its cells say: one that lost its way counts for little.
            box = np.median(boxes[own], axis=0)
            says = state_logits[:, row[own], column[own]].mean(axis=1)
            name = KINDS[kind[mine[keep]]]
            told = tuple(s for s, value in zip(STATES, says, strict=True) if value > 0)
            left, top, right, bottom = (float(edge) for edge in box)
            found.append(Detection(name, (left, top, right, bottom), float(scores[mine[keep]]), told))
    return sorted(found, key=lambda one: -one.score)


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(clipped / (1 - clipped)))


def _walk(distances: Any, layer: Any, row: Any, column: Any, width: int, height: int) -> Any:
    """Boxes [n, 4] of cells: each edge where the cell says, or, if that is far, where one on the way says."""
    rows, columns = distances.shape[2:]
    x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
    edges = []
    for side, (dx, dy) in enumerate(((-1, 0), (0, -1), (1, 0), (0, 1))):
        at_row, at_column = row.copy(), column.copy()
        gone = distances[layer, side, at_row, at_column].astype(np.float64)
        base = np.zeros(len(row))
        moving = np.flatnonzero(gone > _FAR * REACH)
        step = int(REACH * 0.5) // STRIDE
        for _ in range(_STRIDES):
            if not len(moving):
                break
            nr, nc = at_row[moving] + dy * step, at_column[moving] + dx * step
            inside = (nr >= 0) & (nr < rows) & (nc >= 0) & (nc < columns)
            moving, nr, nc = moving[inside], nr[inside], nc[inside]
            at_row[moving], at_column[moving] = nr, nc
            base[moving] += step * STRIDE
            gone[moving] = distances[layer[moving], side, nr, nc]
            moving = moving[gone[moving] > _FAR * REACH]
        edges.append((x if dx else y) + (dx + dy) * (base + gone))
    boxes = np.stack(edges, axis=1) if len(row) else np.zeros((0, 4))
    return np.clip(boxes, 0, [width, height, width, height])


def _merge(boxes: Any, scores: Any, kinds: Any, overlap: float = 0.5) -> list[tuple[int, Any]]:
    """Non-maximum suppression across the kinds of one layer: (the best, all of its kind that go with it) each."""
    order = np.argsort(-scores, kind="stable")
    areas = np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)
    left = np.ones(len(boxes), bool)
    found = []
    for best in order:
        if not left[best]:
            continue
        rest = np.flatnonzero(left)
        wide = np.minimum(boxes[best, 2], boxes[rest, 2]) - np.maximum(boxes[best, 0], boxes[rest, 0])
        high = np.minimum(boxes[best, 3], boxes[rest, 3]) - np.maximum(boxes[best, 1], boxes[rest, 1])
        shared = np.maximum(wide, 0) * np.maximum(high, 0)
        smaller = np.minimum(areas[best], areas[rest])
        union = areas[best] + areas[rest] - shared
        same = (shared > overlap * np.maximum(union, 1e-9)) | (shared > 0.8 * np.maximum(smaller, 1e-9))
        same |= rest == best
        members = rest[same]
        left[members] = False
        voters = members[
            (kinds[members] == kinds[best]) & ((shared[same] > 0.6 * union[same]) | (members == best))
        ]
        found.append((int(best), voters if len(voters) else np.array([best])))
    return found
