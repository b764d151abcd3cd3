"""Small data sets, small checkpoints and short runs of supervised training."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageDraw

from model.training.data.dataset import FolderData
from model.training.data.records import GroundingItem, TextItem
from model.training.sft import Options
from tests.tools.random_weights import make_checkpoint
from tests.training.makers import ORIGIN

torch.set_num_threads(1)  # threads of a busy machine wait for each other
COLOURS = ("red", "green", "blue", "orange")


def boxes(path: Path, pictures: int = 6, questions: int = 2, **origin: Any) -> FolderData:
    """Squares of two colours on pictures of several sizes, and where each is."""
    data = FolderData(path, create=True)
    rng = random.Random(str(origin))
    for number in range(pictures):
        image = Image.new("RGB", (rng.choice((84, 112, 140)), 84), "white")
        draw = ImageDraw.Draw(image)
        spots = []
        for place, colour in enumerate(rng.sample(COLOURS, questions)):
            x, y = 2 + 40 * place + rng.randint(0, 8), rng.randint(2, 56)
            draw.rectangle((x, y, x + 24, y + 24), fill=colour)
            spots.append((colour, (x, y, x + 24, y + 24)))
        picture = data.add_picture(image)
        for colour, box in spots:
            name = f"{origin.get('split', 'train')}-{number}-{colour}"
            data.append(
                GroundingItem(
                    id=name,
                    origin=ORIGIN.model_copy(update=origin),
                    picture=picture,
                    instruction=f"the {colour} square" + " in the picture" * (number % 3),
                    boxes=(box,),
                )
            )
    return data


def texts(path: Path, count: int = 6) -> FolderData:
    """Sums and what they come to."""
    data = FolderData(path, create=True)
    for number in range(count):
        text = TextItem(id=f"t{number}", origin=ORIGIN, prompt=f"{number} + 1", completion=f"{number + 1}")
        data.append(text)
    return data


def checkpoint(path: Path, kind: str = "qwen2_5_vl", seed: int = 0) -> Path:
    """A checkpoint of random weights; one that is there already is taken."""
    return path if (path / "config.json").is_file() else make_checkpoint(kind, path, seed=seed)


def options(folder: Path, out: str = "out", **more: Any) -> Options:
    """Six steps on `folder/data` from `folder/base`."""
    known: dict[str, Any] = {
        "family": "gta1", "steps": 6, "lr": 1e-3, "batch": 4, "micro": 2, "device": "cpu", "save_every": 2,
    }  # fmt: skip
    return Options(data=folder / "data", model=folder / "base", out=folder / out, **{**known, **more})
