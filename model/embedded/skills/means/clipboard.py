"""Carrying a text from one field to another by the clipboard."""

from __future__ import annotations

from model.embedded.language.goals import Target, Type
from model.embedded.matching.fields import field_for
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import FIELDS, Scene, Thing


def source_of(goal: Type, scene: Scene) -> Thing | None:
    """The field whose whole text is to be copied; None where what is to be read stands in no field."""
    if goal.source is None or goal.source.how != "text" or goal.source.target.text:
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
