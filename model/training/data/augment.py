"""Pictures made harder to read: blur, things in front, pen strokes as of handwriting. Deterministic by seed.

What is in front never touches what is asked for, so that the answer stays right. Parsed screens are only
blurred: what covers an element would make its label wrong. Episodes stay as they are, a picture of theirs
belongs to its history.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from model.training.data.dataset import DataError, FolderData
from model.training.data.records import Box, GroundingItem, ParsedScreen, Record

Draw = Callable[[Image.Image, tuple[Box, ...], random.Random], Image.Image]


def blur(image: Image.Image, targets: tuple[Box, ...], rng: random.Random) -> Image.Image:
    """As a picture that was scaled or badly compressed: a Gaussian of 0.4 to 1.4 pixels at a width of 1280."""
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.4) * max(0.5, image.width / 1280)))


def occlusion(image: Image.Image, targets: tuple[Box, ...], rng: random.Random) -> Image.Image:
    """One to three plain panes in front, each up to a twelfth of the picture."""
    image = image.copy()
    pen = ImageDraw.Draw(image)
    for _ in range(rng.randint(1, 3)):
        for _ in range(20):
            width, height = (rng.uniform(0.08, 0.29) * side for side in image.size)
            left, top = rng.uniform(0, image.width - width), rng.uniform(0, image.height - height)
            pane = (left, top, left + width, top + height)
            if not any(_touch(pane, target) for target in targets):
                grey = rng.randint(40, 250)
                edge = tuple(max(0, grey - 60) for _ in range(3))
                pen.rectangle(pane, fill=(grey, grey, grey), outline=edge, width=2)
                break
    return image


def handwriting(image: Image.Image, targets: tuple[Box, ...], rng: random.Random) -> Image.Image:
    """One to three lines of loops and strokes, as of a pen, that mean nothing."""
    image = image.copy()
    pen = ImageDraw.Draw(image)
    unit = max(1.0, image.width / 640)
    for _ in range(rng.randint(1, 3)):
        ink = rng.choice(((20, 30, 120), (180, 20, 30), (20, 20, 20)))
        for _ in range(20):
            size = rng.uniform(7, 16) * unit
            length = rng.uniform(6, 18) * size
            x = rng.uniform(0, max(1.0, image.width - length))
            y = rng.uniform(size * 2, max(size * 2 + 1, image.height - size * 2))
            if any(
                _touch((x - size, y - 2 * size, x + length + size, y + 2 * size), target) for target in targets
            ):
                continue
            slant, phase = rng.uniform(-0.1, 0.1), rng.uniform(0, math.tau)
            points = []
            for step in range(int(length / size * 14)):
                turn = step / 14 * math.tau * rng.uniform(0.97, 1.03) + phase
                tall = size * (0.5 + 0.4 * math.sin(step / 9 + phase))
                along = step / 14 * size
                points.append((x + along - tall * 0.5 * math.sin(turn), y + slant * along - tall * math.cos(turn)))
            pen.line(points, fill=ink, width=max(1, round(1.4 * unit)), joint="curve")
            break
    return image


KINDS: dict[str, Draw] = {"blur": blur, "occlusion": occlusion, "handwriting": handwriting}


def augmented(
    record: Record, target: FolderData, kinds: tuple[str, ...], *, share: float = 0.2, seed: int = 0
) -> Iterator[Record]:
    """Harder copies of a training record whose picture `target` holds: of `kinds`, each with a chance of `share`.

    Raises:
        DataError: a kind is not known, or the share is none.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise DataError(f"augment: {unknown[0]!r}; accepted: {', '.join(KINDS)}")
    if not 0 <= share <= 1:
        raise DataError(f"share: {share}; accepted: 0 to 1")
    if record.origin.split != "train" or not isinstance(record, GroundingItem | ParsedScreen):
        return
    for kind in kinds:
        if isinstance(record, ParsedScreen) and kind != "blur":
            continue
        rng = random.Random(_number(seed, record.id, kind))
        if rng.random() >= share:
            continue
        boxes = record.boxes if isinstance(record, GroundingItem) else ()
        image = KINDS[kind](target.open_picture(record.picture), boxes, rng)
        picture = target.add_picture(image, scale=record.picture.scale)
        change: dict[str, Any] = {"id": f"{record.id}~{kind}", "picture": picture}
        yield record.model_copy(update=change)


def _number(seed: int, *names: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join((str(seed), *names)).encode("utf-8", "replace")).digest()[:8])


def _touch(one: tuple[float, ...], other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
