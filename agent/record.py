"""What one run has gathered: the history for the model, the lines for the trace, the counts for the result."""

from __future__ import annotations

import secrets
import sys
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from action_space.actions import BaseAction
from action_space.actions import Status as Said
from agent.guard import Limits
from agent.policy import Decision
from agent.result import Cause, RunResult, Status
from agent.trace import TraceWriter
from envs.base import ActionError, Effect, Environment, Observation, Outcome
from envs.effect import describe
from envs.tasks.base import Verdict
from model.base import Model, Usage
from model.families import FAMILIES
from model.prompt import PastStep, Turn


@dataclass(frozen=True)
class Step:
    """One step, as it was recorded.

    Attributes:
        number: from 1.
        record: the line of `traj.jsonl` (see `docs/trace.md`).
    """

    number: int
    action: BaseAction | None
    thought: str
    effect: str
    error: str
    seconds: float
    record: dict[str, Any]


class Run:
    """One run. `observation` is the screen now; the loop sets it before the first turn."""

    observation: Observation

    def __init__(
        self, task: str, folder: Path | None, limits: Limits, model: Model, environment: Environment
    ) -> None:
        self.task = task
        self.steps = 0
        self.said: Said | None = None
        self.answer: str | None = None
        self.unanswered = ""
        self._pictures = FAMILIES[model.family].pictures
        self._started = self._stepped = time.perf_counter()
        self._history: list[PastStep] = []
        self._notes: list[str] = []
        self._parse: Counter[str] = Counter(strict=0, repaired=0, failed=0)
        self._timings: dict[str, float] = defaultdict(float)
        self._usage: dict[str, float] = defaultdict(float)
        self._actions = tuple(dict.fromkeys((*sorted(environment.actions), "finished", "ask_user")))
        self._trace = TraceWriter(folder, _header(task, limits, model, environment)) if folder else None
        self.session = folder.name if folder else f"run-{secrets.token_hex(8)}"

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self._started

    def turn(self) -> Turn:
        """What the next decision may depend on."""
        seen = self.observation
        notes = list(self._notes)
        if seen.dialog:
            notes.append(f"A {seen.dialog.kind} dialog is open: {seen.dialog.message}")
        if seen.file_chooser:
            notes.append("A file chooser is open: answer with upload.")
        if len(seen.tabs) > 1:
            titles = (f"{i}: {tab.title}{' (in front)' if tab.active else ''}" for i, tab in enumerate(seen.tabs))
            notes.append("Open tabs: " + "; ".join(titles))
        return Turn(
            task=self.task,
            screenshot=seen.screenshot,
            frame=seen.frame,
            history=tuple(self._history),
            notes=tuple(notes),
            actions=self._actions,
        )

    def ask(self, question: str, answer: str | None) -> None:
        """Remember a question to the user and what came back; None: nobody answered."""
        if answer is None:
            self.unanswered = question
        else:
            self._notes.append(f"You asked: {question} The user answered: {answer}")

    def record(
        self,
        decision: Decision,
        action: BaseAction | None = None,
        outcome: Outcome | None = None,
        error: ActionError | None = None,
    ) -> Step:
        """Write one step to history and trace, and move on to the screen that it left."""
        before = self.observation
        error = error or (outcome.error if outcome else None)
        problem = asdict(error) if error else None
        if action is None:
            problem = {"kind": "invalid_answer", "message": decision.answers[-1].error}
        effect = describe(outcome.effect) if outcome else ""
        message = problem["message"] if problem else ""
        picture = before.screenshot if self._pictures else None
        self._history.append(PastStep(action, decision.thought, effect, message, picture))
        if len(self._history) > 2 * self._pictures:  # older pictures are shown to nobody any more
            old = -2 * self._pictures - 1
            self._history[old] = replace(self._history[old], screenshot=None)
        self._parse.update(answer.outcome for answer in decision.answers)
        used = usage_numbers(decision.usage)
        _add(self._usage, used)
        settle_s, input_s = (outcome.settled.waited_s, outcome.input_s) if outcome else (0.0, 0.0)
        timings = {"decide_s": decision.wall_s, "execute_s": input_s, "settle_s": settle_s}
        line = {
            "action": action.to_json() if action else None,
            "response": decision.answers[-1].text,
            "reward": 0.0,
            "done": self.said is not None,
            "info": {},
            "thought": decision.thought,
            "url": before.url,
            "title": before.title,
            "frame": _frame(decision),
            "answers": [asdict(answer) for answer in decision.answers],
            "confidence": decision.confidence,
            "details": decision.details,
            "effect": {**_effect(outcome.effect), "text": effect} if outcome else None,
            "settled": asdict(outcome.settled) if outcome else None,
            "error": problem,
            "usage": used,
            "notes": [*self._notes, *(outcome.notes if outcome else ())],
        }
        # What the step took in all, up to this moment; what is left over is observing and recording.
        now = time.perf_counter()
        timings["total_s"] = now - self._stepped
        line["timings"] = {name: round(value, 4) for name, value in timings.items()}
        _add(self._timings, timings)
        self._stepped = now
        if self._trace:
            line = self._trace.step(before, line)
            self._timings["record_s"] += time.perf_counter() - now
        self.steps += 1
        if outcome:
            self.observation = outcome.observation
        return Step(self.steps, action, decision.thought, effect, message, timings["total_s"], line)

    def result(self, status: Status, cause: Cause, reason: str, verdict: Verdict | None) -> RunResult:
        """The result, written to the trace with the last screen."""
        timings = {name: round(value, 3) for name, value in self._timings.items()}
        result = RunResult(
            status=status,
            cause=cause,
            reason=reason,
            said=self.said,
            answer=self.answer,
            steps=self.steps,
            verdict=asdict(verdict) if verdict else None,
            trace=self._trace.folder if self._trace else None,
            timings={**timings, "total_s": round(self.elapsed, 3)},
            parse=dict(self._parse),
            usage={name: round(value, 4) for name, value in self._usage.items()},
        )
        if self._trace:
            if hasattr(self, "observation"):
                self._trace.picture("final.png", self.observation)
            # Without its own whereabouts: a trace folder can be moved.
            self._trace.finish({k: v for k, v in result.to_json().items() if k not in ("trace", "report")})
        return result


def _add(total: dict[str, float], more: dict[str, float]) -> None:
    for name, value in more.items():
        total[name] += value


def usage_numbers(usage: Usage) -> dict[str, float]:
    """Usage as a flat JSON object."""
    return {**asdict(usage), "cpu_s": round(usage.cpu_s, 4)}


def _header(task: str, limits: Limits, model: Model, environment: Environment) -> dict[str, Any]:
    config = getattr(environment, "config", None)
    return {
        "task": task,
        "model": {"name": model.name, "family": model.family},
        "environment": {"name": environment.name, "config": _plain(asdict(config)) if config else {}},
        "limits": asdict(limits),
        "argv": sys.argv,
    }


def _frame(decision: Decision) -> dict[str, Any]:
    frame = decision.frame
    return {
        "screen": list(frame.screen),
        "model": list(frame.model_size),
        "crop": list(frame.crop) if frame.crop else None,
        "pixel_ratio": list(frame.pixel_ratio),
        "origin": list(frame.origin),
    }


def _effect(effect: Effect) -> dict[str, Any]:
    data = asdict(effect)
    data["region"] = list(effect.region) if effect.region else None
    return data


def _plain(value: Any) -> Any:
    """JSON values only; what is no JSON value becomes its text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
