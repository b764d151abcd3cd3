"""Asking the person before what cannot be taken back; refusing it where nobody is there and the task asked for no
such thing."""

from __future__ import annotations

from collections.abc import Callable

from action_space.actions import AskUser, BaseAction, Finished, Hover, Scroll, Wait
from agent.guard.limits import Approval
from agent.guard.loops import Blocked
from agent.guard.risk import IRREVERSIBLE, Risk, RiskJudge
from agent.guard.rules import Confirm
from envs.base import Observation

_LOOKING = (AskUser, Finished, Hover, Scroll, Wait)
"""Actions that change nothing but the view."""


class Confirmation:
    """One run's questions to the person.

    Args:
        mode: when to ask.
        judge: what is risky.
        ask: asks a question that is answered with yes or no; None: nobody is there.
    """

    def __init__(self, mode: Confirm, judge: RiskJudge, ask: Callable[[str], bool | None] | None = None) -> None:
        self._mode, self._judge, self._ask = mode, judge, ask
        self._refused: set[tuple[str, str]] = set()

    def __call__(self, action: BaseAction, seen: Observation) -> Approval:
        """Whether the action shall be done.

        Raises:
            Blocked: nobody is there to be asked, and the model insists.
        """
        if self._mode == "never" or isinstance(action, _LOOKING):
            return Approval(action)
        risk = self._judge.judge(action, seen)
        if risk is None and self._mode == "risky":
            return Approval(action)
        if risk is not None and (wrong := self._other_record(action, risk, seen)):
            return self._refuse(action, risk, wrong)
        if self._mode == "risky" and risk is not None and self._judge.named(risk):
            return Approval(action, note=f"risk: {risk.told}; the task asks for it")
        what = f"{action.action}: {risk.told}" if risk else f"{action.action} {action.to_json()}"
        said = self._ask(f"{what}. Do it? [y/N]") if self._ask is not None else None
        if said is None:
            if risk is None:
                raise Blocked("refused", f"{action.action} has to be confirmed, and nobody is there to do it")
            why = f"Not done: {risk.told} has to be confirmed, nobody is there, and the task does not ask for it."
            return self._refuse(action, risk, why)
        if said:
            return Approval(action, note=f"confirmed: {risk.told if risk else action.action}")
        return Approval(action, f"Not done: the person said no to this {risk.kind if risk else action.action}.")

    def _refuse(self, action: BaseAction, risk: Risk, why: str) -> Approval:
        key = risk.kind, risk.words
        if key in self._refused:
            raise Blocked("refused", f"the model insists on what was refused: {why}")
        self._refused.add(key)
        return Approval(action, why)

    def _other_record(self, action: BaseAction, risk: Risk, seen: Observation) -> str:
        """Why this is another record than the task's; "": it is the right one, or nothing tells.

        Where several records stand on the screen, each with the same button, the row of the point must hold what
        the task calls its record by. A place alone says nothing.
        """
        point = getattr(action, "start_point", None)
        if risk.kind not in IRREVERSIBLE or point is None:
            return ""
        names = self._judge.names
        screen = self._judge.whole(seen) if names else None
        if screen is None:
            return ""
        buttons = [line for line in screen.lines if line.text.strip().lower() == risk.words.strip().lower()]
        if len(buttons) < 2:
            return ""
        reach = 0.9 * screen.scale
        row = [line for line in screen.lines if line.box.top - reach <= point[1] <= line.box.bottom + reach]
        there = " ".join(line.text for line in row).lower()
        other = [text for line in row if (text := line.text.strip()).lower() != risk.words.strip().lower()]
        everywhere = " ".join(line.text for line in screen.lines).lower()
        found = [name for name in names if name in everywhere]
        if not other or not found or any(name in there for name in found):
            return ""
        reads = " ".join(other)[:120]
        return f"Not done: the row reads “{reads}”; the task names “{found[0]}”, which stands elsewhere."
