"""A picture within a screenshot, at any scale from a half to the double."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from action_space.geometry import Box
from agent.rpa.query import Match

_SCALES = (1.0, 1.25, 0.8, 1.5, 2.0, 0.667, 0.5, 1.1, 0.9, 1.75, 1.333, 0.75)
_ENOUGH = 0.86
_MOST = 20
"""Places that are reported."""


def find_picture(given: str | Path | Image.Image, screen: Image.Image) -> list[Match]:
    """Where `given` is on `screen`, the best first; scores are normalised correlations.

    Raises:
        ValueError: it cannot be read, is larger than the screen, or is of one colour only.
    """
    import cv2
    import numpy as np

    wanted = _opened(given)
    name = Path(given).stem if isinstance(given, str | Path) else ""
    part = np.asarray(wanted.convert("RGB"))
    if float(part.reshape(-1, 3).std(axis=0).max()) < 3.0:
        raise ValueError(f"image: {_told(given)} is blank: one colour can be anywhere")
    pixels = np.asarray(screen.convert("RGB"))
    found: list[tuple[float, Box]] = []
    fits = False
    for scale in _SCALES:
        height, width = round(part.shape[0] * scale), round(part.shape[1] * scale)
        if min(height, width) < 6 or height > pixels.shape[0] or width > pixels.shape[1]:
            continue
        fits = True
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        sized = part if scale == 1.0 else cv2.resize(part, (width, height), interpolation=how)
        scores = cv2.matchTemplate(pixels, sized, cv2.TM_CCOEFF_NORMED)
        found += _peaks(scores, width, height)
        if scale == 1.0 and found and max(found)[0] > 0.98:
            break  # it is there as it was taken
    if not fits:
        raise ValueError(f"image: {_told(given)} is {wanted.width}×{wanted.height}, which does not fit the screen")
    kept: list[Match] = []
    for score, box in sorted(found, key=lambda one: -one[0]):
        if not any(match.box.intersection(box).area > 0.3 * min(match.box.area, box.area) for match in kept):
            kept.append(Match(name, "image", box, round(min(1.0, score), 3), "looks like the picture"))
    return kept[:_MOST]


def _peaks(scores: Any, width: int, height: int) -> list[tuple[float, Box]]:
    """The highest places, apart by half the picture's size."""
    import numpy as np

    scores = np.where(np.isfinite(scores), scores, 0.0)
    found: list[tuple[float, Box]] = []
    while len(found) < _MOST:
        y, x = (int(one) for one in np.unravel_index(int(scores.argmax()), scores.shape))
        score = float(scores[y, x])
        if score < (_ENOUGH if found else 0.5):
            break
        found.append((score, Box(x, y, x + width, y + height)))
        scores[max(0, y - height // 2) : y + height // 2 + 1, max(0, x - width // 2) : x + width // 2 + 1] = 0.0
    return found


def _opened(given: str | Path | Image.Image) -> Image.Image:
    if isinstance(given, Image.Image):
        return given
    try:
        with Image.open(given) as file:
            return file.convert("RGB")
    except FileNotFoundError:
        raise ValueError(f"image: {given}: there is no such file") from None
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"image: {given}: is not a picture that can be read ({error})") from None


def _told(given: str | Path | Image.Image) -> str:
    return str(given) if isinstance(given, str | Path) else "the picture"
