"""From a turn to a request: the one place where prompts are built, for running, evaluation and training alike.

The words stand in `model/prompts/*.j2`; a family's row says which.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from action_space.actions import ACTIONS
from action_space.geometry import Frame, Size
from model.base import Message, Request
from model.family import Family
from model.history import HistoryStep, PromptContext, conversation, kept_pictures, said
from model.wordings import SCREENSHOT, around, has_template, is_chinese, neutral, render


def build(family: Family, turn: PromptContext, *, session: str = "") -> tuple[Request, Frame]:
    """The request for one turn, and the frame that maps its answer back to the screen.

    The picture is resized here to exactly what the family's rule gives, so that no later resizing changes it.
    """
    turn = _safe(turn)
    image, frame = family.view(turn.screenshot, turn.frame)
    if frame.pointer is None:
        frame = replace(frame, pointer=_pointer(turn))
    names = tuple(name for name in turn.actions if name in family.actions)
    text = _LAYOUTS[family.layout](family, turn, frame, names)
    messages = []
    if family.system:
        messages.append(Message("system", (render(family.system, _context(family, turn, frame)),)))
    if family.pictures:
        messages += conversation(family, turn, frame, text)
    else:
        messages.append(Message("user", around(image, text + family.suffix)))
    if turn.rejected:
        answer, complaint = turn.rejected
        # Chat templates and servers refuse a message without words.
        messages.append(Message("assistant", (answer[:2000] if answer.strip() else "(no answer)",)))
        messages.append(Message("user", (render("repair", {"complaint": complaint}) + family.suffix,)))
    schema = _offered(family.format.schema(frame), names) if family.constrained else None
    request = Request(
        tuple(messages),
        schema=schema,
        sampling=family.sampling,
        session=session,
        chat_template_kwargs=family.chat_template_kwargs,
    )
    return request, frame


def _pointer(turn: PromptContext) -> tuple[int, int] | None:
    """Where the steps so far left the pointer, where they say it."""
    for step in reversed(turn.history):
        points = step.action.points() if step.action is not None and not step.error else {}
        if points:
            found = points.get("end_point") or points["start_point"]
            x, y = found
            inside = x < turn.frame.screen.width and y < turn.frame.screen.height
            return found if inside else None
    return None


def _safe(turn: PromptContext) -> PromptContext:
    """The turn with the words of people and pages made neutral. What the model said itself was never a token."""
    return replace(
        turn,
        task=neutral(turn.task),
        notes=tuple(map(neutral, turn.notes)),
        history=tuple(
            replace(step, thought=neutral(step.thought), effect=neutral(step.effect), error=neutral(step.error))
            for step in turn.history
        ),
        rejected=(neutral(turn.rejected[0]), neutral(turn.rejected[1])) if turn.rejected else None,
    )


def _offered(schema: dict[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    """The schema with no other actions than those that can be done here, where it has one alternative for each."""
    if schema is None or "anyOf" not in schema or "$defs" not in schema:
        return schema
    kept = {
        key: spec
        for key, spec in schema["$defs"].items()
        if spec.get("properties", {}).get("action", {}).get("const") in names
    }
    return {**schema, "anyOf": [{"$ref": f"#/$defs/{key}"} for key in kept], "$defs": kept} if kept else schema


def _json_layout(family: Family, turn: PromptContext, frame: Frame, names: tuple[str, ...]) -> str:
    """For models that read data rather than prose: one JSON object."""
    steps = [
        {
            "action": step.action.to_json() if step.action else None,
            "thought": step.thought,
            "effect": step.effect,
            "error": step.error,
            "state": step.state,
            "change": step.change,
        }
        for step in turn.history
    ]
    size = [int(side) for side in frame.screen]
    return json.dumps(
        {"task": turn.task, "size": size, "actions": names, "notes": turn.notes, "history": steps},
        ensure_ascii=False,
    )


def _mimo_layout(family: Family, turn: PromptContext, frame: Frame, names: tuple[str, ...]) -> str:
    """MiMo-VL's agent prompt, word for word as the weights were trained (see the template)."""
    past = []
    for number, step in enumerate(turn.history):
        told = " ".join(part for part in (step.thought, said(family, step, frame)) if part)
        note = step.error or step.effect
        past.append(f"Step {number}: {told}{f' ({note})' if note else ''}.")
    context = {
        "actions": family.action_lines(names),
        "goal": turn.task,
        "notes": turn.notes,
        "previous_actions": "".join(past) or "None",
    }
    return render("mimo_agent", context)


def _generic_layout(family: Family, turn: PromptContext, frame: Frame, names: tuple[str, ...]) -> str:
    """For models that were trained on no action space of their own: ours, explained."""
    # With pictures, the past follows as a conversation.
    past = (
        []
        if family.pictures
        else [(said(family, step, frame), step.error or step.effect) for step in turn.history]
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


def _template_layout(family: Family, turn: PromptContext, frame: Frame, names: tuple[str, ...]) -> str:
    """The publisher's own prompt, which lists the actions itself."""
    return render(family.prompt, _context(family, turn, frame))


def _grounding_layout(family: Family, turn: PromptContext, frame: Frame, names: tuple[str, ...]) -> str:
    """For models that only ground: the task is what to find."""
    return render(family.grounding, {"target": turn.task})


def _context(family: Family, turn: PromptContext, frame: Frame) -> dict[str, Any]:
    """What the publishers' templates may use. Points and sizes are in the model's space."""
    # Those that a conversation does not show.
    older = turn.history
    if family.pictures:
        left = len(older) - kept_pictures(family, len(older))
        older = older[:left] if family.older == "words" else ()
    steps = [
        {"thought": step.thought, "said": said(family, step, frame), "note": step.error or step.effect}
        for step in older
    ]
    return {
        "width": int(frame.model_size.width),
        "height": int(frame.model_size.height),
        "task": turn.task.replace(SCREENSHOT, ""),
        "notes": [note.replace(SCREENSHOT, "") for note in turn.notes],
        "language": "Chinese" if is_chinese(turn.task) else "English",
        "screenshot": SCREENSHOT,
        "conversation": bool(family.pictures),
        "steps": steps,
        "today": turn.today or date.today(),
    }


_LAYOUTS = {
    "json": _json_layout,
    "mimo": _mimo_layout,
    "generic": _generic_layout,
    "template": _template_layout,
    "grounding": _grounding_layout,
}


__all__ = [
    "SCREENSHOT",
    "HistoryStep",
    "PromptContext",
    "Size",
    "around",
    "build",
    "has_template",
    "is_chinese",
    "kept_pictures",
    "neutral",
    "render",
]
