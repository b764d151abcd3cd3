"""One action in a thread of its own, which may have to ask before it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from action_space.actions import BaseAction
from agent.serve.live import NoSuchRequest, Reply, Request
from envs.base import StepResult

_ANSWER_S = 600.0
"""Seconds after which nobody will answer any more."""
Ask = Callable[[str], bool | None]


class LiveAct:
    """An action that is being done. Safe from any thread.

    Attributes:
        request: the approval that it waits for; None: it waits for nobody.
    """

    def __init__(self, id: str, action: BaseAction) -> None:
        self.id, self.action = id, action
        self._changed = threading.Condition()
        self.request: Request | None = None
        self._reply: Reply | None = None
        self._outcome: StepResult | BaseException | None = None

    def start(self, do: Callable[[Ask], StepResult]) -> None:
        """Do it: `do` gets the function that asks."""
        threading.Thread(target=self._run, args=(do,), name=f"act {self.id}", daemon=True).start()

    def settled(self, seconds: float) -> bool:
        """Wait until it is done or asks; whether it is so."""
        with self._changed:
            return self._changed.wait_for(lambda: self._outcome is not None or self._asks(), seconds)

    def reply(self, request_id: str, reply: Reply) -> None:
        """Answer its request.

        Raises:
            NoSuchRequest: it was answered already, or never made.
        """
        with self._changed:
            if not self._asks() or self.request is None or self.request.id != request_id:
                raise NoSuchRequest(f"request: {request_id!r} was answered already, or never made")
            self._reply = reply
            self._changed.notify_all()

    def outcome(self) -> StepResult:
        """What came of it, once it is done. Raises what it raised."""
        assert self._outcome is not None
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def _asks(self) -> bool:
        return self.request is not None and self._reply is None

    def _run(self, do: Callable[[Ask], StepResult]) -> None:
        outcome: Any
        try:
            outcome = do(self._ask)
        except Exception as error:
            outcome = error
        with self._changed:
            self._outcome = outcome
            self._changed.notify_all()

    def _ask(self, question: str) -> bool | None:
        with self._changed:
            text = question.replace("Do it? [y/N]", "").strip()
            self.request = Request("request-1", "approval", text, self.action)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._reply is not None, _ANSWER_S)
            reply, self.request, self._reply = self._reply, None, None
        return reply.yes if reply is not None else None
