"""A person in the model's place: what is done by mouse and keyboard becomes a run that can be replayed."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable

from action_space.actions import BaseAction, Finished
from model.base import OutOfTime, Reply, Request, Usage

_TICK_S = 0.2


class PersonModel:
    """Decides what the person does. Of the family "canonical".

    Answers whenever an action was given; `finish` ends the run.
    """

    family = "canonical"
    name = "person"

    def __init__(self) -> None:
        self._actions: queue.Queue[BaseAction] = queue.Queue()
        self._ended = threading.Event()

    def give(self, action: BaseAction) -> None:
        """The next thing that the person does."""
        self._actions.put(action)

    def finish(self, done: bool = True) -> None:
        """The person is through."""
        self.give(Finished(status="success" if done else "failed", reason=None if done else "given up"))

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """What the person did.

        Raises:
            OutOfTime: the run is over, or was closed.
        """
        began = time.perf_counter()
        while not self._ended.is_set():
            try:
                action = self._actions.get(timeout=_TICK_S)
            except queue.Empty:
                if request.deadline is not None and time.monotonic() > request.deadline:
                    break
                continue
            text = json.dumps(action.to_json(), ensure_ascii=False)
            return Reply(text, usage=Usage(model_calls=0), wall_s=time.perf_counter() - began)
        raise OutOfTime("nobody does anything any more")

    def close(self) -> None:
        """Let whoever waits go."""
        self._ended.set()
