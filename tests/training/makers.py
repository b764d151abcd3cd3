"""Small data sets with real pictures."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from model.training.data.dataset import FolderData
from model.training.data.records import Episode, GroundingItem, Origin, Picture, Step

ORIGIN = Origin(source="test", licence="MIT", language="en", platform="web")


def screen(number: int = 0, size: tuple[int, int] = (640, 400)) -> Image.Image:
    """A picture that is different for every number, by more than a perceptual hash forgives."""
    image = Image.new("RGB", size, (240, 240, 250))
    draw = ImageDraw.Draw(image)
    rng = random.Random(number)
    for row in range(8):
        for column in range(8):
            if rng.random() < 0.5:
                x, y = column * size[0] // 8, row * size[1] // 8
                draw.rectangle((x, y, x + size[0] // 9, y + size[1] // 9), fill=(20 * row, 90, 20 * column))
    draw.text((10, 10), f"screen {number}", fill="black")
    return image


def item(picture: Picture, name: str = "item", **fields: Any) -> GroundingItem:
    known: dict[str, Any] = {"instruction": "the red button", "boxes": ((100, 40, 180, 70),), "origin": ORIGIN}
    return GroundingItem(id=name, picture=picture, **{**known, **fields})


def episode(folder: FolderData, steps: int = 4, name: str = "episode", **fields: Any) -> Episode:
    """Clicks along a diagonal, then `finished`."""
    done = []
    for number in range(steps):
        picture = folder.add_picture(screen(number))
        last = number == steps - 1
        action: dict[str, Any] = {"action": "click", "start_point": [50 + 40 * number, 40 + 30 * number]}
        done.append(
            Step(
                picture=picture,
                thought=f"Now step {number}.",
                action={"action": "finished"} if last else action,
                outcome="done",
                effect="" if last else "the page changed",
                notes=("A note.",) if number == 1 else (),
            )
        )
    known: dict[str, Any] = {"task": "Press them all.", "verdict": "verified"}
    return Episode(id=name, origin=ORIGIN, steps=tuple(done), **{**known, **fields})


def folder(path: Path) -> FolderData:
    return FolderData(path, create=True)
