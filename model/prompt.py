"""From a turn to a request: the one place where prompts are built, for running, evaluation and training alike.

The words stand in `model/prompts/*.j2`; a family's row says which.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from action_space.actions import ACTIONS, BaseAction
from action_space.formats.base import CannotExpress
from action_space.geometry import Frame, Size
from model.base import Message, Request
from model.family import Family

SCREENSHOT = "\ufffc"
"""Stands in a template where the picture goes; without it, the picture comes first."""


@dataclass(frozen=True)
class PastStep:
    """One step that was taken.

    Attributes:
        action: what was done, in pixels of the screenshot of that step; None: no valid answer came.
        thought: what the model said about it.
        effect: what it changed, in words ("nothing changed").
        error: why it was not done, "" if it was.
        screenshot: what the step answered; None where the family's history keeps no picture of it.
    """

    action: BaseAction | None
    thought: str = ""
    effect: str = ""
    error: str = ""
    screenshot: Image.Image | None = None


@dataclass(frozen=True)
class Turn:
    """Everything that a decision may depend on.

    Attributes:
        task: what the person asked for.
        screenshot, frame: the screen now.
        history: the steps so far, oldest first.
        notes: facts that no pixel shows: an open dialog, the answer of the user, files that may be uploaded.
        actions: names of the actions that the environment can do.
        rejected: answer and complaint, when the last answer was no valid action: the repair turn.
    """

    task: str
    screenshot: Image.Image
    frame: Frame
    history: tuple[PastStep, ...] = ()
    notes: tuple[str, ...] = ()
    actions: tuple[str, ...] = tuple(ACTIONS)
    rejected: tuple[str, str] | None = None


def build(family: Family, turn: Turn, *, session: str = "") -> tuple[Request, Frame]:
    """The request for one turn, and the frame that maps its answer back to the screen.

    The picture is resized here to exactly what the family's rule gives, so that no later resizing changes it.
    """
    image, frame = family.view(turn.screenshot, turn.frame)
    names = tuple(name for name in turn.actions if name in family.actions)
    text = _LAYOUTS[family.layout](family, turn, frame, names)
    messages = []
    if family.system:
        messages.append(Message("system", (render(family.system, _context(family, turn, frame)),)))
    if family.pictures:
        messages += _conversation(family, turn, frame, text)
        told = _told(turn, len(turn.history))
        last = [*told, *turn.notes, *([family.suffix.strip()] if family.suffix else [])]
        messages.append(Message("user", (image, *last)))
    else:
        messages.append(Message("user", around(image, text + family.suffix)))
    if turn.rejected:
        answer, complaint = turn.rejected
        messages.append(Message("assistant", (answer[:2000],)))
        messages.append(Message("user", (render("repair", {"complaint": complaint}) + family.suffix,)))
    schema = _offered(family.format.schema(frame), names) if family.constrained else None
    return Request(tuple(messages), schema=schema, sampling=family.sampling, session=session), frame


def _offered(schema: dict[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    """The schema with no other actions than those that can be done here, where it has one alternative for each."""
    if schema is None or "oneOf" not in schema or "$defs" not in schema:
        return schema
    kept = {
        key: spec
        for key, spec in schema["$defs"].items()
        if spec.get("properties", {}).get("action", {}).get("const") in names
    }
    return {**schema, "oneOf": [{"$ref": f"#/$defs/{key}"} for key in kept], "$defs": kept} if kept else schema


def _conversation(family: Family, turn: Turn, frame: Frame, text: str) -> list[Message]:
    """The task, then the past as it was: picture, answer, picture, answer …

    What has been said stays word for word at its place, so that a model's prefix cache holds. Pictures leave in
    groups, because the cache is lost from the first one that leaves.
    """
    messages = [Message("user", (text,))]
    first = len(turn.history) - kept_pictures(family, len(turn.history))
    for number, step in enumerate(turn.history):
        shown = step.screenshot is not None and number >= first
        picture = (family.view(step.screenshot, turn.frame)[0],) if shown and step.screenshot else ()
        seen = (*picture, *_told(turn, number))
        messages.append(Message("user", seen or ("A screenshot that is no longer shown.",)))
        messages.append(Message("assistant", (_said(family, step, frame),)))
    return messages


def _told(turn: Turn, number: int) -> tuple[str, ...]:
    """What the step before the one of that number (from 0) changed, where there is something to say."""
    before = turn.history[number - 1] if number else None
    told = (before.error or before.effect) if before else ""
    return (told,) if told else ()


def kept_pictures(family: Family, steps: int) -> int:
    """How many past screenshots a request with `steps` past steps shows: from `family.pictures` up to twice as
    many, then back to it."""
    kept = family.pictures
    return min(steps, kept) if steps <= kept else kept + (steps - kept) % kept


def _said(family: Family, step: PastStep, frame: Frame) -> str:
    if step.action is None:
        return "{}"
    try:
        said = family.format.render(step.action, frame)
    except CannotExpress:
        said = json.dumps(step.action.to_json(), ensure_ascii=False)
    if family.pictures and step.thought:  # as the model itself said it
        return family.spoken.replace("{said}", said).replace("{thought}", step.thought)
    return said


def _json_layout(family: Family, turn: Turn, frame: Frame, names: tuple[str, ...]) -> str:
    """For models that read data rather than prose: one JSON object."""
    steps = [
        {
            "action": step.action.to_json() if step.action else None,
            "thought": step.thought,
            "effect": step.effect,
            "error": step.error,
        }
        for step in turn.history
    ]
    size = [int(side) for side in frame.screen]
    return json.dumps(
        {"task": turn.task, "size": size, "actions": names, "notes": turn.notes, "history": steps},
        ensure_ascii=False,
    )


def _mimo_layout(family: Family, turn: Turn, frame: Frame, names: tuple[str, ...]) -> str:
    """MiMo-VL's agent prompt, word for word as the weights were trained (see the template)."""
    past = []
    for number, step in enumerate(turn.history):
        note = step.error or step.effect
        past.append(f"Step {number}: {step.thought} {_said(family, step, frame)}" + (f" ({note})" if note else ""))
    context = {
        "actions": [json.dumps(line, ensure_ascii=False) for line in family.action_lines(names)],
        "goal": turn.task,
        "notes": turn.notes,
        "previous_actions": ".".join(past) or "None",
    }
    return render("mimo_agent", context)


