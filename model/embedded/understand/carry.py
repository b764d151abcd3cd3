"""Carrying a text from one place to another: by the clipboard, or from a table into the fields of a form."""

from __future__ import annotations

from dataclasses import dataclass

from model.embedded.understand.act import name_of
from model.embedded.understand.enter import field_for, filled, input_at
from model.embedded.understand.goals import Goal, Target, Type
from model.embedded.understand.language import squash
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.scene import FIELDS, Scene, Thing


@dataclass(frozen=True)
class Transcribe(Goal):
    """Enter what stands beside each label elsewhere on the screen into the field of the same label."""


def source_of(goal: Type, scene: Scene) -> Thing | None:
    """The field whose whole text is to be copied; None where what is to be read stands in no field."""
    if goal.source is None or goal.source.what != "text" or goal.source.target.text:
        return None
    wanted = goal.source.target
    fields = scene.of(*(wanted.kinds[:1] or FIELDS)) or scene.of(*FIELDS)
    if not wanted.nth:
        fields = [f for f in fields if _written(f, scene)]
    at = wanted.nth - 1 if wanted.nth > 0 else wanted.nth
    return fields[at] if fields and -len(fields) <= at < len(fields) else None


def _written(field: Thing, scene: Scene) -> bool:
    return any(field.box.contains(*line.box.center) for _, line in scene.lines)


def paste(goal: Type, now: Now) -> Answer | None:
    """By the clipboard, which takes what is out of view too and misreads nothing; None: not from a field."""
    pressed = [tuple(s.action.get("keys", ())) for s in now.past if s.kind == "press" and not s.error]
    spots = [s.point for s in now.past if s.kind == "click" and s.point and not s.error]
    if "press" not in now.actions or (not spots and source_of(goal, now.scene) is None):
        return None
    if not spots:
        source = source_of(goal, now.scene)
        assert source is not None
        return Move(click_at(source.point), f"I go into {name_of(source)} to copy its text.", 0.93, last=False)
    if ("ctrl", "a") not in pressed:
        return _keys("a", "I mark all of the text.")
    if ("ctrl", "c") not in pressed:
        return _keys("c", "I copy it.")
    if len(spots) == 1:
        wanted = field_for(goal.field, now)
        if wanted is None or wanted.thing.box.grown(3).contains(*spots[0]):
            free = [f for f in now.scene.of(*FIELDS) if not f.box.grown(3).contains(*spots[0])]
            empty = [f for f in free if not _written(f, now.scene)] or free
            if not empty:
                return Lost("there is no field to paste into", Target(kinds=("field",)))
            place = empty[0]
        else:
            place = wanted.thing
        return Move(click_at(place.point), f"I go into {name_of(place)} to paste it there.", 0.93, last=False)
    if ("ctrl", "v") not in pressed:
        return _keys("v", "I paste it.")
    if now.past[-1].idle:
        return Lost("nothing was pasted")
    return Done("the text was copied and pasted", 0.93)


def _keys(letter: str, why: str) -> Move:
    return Move({"action": "press", "keys": ["ctrl", letter]}, why, 0.93, last=False)


def transcribe(goal: Transcribe, now: Now) -> Answer:
    """Field after field: the text to the right of the same words elsewhere."""
    scene = now.scene
    fields = [f for f in scene.of(*FIELDS) if f.text]
    if not fields:
        return Lost("there are no fields with labels", Target(kinds=("field",)))
    left = [f for f in fields if not filled(f, now)]
    if not left:
        return Done("every field has the value of its label", 0.92)
    field = left[0]
    value = _value_of(field.text, fields, scene)
    if value is None:
        return Lost(f"no value for “{field.text}” is to be seen")
    said = f"Beside the label “{field.text}” stands “{value}”, I enter it."
    return Move(input_at(value, field), said, 0.92, last=False)


def _value_of(label: str, fields: list[Thing], scene: Scene) -> str | None:
    """What stands to the right of a label that is not the one of the field itself."""
    for thing in scene.of("text", "link"):
        if squash(thing.text) != squash(label) or any(thing in scene.row_of(f.box) for f in fields):
            continue
        right = [
            t for t in scene.row_of(thing.box) if t.box.left > thing.box.right and t.text and t.kind == "text"
        ]
        if right:
            return right[0].text
    return None
