"""Answers that are recorded already, from this toolkit or another, in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from action_space.formats.base import FormatError
from action_space.schema import validate
from agent.evaluate.datasets.base import BadData, BadItem, Item, Prediction
from agent.evaluate.datasets.records import Record, read_records

UNREAD = Prediction(outcome="failed", error="no answer that could be read")


def read_predictions(path: Path, items: Sequence[Item]) -> dict[str, Prediction]:
    """Recorded answers by id, one for each item.

    A JSON, JSON Lines or CSV file of objects with `id` and one of `point` ([x, y]), `box` ([x1, y1, x2, y2]),
    `refused` (true), `answer` (a text), `action` (canonical JSON); pixels of the picture. `point` and `box`, and
    `answer` and `tags`, may stand together. A point of negative numbers is a refusal. An object with an id alone,
    or with an action that is none of ours, is an answer that could not be read.

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
        try:
            found[name] = _prediction(record)
        except BadItem as error:
            raise BadData(str(error)) from error
    missing = [item.id for item in items if item.id not in found]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        wanted = f"each of {len(items)} items needs one"
        raise BadData(f"{path}: no prediction for {', '.join(missing[:3])}{more}; {wanted}")
    return found


def _prediction(record: Record) -> Prediction:
    given = {name for name, value in record.data.items() if value not in (None, "", [], False)}
    if "action" in given:
        action = record.data["action"]
        if not isinstance(action, Mapping):
            raise record.bad("action", "accepted: an object, the canonical JSON of an action")
        try:
            return Prediction(action=validate(dict(action)).to_json())
        except FormatError as error:
            return Prediction(outcome="failed", error=str(error))
    if "answer" in given:
        tags = record.data.get("tags") or ()
        if not isinstance(tags, list | tuple) or not all(isinstance(tag, int) for tag in tags):
            raise record.bad("tags", "accepted: a list of whole numbers")
        return Prediction(text=str(record.data["answer"]), tags=tuple(tags))
    x, y = record.numbers("point", 2) if "point" in given else (0.0, 0.0)
    left, top, right, bottom = record.numbers("box", 4) if "box" in given else (0.0, 0.0, 0.0, 0.0)
    if "refused" in given or ("point" in given and max(x, y) < 0):  # as OSWorld-G's own models say it
        return Prediction(refused=True)
    if not {"point", "box"} & given:
        return UNREAD
    return Prediction(
        point=(x, y) if "point" in given else None, box=(left, top, right, bottom) if "box" in given else None
    )
