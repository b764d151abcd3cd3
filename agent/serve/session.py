"""One screen that stays open, and the runs on it, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from action_space.actions import BaseAction
from agent.files import is_inside
from agent.guard.confirm import Confirmation
from agent.guard.limits import Approval, Limits
from agent.guard.risk import RiskJudge
from agent.guard.rules import GuardPolicy
from agent.loop import Agent
from agent.policy import ActionVerifier, Policy
from agent.result import RunResult
from agent.rpa.controller import Controller
from agent.rpa.finders import EmbeddedFinder
from agent.serve.live import LiveRun
from agent.serve.watched import Watched
from agent.trace.reader import Trace, read_trace
from agent.trace.writer import TraceError, new_folder
from envs.base import Environment, Observation, StepResult
from model.families import FAMILIES

if TYPE_CHECKING:
    from agent.expect.checks import Expectations
    from agent.secrets.vault import Secrets
    from model.base import Model
    from model.family import Family


class Busy(RuntimeError):
    """A run works on the screen."""


class NoSuchRun(LookupError):
    """There is no run of that name."""


@dataclass(frozen=True)
class Place:
    """Where and by whom tasks are done.

    Attributes:
        open_screen: opens the environment; what is to be closed with it goes onto the stack.
        open_model: opens the model, with its family's row.
        rules, limits: what runs may do, and when they end.
        runs_dir: parent of the trace folders.
        second_look: makes one run's second look (`agent.verifier`); None: there is none.
        report: write the HTML report of every run.
        secrets: what may be typed by name, in runs and single steps; None: nothing.
        expectations: makes what has to be so at the end of a run; None: nothing is checked.
    """

    open_screen: Callable[[ExitStack], Environment]
    open_model: Callable[[], tuple[Model, Family]]
    rules: GuardPolicy
    limits: Limits
    runs_dir: Path
    second_look: Callable[[], ActionVerifier] | None = None
    report: bool = True
    secrets: Secrets | None = None
    expectations: Callable[[], Expectations] | None = None


class LiveSession:
    """Opens the screen when it is first needed, and again after it went away. Safe from any thread."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.runs: dict[str, LiveRun] = {}
        self._one = threading.RLock()
        self._opened = ExitStack()
        self._screen: Watched | None = None
        self._model: tuple[Model, Family] | None = None
        self.finder = EmbeddedFinder()
        self._closed = False

    @property
    def opened(self) -> Watched | None:
        """The screen, where it is open."""
        return self._screen

    def screen(self) -> Watched:
        """The screen, opened if it is not.

        Raises:
            EnvironmentFault: it cannot be opened.
        """
        with self._one:
            if self._closed:
                raise Busy("the session is closed")
            if self._screen is not None and self._screen.gone:
                with suppress(Exception):
                    self._opened.close()
                self._screen, self._opened = None, ExitStack()
            if self._screen is None:
                with ExitStack() as stack:
                    screen = Watched(self.place.open_screen(stack))
                    self._opened = stack.pop_all()
                self._screen = screen
            return self._screen

    def close(self) -> None:
        """Stop what runs, and close screen and model. May be called twice."""
        if (run := self.current) is not None:
            run.stop("the session was closed")
            run.join(20)
        with self._one:
            self._closed = True
            with suppress(Exception):
                self._opened.close()
            if self._model is not None:
                self._model[0].close()
            self._screen = self._model = None

    # -- runs -------------------------------------------------------------------------------------------------

    @property
    def current(self) -> LiveRun | None:
        """The run that goes on."""
        return next((run for run in self.runs.values() if run.state != "ended"), None)

    def start(
        self,
        task: str,
        model: Model | None = None,
        *,
        kind: str = "task",
        begin: Callable[[Watched], None] | None = None,
        limits: Limits | None = None,
    ) -> LiveRun:
        """Begin a run.

        Args:
            model: who decides; None: the session's own. Of the family "canonical".
            kind: task, replay or recording.
            begin: brings the screen to where the run begins.
            limits: in place of the session's.

        Raises:
            ValueError: the task is empty.
            Busy: another one goes on.
            TraceError: its folder cannot be made.
        """
        if not task.strip():
            raise ValueError("task: is empty; say what is to be done")
        with self._one:
            if (other := self.current) is not None:
                raise Busy(f"run {other.id} goes on ({other.task[:80]}); wait for its end, or stop it")
            folder = new_folder(self.place.runs_dir, task)
            run = LiveRun(folder.name, task.strip(), folder, self.place.rules, kind=kind)
            self.runs[run.id] = run
        run.start(lambda live: self._play(live, model, begin, limits))
        return run

    def find(self, run_id: str) -> LiveRun | Trace:
        """A run of this session, or the trace of an earlier one.

        Raises:
            NoSuchRun: there is none.
        """
        if run_id in self.runs:
            return self.runs[run_id]
        folder = self.place.runs_dir / run_id
        plain = run_id not in ("", ".", "..") and "/" not in run_id and "\\" not in run_id
        if plain and is_inside(folder, self.place.runs_dir):
            with suppress(TraceError, OSError, ValueError):
                return read_trace(folder)
        raise NoSuchRun(f"run: {run_id[:100]!r} is none")

    def earlier(self, most: int = 200) -> list[Path]:
        """Folders of the runs that are on disk, the newest first."""
        with suppress(OSError):
            folders = [one for one in self.place.runs_dir.iterdir() if (one / "run.json").is_file()]
            return sorted(folders, key=lambda one: one.name, reverse=True)[:most]
        return []

    def _play(
        self, run: LiveRun, given: Model | None, begin: Callable[[Watched], None] | None, limits: Limits | None
    ) -> RunResult:
        screen = self.screen()
        model, row = (given, FAMILIES["canonical"]) if given is not None else self.model()
        own = given is None and self.place.second_look is not None
        second_look = self.place.second_look() if own and self.place.second_look is not None else None
        if begin is not None:
            begin(screen)
        agent = Agent(
            model,
            screen,
            limits=limits or self.place.limits,
            rules=self.place.rules,
            review=run.review,
            confirm=run.confirm if run.kind != "recording" else None,  # the person has decided
            ask_yes=run.ask_yes,
            ask=run.ask,
            trace_dir=run.folder,
            policy=Policy(model, family=row, second_look=second_look),
            secrets=self.place.secrets,
            expectations=self.place.expectations() if self.place.expectations is not None else (),
            on_step=run.on_step,
        )
        return reported(agent.run(run.task), run.folder, self.place.report)

    def model(self) -> tuple[Model, Family]:
        """Who decides.

        Raises:
            ModelFault: it cannot be opened.
        """
        with self._one:
            if self._model is None:
                self._model = self.place.open_model()
            return self._model

    # -- single steps -----------------------------------------------------------------------------------------

    def controller(self, confirm: Callable[[BaseAction, Observation], Approval] | None = None) -> Controller:
        """Verbs on the screen, inside the rules.

        Raises:
            Busy: a run goes on.
        """
        self.free()
        return Controller(
            self.screen(),
            finder=self.finder,
            timeout=5.0,
            evidence=self.place.runs_dir / "evidence",
            rules=self.place.rules,
            confirm=confirm,
            secrets=self.place.secrets,
        )

    def act(self, action: BaseAction, ask: Callable[[str], bool | None] | None = None) -> StepResult:
        """Do one action inside the rules; a risky one after a question.

        Args:
            ask: asks the person; None: nobody is there, and it is refused.

        Raises:
            Busy: a run goes on.
            agent.rpa.errors.ScreenError: it was refused, or could not be done.
        """
        mode = self.place.rules.confirm
        confirm = Confirmation(mode, RiskJudge(""), ask) if mode not in (None, "never") else None
        return self.controller(confirm).act(action)

    def by_hand(self, action: BaseAction) -> StepResult:
        """Do what the person does with mouse and keyboard, also while a run is paused or asks.

        Raises:
            Busy: a run works on the screen just now.
        """
        if (run := self.current) is not None and run.state not in ("paused", "waiting"):
            raise Busy(f"run {run.id} works on the screen; pause it first")
        screen = self.screen()
        return screen.execute(action, screen.last or screen.observe())

    def free(self) -> None:
        """Nothing, where no run works on the screen.

        Raises:
            Busy: one does.
        """
        if (run := self.current) is not None:
            raise Busy(f"run {run.id} works on the screen; wait for its end, or stop it")


def reported(result: RunResult, folder: Path, wanted: bool = True) -> RunResult:
    """The result with the report of its run, where one is wanted and can be written."""
    from dataclasses import replace

    from agent.report.page import build_report

    if wanted and result.trace is not None:
        with suppress(OSError, TraceError):
            return replace(result, report=build_report(folder))
    return result


def run_json(found: LiveRun | Trace) -> dict[str, Any]:
    """A run as one JSON object, whether it goes on or lies on disk."""
    if isinstance(found, LiveRun):
        return found.to_json()
    result = found.result
    return {
        "run": found.folder.name,
        "task": str(found.run.get("task", "")),
        "kind": "task",
        "state": "ended" if result is not None else "lost",
        "steps": len(found.steps),
        "started": found.run.get("started"),
        "request": None,
        "result": result,
    }
