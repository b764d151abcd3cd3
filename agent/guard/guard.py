"""The one place where an action may be refused before it is done, and where a run is stopped for its own good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from action_space.actions import BaseAction
from agent.guard.limits import Approval, LimitReached, Limits
from agent.guard.loops import LoopBreaker
from agent.guard.rules import GuardPolicy
from envs.base import Observation, StepResult

Review = Callable[[BaseAction], Approval]


class EmergencyStop(Exception):
    """The person stopped the run."""


class Guard:
    """Keeps a run inside its limits and rules. What leaves no trace on the screen, such as connections, the
    environment itself watches (`envs.browser.network`).

    Args:
        limits: see `Limits`.
        policy: see `GuardPolicy`; None: no rules.
        review: called with every action before it is done; None: every action is done as it is.
        confirm: asks the person (`Confirmation`); None: nobody is asked.
        ask: asks a question that is answered with yes or no; None: nobody is there.
    """

    def __init__(
        self,
        limits: Limits,
        policy: GuardPolicy | None = None,
        review: Review | None = None,
        confirm: Callable[[BaseAction, Observation], Approval] | None = None,
        ask: Callable[[str], bool | None] | None = None,
    ) -> None:
        self.limits, self.policy = limits, policy or GuardPolicy()
        self._review, self._confirm = review, confirm
        self._loops = LoopBreaker(limits.max_repeats, ask)

    def before_step(self, steps: int, seconds: float, tokens: float = 0) -> None:
        """Called before the model is asked.

        Raises:
            LimitReached: the step, time or token limit is used up.
            EmergencyStop: the person stopped the run.
        """
        self._stopped()
        limits = self.limits
        if steps >= limits.max_steps:
            raise LimitReached(f"step limit: {limits.max_steps} steps were taken")
        if seconds >= limits.max_seconds:
            raise LimitReached(f"time limit: {seconds:.0f} s of {limits.max_seconds:.0f} s are used up")
        if limits.max_tokens is not None and tokens >= limits.max_tokens:
            raise LimitReached(f"token limit: {tokens:.0f} of {limits.max_tokens} tokens are used up")

    def review(self, action: BaseAction, seen: Observation) -> Approval:
        """The action to do, or the reason why not.

        Raises:
            EmergencyStop: the person stopped the run.
            Blocked: it cannot go on without a person.
        """
        self._stopped()
        refusal = self.policy.forbids(action.action) or self.policy.outside(action.points().values())
        refusal = refusal or self._loops.refusal(action, seen)
        if refusal:
            return Approval(action, refusal)
        approval = self._review(action) if self._review else Approval(action)
        if approval.refusal or self._confirm is None:
            return approval
        return self._confirm(approval.action, seen)

    def after_step(self, action: BaseAction, before: Observation, outcome: StepResult | None) -> str:
        """Looks for loops. Returns what the model is to be told; "": nothing.

        Raises:
            Blocked: the run goes round in a circle.
        """
        return self._loops.after(action, before, outcome)

    def _stopped(self) -> None:
        file = self.policy.stop_file
        if file and Path(file).expanduser().exists():
            raise EmergencyStop(f"stopped by the file {file}")
