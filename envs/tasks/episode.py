"""One task from a file, set up and ready: its judge and its oracle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from envs.tasks.applications.changes import compare
from envs.tasks.base import SetupFailed, Verdict
from envs.tasks.context import TaskContext
from envs.tasks.getters import GETTERS, resolved
from envs.tasks.metrics import METRICS
from envs.tasks.metrics.apps import ASKED
from envs.tasks.schema import Row, TaskFile, rows
from envs.tasks.setup import SETUP
from envs.tasks.targets import Place, open_environment

if TYPE_CHECKING:
    from envs.base import Environment
    from envs.browser.environment import BrowserEnvironment
    from envs.machine.base import Machine
    from envs.tasks.schema import OracleStep

_MAY_BE_GONE = frozenset({"activate_window", "close_window"})
"""Steps before judging that an agent may have made needless: it closed the window itself."""


class FileEpisode:
    """An episode of a `FileTask`.

    Attributes:
        instruction: what the agent is told.
        environment: the browser at the task's first page, or the desktop.
        oracle_answer, oracle_status: what the oracle would say in `finished` after `cheat` or `spoil`.
    """

    def __init__(self, file: TaskFile, stage: TaskContext, place: Place) -> None:
        self.instruction = file.instruction
        self._file = file
        self._stage = stage
        self.oracle_answer: str | None = None
        self.oracle_status = "success"
        self.environment: Environment = open_environment(stage, place)

    @property
    def machine(self) -> Machine | None:
        """The computer that the task runs on; None: a browser alone."""
        return self._stage.machine

    def judge(self, answer: str | None = None, status: str = "success") -> Verdict:
        """See `Episode.judge`. As OSWorld has it: with "and" the first 0 decides, otherwise the mean counts; with
        "or" the first 1 decides, otherwise the best counts; to give up passes an infeasible task and no other."""
        if self._stage.app is None:
            return self._verdict(answer, status)
        self._stage.after = self._stage.app.rested_state()
        verdict = self._verdict(answer, status)
        harm = "; ".join(compare(self._stage.app.before, self._stage.after, self._asked()).harm)
        if not harm:
            return replace(verdict, harm="")
        return Verdict(0.0, f"{verdict.reason}; what nobody asked for: {harm}", harm)

    def _asked(self) -> dict[str, Any]:
        """The changes that the task asks for; of an infeasible task and one that only asks none."""
        found = (
            row.expected[1].get("rules")
            for row in rows(self._file.evaluator)
            if row.func == ASKED and row.expected
        )
        return next(found, None) or {}

    def _verdict(self, answer: str | None, status: str) -> Verdict:
        evaluator = self._file.evaluator
        if evaluator.func == "infeasible":
            return Verdict(float(status == "infeasible"), f"status {status!r}, the task is infeasible")
        if status == "infeasible":
            return Verdict(0.0, "status 'infeasible', but the task can be done")
        self._stage.answer, self._stage.status = answer, status
        for step in evaluator.postconfig:
            try:
                SETUP.get(step.type, "evaluator.postconfig")(self._stage, **step.parameters)
            except SetupFailed:
                if step.type not in _MAY_BE_GONE:
                    raise
        verdicts = []
        for row in rows(evaluator):
            verdict = self._measure(row)
            verdicts.append(verdict)
            if (evaluator.conj == "and" and verdict.score == 0) or (evaluator.conj == "or" and verdict.score == 1):
                return verdict
        scores = [verdict.score for verdict in verdicts]
        score = sum(scores) / len(scores) if evaluator.conj == "and" else max(scores)
        return Verdict(score, "; ".join(verdict.reason for verdict in verdicts))

    def _measure(self, row: Row) -> Verdict:
        values = [
            GETTERS.get(getter[0], "evaluator")(self._stage, **getter[1])
            for getter in (row.result, row.expected)
            if getter is not None
        ]
        score = float(METRICS.get(row.func, "evaluator")(*values, **row.options))
        if row.func == ASKED:
            missing = compare(values[0]["before"], values[0]["after"], values[1]).missing
            return Verdict(score, f"{row.func} {score:g}: {'; '.join(missing) or 'all that was asked is so'}")
        wanted = f", wanted {_short(values[1])}" if len(values) > 1 else ""
        return Verdict(score, f"{row.func} {score:g}: got {_short(_shown(values))}{wanted}")

    def cheat(self) -> None:
        """Solve the task by real mouse and keyboard actions, knowing the page."""
        oracle = self._oracle()
        self._play(oracle.solve)
        self.oracle_answer, self.oracle_status = self._filled(oracle.answer), oracle.status

    def spoil(self) -> None:
        """Reach a wrong ending by real actions: the judge must say no."""
        oracle = self._oracle()
        self._play(oracle.spoil)
        self.oracle_answer, self.oracle_status = self._filled(oracle.wrong_answer), "success"

    def _oracle(self) -> Any:
        if self._file.oracle is None:
            raise NotImplementedError(f"the task {self._file.id} has no oracle")
        return self._file.oracle

    def _play(self, steps: list[OracleStep]) -> None:
        hands: Any
        if self.machine is None:
            from envs.tasks.oracle.browser import Oracle

            hands = Oracle(cast("BrowserEnvironment", self.environment))
        else:
            from envs.tasks.oracle.desktop import DesktopOracle

            hands = DesktopOracle(self.environment, self.machine)
        for step in steps:
            given = {key: self._filled(value) for key, value in step.model_dump().items()}
            hands.do(step.model_copy(update=given))

    def _filled(self, text: Any) -> Any:
        """`text` with every `{name}` of the oracle's facts filled in."""
        if isinstance(text, str):
            for name, fact in self._oracle().facts.items():
                if f"{{{name}}}" in text:
                    text = text.replace(f"{{{name}}}", str(resolved(self._stage, fact)))
        return text

    def close(self) -> None:
        """End what was started; a browser that was lent stays open. May be called twice."""
        self._stage.close()


def _shown(values: list[Any]) -> Any:
    """Of a state before and after, what changed."""
    value = values[0]
    if isinstance(value, dict) and set(value) == {"before", "after"}:
        named = values[1] if len(values) > 1 and isinstance(values[1], dict) else {}
        return {
            key: now
            for key, now in value["after"].items()
            if key in named or (now != value["before"].get(key) and key not in ("view", "searches"))
        }
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 400 else text[:399] + "…"
