"""What one run has gathered: the history for the model, the lines for the trace, the counts for the result."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from action_space.actions import BaseAction
from action_space.actions import Status as Said
from agent.guard.limits import Limits
from agent.policy import Decision
from agent.result import Cause, RunResult, Status
from agent.text import command_line, plain, redacted
from agent.trace.writer import TraceError, TraceWriter
from envs.base import ActionError, Environment, EnvironmentFault, Observation, StateDiff, StepResult
from envs.effect import describe
from envs.tasks.base import Verdict
from model.base import Model, Usage
from model.prompt import HistoryStep, PromptContext


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


class RunState:
    """One run. `observation` is the screen now; the loop sets it before the first turn."""

    observation: Observation

    def __init__(
        self,
        task: str,
        folder: Path | None,
        limits: Limits,
        model: Model,
        environment: Environment,
        actions: Iterable[str] | None = None,
        *,
        pictures: int = 0,
    ) -> None:
        self.task = task
        self.steps = 0
        self.said: Said | None = None
        self.answer: str | None = None
        self.unconfirmed: tuple[str, ...] = ()
        self.entered: list[str] = []  # texts that were typed and chosen
        self.unanswered = ""
        self.expectations: tuple[dict[str, Any], ...] = ()  # what became of them, once they were checked
        self.hint = ""  # what the guard has to say, for the next turn alone
        self._environment: Any = environment
        self._pictures = pictures
        self.waited = 0.0  # seconds in which a person was asked; no limit counts them
        self._started = self._stepped = time.perf_counter()
        self._history: list[HistoryStep] = []
        self._notes: list[str] = []
        self._told: tuple[str, ...] = ()
        self._parse: Counter[str] = Counter(strict=0, repaired=0, failed=0)
        self._timings: dict[str, float] = defaultdict(float)
        self._usage: dict[str, float] = defaultdict(float)
        self._actions = tuple(
            dict.fromkeys((*sorted(environment.actions if actions is None else actions), "finished", "ask_user"))
        )
        header = _header(task, limits, model, environment) | {"actions": list(self._actions)}
        self._trace = TraceWriter(folder, header) if folder else None
        self.session = folder.name if folder else f"run-{secrets.token_hex(8)}"

    @property
    def elapsed(self) -> float:
        """Seconds since the run began, without those in which it waited for a person."""
        return time.perf_counter() - self._started - self.waited

    @property
    def tokens(self) -> float:
        """Tokens of all prompts and answers so far."""
        return self._usage["prompt_tokens"] + self._usage["completion_tokens"]

    def turn(self) -> PromptContext:
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
        if self.hint:
            notes.append(self.hint)
        self._told = tuple(redacted(notes))
        return PromptContext(
            task=self.task,
            screenshot=seen.screenshot,
            frame=seen.frame,
            history=tuple(self._history),
            notes=self._told,
            actions=self._actions,
        )

    def tell(self, note: str) -> None:
        """Tell the model something with every turn from now on."""
        self._notes.append(note)

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
        outcome: StepResult | None = None,
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
        step = HistoryStep(
            action,
            decision.thought,
            effect,
            message,
            before.screenshot,
            before.frame,
            state=decision.details.get("state") or {},
            change=change_of(outcome.effect) if outcome else {},
        )
        remember(self._history, step, self._pictures)
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
            "effect": {**change_of(outcome.effect), "text": effect} if outcome else None,
            "settled": asdict(outcome.settled) if outcome else None,
            "error": problem,
            "usage": used,
            "told": list(self._told),
            "notes": [*self._notes, *(outcome.notes if outcome else ())],
        }
        # What the step took in all, up to this moment; what is left over is observing and recording.
        now = time.perf_counter()
        timings["total_s"] = now - self._stepped
        line["timings"] = {name: round(value, 4) for name, value in timings.items()}
        _add(self._timings, timings)
        self._stepped = now
        # It was done, whether or not it can be written.
        self.steps += 1
        if outcome:
            self.observation = outcome.observation
            if outcome.error is None:
                self.entered.append(str(getattr(action, "text", None) or ""))
        if self._trace:
            line = self._trace.step(before, line)
            self._timings["record_s"] += time.perf_counter() - now
        return Step(self.steps, action, decision.thought, effect, message, timings["total_s"], line)

    def result(self, status: Status, cause: Cause, reason: str, verdict: Verdict | None) -> RunResult:
        """The result, written to the trace with the last screen."""
        kept, lost = self._downloads()
        timings = {name: round(value, 3) for name, value in self._timings.items()}
        result = RunResult(
            status=status,
            cause=cause,
            reason=reason,
            said=self.said,
            answer=self.answer,
            steps=self.steps,
            verdict=asdict(verdict) if verdict else None,
            expectations=self.expectations,
            unconfirmed=self.unconfirmed,
            downloads=kept,
            failed_downloads=lost,
            trace=self._trace.folder if self._trace else None,
            timings={**timings, "total_s": round(self.elapsed + self.waited, 3)},
            parse=dict(self._parse),
            usage={name: round(value, 4) for name, value in self._usage.items()},
        )
        if self._trace:
            try:
                # The result first: it is small, and may be all that a full disk takes.
                # Without its own whereabouts: a trace folder can be moved.
                inside = f"{self._trace.folder.absolute()}{os.sep}"
                told = result.to_json() | {"downloads": [path.removeprefix(inside) for path in kept]}
                self._trace.finish({k: v for k, v in told.items() if k not in ("trace", "report")})
                if hasattr(self, "observation"):
                    self._trace.picture("final.png", self.observation)
            except TraceError as error:
                error.result = replace(result, status="failed", cause="infrastructure", reason=str(error))
                raise
        return result

    def _downloads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Files that were downloaded, those that are still on their way waited for; and those that were lost."""
        finish = getattr(self._environment, "finish_downloads", None)
        if finish is None or not hasattr(self, "observation"):
            return (), ()
        try:
            kept, lost = finish(), self._environment.failed_downloads
        except EnvironmentFault:
            kept, lost = self.observation.downloads, self.observation.failed_downloads
        return tuple(kept), tuple(f"{one.name}: {one.message}" for one in lost)


def steps_with_picture(pictures: int) -> int:
    """Of how many of the newest steps a family that shows `pictures` screenshots may show one: it goes from so
    many up to twice as many before it drops the older ones (`model.prompt.kept_pictures`)."""
    return 2 * pictures


def remember(history: list[HistoryStep], step: HistoryStep, pictures: int) -> None:
    """Add a step to a history, and drop the screenshot that is not shown any more."""
    kept = steps_with_picture(pictures)
    history.append(step if kept else replace(step, screenshot=None))
    if len(history) > kept:
        history[-kept - 1] = replace(history[-kept - 1], screenshot=None)


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
        "environment": {"name": environment.name, "config": plain(asdict(config)) if config else {}},
        "limits": asdict(limits),
        "argv": command_line(sys.argv),
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


def change_of(effect: StateDiff) -> dict[str, Any]:
    """What a step changed, as a JSON object."""
    data = asdict(effect)
    data["region"] = list(effect.region) if effect.region else None
    return data
