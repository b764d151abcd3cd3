"""Names common user-interface icons from small crops: heart, cart, magnifier, menu, close, bin, gear …

A small convolutional network over the icon's opacity at 24×24, trained by `train_icons` on openly licensed sets
(see docs/licences.md). What is no icon that it knows gets the name "".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import cv2
import numpy as np

from model import onnx_runtime
from model.embedded.eyes.icons.words import CONCEPTS

__all__ = ["CONCEPTS", "SIDE", "classify", "normalise", "views_of"]

SIDE: Final = 24  # pixels of the picture that the network sees
_CONTRAST: Final = 20  # least difference from the background, of 255, that counts as drawn
_BATCH: Final = 256


@lru_cache(maxsize=1)
def _network() -> tuple[Any, list[str], float]:
    """The network, its class names ("" is the reject class) and the least probability of an accepted name."""
    session = onnx_runtime.session(files("model.embedded.eyes.icons").joinpath("icons.onnx").read_bytes())
    about = session.get_modelmeta().custom_metadata_map
    return session, json.loads(about["names"]), float(about["threshold"])


def classify(crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
    """Name and confidence 0–1 of each crop, in order; ("", confidence of that) where it is no known icon.

    Args:
        crops: RGB pictures, 0–255, each around one icon; some background around it helps. A crop of a button
            that holds one icon works as well.
    """
    views, owner = [], []
    for i, crop in enumerate(crops):
        for view in views_of(crop):
            views.append(view)
            owner.append(i)
    result = [("", 1.0)] * len(crops)
    if not views:
        return result
    session, names, threshold = _network()
    stack = np.stack(views)[:, None].astype(np.float32) / 255
    chances = np.concatenate(
        [session.run(None, {"image": stack[at : at + _BATCH]})[0] for at in range(0, len(stack), _BATCH)]
    )
    best: dict[int, float] = {}
    reject = names.index("")
    for i, chance in zip(owner, chances, strict=True):
        known = chance.copy()
        known[reject] = 0
        top = int(known.argmax())
        score = float(known[top])
        if score > best.get(i, -1.0):
            best[i] = score
            result[i] = (names[top], score) if score >= threshold else ("", 1 - score)
    return result


def normalise(crop: np.ndarray, ground: np.ndarray | None = None) -> np.ndarray | None:
    """What is drawn in an RGB crop, as opacity 0–255 at SIDE×SIDE: cut to its extent, centred, shape kept.

    Args:
        ground: the background's colour; default: the commonest colour along the crop's border.

    Returns:
        None where nothing differs from the background.
    """
    if ground is None:
        ground = _common(_border(crop))[0]
    diff = np.abs(crop[..., :3].astype(np.int16) - ground).max(axis=2)
    top = int(diff.max())
    if top < _CONTRAST:
        return None
    # A few brighter pixels must not make a pale icon vanish.
    full = max(float(_CONTRAST), float(np.percentile(diff[diff >= max(_CONTRAST, top // 4)], 70)))
    alpha = np.minimum(255.0, diff * (255.0 / full)).astype(np.uint8)
    ys, xs = np.nonzero(alpha > 50)
    if len(xs) < 3:
        return None
    cut = alpha[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    scale = (SIDE - 2) / max(cut.shape)
    w, h = max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale))
    small = cv2.resize(cut, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    out = np.zeros((SIDE, SIDE), np.uint8)
    out[(SIDE - h) // 2 : (SIDE - h) // 2 + h, (SIDE - w) // 2 : (SIDE - w) // 2 + w] = small
    return out


def views_of(crop: np.ndarray) -> list[np.ndarray]:
    """The crop as it is, and, where it shows a filled button, what is drawn on the button."""
    if crop.ndim != 3 or min(crop.shape[:2]) < 3:
        return []
    ground, _ = _common(_border(crop))
    views = [normalise(crop, ground)]
    inner, weight = _common(crop.reshape(-1, crop.shape[2])[:, :3])
    if np.abs(inner.astype(np.int16) - ground).max() >= _CONTRAST and weight > 0.3:
        close = (np.abs(crop[..., :3].astype(np.int16) - inner).max(axis=2) < _CONTRAST).astype(np.uint8)
        solid = np.zeros_like(close)
        contours, _ = cv2.findContours(close, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(solid, [max(contours, key=cv2.contourArea)], -1, 1, cv2.FILLED)
        if solid.mean() > 0.5:  # only what lies inside the button's outline
            on = np.where(cv2.erode(solid, np.ones((3, 3), np.uint8))[..., None] > 0, crop[..., :3], inner)
            views.append(normalise(on.astype(np.uint8), inner))
    return [v for v in views if v is not None]


def _border(crop: np.ndarray) -> np.ndarray:
    return np.concatenate([crop[0], crop[-1], crop[1:-1, 0], crop[1:-1, -1]])[:, :3]


def _common(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """The commonest colour of a list of pixels and its share."""
    p = pixels.astype(np.int32) >> 4
    keys = (p[:, 0] << 8) | (p[:, 1] << 4) | p[:, 2]
    counts = np.bincount(keys, minlength=4096)
    best = int(counts.argmax())
    return np.median(pixels[keys == best], axis=0).astype(np.int16), float(counts[best] / len(keys))
