"""What a decision may depend on, and how the past is said: as a conversation, in the model's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from PIL import Image

from action_space.actions import ACTIONS, BaseAction
from action_space.geometry import Frame
from model.base import Message
from model.family import Family
from model.wordings import SCREENSHOT, around, filled


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
        today: the day that a prompt names which names one; None: this day.
    """

    task: str
    screenshot: Image.Image
    frame: Frame
    history: tuple[HistoryStep, ...] = ()
    notes: tuple[str, ...] = ()
    actions: tuple[str, ...] = tuple(ACTIONS)
    rejected: tuple[str, str] | None = None
    today: date | None = None


def conversation(family: Family, turn: PromptContext, frame: Frame, prompt: str) -> list[Message]:
    """Task, screenshots and answers in turn, as the family's row lays them out; the screen now comes last.

    What has been said stays word for word at its place where the row lets it, so that a prefix cache holds.
    Pictures leave in groups, because the cache is lost from the first one that leaves.

    Args:
        frame: of the screen now, as the model sees it.
        prompt: what the family's layout makes of the task.
    """
    steps, last = turn.history, len(turn.history)
    shown = last - kept_pictures(family, last)
    first = shown if family.older == "words" else 0
    messages = [Message("user", (prompt,))] if family.opening == "" else []
    for number in range(first, last + 1):
        picture = turn.screenshot if number == last else steps[number].screenshot if number >= shown else None
        if picture is not None:
            picture = family.view(picture, turn.frame)[0]
        told = happened(turn, number) if number > first or family.older != "words" else ""
        if number == last:
            told = "\n".join((*filter(None, (told,)), *turn.notes, *filter(None, (family.suffix.strip(),))))
        told = told.replace(SCREENSHOT, "")
        opens = bool(family.opening) and number == (last if family.asks_last else first)
        layout = family.opening if opens else family.seen if picture is not None else family.gone
        words = filled(layout, {"prompt": prompt, "told": told, "screenshot": SCREENSHOT if picture else ""})
        if words:
            messages.append(Message("user", around(picture, words) if picture is not None else (words,)))
        if number < last:
            messages.append(Message("assistant", (said(family, steps[number], frame),)))
    return _joined(messages) if family.older == "joined" else messages


def _joined(messages: list[Message]) -> list[Message]:
    """Answers without a screenshot between them as one message."""
    found: list[Message] = []
    for message in messages:
        if found and message.role == found[-1].role == "assistant":
            found[-1] = Message("assistant", (f"{found[-1].text}\n{message.text}",))
        else:
            found.append(message)
    return found


def happened(turn: PromptContext, number: int) -> str:
    """What the step before the one of that number (from 0) changed, or why it was not done; "": nothing to say."""
    before = turn.history[number - 1] if number else None
    return (before.error or before.effect) if before else ""


def kept_pictures(family: Family, steps: int) -> int:
    """How many past screenshots a request with `steps` past steps shows: from `family.pictures` up to twice as
    many, then back to it; never more than `family.most_pictures`."""
    kept = family.pictures
    shown = min(steps, kept) if steps <= kept else kept + (steps - kept) % kept
    return shown if family.most_pictures is None else min(shown, family.most_pictures)


def said(family: Family, step: HistoryStep, frame: Frame) -> str:
    """A past answer in the family's words, its points in the space of the picture that it answered."""
    if step.action is None:
        return "(no valid answer)"
    then = family.seen_in(step.frame) if step.frame is not None else frame
    words = _nearest(family, step.action, then)
    # In a conversation, as the model itself said it.
    return family.says(words, step.thought) if family.pictures else words


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
