"""What a record must obey beyond its schema: places lie on the picture, actions can be done, paths stay inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from action_space.actions import ACTIONS
from action_space.formats.base import FormatError
from action_space.schema import validate
from model.training.data.pictures import PictureFault, safe_path
from model.training.data.records import Box, Episode, GroundingItem, ParsedScreen, Picture, Record, Step

Fault = tuple[str, str]
"""Field, and what is wrong with its value and what would be accepted."""


def faults(record: Record) -> list[Fault]:
    """Every rule that `record` breaks; the pictures themselves are not looked at."""
    return list(_RULES.get(record.record, lambda _: iter(()))(record))


def _grounding(item: GroundingItem) -> Iterator[Fault]:
    yield from _picture("picture", item.picture)
    for number, box in enumerate(item.boxes):
        yield from _box(f"boxes.{number}", box, item.picture)
    if item.absent and item.boxes:
        yield "boxes", f"{len(item.boxes)} boxes of something absent; accepted: none where absent is true"
    if not item.absent and not item.boxes:
        yield "boxes", "is empty; accepted: at least one box, or absent: true"


def _screen(screen: ParsedScreen) -> Iterator[Fault]:
    yield from _picture("picture", screen.picture)
    for number, element in enumerate(screen.elements):
        yield from _box(f"elements.{number}.box", element.box, screen.picture)


def _episode(episode: Episode) -> Iterator[Fault]:
    for number, name in enumerate(episode.actions):
        if name not in ACTIONS:
            yield f"actions.{number}", f"{name!r}; accepted: {', '.join(ACTIONS)}"
    if episode.reward is not None and not 0 <= episode.reward <= 1:
        yield "reward", f"{episode.reward}; accepted: a number from 0 to 1"
    for number, step in enumerate(episode.steps):
        for field, problem in _step(step, episode.actions):
            yield f"steps.{number}.{field}", problem


def _step(step: Step, actions: tuple[str, ...]) -> Iterator[Fault]:
    yield from _picture("picture", step.picture)
    if step.target is not None:
        yield from _box("target", step.target, step.picture)
    if step.action is None:
        return
    try:
        action = validate(step.action)
    except FormatError as error:
        yield "action", str(error)
        return
    width, height = step.picture.width, step.picture.height
    for name, (x, y) in action.points().items():
        if x >= width or y >= height:
            yield f"action.{name}", f"[{x}, {y}]; accepted: a pixel of the picture, which is {width}×{height}"
    if step.learn and actions and action.action not in actions:
        yield "action", f"{action.action!r} could not be done there; accepted: {', '.join(actions)}"


def _picture(field: str, picture: Picture) -> Iterator[Fault]:
    try:
        safe_path(Path(), picture.path)
    except PictureFault as error:
        yield f"{field}.path", str(error)


def _box(field: str, box: Box, picture: Picture) -> Iterator[Fault]:
    left, top, right, bottom = box
    shown = f"[{', '.join(f'{side:g}' for side in box)}]"
    if not (left < right and top < bottom):
        yield field, f"{shown} is empty; accepted: left < right and top < bottom"
    elif not (left >= 0 and top >= 0 and right <= picture.width and bottom <= picture.height):
        yield field, f"{shown}; accepted: a box inside the picture, which is {picture.width}×{picture.height}"


_RULES: dict[str, Callable[[Any], Iterator[Fault]]] = {
    "grounding": _grounding,
    "screen": _screen,
    "episode": _episode,
}
