"""The loop: observe → decide → validate → guard → execute → settle → verify → record.

`Agent.run` is synchronous and works from a script, from a thread and inside a running event loop (Jupyter);
`Agent.arun` is the same for an asyncio program.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from action_space.actions import AskUser, BaseAction, Finished
from agent.expect.checks import Ending, Expectations, ending
from agent.guard import ledger
from agent.guard.guard import EmergencyStop, Guard
from agent.guard.limits import Approval, LimitReached, Limits
from agent.guard.loops import Blocked
from agent.guard.risk import RiskJudge
from agent.guard.rules import GuardPolicy
from agent.history import RunState, Step
from agent.policy import InvalidAnswer, Policy
from agent.result import Cause, Interrupted, RunResult, Status
from agent.secrets.vault import Secrets, check_task, lend
from agent.trace.writer import TraceError
from envs.base import ActionError, Environment, EnvironmentFault, Observation, TargetClosed, TargetCrashed
from envs.tasks.base import Verdict
from model.base import Model, ModelFault, OutOfTime

Judge = Callable[[str | None, str], Verdict]


class Agent:
    """Does one task at a time in one environment with one model.

    Args:
        model: who decides.
        environment: where it is done. The caller opens and closes it.
        limits: when the run ends by itself.
        review: may refuse or change an action before it is done (`agent.guard`); None: every action is done.
        rules: what the run may do; None: whatever the environment can. Sites are the environment's own matter
            (`BrowserConfig.sites`).
        confirm: asks the person before an action (`agent.guard.confirm`); None: nobody is asked.
        ask_yes: asks the person what is answered with yes or no; None: nobody is there.
        trace_dir: folder of this run's trace; None: no trace.
        judge: says whether the task is done, given the answer and the agent's own word; None: no check.
        expectations: what has to be so at the end, one line each (docs/expectations.md); `judge` has to agree.
        stop: asked after every step; true: the episode is over whatever the agent thinks.
        ask: answers the agent's questions; None: nobody is there.
        policy: how `model` is asked; None: in its family's words, once.
        secrets: what the model may have typed by name without knowing it (`agent.secrets`); None: nothing.
        on_step: receives every step as it is recorded; `on_text` the model's text as it comes.
    """

    def __init__(
        self,
        model: Model,
        environment: Environment,
        *,
        limits: Limits | None = None,
        review: Callable[[BaseAction], Approval] | None = None,
        rules: GuardPolicy | None = None,
        confirm: Callable[[BaseAction, Observation], Approval] | None = None,
        ask_yes: Callable[[str], bool | None] | None = None,
        trace_dir: Path | None = None,
        judge: Judge | None = None,
        expectations: Iterable[str] | Expectations = (),
        stop: Callable[[], bool] | None = None,
        ask: Callable[[str], str | None] | None = None,
        policy: Policy | None = None,
        secrets: Secrets | None = None,
        on_step: Callable[[Step], None] | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> None:
        self.model, self.environment = model, environment
        self._policy = policy or Policy(model)
        self._limits, self._review = limits or Limits(), review
        self._rules, self._confirm, self._ask_yes = rules or GuardPolicy(), confirm, ask_yes
        self._trace_dir, self._judge, self._stop, self._ask = trace_dir, judge, stop, ask
        self._on_step, self._on_text = on_step, on_text
        self._secrets = secrets
        if secrets is not None:
            lend(environment, secrets)
        self._expectations = expectations if isinstance(expectations, Expectations) else Expectations(expectations)

    async def arun(self, task: str) -> RunResult:
        """`run`, without blocking the event loop."""
        return await asyncio.to_thread(self.run, task)

    def run(self, task: str) -> RunResult:
        """Do the task.

        What goes wrong is in the result, and in the trace.

        Raises:
            ValueError: the task is empty, or names a secret that was not given (`SecretError`).
            TraceError: the trace cannot be written. It carries the result.
            Interrupted: Ctrl-C or SIGTERM; a KeyboardInterrupt that carries the result. The trace is complete.
        """
        if not task.strip():
            raise ValueError("task: is empty; say what is to be done")
        check_task(task, self._secrets)
        pictures = self._policy.family.pictures
        limits = self._limits
        actions = self._rules.actions(self.environment.actions)
        run = RunState(
            task.strip(), self._trace_dir, limits, self.model, self.environment, actions, pictures=pictures
        )
        if told := ledger.note(ledger.conditions(run.task)):
            run.tell(told)
        if self._secrets is not None:
            run.tell(self._secrets.note())
        try:
            return self._conclude(run, *self._until_it_ends(run))
        except KeyboardInterrupt:
            result = run.result("failed", "interrupted", f"interrupted after {run.steps} steps", None)
            raise Interrupted(result) from None
        except TraceError as error:
            if error.result is None:
                try:  # there may be room for the result, though not for the step
                    error.result = run.result("failed", "infrastructure", str(error), None)
                except TraceError as worse:
                    error.result = worse.result
            raise
        except Exception as error:
            # A fault of ours: the trace still says how far the run came.
            reason = f"internal error: {type(error).__name__}: {error}"
            with suppress(TraceError):
                run.result("failed", "infrastructure", reason, None)
            raise

    def _until_it_ends(self, run: RunState) -> tuple[Status, Cause, str]:
        try:
            asking = (self._review, self._confirm, self._ask_yes)
            guard = Guard(self._limits, self._rules, *(_patient(run, ask) for ask in asking))
            return self._steps(run, guard)
        except Blocked as error:
            return "blocked", "loop" if error.cause == "loop" else "refused", str(error)
        except EmergencyStop as error:
            return "failed", "interrupted", str(error)
        except LimitReached as error:
            return "failed", "limit", str(error)
        except InvalidAnswer as error:
            self._tell(run.record(error.decision))
            return "failed", "invalid_answer", str(error)
        except TargetCrashed as error:
            return "failed", "infrastructure", str(error)
        except TargetClosed as error:
            return "failed", "target_closed", str(error)
        except OutOfTime as error:
            reason = f"time limit: {self._limits.max_seconds:g} s were used up while the model answered ({error})"
            return "failed", "limit", reason
        except (EnvironmentFault, ModelFault) as error:
            return "failed", "infrastructure", str(error)

    def _steps(self, run: RunState, guard: Guard) -> tuple[Status, Cause, str]:
        """Steps until the run ends by itself; whatever else ends it is an exception."""
        run.observation = self.environment.observe()
        while True:
            guard.before_step(run.steps, run.elapsed, run.tokens)
            decision = self._policy.decide(
                run.turn(),
                session=run.session,
                on_text=self._on_text,
                deadline=time.monotonic() + self._limits.max_seconds - run.elapsed,
            )
            assert decision.action is not None
            # Nobody is asked about an action that will not be done anyway.
            refused = Approval(decision.action, decision.refusal) if decision.refusal else None
            before = run.observation
            review = refused or guard.review(decision.action, before)
            action, outcome = review.action, None
            if review.note:
                decision = replace(decision, details={**decision.details, "guard": review.note})
            if review.refusal:
                pass
            elif isinstance(action, Finished):
                run.said, run.answer = action.status, action.answer
            elif isinstance(action, AskUser):
                ask = _patient(run, self._ask)
                run.ask(action.question, ask(action.question) if ask else None)
            else:
                try:
                    outcome = self.environment.execute(action, run.observation)
                except EnvironmentFault as fault:
                    self._tell(run.record(decision, action, error=ActionError("failed", str(fault))))
                    raise
            problem = ActionError("refused", review.refusal) if review.refusal else None
            self._tell(run.record(decision, action, outcome, problem))
            if run.said is not None and isinstance(action, Finished):
                return _finished(action)
            if run.unanswered:
                return "blocked", "question", run.unanswered
            run.hint = guard.after_step(action, before, outcome)
            if self._stop and self._stop():
                return "unsure", "stopped", "the episode is over"

    def _tell(self, step: Step) -> None:
        if self._on_step:
            self._on_step(step)

    def _conclude(self, run: RunState, status: Status, cause: Cause, reason: str) -> RunResult:
        """Let the check have the last word."""
        verdict = None
        if self._judge and cause not in ("infrastructure", "target_closed"):
            try:
                verdict = self._judge(run.answer, run.said or "unsure")
            except (Exception, SystemExit) as error:  # a check is anybody's code
                told = str(error) if isinstance(error, EnvironmentFault) else f"{type(error).__name__}: {error}"
                reason = f"{reason}; the check could not be made ({told})".removeprefix("; ")
                if status == "claimed":
                    status, cause = "unsure", "check_failed"
        if verdict is not None:
            if verdict.passed:
                status, cause = "verified", "done" if run.said else cause
            elif status == "claimed":
                status, cause = "failed", "not_verified"
                reason = f"the agent claimed success, the check says no: {verdict.reason}"
        if self._expectations and cause != "interrupted":
            there = hasattr(run, "observation") and cause not in ("infrastructure", "target_closed")
            outcomes, seen = self._expectations.check(
                run.observation if there else None, self.environment.observe if there else None
            )
            if seen is not None:
                run.observation = seen  # the last screen of the trace is the one that was checked
            run.expectations = tuple(outcome.to_json() for outcome in outcomes)
            if verdict is None or verdict.passed:
                end = ending(Ending(status, cause, reason), outcomes)
                status, cause, reason = end.status, end.cause, end.reason
        if status == "claimed":
            # The claim stands only for what can be seen; what cannot, it carries along.
            run.unconfirmed = _unconfirmed(run)
        return run.result(status, cause, reason, verdict)


def _unconfirmed(run: RunState) -> tuple[str, ...]:
    listed = ledger.conditions(run.task)
    texts = [*run.entered, run.answer or ""]
    if any(one.kind in ("name", "amount") for one in ledger.unconfirmed(listed, texts)):
        screen = RiskJudge(run.task).whole(run.observation)
        texts += [" ".join(line.text for line in screen.lines)] if screen is not None else []
    return tuple(dict.fromkeys(one.text for one in ledger.unconfirmed(listed, texts)))


def _patient(run: RunState, ask: Callable[..., Any] | None) -> Any:
    """The same question, the time that its answer takes put down as waited."""
    if ask is None:
        return None

    def asked(*about: Any) -> Any:
        began = time.perf_counter()
        try:
            return ask(*about)
        finally:
            run.waited += time.perf_counter() - began

    return asked


def _finished(action: Finished) -> tuple[Status, Cause, str]:
    reason = action.reason or ""
    if action.status == "success":
        return "claimed", "done", reason
    if action.status == "unsure":
        return "unsure", "unsure", reason or "the agent does not know whether it is done"
    if action.status == "infeasible":
        return "blocked", "infeasible", reason or "the agent says that it cannot be done here"
    return "failed", "gave_up", reason or "the agent gave up"
