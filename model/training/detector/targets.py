"""What the network should say: crops of labelled screens, and the grid of answers for each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from model.embedded.eyes.detector import KINDS, LAYERS, REACH, STATES, STRIDE
from model.training.data.base import DataError
from model.training.data.dataset import open_data
from model.training.data.records import ParsedScreen

_CORE = 0.3  # of the height above and below the middle of an element, where its cells must speak for it
_RARE = {"radio": 3.0, "select": 2.5, "tab": 2.0, "slider": 2.5, "switch": 2.0, "field": 2.0, "checkbox": 1.5,
         "menu_item": 1.5, "image": 1.5, "dialog": 2.0, "text": 0.5, "cell": 0.7}  # fmt: skip


@dataclass(frozen=True)
class Screen:
    """A labelled picture: file, kinds [n], boxes [n, 4] in pixels, states [n, states].

    `pixels`: the picture, uint8 RGB [height, width, 3], if it is held in memory.
    """

    path: Path
    look: str
    width: int
    height: int
    kinds: Any
    boxes: Any
    states: Any
    pixels: Any = None


def load_screens(folders: list[Path], in_memory: bool = False) -> list[Screen]:
    """Every parsed screen of some data sets, on request with the pictures themselves.

    Raises:
        DataError: a folder holds no data set, a record is wrong, or there is no parsed screen at all.
    """
    found = []
    for folder in folders:
        for record in open_data(folder):
            if isinstance(record, ParsedScreen) and record.elements:
                found.append(_screen(folder, record))
    if in_memory:
        with ThreadPoolExecutor() as pool:
            pictures = pool.map(lambda screen: read_picture(screen.path), found)
            found = [replace(screen, pixels=pixels) for screen, pixels in zip(found, pictures, strict=True)]
    if not found:
        raise DataError(f"{', '.join(map(str, folders))}: no parsed screen in it; `agent data synth` makes some")
    return found


def _screen(folder: Path, record: ParsedScreen) -> Screen:
    kinds = np.array([KINDS.index(e.kind) for e in record.elements], np.int64)
    boxes = np.array([e.box for e in record.elements], np.float32)
    states = np.array([[s in e.states for s in STATES] for e in record.elements], np.float32)
    return Screen(
        folder / record.picture.path,
        record.look,
        record.picture.width,
        record.picture.height,
        kinds,
        boxes,
        states,
    )


def read_picture(path: Path) -> Any:
    """A picture, uint8 RGB [height, width, 3]. Raises DataError where it is missing or broken."""
    import cv2

    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise DataError(f"{path}: missing, or no picture")
    return np.ascontiguousarray(picture[..., ::-1])


@dataclass(frozen=True)
class Crop:
    """A piece of a screen as the network gets it."""

    picture: Any  # uint8 RGB, [height, width, 3]
    kinds: Any
    boxes: Any
    states: Any
    shown: Any  # [n], the part of each element that is on the crop


def crop(screen: Screen, picture: Any, rng: np.random.Generator, width: int, height: int) -> Crop:
    """A random piece around a random element, rare kinds more often, scaled and coloured by chance."""
    import cv2

    scale = float(np.exp(rng.uniform(np.log(0.7), np.log(1.5)))) if rng.random() < 0.7 else 1.0
    wide, high = min(width / scale, screen.width), min(height / scale, screen.height)
    weights = np.array([_RARE.get(KINDS[k], 1.0) for k in screen.kinds])
    at = screen.boxes[rng.choice(len(weights), p=weights / weights.sum())]
    x = float(rng.uniform(at[0], at[2])) - rng.uniform(0.2, 0.8) * wide
    y = float(rng.uniform(at[1], at[3])) - rng.uniform(0.2, 0.8) * high
    left, top = int(np.clip(x, 0, screen.width - wide)), int(np.clip(y, 0, screen.height - high))
    piece = picture[top : top + int(high), left : left + int(wide)]
    if scale != 1.0:
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        piece = cv2.resize(piece, None, fx=scale, fy=scale, interpolation=way)
    piece = piece[:height, :width]
    piece = cv2.copyMakeBorder(piece, 0, height - piece.shape[0], 0, width - piece.shape[1], cv2.BORDER_REPLICATE)
    whole = (screen.boxes - np.array([left, top, left, top], np.float32)) * scale
    cut = np.clip(whole, 0, [width, height, width, height]).astype(np.float32)
    sizes = (whole[:, 2] - whole[:, 0]) * (whole[:, 3] - whole[:, 1])
    shown = (cut[:, 2] - cut[:, 0]) * (cut[:, 3] - cut[:, 1]) / np.maximum(sizes, 1e-6)
    seen = shown > 0.02
    return Crop(_colours(piece, rng), screen.kinds[seen], cut[seen], screen.states[seen], shown[seen])


def _colours(piece: Any, rng: np.random.Generator) -> Any:
    import cv2

    if rng.random() < 0.12:
        piece = 255 - piece
    if rng.random() < 0.25:
        piece = piece[..., rng.permutation(3)]
    if rng.random() < 0.08:
        piece = np.repeat(piece.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    if rng.random() < 0.25:
        piece = np.clip(piece.astype(np.float32) * rng.uniform(0.75, 1.15) + rng.uniform(-20, 20), 0, 255).astype(
            np.uint8
        )
    if rng.random() < 0.2:
        quality = int(rng.integers(35, 95))
        packed = cv2.imencode(".jpg", np.ascontiguousarray(piece), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        piece = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(piece)


def answers(one: Crop) -> dict[str, Any]:
    """The grids for a crop of `height`×`width` cells.

    Returns:
        kinds: [kinds, rows, columns], 1 where a cell speaks for an element of the kind.
        care: the same, 0 where it may say what it likes (the rim of an element, one that is cut off).
        weight: the same, the weight of the cell: an element's cells together weigh the root of their number.
        edges: [layers, 4, rows, columns], distances in pixels, at most `REACH`.
        inside: [layers, rows, columns], the weight of the distances there; 0 where there is no element.
        states: [states, rows, columns] and `told` [rows, columns], their weight.
    """
    rows, columns = one.picture.shape[0] // STRIDE, one.picture.shape[1] // STRIDE
    kinds = np.zeros((len(KINDS), rows, columns), np.float32)
    care, weight = np.ones_like(kinds), np.ones_like(kinds)
    edges = np.zeros((len(LAYERS), 4, rows, columns), np.float32)
    inside = np.zeros((len(LAYERS), rows, columns), np.float32)
    states = np.zeros((len(STATES), rows, columns), np.float32)
    told = np.zeros((rows, columns), np.float32)
    middles_x = (np.arange(columns) + 0.5) * STRIDE
    middles_y = (np.arange(rows) + 0.5) * STRIDE
    areas = (one.boxes[:, 2] - one.boxes[:, 0]) * (one.boxes[:, 3] - one.boxes[:, 1])
    for i in np.argsort(-areas):  # small ones last: they lie on top
        left, top, right, bottom = one.boxes[i]
        kind = int(one.kinds[i])
        layer = next(n for n, names in enumerate(LAYERS) if KINDS[kind] in names)
        r0, r1 = _cells(top, bottom, rows)
        c0, c1 = _cells(left, right, columns)
        y, x = middles_y[r0:r1, None], middles_x[None, c0:c1]
        care[kind, r0:r1, c0:c1] = 0
        if one.shown[i] < 0.3 or right - left < 3 or bottom - top < 3:
            continue
        here = np.s_[layer, :, r0:r1, c0:c1]
        edges[here] = np.clip(np.stack(np.broadcast_arrays(x - left, y - top, right - x, bottom - y)), 0.5, REACH)
        share = 1 / np.sqrt((r1 - r0) * (c1 - c0))
        inside[layer, r0:r1, c0:c1] = share
        middle_r, middle_c = (
            _core(top, bottom, r0, r1, middles_y, _CORE),
            _core(left, right, c0, c1, middles_x, _CORE, 24),
        )
        core = np.s_[kind, middle_r[0] : middle_r[1], middle_c[0] : middle_c[1]]
        for other in LAYERS[layer]:
            k = KINDS.index(other)
            kinds[k, middle_r[0] : middle_r[1], middle_c[0] : middle_c[1]] = 0
        kinds[core] = 1
        care[core] = 1
        cells = (middle_r[1] - middle_r[0]) * (middle_c[1] - middle_c[0])
        weight[core] = _RARE.get(KINDS[kind], 1.0) / np.sqrt(cells)
        if KINDS[kind] not in ("text", "heading", "cell", "image", "icon", "link"):
            area = np.s_[middle_r[0] : middle_r[1], middle_c[0] : middle_c[1]]
            states[(slice(None), *area)] = one.states[i][:, None, None]
            told[area] = 1 / np.sqrt(cells)
    return {
        "kinds": kinds,
        "care": care,
        "weight": weight,
        "edges": edges,
        "inside": inside,
        "states": states,
        "told": told,
    }


def _cells(low: float, high: float, count: int) -> tuple[int, int]:
    """First and last + 1 of the cells whose middle lies between two pixels; at least one."""
    first = int(np.ceil(low / STRIDE - 0.5))
    last = int(np.floor(high / STRIDE - 0.5)) + 1
    if last <= first:
        first = int((low + high) / 2 / STRIDE)
        last = first + 1
    return max(0, min(first, count - 1)), max(1, min(last, count))


def _core(
    low: float, high: float, first: int, last: int, middles: Any, share: float, most: float = 1e9
) -> tuple[int, int]:
    """The cells around the middle; along a long side all but `most` pixels at each end."""
    rim = min((0.5 - share) * (high - low), most)
    good = [i for i in range(first, last) if low + rim <= middles[i] <= high - rim]
    if not good:
        good = [min(range(first, last), key=lambda i: abs(middles[i] - (low + high) / 2))]
    return good[0], good[-1] + 1
