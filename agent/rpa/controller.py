"""`Controller`: verbs by words and pictures over any environment, without a task planner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypedDict, Unpack

from PIL import Image
from pydantic import SecretStr

from action_space.actions import BaseAction, Drag, Navigate, Press, Scroll
from agent.guard.limits import Approval, Limits
from agent.guard.rules import GuardPolicy
from agent.loop import Agent
from agent.result import RunResult
from agent.rpa.errors import ExpectationFailed, NotOnScreen, ScreenError
from agent.rpa.finders import EmbeddedFinder, Finder, ModelFinder
from agent.rpa.locator import Locator
from agent.rpa.query import Match, Query, inside
from agent.rpa.reading import table_in, text_beside, text_in
from agent.rpa.session import Session
from agent.secrets.vault import Secrets, lend
from envs.base import Environment, Observation, StepResult
from model.base import Model

Region = tuple[int, int, int, int]


class Where(TypedDict, total=False):
    """Which one is meant; see `agent.rpa.query.Query`."""

    near: str | Match | None
    kind: str | None
    nth: int | None
    image: str | Path | Image.Image | None
    region: Region | None
    exact: bool


class Controller:
    """Fixed steps on a screen: a browser, a private display, the own desktop, a remote machine.

    Things are named by the words that a person reads; no selectors, no page state. Verbs take the words
    and, where they are there more than once, `near`, `kind`, `nth`, `region`; or `image` in place of the words.
    They wait until the thing is there, act once, and raise a `ScreenError` that shows what was seen instead.

    Args:
        environment: where it is done. The caller opens and closes it.
        finder: who finds things: None: the embedded eyes; a model that grounds; anything with `find`.
        timeout: seconds that verbs wait.
        evidence: folder for pictures of what went wrong, made when there is one.
        rules: what may be done, also by `do`; None: whatever the environment can.
        confirm: asks the person before an action (`agent.guard.confirm`); None: nobody is asked.
        secrets: what can be typed as `<secret:NAME>` (`agent.secrets`); None: nothing.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        finder: Finder | Model | None = None,
        timeout: float = 10.0,
        evidence: str | Path = "screen-evidence",
        rules: GuardPolicy | None = None,
        confirm: Callable[[BaseAction, Observation], Approval] | None = None,
        secrets: Secrets | None = None,
    ) -> None:
        if secrets is not None:
            lend(environment, secrets)
        if timeout < 0:
            raise ValueError(f"timeout: {timeout} is negative; write seconds")
        self.evidence = Path(evidence)
        self.environment, self._rules, self._confirm = environment, rules, confirm
        chosen: Finder = EmbeddedFinder() if finder is None else _finder(finder)
        self._session = Session(environment, chosen, timeout, self.evidence, rules, confirm)
        self._model: Model | None = None

    def __enter__(self) -> Controller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the model that `do` opened. The environment stays open."""
        if self._model is not None:
            self._model.close()
            self._model = None

    # -- finding ----------------------------------------------------------------------------------------------

    def find(self, text: str = "", **where: Unpack[Where]) -> Locator:
        """A thing, to be looked for when a verb is called.

        Raises:
            ValueError: a field cannot be.
        """
        return Locator(self._session, Query(text, **where))

    def exists(self, text: str = "", **where: Unpack[Where]) -> bool:
        """Whether it is on the screen now."""
        return self.find(text, **where).exists()

    def all(self, text: str = "", **where: Unpack[Where]) -> list[Match]:
        """Every place where it is now."""
        return self.find(text, **where).all()

    def wait_for(self, text: str = "", timeout: float | None = None, **where: Unpack[Where]) -> Match:
        """Wait until it is there."""
        return self.find(text, **where).wait_for(timeout)

    def gone(self, text: str = "", timeout: float | None = None, **where: Unpack[Where]) -> None:
        """Wait until it is there no more."""
        self.find(text, **where).gone(timeout)

    # -- doing ------------------------------------------------------------------------------------------------

    def click(
        self,
        text: str = "",
        *,
        button: Literal["left", "right", "middle"] = "left",
        clicks: int = 1,
        timeout: float | None = None,
        **where: Unpack[Where],
    ) -> StepResult:
        """Click it."""
        return self.find(text, **where).click(button=button, clicks=clicks, timeout=timeout)

    def hover(self, text: str = "", timeout: float | None = None, **where: Unpack[Where]) -> StepResult:
        """Rest the pointer over it."""
        return self.find(text, **where).hover(timeout)

    def type(
        self,
        field: str,
        text: str | SecretStr,
        *,
        clear: bool = True,
        submit: bool = False,
        timeout: float | None = None,
        **where: Unpack[Where],
    ) -> StepResult:
        """Type a text into the field with this label. A SecretStr is in no message."""
        return self.find(field, **where).type(text, clear=clear, submit=submit, timeout=timeout)

    def choose(
        self, field: str, option: str, timeout: float | None = None, **where: Unpack[Where]
    ) -> StepResult | None:
        """Choose an option of the list box, or of the radio buttons, with this label."""
        return self.find(field, **where).choose(option, timeout)

    def tick(
        self, text: str, on: bool = True, timeout: float | None = None, **where: Unpack[Where]
    ) -> StepResult | None:
        """Tick a check box, switch or radio button, or with `on=False` clear it; None: it was so already."""
        return self.find(text, **where).tick(on, timeout)

    def press(self, *keys: str) -> StepResult:
        """Press a chord: `press("ctrl", "s")`."""
        return self.act(Press(keys=keys))

    def goto(self, url: str) -> StepResult:
        """Open an address in the current tab of a browser."""
        return self.act(Navigate(url=url))

    def drag(self, source: str | Locator, target: str | Locator, timeout: float | None = None) -> StepResult:
        """Drag one thing onto another."""
        start = (self.find(source) if isinstance(source, str) else source).match(timeout)
        place = self.find(target) if isinstance(target, str) else target
        end, seen = self._session.one(place.query, timeout)
        return self._session.act(Drag(start_point=start.point, end_point=end.point), seen)

    def scroll_to(self, text: str = "", **where: Unpack[Where]) -> Match:
        """Scroll down, then up, until it is in view.

        Raises:
            NotOnScreen: it was in view nowhere between the two ends.
        """
        query = Query(text, **where)
        seen = self._session.look()
        for direction in ("down", "up"):
            while True:
                found = self._session.finder.find(query, seen)
                if found.matches:
                    return self._session.single(query, found, seen)
                before = seen
                seen = self.act(Scroll(direction=direction)).observation
                if seen.screenshot.tobytes() == before.screenshot.tobytes():
                    break
        told = f"{query} is nowhere between the two ends of this view; best candidates:"
        raise NotOnScreen(told, self._session.keep(seen, found.others), found.others)

    def act(self, action: BaseAction) -> StepResult:
        """Do any action of `action_space`, inside the rules."""
        return self._session.act(action, self._session.look())

    def do(
        self, task: str, *, model: Model | None = None, limits: Limits | None = None, trace_dir: Path | None = None
    ) -> RunResult:
        """Have the agent do a task in words, on this screen and under the same rules.

        Args:
            model: who decides; None: the embedded model.
        """
        if model is None:
            if self._model is None:
                from model.registry import open_model

                self._model = open_model("embedded")
            model = self._model
        agent = Agent(
            model, self.environment, limits=limits, rules=self._rules, confirm=self._confirm, trace_dir=trace_dir
        )
        return agent.run(task)

    # -- reading ----------------------------------------------------------------------------------------------

    def read(
        self,
        region: Region | None = None,
        *,
        near: str | Match | None = None,
        timeout: float | None = None,
    ) -> str:
        """The text of a region, or of the whole screen, row by row; or what stands beside `near`."""
        if isinstance(near, str):
            kinds = ("field", "select")
            seen = self._session.look()
            for kind in kinds:
                if len(found := self._session.by_eyes(Query(near, kind=kind, exact=True), seen).matches) == 1:
                    return found[0].value
            return self.find(near, region=region).read(timeout)
        seen = self._session.look()
        screen = self._session.read(seen)
        if near is not None:
            return text_beside(screen, near.box)
        return text_in(screen, inside(region, seen.screenshot.size) if region else None)

    def read_table(self, region: Region | None = None) -> list[list[str]]:
        """The largest table in the region, or on the screen: rows of cells, the head first; [] if none is."""
        seen = self._session.look()
        return table_in(self._session.read(seen), inside(region, seen.screenshot.size) if region else None)

    def expect(
        self,
        text: str = "",
        *,
        says: str | None = None,
        gone: bool = False,
        timeout: float | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Wait until it is so.

        Args:
            says: what stands beside it, or in it if it is a field.
            gone: it is not there.

        Raises:
            ExpectationFailed: it did not become so. An AssertionError, with a picture.
        """
        locator = self.find(text, **where)
        try:
            if gone:
                locator.gone(timeout)
            elif says is None:
                locator.wait_for(timeout)
            else:
                self._expect_says(locator, says, timeout)
        except ExpectationFailed:
            raise
        except ScreenError as error:
            told = str(error).splitlines()[0]
            raise ExpectationFailed(f"expected otherwise: {told}", error.picture, error.candidates) from error

    def _expect_says(self, locator: Locator, says: str, timeout: float | None) -> None:
        read, seen = "", None
        for seen in self._session.looks(timeout):  # noqa: B007
            read = self.read(near=locator.query.text, timeout=0) if locator.query.text else locator.read(0)
            if " ".join(read.split()) == " ".join(says.split()):
                return
        assert seen is not None
        told = f"expected “{says}” beside {locator.query}, read “{read}”"
        raise ExpectationFailed(told, self._session.keep(seen, tuple(locator.all())))

    # -- pictures and files -----------------------------------------------------------------------------------

    def highlight(self, text: str = "", **where: Unpack[Where]) -> Image.Image:
        """The screen with a mark wherever it is."""
        return self.find(text, **where).highlight()

    def screenshot(self, path: str | Path | None = None) -> Image.Image:
        """The screen now; saved as a PNG file where a path is given.

        Raises:
            OSError: it cannot be saved.
        """
        from agent.report.drawing import save

        image = self._session.look().screenshot
        if path is not None:
            save(image, Path(path))
        return image

    @property
    def downloads(self) -> tuple[str, ...]:
        """Paths of the files that were downloaded in this session."""
        return self._session.look().downloads


def _finder(given: Any) -> Finder:
    """The finder that is meant: a model is asked where things are."""
    if hasattr(given, "find"):
        found: Finder = given
        return found
    if hasattr(given, "generate"):
        return ModelFinder(given)
    raise ValueError(f"finder: {type(given).__name__} has neither find() nor generate()")
