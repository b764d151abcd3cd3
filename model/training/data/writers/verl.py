"""verl: Parquet with prompts and what a reward needs to know (its documentation, Prepare data for post-training).

    data.train_files=FOLDER/train.parquet data.image_key=images data.prompt_key=prompt

`reward_model.ground_truth` is JSON: of a grounding item `boxes` and `absent`; of a step `action` and `target`.
Places in it are pixels of the original picture, `screen` is its size, and `model` the size of the space that the
family answers in. `extra_info.answer` is the answer in the family's words.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model.training.data.pictures import encode
from model.training.data.records import Episode, GroundingItem, Record, TextItem
from model.training.data.render import Example
from model.training.data.writers.base import ParquetRows, images_of, plain

RESERVED = ("<image>", "<video>", "<audio>")


class VerlWriter:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._rows = ParquetRows(folder, _schema())
        self._counts: dict[str, int] = {}

    def add(self, record: Record, example: Example) -> None:
        split = record.origin.split
        number = self._counts.get(split, 0)
        row = {
            "data_source": f"gui/{record.record}",
            "prompt": [
                {"role": message.role, "content": plain(example, message, RESERVED)}
                for message in example.messages
            ],
            "images": [{"bytes": encode(image)} for image in images_of(example)],
            "ability": "gui",
            "reward_model": {
                "style": "rule",
                "ground_truth": json.dumps(_truth(record, example), ensure_ascii=False),
            },
            "extra_info": {"split": split, "index": number, "id": example.id, "answer": example.completion},
        }
        self._rows.add(split, row)
        self._counts[split] = number + 1

    def close(self, good: bool) -> None:
        self._rows.close(good)


def _truth(record: Record, example: Example) -> dict[str, Any]:
    truth: dict[str, Any] = {}
    if isinstance(record, GroundingItem):
        truth = {"boxes": record.boxes, "absent": record.absent}
    elif isinstance(record, Episode):
        step = record.steps[int(example.id.rpartition("#")[2])]
        truth = {"action": step.action, "target": step.target}
    elif isinstance(record, TextItem):
        truth = {"text": record.completion}
    if example.frame is not None:
        truth |= {"screen": list(example.frame.screen), "model": list(example.frame.model_size)}
    return truth


def _schema() -> Any:
    import pyarrow

    text = pyarrow.string()
    return pyarrow.schema(
        [
            ("data_source", text),
            ("prompt", pyarrow.list_(pyarrow.struct([("role", text), ("content", text)]))),
            ("images", pyarrow.list_(pyarrow.struct([("bytes", pyarrow.binary())]))),
            ("ability", text),
            ("reward_model", pyarrow.struct([("style", text), ("ground_truth", text)])),
            (
                "extra_info",
                pyarrow.struct([("split", text), ("index", pyarrow.int64()), ("id", text), ("answer", text)]),
            ),
        ]
    )
