"""ms-swift: JSON Lines with `messages` and `images` (its documentation, Custom dataset).

    swift sft --dataset FOLDER/train.jsonl …       (run in FOLDER, or with ROOT_IMAGE_DIR=FOLDER)

`<image>` stands where a picture goes. `loss` of a past answer is true where its step is to be learned.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from model.training.data.records import Record
from model.training.data.render import Example
from model.training.data.writers.base import (
    JsonLines,
    PictureFiles,
    alternating,
    images_of,
    plain,
    refuse,
)

RESERVED = ("<image>", "<video>", "<audio>", "<bbox>", "<ref-object>")


class SwiftWriter:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._rows, self._pictures = JsonLines(folder), PictureFiles(folder)

    def add(self, record: Record, example: Example) -> None:
        alternating(example, "ms-swift")
        messages: list[dict[str, Any]] = []
        for place, message in enumerate(example.messages):
            said: dict[str, Any] = {"role": message.role, "content": plain(example, message, RESERVED)}
            if message.role == "assistant":
                said["loss"] = place in example.learned
            messages.append(said)
        refuse(example, example.completion, RESERVED)
        messages.append({"role": "assistant", "content": example.completion, "loss": True})
        images = [self._pictures.add(image) for image in images_of(example)]
        self._rows.add(record.origin.split, {"id": example.id, "messages": messages, "images": images})

    def close(self, good: bool) -> None:
        self._pictures.close(good)
        self._rows.close(good)
