"""New instructions for grounding items, by a model; only those by which it finds the element again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PIL import ImageDraw

from action_space.geometry import Box
from model.base import Model
from model.family import Family
from model.grounding import ground
from model.question import ask
from model.training.data.dataset import DataSet
from model.training.data.records import GroundingItem

LONGEST = 200  # characters
_FRAME = re.compile(r"\b(?:frame[ds]?|framed|magenta|rectangle|bounding box)\b|红框|边框|方框|矩形", re.IGNORECASE)


@dataclass(frozen=True)
class Recaptioned:
    """A new item, or why there is none."""

    item: GroundingItem | None
    reason: str = ""


def recaption(
    item: GroundingItem, data: DataSet, model: Model, family: Family, *, find: bool = True
) -> Recaptioned:
    """`item` with an instruction of the model's own, under a new id.

    Args:
        family: the model's row.
        find: keep it only where the model, asked with that instruction and without the frame, points into the box.

    Raises:
        ModelFault: no answer can be had.
        ValueError: models of this family only ground.
    """
    if item.absent:
        return Recaptioned(None, "what is absent has no other name")
    image = data.open_picture(item.picture)
    box = Box(*item.boxes[0])
    framed = image.copy()
    width = max(2, round(image.width / 500))
    outline = (box.left - width, box.top - width, box.right + width, box.bottom + width)
    ImageDraw.Draw(framed).rectangle(outline, outline=(230, 0, 126), width=width)
    language = "Chinese" if item.origin.language.startswith("zh") else "English"
    context = {"box": [round(side) for side in box], "language": language}
    said = ask(model, framed, "recaption", context, family=family)
    text = " ".join(said.text.split()).strip("\"'“”‘’「」. ")
    if said.error or not any(letter.isalnum() for letter in text):
        return Recaptioned(None, said.error or "an empty description")
    if len(text) > LONGEST:
        return Recaptioned(None, f"a description of {len(text)} characters; accepted: at most {LONGEST}")
    if _FRAME.search(text):
        return Recaptioned(None, f"{text!r} names the frame, which nobody else sees")
    if find:
        found = ground(model, image, text, family=family)
        if found.point is None or not any(Box(*one).contains(*found.point) for one in item.boxes):
            where = f"it points at {list(found.point)}" if found.point else found.error
            return Recaptioned(None, f"{text!r} does not lead back to the element: {where}")
    change = {"id": f"{item.id}~caption", "instruction": text, "asked_by": "caption"}
    return Recaptioned(item.model_copy(update=change))
