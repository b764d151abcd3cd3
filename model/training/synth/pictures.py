"""Pictures for the pages: skies, fields, still lifes and faces of noise and shapes, none of them anybody's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def _clouds(rng: Any, height: int, width: int, roughness: float) -> Any:
    """Noise of several octaves in [0, 1], [height, width]."""
    import cv2

    total = np.zeros((height, width), np.float32)
    for octave in range(2, 8):
        small = rng.random((2**octave, 2**octave), dtype=np.float32)
        total += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) * roughness**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def draw(rng: Any) -> Any:
    """One picture, uint8 BGR, [240, 320, 3]."""
    import cv2

    height, width = 240, 320
    colours = rng.integers(0, 256, (4, 3)).astype(np.float32)
    if rng.random() < 0.6:
        colours = colours * 0.5 + colours.mean(axis=1, keepdims=True) * 0.5  # photographs are seldom gaudy
    base = _clouds(rng, height, width, float(rng.uniform(0.4, 0.8)))[..., None]
    slope = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    picture = colours[0] * (1 - slope) + colours[1] * slope
    picture = picture * (1 - base * 0.5) + colours[2] * base * 0.5
    picture = np.ascontiguousarray(picture.astype(np.uint8))
    for _ in range(int(rng.integers(0, 7))):
        colour = [int(c) for c in rng.integers(0, 256, 3)]
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        a, b = int(rng.integers(8, 120)), int(rng.integers(8, 100))
        kind = int(rng.integers(0, 3))
        if kind == 0:
            cv2.ellipse(picture, (x, y), (a, b), float(rng.integers(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(picture, (x, y), (x + a, y + b), colour, -1)
        else:
            corners = rng.integers(0, [width, height], (int(rng.integers(3, 6)), 2)).astype(np.int32)
            cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA)
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.6, 3)))
    grain = rng.normal(0, float(rng.uniform(0, 9)), picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def draw_all(folder: Path, count: int, seed: int) -> list[str]:
    """`count` pictures as JPEG files in `folder`; their file: addresses."""
    import cv2

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    paths = []
    for number in range(count):
        path = folder / f"{number}.jpg"
        cv2.imwrite(str(path), draw(rng), [cv2.IMWRITE_JPEG_QUALITY, 88])
        paths.append(path.resolve().as_uri())
    return paths
