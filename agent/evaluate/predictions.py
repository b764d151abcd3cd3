"""Answers that are recorded already, from this toolkit or another, in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.evaluate.grounding.base import BadData, Item, Prediction
from agent.evaluate.grounding.records import read_records


def read_predictions(path: Path, items: Sequence[Item]) -> dict[str, Prediction]:
    """Recorded answers by id, one for each item.

    A JSON, JSON Lines or CSV file of objects with `id` and one of `point` ([x, y]), `box` ([x1, y1, x2, y2]),
    `refused` (true), `answer` (a text), `action` (canonical JSON); pixels of the picture. `point` and `box`, and
    `answer` and `tags`, may stand together. An object with an id alone is an answer that could not be read.

    Raises:
        BadData: an item has none, or two, or one is not right; the message names file, item and field.
    """
    known = {item.id for item in items}
    found: dict[str, Prediction] = {}
    for record in read_records(path):
        name = record.label("id")
        if name in found:
            raise BadData(f"{path}: item {record.name}: id: {name!r} stands there twice; accepted: each once")
        if name not in known:
            continue  # the file may hold more than was asked for
        data = record.data
        action = data.get("action")
        if action is not None and not isinstance(action, Mapping):
            raise BadData(str(record.bad("action", "accepted: an object, the canonical JSON of an action")))
        try:
            point, box = (
                record.numbers(key, size) if data.get(key) else None for key, size in (("point", 2), ("box", 4))
            )
        except ValueError as error:
            raise BadData(str(error)) from error
        text, refused = data.get("answer"), data.get("refused") in (True, "true", "True")
        empty = point is None and box is None and action is None and text is None and not refused
        found[name] = Prediction(
            point=point,  # type: ignore[arg-type]
            box=box,  # type: ignore[arg-type]
            refused=refused,
            text=str(text or ""),
            action=action,
            tags=tuple(int(tag) for tag in data.get("tags") or ()),
            outcome="failed" if empty else "strict",
            error="no answer that could be read" if empty else "",
        )
    missing = [item.id for item in items if item.id not in found]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise BadData(
            f"{path}: no prediction for {', '.join(missing[:3])}{more}; each of {len(items)} items needs one"
        )
    return found
