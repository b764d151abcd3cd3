"""A run in a thread of its own, which people follow, pause, answer, correct and stop.

`LiveRun` is the far side of the hooks of `agent.loop.Agent`: where the loop asks, it waits for somebody's reply.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from action_space.actions import BaseAction, Finished, Wait
from agent.guard.confirm import Confirmation
from agent.guard.guard import EmergencyStop
from agent.guard.limits import Approval
from agent.guard.risk import RiskJudge
from agent.guard.rules import GuardPolicy
from agent.history import Step
from agent.result import RunResult
from agent.serve.feed import Feed
from envs.base import Observation

State = Literal["running", "waiting", "paused", "stopping", "ended"]
Kind = Literal["question", "approval", "pause"]
_YES_NO = "Do it? [y/N]"


class NoSuchRequest(LookupError):
    """The request was answered already, or never made."""


class BadReply(ValueError):
    """The reply does not fit the request. The message says what is accepted."""


@dataclass(frozen=True)
class Reply:
    """What a person said to a request.

    Attributes:
        text: to a question; None: nobody answers.
        yes: to an approval: do it.
        action: what to do in place of the action that was shown.
        taken: the person has done something on the screen meanwhile: look anew instead of doing it.
    """

    text: str | None = None
    yes: bool = False
    action: BaseAction | None = None
    taken: bool = False


@dataclass
class Request:
    """What a run waits for.

    Attributes:
        id: unique in the run.
        kind: question: the model asks something; approval: an action needs a yes; pause: it goes on when told.
        text: for the person.
        action: that would be done next; None: there is none.
    """

    id: str
    kind: Kind
    text: str
    action: BaseAction | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        action = self.action.to_json() if self.action is not None else None
        return {"id": self.id, "kind": self.kind, "text": self.text, "action": action}


class LiveRun:
    """One run. Safe from any thread.

    Args:
        id: also the name of its trace folder.
        rules: what may be done, also by an action that a person puts in place of another.
        attended: somebody may answer; False: questions stay unanswered and risky actions are refused at once.
        answer_s: seconds to wait for a reply; None: for ever. Then it is as if nobody were there.
        kind: task, replay or recording.

    Attributes:
        feed: what happened.
        result: how it ended; None: it has not.
    """

    def __init__(
        self,
        id: str,
        task: str,
        folder: Path,
        rules: GuardPolicy,
        *,
        attended: bool = True,
        answer_s: float | None = None,
        kind: str = "task",
    ) -> None:
        self.id, self.task, self.folder, self.kind = id, task, folder, kind
        self.feed = Feed()
        self.result: RunResult | None = None
        self.started = time.time()
        self._rules, self._attended, self._answer_s = rules, attended, answer_s
        self._changed = threading.Condition()
        self._request: Request | None = None
        self._reply: Reply | None = None
        self._requests = self._steps = 0
        self._pausing, self._stop_reason = False, ""
        self._proposed: BaseAction | None = None
        self._thread: threading.Thread | None = None
        mode = rules.confirm or "never"
        self._confirmation = Confirmation(mode, RiskJudge(task), self._ask_approval if attended else None)

    # -- what people see and do -------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """What it is doing."""
        with self._changed:
            if self.result is not None:
                return "ended"
            if self._stop_reason:
                return "stopping"
            if self._request is not None and self._reply is None:
                return "paused" if self._request.kind == "pause" else "waiting"
            return "running"

    @property
    def request(self) -> Request | None:
        """What it waits for; what was answered a moment ago is no longer waited for."""
        with self._changed:
            return self._request if self._reply is None else None

    @property
    def steps(self) -> int:
        """Steps so far."""
        return self._steps

    def reply(self, request_id: str, reply: Reply) -> None:
        """Answer a request.

        Raises:
            NoSuchRequest: it was answered already, or never made.
            BadReply: the rules do not allow the action that stands in the reply.
        """
        if reply.action is not None:
            name, points = reply.action.action, reply.action.points().values()
            if wrong := self._rules.forbids(name) or self._rules.outside(points):
                raise BadReply(f"action: {wrong}")
        with self._changed:
            open_now = self._request
            if open_now is None or open_now.id != request_id or self._reply is not None:
                now = f"; it waits for {open_now.id}" if open_now is not None else ""
                raise NoSuchRequest(f"request: {request_id!r} was answered already, or never made{now}")
            self._reply = reply
            self._changed.notify_all()

    def pause(self) -> None:
        """Stop before the next action, until the request of kind pause is answered."""
        with self._changed:
            self._pausing = self.result is None

    def resume(self) -> None:
        """Take a pause back, or end it."""
        with self._changed:
            self._pausing = False
            if self._request is not None and self._request.kind == "pause" and self._reply is None:
                self._reply = Reply(yes=True)
                self._changed.notify_all()

    def stop(self, reason: str = "stopped by the person") -> None:
        """End it at the next possible moment; the trace says how far it came."""
        with self._changed:
            if self.result is None and not self._stop_reason:
                self._stop_reason = reason
                self._changed.notify_all()
        self.feed.tell("state", state=self.state)

    def to_json(self) -> dict[str, Any]:
        """What it is and how it goes, as a JSON object."""
        request = self.request
        return {
            "run": self.id,
            "task": self.task,
            "kind": self.kind,
            "state": self.state,
            "steps": self._steps,
            "started": round(self.started, 3),
            "request": request.to_json() if request is not None else None,
            "result": self.result.to_json() if self.result is not None else None,
        }

    # -- the thread -------------------------------------------------------------------------------------------

    def start(self, play: Callable[[LiveRun], RunResult]) -> None:
        """Play it in a thread: `play` runs the agent with the hooks below."""
        self._thread = threading.Thread(target=self._run, args=(play,), name=f"run {self.id}", daemon=True)
        self._thread.start()

    def join(self, seconds: float | None = None) -> bool:
        """Wait for its end; whether it has come."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self.result is not None

    def _run(self, play: Callable[[LiveRun], RunResult]) -> None:
        self.feed.tell("begin", run=self.id, task=self.task)
        try:
            result = play(self)
        except Exception as error:  # whatever it is, followers are told that it is over
            told = f"{type(error).__name__}: {error}"
            result = RunResult("failed", "infrastructure", told, steps=self._steps)
        with self._changed:
            self.result, self._request = result, None
        self.feed.tell("end", **result.to_json())

    # -- hooks of the agent -----------------------------------------------------------------------------------

    def review(self, action: BaseAction) -> Approval:
        """Before every action: the place to pause and to stop.

        Raises:
            EmergencyStop: the person stopped the run.
        """
        self._check()
        with self._changed:
            pausing = self._pausing
        if not pausing:
            return Approval(action)
        reply = self._wait("pause", "paused before this action", action)
        with self._changed:
            self._pausing = False
        if reply is None or reply.taken:
            return _look_anew()
        if reply.action is not None:
            return Approval(reply.action, note="changed by the person")
        return Approval(action)

    def confirm(self, action: BaseAction, seen: Observation) -> Approval:
        """Before an action that may be risky (`agent.guard.confirm`)."""
        self._proposed = action
        approval = self._confirmation(action, seen)
        proposed, self._proposed = self._proposed, None
        if approval.refusal or proposed is None or proposed is action:
            return approval
        return Approval(proposed, note="changed by the person")

    def ask(self, question: str) -> str | None:
        """The person's answer to the model's question; None: nobody answers."""
        reply = self._wait("question", question) if self._attended else None
        return reply.text if reply is not None else None

    def ask_yes(self, question: str) -> bool | None:
        """The person's yes or no; None: nobody answers."""
        reply = self._wait("approval", question.replace(_YES_NO, "").strip()) if self._attended else None
        return None if reply is None else reply.yes

    def on_step(self, step: Step) -> None:
        """After every step."""
        self._steps = step.number
        action = step.action.to_json() if step.action is not None else None
        self.feed.tell(
            "step",
            step=step.number,
            thought=step.thought,
            action=action,
            effect=step.effect,
            error=step.error,
            seconds=round(step.seconds, 2),
            screenshot=step.record.get("screenshot_file"),
        )
        if not isinstance(step.action, Finished):
            self._check()

    def say(self, line: str) -> None:
        """A line that a person should see."""
        self.feed.tell("say", text=line)

    # -- waiting ----------------------------------------------------------------------------------------------

    def _check(self) -> None:
        with self._changed:
            reason = self._stop_reason
        if reason:
            raise EmergencyStop(reason)

    def _ask_approval(self, question: str) -> bool | None:
        reply = self._wait("approval", question.replace(_YES_NO, "").strip(), self._proposed)
        if reply is None:
            return None
        if reply.taken:
            self._proposed = _look_anew().action
            return True
        if reply.action is not None:
            self._proposed = reply.action
            return True
        return reply.yes

    def _wait(self, kind: Kind, text: str, action: BaseAction | None = None) -> Reply | None:
        """The reply to a request; None: it did not come in time."""
        with self._changed:
            self._requests += 1
            request = self._request = Request(f"request-{self._requests}", kind, text, action)
            self._reply = None
        self.feed.tell("request", **{"request": request.to_json()})
        with self._changed:
            seconds = self._answer_s if kind != "pause" else None
            self._changed.wait_for(lambda: self._reply is not None or bool(self._stop_reason), seconds)
            reply, self._reply, self._request = self._reply, None, None
        self.feed.tell("reply", request_id=request.id, answered=reply is not None)
        self._check()
        return reply


def _look_anew() -> Approval:
    """The person has done something meanwhile: what was decided on the old screen is not done on the new one."""
    return Approval(Wait(duration_ms=0), note="the person used the screen meanwhile")
