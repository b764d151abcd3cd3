"""One screen under a controller: looks, acts inside the rules, waits, keeps pictures of what went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from PIL import Image

from action_space.actions import BaseAction
from action_space.geometry import Box
from agent.guard.guard import EmergencyStop, Guard
from agent.guard.limits import Approval, Limits
from agent.guard.loops import Blocked
from agent.guard.rules import GuardPolicy
from agent.report.drawing import mark, save
from agent.rpa.errors import Ambiguous, NotDone, NotOnScreen, Refused
from agent.rpa.finders import EmbeddedFinder, Finder
from agent.rpa.query import Found, Match, Query
from envs.base import Environment, Observation, StepResult
from model.embedded.screen import Screen

_POLL_S = 0.1
"""Seconds between two looks while something is waited for; a look itself waits for rest."""


class Session:
    """What all locators of one controller share.

    Args:
        timeout: seconds that verbs wait for what they name.
        evidence: folder for pictures of what went wrong.
    """

    def __init__(
        self,
        environment: Environment,
        finder: Finder,
        timeout: float,
        evidence: Path,
        rules: GuardPolicy | None,
        confirm: Callable[[BaseAction, Observation], Approval] | None,
    ) -> None:
        self.environment, self.finder, self.timeout = environment, finder, timeout
        self._eyes = finder if isinstance(finder, EmbeddedFinder) else EmbeddedFinder()
        self._evidence, self._pictures = evidence, 0
        self._guard = Guard(Limits(), rules, confirm=confirm)

    def look(self) -> Observation:
        """The screen now, at rest."""
        return self.environment.observe()

    def read(self, seen: Observation) -> Screen:
        """What the embedded eyes read on it."""
        return self._eyes.screen(seen)

    def by_eyes(self, query: Query, seen: Observation) -> Found:
        """As `finder.find`, by the embedded eyes whatever the finder is."""
        return self._eyes.find(query, seen)

    def act(self, action: BaseAction, seen: Observation) -> StepResult:
        """Do an action, inside the rules.

        Raises:
            Refused: the rules do not allow it, or the person said no.
            NotDone: the environment could not do it.
        """
        try:
            approval = self._guard.review(action, seen)
        except (Blocked, EmergencyStop) as stop:
            raise Refused(str(stop), self.keep(seen)) from stop
        if approval.refusal:
            raise Refused(f"{action.action}: {approval.refusal}", self.keep(seen))
        outcome = self.environment.execute(approval.action, seen)
        if outcome.error is not None:
            raise NotDone(f"{action.action}: {outcome.error.message}", self.keep(outcome.observation))
        return outcome

    def looks(self, timeout: float | None) -> Iterator[Observation]:
        """Looks, until the time is up; at least one."""
        until = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            yield self.look()
            if time.monotonic() >= until:
                return
            time.sleep(_POLL_S)

    def one(self, query: Query, timeout: float | None = None) -> tuple[Match, Observation]:
        """The one thing that is meant, waited for, and the screen on which it was seen.

        Raises:
            NotOnScreen: it did not come.
            Ambiguous: it is there more than once.
        """
        found, seen = Found(()), None
        for seen in self.looks(timeout):
            found = self.finder.find(query, seen)
            if found.matches:
                return self.single(query, found, seen), seen
        assert seen is not None
        waited = self.timeout if timeout is None else timeout
        told = f"{query} is not on the screen (waited {waited:g} s)"
        told += f"; {found.note}" if found.note else ""
        told += "; best candidates:" if found.others else "; nothing like it was seen"
        raise NotOnScreen(told, self.keep(seen, found.others), found.others)

    def single(self, query: Query, found: Found, seen: Observation) -> Match:
        """The only match.

        Raises:
            Ambiguous: there are several.
        """
        if len(found.matches) > 1:
            times = len(found.matches)
            told = f"{query} is on the screen {times} times; say which with near=, kind=, nth= or region=:"
            raise Ambiguous(told, self.keep(seen, found.matches), found.matches)
        return found.matches[0]

    def keep(self, seen: Observation, matches: Sequence[Match] = ()) -> Path | None:
        """Save the screen with marks, as evidence; None: it cannot be saved."""
        self._pictures += 1
        path = self._evidence / f"screen-{self._pictures:03}.png"
        while path.exists():  # of an earlier program
            self._pictures += 1
            path = self._evidence / f"screen-{self._pictures:03}.png"
        with suppress(OSError):
            save(drawn(seen.screenshot, matches), path)
            return path
        return None


def drawn(image: Image.Image, matches: Sequence[Match]) -> Image.Image:
    """A copy of the picture with a mark at every match."""
    copy = image.convert("RGB").copy()
    for match in matches:
        box = match.box.intersection(Box(0, 0, *image.size))
        copy = mark(copy, match.point, box if box.area else None)
    return copy
