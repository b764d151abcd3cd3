"""TRL: conversational prompt and completion with a column of images (TRL's dataset formats, vision).

    datasets.load_dataset("parquet", data_files={"train": "FOLDER/train.parquet"})

`SFTTrainer` takes it as it is, with `max_length=None`, so that no prompt is cut inside a picture. The pictures
have the size that the family's rule gives: the processor must leave it (`min_pixels`, `max_pixels` as in
docs/models.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

from model.base import Message
from model.training.data.pictures import encode
from model.training.data.records import Record
from model.training.data.render import Example
from model.training.data.writers.base import ParquetRows, images_of


class TrlWriter:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._rows = ParquetRows(folder, _schema())

    def add(self, record: Record, example: Example) -> None:
        answer = Message("assistant", (example.completion,))
        row = {
            "id": example.id,
            "prompt": [_message(message) for message in example.messages],
            "completion": [_message(answer)],
            "images": [{"bytes": encode(image), "path": None} for image in images_of(example)],
        }
        self._rows.add(record.origin.split, row)

    def close(self, good: bool) -> None:
        self._rows.close(good)


def _message(message: Message) -> dict[str, Any]:
    parts = [
        {"type": "image", "text": None} if isinstance(part, Image.Image) else {"type": "text", "text": part}
        for part in message.parts
    ]
    return {"role": message.role, "content": parts}


def _schema() -> Any:
    """With the note that tells `datasets` that these bytes are pictures."""
    import pyarrow

    text = pyarrow.string()
    content = pyarrow.list_(pyarrow.struct([("type", text), ("text", text)]))
    turns = pyarrow.list_(pyarrow.struct([("role", text), ("content", content)]))
    images = pyarrow.list_(pyarrow.struct([("bytes", pyarrow.binary()), ("path", text)]))
    value = {"dtype": "string", "_type": "Value"}
    said = [{"role": value, "content": [{"type": value, "text": value}]}]
    features = {"id": value, "prompt": said, "completion": said, "images": [{"_type": "Image"}]}
    note = json.dumps({"info": {"features": features}})
    columns = [("id", text), ("prompt", turns), ("completion", turns), ("images", images)]
    return pyarrow.schema(columns, metadata={"huggingface": note})
