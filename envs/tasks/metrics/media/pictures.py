"""How alike two pictures are: structural similarity, brightness, and a hash that sees what eyes see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from envs.tasks.metrics.limits import Unreadable, open_picture

WINDOW = 7


def opened(path: str | None) -> Any:
    """A picture, read completely, as Pillow's image.

    Raises:
        Unreadable: it is none.
    """
    if not path or not Path(path).is_file():
        raise Unreadable(f"{path}: no such picture")
    try:
        with open_picture(path) as found:
            found.load()
            return found.copy()
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Unreadable(f"{path}: {error}") from error


def alike(one: Any, other: Any) -> tuple[np.ndarray, np.ndarray]:
    """Two images as arrays with the same channels: grey where both are, with alpha where either has it.

    Raises:
        Unreadable: their sizes differ.
    """
    if one.size != other.size:
        raise Unreadable(f"sizes {one.size} and {other.size}")
    modes = {one.mode, other.mode}
    clear = any(mode in ("RGBA", "LA", "PA") for mode in modes) or any(
        "transparency" in i.info for i in (one, other)
    )
    mode = "RGBA" if clear else "L" if modes <= {"L", "1"} else "RGB"
    return np.asarray(one.convert(mode)), np.asarray(other.convert(mode))


def similarity(one: np.ndarray, other: np.ndarray) -> float:
    """Mean structural similarity (Wang et al. 2004) of 8-bit pictures of one size: a 7×7 window, sample
    variance, the mean over channels, and no border. Pictures smaller than the window are the same (1) or not
    (0)."""
    import cv2

    if one.ndim == 3:
        return float(np.mean([similarity(one[..., i], other[..., i]) for i in range(one.shape[2])]))
    if min(one.shape) < WINDOW:
        return float(np.array_equal(one, other))
    a, b = one.astype(np.float64), other.astype(np.float64)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (WINDOW, WINDOW), borderType=cv2.BORDER_REFLECT)

    sample = WINDOW**2 / (WINDOW**2 - 1)
    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = sample * (mean(a * a) - mean_a**2), sample * (mean(b * b) - mean_b**2)
    both = sample * (mean(a * b) - mean_a * mean_b)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    found = top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    edge = WINDOW // 2
    return float(found[edge:-edge, edge:-edge].mean())


def same_structure(one: Any, other: Any, threshold: float = 0.9) -> bool:
    """Whether two images of one size have a structural similarity of at least `threshold`."""
    try:
        return similarity(*alike(one, other)) >= threshold
    except Unreadable:
        return False


def brightness(image: Any) -> float:
    """Mean of the grey picture, 0–255."""
    return float(np.asarray(image.convert("L"), dtype=np.float64).mean())


def perceptual_hash(grey: np.ndarray) -> np.ndarray:
    """64 truth values of a grey picture: which low frequencies are stronger than their median."""
    import cv2

    small = cv2.resize(grey.astype(np.float32), (32, 32), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small)[:8, :8]
    return np.asarray(low > np.median(low)).ravel()
