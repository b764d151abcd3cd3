"""LLaMA-Factory: JSON Lines in its sharegpt form, with `dataset_info.json` (its data/README.md).

    llamafactory-cli train … dataset_dir: FOLDER, media_dir: FOLDER, dataset: gui_train

It learns every assistant message unless `mask_history: true`; say so, past answers stand in no other family's
rows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model.training.data.base import write_whole
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

RESERVED = ("<image>", "<video>", "<audio>")


class LlamaFactoryWriter:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows, self._pictures = JsonLines(folder), PictureFiles(folder)

    def add(self, record: Record, example: Example) -> None:
        alternating(example, "LLaMA-Factory")
        refuse(example, example.completion, RESERVED)
        messages: list[dict[str, Any]] = [
            {"role": message.role, "content": plain(example, message, RESERVED)} for message in example.messages
        ]
        messages.append({"role": "assistant", "content": example.completion})
        images = [self._pictures.add(image) for image in images_of(example)]
        self._rows.add(record.origin.split, {"messages": messages, "images": images})

    def close(self, good: bool) -> None:
        self._pictures.close(good)
        self._rows.close(good)
        if good:
            info = {f"gui_{split}": _entry(f"{split}.jsonl") for split in self._rows.splits}
            write_whole(self._folder / "dataset_info.json", json.dumps(info, indent=2).encode() + b"\n")


def _entry(file: str) -> dict[str, Any]:
    return {
        "file_name": file,
        "formatting": "sharegpt",
        "columns": {"messages": "messages", "images": "images"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    }
