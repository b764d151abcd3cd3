"""Figures of a model while it is trained: items, question and scoring of `agent eval`, a model in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent.evaluate.datasets.base import Item
from agent.evaluate.datasets.locate import Locate
from agent.evaluate.datasets.shapes import Target
from agent.evaluate.recorded.runner import row_of_item
from agent.evaluate.recorded.summary import summarize_items
from model.base import Model
from model.families import FAMILIES


def held_out(folder: Path, split: str = "validation", limit: int | None = None) -> list[Item]:
    """The grounding items of a split of a training data set, as items of `agent eval`.

    Raises:
        DataError, BadRecord: it is not a data set.
        ValueError: it lies in shards, whose pictures have no files.
    """
    from model.training.data.dataset import FolderData, open_data
    from model.training.data.records import GroundingItem

    data = open_data(folder)
    if not isinstance(data, FolderData):
        raise ValueError(f"{folder}: lies in shards; evaluation while training takes a data set in a folder")
    found: list[Item] = [
        Locate(record.id, record.instruction, data.folder / record.picture.path, _target(record.boxes))
        for record in data
        if isinstance(record, GroundingItem) and record.origin.split == split
    ]
    if limit is not None and limit < len(found):
        found = [found[number * len(found) // limit] for number in range(limit)]
    return found


def _target(boxes: Sequence[tuple[float, float, float, float]]) -> Target:
    # The first of several is asked for: a target of an item is one.
    return Target("box", tuple(boxes[0])) if boxes else Target("refusal")


def figures(items: Sequence[Item], model: Model) -> dict[str, float]:
    """Mean score and metrics of the model over the items."""
    family = FAMILIES[model.family]
    summary = summarize_items([row_of_item(item, item.answer(model, family), 0.0) for item in items])
    found = {"eval_score": summary["score"]["value"]}
    return found | {f"eval_{name}": one["value"] for name, one in summary["metrics"].items()}


def evaluator(items: Sequence[Item]) -> Callable[[Any], dict[str, float]]:
    """What `model.training.sft` calls with the model as it is."""
    return lambda model: figures(items, model)
