"""Notices a run that goes nowhere: the same action without effect, and a circle of states.

The same action at the same place changes nothing: the model is told. Again: the action is forbidden on this
screen. Proposed all the same: it is told to look elsewhere, then a person is asked, and where nobody is there the
run ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from PIL import Image

from action_space.actions import BaseAction, Scroll, Wait
from envs.base import Observation, StepResult

_SAME_PLACE = 12
"""Device points between two clicks that mean the same thing."""
_TOLD_AFTER, _REFUSALS = 2, 2
_LONGEST_CIRCLE, _ROUNDS_TOLD, _ROUNDS_ENDED = 4, 3, 5


class Blocked(Exception):
    """The run cannot go on without a person. `cause` is a `agent.result.Cause`."""

    def __init__(self, cause: str, reason: str) -> None:
        self.cause = cause
        super().__init__(reason)


@dataclass
class _Tried:
    """An action without effect: the screen it was done on, how often, and how often it was refused since."""

    screen: Hashable
    words: str
    points: tuple[tuple[int, int], ...]
    reach: float
    done: int = 0
    refused: int = 0

    def matches(self, action: BaseAction) -> bool:
        points = tuple(action.points().values())
        return (
            self.words == _words(action)
            and len(points) == len(self.points)
            and all(math.dist(a, b) <= self.reach for a, b in zip(points, self.points, strict=True))
        )


class LoopBreaker:
    """One run's loop breaker.

    Args:
        most: times that an action may be done without effect on one screen.
        ask: asks the person a question that is answered with yes or no; None: nobody is there.
    """

    def __init__(self, most: int, ask: Callable[[str], bool | None] | None = None) -> None:
        self._most, self._ask = most, ask
        self._tried: list[_Tried] = []
        self._past: list[tuple[int, str]] = []
        self._circle_told = 0

    def refusal(self, action: BaseAction, seen: Observation) -> str:
        """Why the action is not done once more; "": it may be.

        Raises:
            Blocked: it was proposed again and again, and nobody says that it shall be done.
        """
        tried = self._known(action, seen)
        if tried is None or tried.done < self._patience(action):
            return ""
        tried.refused += 1
        told = f"{action.action} was done {tried.done} times at this place and changed nothing"
        if tried.refused > _REFUSALS:
            if self._ask is not None and self._ask(f"{told}. Go on trying?"):
                self._tried.remove(tried)
                return ""
            raise Blocked("loop", f"{told}, and the model proposes nothing else")
        more = "Choose another place or another way." if tried.refused == 1 else "Look at the screen anew."
        return f"{told}. It is not done again on this screen. {more}"

    def after(self, action: BaseAction, before: Observation, outcome: StepResult | None) -> str:
        """Note what came of an action. Returns what the model is to be told; "": nothing.

        Raises:
            Blocked: the same states come again and again.
        """
        if outcome is None:
            return ""
        if not outcome.effect.nothing:
            self._tried = [one for one in self._tried if not one.matches(action)]
            return self._circle(action, outcome.observation)
        tried = self._known(action, before)
        if tried is None:
            points = tuple(action.points().values())
            reach = _SAME_PLACE * max(1.0, before.frame.pixel_ratio[0])
            tried = _Tried(_coarse(before), _words(action), points, reach)
            self._tried.append(tried)
        tried.done += 1
        if tried.done == _TOLD_AFTER and not isinstance(action, Wait):
            return f"Note: the last {action.action} was done twice at the same place and changed nothing."
        return ""

    def _patience(self, action: BaseAction) -> int:
        # Waiting is meant to change nothing; it gets twice the patience.
        return self._most * (2 if isinstance(action, Wait | Scroll) else 1)

    def _known(self, action: BaseAction, seen: Observation) -> _Tried | None:
        found = [one for one in self._tried if one.matches(action)]
        if not found:
            return None
        screen = _coarse(seen)
        return next((one for one in found if one.screen == screen), None)

    def _circle(self, action: BaseAction, seen: Observation) -> str:
        """Whether the run goes round: exactly the same pictures after the same actions."""
        self._past.append((hash(seen.screenshot.tobytes()), _words(action) + repr(action.points())))
        self._past = self._past[-_LONGEST_CIRCLE * _ROUNDS_ENDED :]
        for length in range(2, _LONGEST_CIRCLE + 1):
            rounds = _rounds(self._past, length)
            if rounds >= _ROUNDS_ENDED:
                raise Blocked("loop", f"the same {length} steps lead back to the same screen again and again")
            if rounds >= _ROUNDS_TOLD and self._circle_told != length:
                self._circle_told = length
                return f"Note: the last {length} steps were done {rounds} times and led back to the same screen."
        return ""


def _rounds(past: list[tuple[int, str]], length: int) -> int:
    """How often the last `length` states came in a row, if they are not all the same."""
    last = past[-length:]
    if len(last) < length or len({state for state, _ in last}) < 2:
        return 0
    rounds = 0
    while past[len(past) - (rounds + 1) * length : len(past) - rounds * length] == last:
        rounds += 1
        if (rounds + 1) * length > len(past):
            break
    return rounds


def _words(action: BaseAction) -> str:
    return repr(sorted((k, v) for k, v in action.to_json().items() if k not in action.points()))


def _coarse(seen: Observation) -> Hashable:
    """A screen as it looks from afar: a caret or a clock makes no other screen."""
    small = seen.screenshot.convert("L").resize((48, 30), Image.Resampling.BOX)
    return seen.url, small.point(lambda value: value >> 4).tobytes()