def _generic_layout(family: Family, turn: Turn, frame: Frame, names: tuple[str, ...]) -> str:
    """For models that were trained on no action space of their own: ours, explained."""
    # With pictures, the past follows as a conversation.
    past = (
        []
        if family.pictures
        else [(_said(family, step, frame), step.error or step.effect) for step in turn.history]
    )
    context = {
        "width": int(frame.model_size.width),
        "height": int(frame.model_size.height),
        "relative": family.space is not None,
        "actions": [
            (json.dumps(ACTIONS[name].EXAMPLE, ensure_ascii=False), ACTIONS[name].__doc__) for name in names
        ],
        "task": turn.task,
        "notes": turn.notes,
        "steps": past,
        "conversation": bool(family.pictures),
    }
    return render("generic_agent", context)


def _template_layout(family: Family, turn: Turn, frame: Frame, names: tuple[str, ...]) -> str:
    """The publisher's own prompt, which lists the actions itself."""
    return render(family.prompt, _context(family, turn, frame))


def _grounding_layout(family: Family, turn: Turn, frame: Frame, names: tuple[str, ...]) -> str:
    """For models that only ground: the task is what to find."""
    return render(family.grounding, {"target": turn.task})


def _context(family: Family, turn: Turn, frame: Frame) -> dict[str, Any]:
    """What the publishers' templates may use. Points and sizes are in the model's space."""
    steps = [
        {"thought": step.thought, "said": _said(family, step, frame), "note": step.error or step.effect}
        for step in turn.history
    ]
    return {
        "width": int(frame.model_size.width),
        "height": int(frame.model_size.height),
        "task": turn.task.replace(SCREENSHOT, ""),
        "notes": [note.replace(SCREENSHOT, "") for note in turn.notes],
        "language": "Chinese" if is_chinese(turn.task) else "English",
        "screenshot": SCREENSHOT,
        "conversation": bool(family.pictures),
        "steps": [] if family.pictures else steps,
    }


_LAYOUTS = {
    "json": _json_layout,
    "mimo": _mimo_layout,
    "generic": _generic_layout,
    "template": _template_layout,
    "grounding": _grounding_layout,
}


def is_chinese(text: str) -> bool:
    """Whether Chinese characters stand in `text`."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def around(image: Image.Image, text: str) -> tuple[str | Image.Image, ...]:
    """The picture where `SCREENSHOT` stands in the text, else before it."""
    before, mark, after = text.partition(SCREENSHOT)
    if not mark:
        return (image, text)
    return tuple(part for part in (before, image, after) if part)


def render(name: str, context: dict[str, Any]) -> str:
    """The template of that name in `model/prompts`, filled in. A name that it needs and lacks is an error."""
    return str(_template(name).render(context))


def has_template(name: str) -> bool:
    """Whether `model/prompts` has a template of that name."""
    return (_PROMPTS / f"{name}.j2").is_file()


_PROMPTS = Path(__file__).parent / "prompts"


@cache
def _template(name: str) -> Any:
    import jinja2

    loader = jinja2.Environment(loader=jinja2.FileSystemLoader(_PROMPTS), undefined=jinja2.StrictUndefined)
    return loader.get_template(f"{name}.j2")


__all__ = ["PastStep", "Size", "Turn", "around", "build", "has_template", "is_chinese", "render"]
