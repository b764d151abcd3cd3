"""What a task is: a start, an instruction, a judge, and an oracle that proves both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from envs.base import Environment


class SetupFailed(Exception):
    """The task could not be set up; says nothing about the agent."""


@dataclass(frozen=True)
class Verdict:
    """What the judge says.

    Attributes:
        score: 0–1.
        reason: one line: what was compared with what.
        harm: what else changed, in one line; "": nothing; None: the task cannot tell.
    """

    score: float
    reason: str = ""
    harm: str | None = None

    @property
    def passed(self) -> bool:
        return self.score >= 1.0


class Episode(Protocol):
    """One task, set up and ready, in one environment."""

    @property
    def instruction(self) -> str:
        """What the agent is told."""

    @property
    def environment(self) -> Environment:
        """Where it is to be done."""

    def judge(self, answer: str | None = None, status: str = "success") -> Verdict:
        """Whether the task is done now. Reads page or application state; never changes it.

        Args:
            answer: `finished.answer` of the agent, for tasks that ask for one.
            status: `finished.status` of the agent; an infeasible task is passed by `infeasible`.
        """

    @property
    def oracle_answer(self) -> str | None:
        """After `cheat` or `spoil`: the answer to hand to `judge`."""

    @property
    def oracle_status(self) -> str:
        """After `cheat` or `spoil`: the status to hand to `judge`."""

    def cheat(self) -> None:
        """Solve the task by real mouse and keyboard actions, knowing the page.

        Raises:
            NotImplementedError: the task has no oracle.
        """

    def spoil(self) -> None:
        """Reach a wrong ending by real actions: the judge must say no."""

    def close(self) -> None:
        """End what was started. May be called twice."""


@runtime_checkable
class Ends(Protocol):
    """An episode that can be over before the agent says so, such as a page that takes one answer only."""

    def over(self) -> bool:
        """Whether nothing that happens from now on counts."""


class Task(Protocol):
    """A task that can be started any number of times. Picklable: it holds configuration only."""

    @property
    def id(self) -> str:
        """Unique within its suite."""

    @property
    def suite(self) -> str:
        """Name of the suite that it belongs to."""

    @property
    def tags(self) -> tuple[str, ...]:
        """What kind of task it is."""

    def start(self, seed: int, options: dict[str, Any] | None = None) -> Episode:
        """Set the task up. `options` override the environment's configuration (viewport, headed …).

        Raises:
            SetupFailed: it cannot be set up.
        """
