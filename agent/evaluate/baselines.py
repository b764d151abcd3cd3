"""Who plays: a model by name, or one of the baselines that every score is read beside.

* `oracle`: the task's own solution by real mouse and keyboard actions; anything below 100 % is a fault of the
  harness or of the task, not of an agent;
* `spoil`: the task's own wrong ending; anything above 0 % is a fault of the judge;
* `random-point`: clicks somewhere on the screen until the episode ends; `centre-point`: in the middle of it;
* `always-done`: claims success at once; `always-fail`: gives up at once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from action_space.actions import BaseAction, Click, Finished
from model.base import Model, Reply, Request

if TYPE_CHECKING:
    from model.family import Family
    from model.registry import ModelOptions

ORACLE, SPOIL = "oracle", "spoil"
BASELINES = (ORACLE, "random-point", "centre-point", "always-done", "always-fail")
"""What `--baselines` plays beside a model."""

PLAYERS = (*BASELINES, SPOIL)
"""Every name that is no model."""


class _Always:
    """Gives the same answer, whatever it is asked."""

    family = "canonical"

    def __init__(self, name: str, action: BaseAction) -> None:
        self.name = name
        self._text = json.dumps(action.to_json())

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        return Reply(self._text)

    def close(self) -> None:
        """Nothing to give back."""


class _Point:
    """Clicks where `choose` says, given the request's text and the size of its picture in pixels."""

    family = "canonical"

    def __init__(self, name: str, choose: Callable[[str, int, int], tuple[int, int]]) -> None:
        self.name, self._choose = name, choose

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        message = request.messages[-1]
        width, height = next(part.size for part in message.parts if not isinstance(part, str))
        point = self._choose(message.text, width, height)
        return Reply(json.dumps(Click(start_point=point).to_json()))

    def close(self) -> None:
        """Nothing to give back."""


def _anywhere(text: str, width: int, height: int) -> tuple[int, int]:
    """Uniformly random; the same request, the same point."""
    draw = random.Random(text)  # history and task are in the text, so every step draws anew
    return draw.randrange(width), draw.randrange(height)


def _centre(text: str, width: int, height: int) -> tuple[int, int]:
    return width // 2, height // 2


_MADE: dict[str, Callable[[], Model]] = {
    "always-done": lambda: _Always("always-done", Finished(status="success")),
    "always-fail": lambda: _Always("always-fail", Finished(status="failed")),
    "random-point": lambda: _Point("random-point", _anywhere),
    "centre-point": lambda: _Point("centre-point", _centre),
}


def open_player(name: str, options: ModelOptions | None = None) -> Model | None:
    """The model or baseline of that name; None for the oracle and its wrong ending, which are no models.

    Raises:
        ModelFault: there is none of that name, or it cannot be loaded.
    """
    if name in (ORACLE, SPOIL):
        return None
    if name in _MADE:
        return _MADE[name]()
    from model.registry import open_model

    return open_model(name, options)


def prompt_of(family: Family) -> dict[str, Any]:
    """What a model of that family is told at the first step of a task named `TASK`: texts by role, and the schema.

    The picture is blank, 1280×800; nothing else in a prompt differs between two runs with the same code.
    """
    from PIL import Image

    from action_space.geometry import Frame, Size
    from model.prompt import PromptContext, build

    size = Size(1280, 800)
    blank = Image.new("RGB", (int(size.width), int(size.height)))
    request, _ = build(family, PromptContext("TASK", blank, Frame(screen=size), today=date(2026, 1, 1)))
    return {
        "family": family.name,
        "messages": [[message.role, message.text] for message in request.messages],
        "constrained": request.schema is not None,
    }
