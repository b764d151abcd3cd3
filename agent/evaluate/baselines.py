"""Who plays: a model by name, or one of the baselines that every score is read beside.

* `oracle`: the task's own solution by real mouse and keyboard actions; anything below 100 % is a fault of the
  harness or of the task, not of an agent;
* `random-point`: clicks somewhere on the screen until the episode ends;
* `always-done`: claims success at once; `always-fail`: gives up at once.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable

from action_space.actions import BaseAction, Click, Finished
from model.base import Model, Reply, Request

ORACLE = "oracle"
BASELINES = (ORACLE, "random-point", "always-done", "always-fail")


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


class _RandomPoint:
    """Clicks at a uniformly random pixel of the picture that it was given; the same request, the same click."""

    name = "random-point"
    family = "canonical"

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        message = request.messages[-1]
        width, height = next(part.size for part in message.parts if not isinstance(part, str))
        draw = random.Random(message.text)  # history and task are in the text, so every step draws anew
        point = draw.randrange(width), draw.randrange(height)
        return Reply(json.dumps(Click(start_point=point).to_json()))

    def close(self) -> None:
        """Nothing to give back."""


def open_player(name: str, base_url: str | None = None) -> Model | None:
    """The model or baseline of that name; None for the oracle, which is no model.

    Raises:
        ModelFault: there is none of that name, or it cannot be loaded.
    """
    if name == ORACLE:
        return None
    if name == "always-done":
        return _Always(name, Finished(status="success"))
    if name == "always-fail":
        return _Always(name, Finished(status="failed"))
    if name == "random-point":
        return _RandomPoint()
    from model.registry import ModelOptions, open_model

    return open_model(name, ModelOptions(base_url=base_url, api_key=os.environ.get("AGENT_API_KEY")))
