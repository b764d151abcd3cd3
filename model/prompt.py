"""From a turn to a request: the one place where prompts are built, for running, evaluation and training alike.

The words stand in `model/prompts/*.j2`; a family's row says which.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from action_space.actions import ACTIONS, BaseAction
from action_space.geometry import Frame, Size
from model.base import Message, Request
from model.family import Family

SCREENSHOT = "\ufffc"
"""Stands in a template where the picture goes; without it, the picture comes first."""


@dataclass(frozen=True)
class HistoryStep:
    """One step that was taken.

    Attributes:
        action: what was done, in pixels of the screenshot of that step; None: no valid answer came.
        thought: what the model said about it.
        effect: what it changed, in words ("nothing changed").
        error: why it was not done, "" if it was.
        screenshot: what the step answered; None where the family's history keeps no picture of it.
        frame: of that screenshot; None: as the frame now.
        state: what the model itself put down about the step (`details["state"]` of its reply).
        change: what it changed, as data: the keys of `envs.base.StateDiff`; empty where nothing was done.
    """

    action: BaseAction | None
    thought: str = ""
    effect: str = ""
    error: str = ""
    screenshot: Image.Image | None = None
    frame: Frame | None = None
    state: dict[str, Any] = field(default_factory=dict)
    change: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PromptContext:
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
    history: tuple[HistoryStep, ...] = ()
    notes: tuple[str, ...] = ()
    actions: tuple[str, ...] = tuple(ACTIONS)
    rejected: tuple[str, str] | None = None


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
        messages += _conversation(family, turn, frame, text)
        told = _told(turn, len(turn.history))
        last = [*told, *turn.notes, *([family.suffix.strip()] if family.suffix else [])]
        messages.append(Message("user", (image, *last)))
    else:
        messages.append(Message("user", around(image, text + family.suffix)))
    if turn.rejected:
        answer, complaint = turn.rejected
        # Chat templates and servers refuse a message without words.
        messages.append(Message("assistant", (answer[:2000] if answer.strip() else "(no answer)",)))
        messages.append(Message("user", (render("repair", {"complaint": complaint}) + family.suffix,)))
    schema = _offered(family.format.schema(frame), names) if family.constrained else None
    return Request(tuple(messages), schema=schema, sampling=family.sampling, session=session), frame


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


# Tokens by which chat templates and image processors find their way: in a task or a page they are mere text.
_TOKENS = re.compile(
    r"<\|(?=[\w/.-]{1,40}\|>)|<(?=/?(?:image|img|video|audio|slice|unk|s|im_start|im_end|start_of_turn|end_of_turn|"
    r"start_of_image|end_of_image|image_soft_token|img_context|box|ref|quad|image_id|tool_call|tool_response)>)|"
    r"<(?=｜)|\[(?=/?(?:INST|IMG|IMG_BREAK|IMG_END|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS)\])",
    re.IGNORECASE,
)


def neutral(text: str) -> str:
    """`text` with no token in it that a model's own template would take for one; a person reads it the same.

    A zero-width space after the opening bracket parts the token.
    """
    return _TOKENS.sub(lambda opening: opening[0][0] + "\u200b" + opening[0][1:], text)


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


def _conversation(family: Family, turn: PromptContext, frame: Frame, text: str) -> list[Message]:
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


def _told(turn: PromptContext, number: int) -> tuple[str, ...]:
    """What the step before the one of that number (from 0) changed, where there is something to say."""
    before = turn.history[number - 1] if number else None
    told = (before.error or before.effect) if before else ""
    return (told,) if told else ()


def kept_pictures(family: Family, steps: int) -> int:
    """How many past screenshots a request with `steps` past steps shows: from `family.pictures` up to twice as
    many, then back to it."""
    kept = family.pictures
    shown = min(steps, kept) if steps <= kept else kept + (steps - kept) % kept
    return shown if family.most_pictures is None else min(shown, family.most_pictures)


def _said(family: Family, step: HistoryStep, frame: Frame) -> str:
    """A past answer in the family's words, its points in the space of the picture that it answered."""
    if step.action is None:
        return "(no valid answer)"
    then = family.seen(step.frame) if step.frame is not None else frame
    said = _nearest(family, step.action, then)
    if family.pictures and step.thought:  # as the model itself said it
        return family.spoken.replace("{said}", said).replace("{thought}", step.thought)
    return said


# What a family may have no words for, and what goes without saying once it is done; left out in this order.
_UNSAID = (
    ("text", "reason"), ("scroll_distance", "notches"), ("modifiers",), ("path",), ("repeat", "duration_ms"),
    ("button", "clicks"), ("start_point",), ("answer",), ("status",),
)  # fmt: skip


def _nearest(family: Family, action: BaseAction, frame: Frame) -> str:
    """`action` as the family writes it; without what it has no words for; else in plain words, never as JSON that
    the model would take for its own grammar."""
    data = action.to_json()
    for fields in ((), *_UNSAID):
        if action.action == "input" and "text" in fields:
            continue
        for unsaid in fields:
            data.pop(unsaid, None)
        try:
            return family.format.render(ACTIONS[action.action].model_validate(data), frame)
        except ValueError:  # it has no words for it, or it is no action without that field
            continue
    rest = ", ".join(f"{name} {value}" for name, value in action.to_json().items() if name != "action")
    return f"({action.action}{': ' if rest else ''}{rest})"


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
        said = " ".join(part for part in (step.thought, _said(family, step, frame)) if part)
        note = step.error or step.effect
        past.append(f"Step {number}: {said}{f' ({note})' if note else ''}.")
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


def _template_layout(family: Family, turn: PromptContext, frame: Frame, names: tuple[str, ...]) -> str:
    """The publisher's own prompt, which lists the actions itself."""
    return render(family.prompt, _context(family, turn, frame))


def _grounding_layout(family: Family, turn: PromptContext, frame: Frame, names: tuple[str, ...]) -> str:
    """For models that only ground: the task is what to find."""
    return render(family.grounding, {"target": turn.task})


def _context(family: Family, turn: PromptContext, frame: Frame) -> dict[str, Any]:
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


__all__ = ["HistoryStep", "PromptContext", "Size", "around", "build", "has_template", "is_chinese", "render"]
