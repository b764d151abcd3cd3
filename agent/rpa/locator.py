"""A thing on the screen that is looked for anew at every use, as Playwright's locators are."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from PIL import Image
from pydantic import SecretStr

from action_space.actions import Click, Hover
from agent.rpa import fields
from agent.rpa.errors import NotDone
from agent.rpa.query import Match, Query
from agent.rpa.reading import text_beside
from agent.rpa.session import Session, drawn
from envs.base import Observation, StepResult


class Locator:
    """What `Controller.find` gives. Nothing is looked for before a verb is called.

    Verbs wait for it (`timeout` in seconds; None: the controller's), and refuse what is there more than once.
    They raise `NotOnScreen`, `Ambiguous`, `NotDone` or `Refused`, all with a picture.
    """

    def __init__(self, session: Session, query: Query) -> None:
        self._session, self.query = session, query

    def __repr__(self) -> str:
        return f"Locator({self.query})"

    def match(self, timeout: float | None = None) -> Match:
        """Where it is now."""
        return self._session.one(self.query, timeout)[0]

    def wait_for(self, timeout: float | None = None) -> Match:
        """Wait until it is there."""
        return self.match(timeout)

    def exists(self) -> bool:
        """Whether it is there now, once or several times. Waits for nothing but rest."""
        return bool(self.all())

    def all(self) -> list[Match]:
        """Every place where it is now, in order of their scores; [] if nowhere."""
        return list(self._session.finder.find(self.query, self._session.look()).matches)

    def gone(self, timeout: float | None = None) -> None:
        """Wait until it is there no more.

        Raises:
            NotDone: it is still there.
        """
        for seen in self._session.looks(timeout):
            found = self._session.finder.find(self.query, seen)
            if not found.matches:
                return
        raise NotDone(f"{self.query} is still there", self._session.keep(seen, found.matches), found.matches)

    def click(
        self,
        *,
        button: Literal["left", "right", "middle"] = "left",
        clicks: int = 1,
        timeout: float | None = None,
    ) -> StepResult:
        """Click its middle, once it is there, alone, and not disabled."""
        match, seen = self._session.one(self.query, timeout)
        if "disabled" in match.state:
            match, seen = self._enabled(timeout)
        action = Click(start_point=match.point, button=button, clicks=clicks, text=match.text[:1000] or None)
        return self._session.act(action, seen)

    def hover(self, timeout: float | None = None) -> StepResult:
        """Rest the pointer over it."""
        match, seen = self._session.one(self.query, timeout)
        return self._session.act(Hover(start_point=match.point), seen)

    def type(
        self, text: str | SecretStr, *, clear: bool = True, submit: bool = False, timeout: float | None = None
    ) -> StepResult:
        """Type into it, in place of what it holds.

        Args:
            text: a SecretStr is in no message.
            clear: empty it first.
            submit: press Enter afterwards.
        """
        return fields.fill(self._session, self.query, text, clear=clear, submit=submit, timeout=timeout)

    def choose(self, option: str, timeout: float | None = None) -> StepResult | None:
        """Choose an option of this list box or group of radio buttons."""
        return fields.choose(self._session, self.query, option, timeout)

    def tick(self, on: bool = True, timeout: float | None = None) -> StepResult | None:
        """Bring this check box, switch or radio button to a state; None: it was there already."""
        return fields.tick(self._session, self.query, on, timeout)

    def read(self, timeout: float | None = None) -> str:
        """What a field holds; of a label, the text to its right, else below it; "": nothing."""
        match, seen = self._session.one(self.query, timeout)
        if match.value or match.kind in ("field", "select"):
            return match.value
        return text_beside(self._session.read(seen), match.box)

    def nth(self, number: int) -> Locator:
        """The one at this place in reading order, from 1; -1: the last."""
        return Locator(self._session, replace(self.query, nth=number))

    def picture(self, timeout: float | None = None) -> Image.Image:
        """Its part of the screenshot, which `find(image=…)` takes."""
        match, seen = self._session.one(self.query, timeout)
        return seen.screenshot.crop(tuple(round(side) for side in match.box))  # type: ignore[arg-type]

    def highlight(self) -> Image.Image:
        """The screen with a mark wherever it is."""
        seen = self._session.look()
        return drawn(seen.screenshot, self._session.finder.find(self.query, seen).matches)

    def _enabled(self, timeout: float | None) -> tuple[Match, Observation]:
        for seen in self._session.looks(timeout):
            found = self._session.finder.find(self.query, seen)
            if found.matches and "disabled" not in found.matches[0].state:
                return self._session.single(self.query, found, seen), seen
        told = f"{self.query} is disabled"
        raise NotDone(told, self._session.keep(seen, found.matches), found.matches)
