"""Test-difficulty-driven reward: an answer passes several tests, and hard ones are worth more.

Tests are put into levels by how often they are passed. *strict*: a level's share is earned where all of its tests
and those of every easier level pass; *soft*: the share of a level is split over its tests, each earned by itself.
Source: MiMo-7B, 2505.07608, section 3.2 ("test difficulty driven reward"), for test cases of code; here the tests
are how near an answer to "where is it?" comes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from action_space.geometry import Box
from model.training.data.records import GroundingItem
from model.training.rewards.base import Case, Place, Reward, place_of

Scheme = Literal["strict", "soft"]
CUTS = (0.75, 0.25)
"""Pass rates at which a level begins: easy above the first, hard below the last."""


def levels_of(rates: Sequence[float], cuts: Sequence[float] = CUTS) -> list[int]:
    """The level of each test, 0 the easiest, by its pass rate; levels that no test has are closed up."""
    raw = [sum(rate < cut for cut in cuts) for rate in rates]
    order = {level: place for place, level in enumerate(sorted(set(raw)))}
    return [order[level] for level in raw]


def graded(passed: Sequence[bool], levels: Sequence[int], scheme: Scheme = "strict") -> float:
    """The reward of an answer, in [0, 1]; every level is worth the same.

    Raises:
        ValueError: there are no tests, or the lengths differ.
    """
    if not passed or len(passed) != len(levels):
        raise ValueError(
            f"{len(passed)} tests, {len(levels)} levels; accepted: one level for each of 1 or more tests"
        )
    names = sorted(set(levels))
    earned: list[float] = []
    for level in names:
        own = [done for done, at in zip(passed, levels, strict=True) if at == level]
        if scheme == "soft":
            earned.append(sum(own) / len(own))
        else:
            easier = [done for done, at in zip(passed, levels, strict=True) if at <= level]
            earned.append(float(all(easier)))
    return math.fsum(earned) / len(names)


def _within(share: float) -> Callable[[Place, Case, Box], bool]:
    def test(place: Place, case: Case, box: Box) -> bool:
        if place.point is None or case.frame is None:
            return False
        (x, y), (width, height) = box.center, case.frame.screen
        return math.hypot((place.point[0] - x) / width, (place.point[1] - y) / height) <= share

    return test


def _inside(place: Place, case: Case, box: Box) -> bool:
    return place.point is not None and box.contains(*place.point)


def _core(place: Place, case: Case, box: Box) -> bool:
    """In the middle third of the box's sides."""
    inner = Box(*(box.left + box.width / 3, box.top + box.height / 3),
                *(box.right - box.width / 3, box.bottom - box.height / 3))  # fmt: skip
    return place.point is not None and inner.contains(*place.point)


TESTS: dict[str, Callable[[Place, Case, Box], bool]] = {
    "near": _within(0.14),  # of the screen's sides: the wider of MiMo-VL's two distances
    "close": _within(0.04),
    "inside": _inside,
    "core": _core,
}
"""Tests of a place, by name."""


def place_tests(case: Case) -> list[bool] | None:
    """Which of `TESTS` the answer passes; of what is not there, all or none. None: it was not asked where."""
    item = case.record
    if not isinstance(item, GroundingItem):
        return None
    place = place_of(case)
    if item.absent or place.refused:
        return [item.absent and place.refused] * len(TESTS)
    boxes = [Box(*box) for box in item.boxes]
    return max(([test(place, case, box) for test in TESTS.values()] for box in boxes), key=sum)


class Graded:
    """The reward, which learns how hard its tests are from the answers that it sees.

    Args:
        scheme: see the module text.
        rates: pass rate of each of `TESTS` to begin with; the order above is the guess.
    """

    def __init__(self, scheme: Scheme = "strict", rates: Sequence[float] = (0.9, 0.5, 0.5, 0.2)) -> None:
        self.scheme: Scheme = scheme
        self.levels = levels_of(rates)

    def measure(self, cases: Sequence[Case]) -> list[float]:
        """Pass rates of the tests over answers, from which levels are made for all that follow."""
        rows = [row for case in cases if (row := place_tests(case)) is not None]
        if not rows:
            return []
        rates = [sum(row[number] for row in rows) / len(rows) for number in range(len(TESTS))]
        self.levels = levels_of(rates)
        return rates

    def __call__(self, cases: Sequence[Case]) -> list[float | None]:
        """See `graded`."""
        rows = [place_tests(case) for case in cases]
        return [None if row is None else graded(row, self.levels, self.scheme) for row in rows]


def strict(cases: Sequence[Case]) -> list[float | None]:
    """`Graded` with its first levels."""
    return _STRICT(cases)


def soft(cases: Sequence[Case]) -> list[float | None]:
    """The same, softly."""
    return _SOFT(cases)


_STRICT: Reward = Graded("strict")
_SOFT: Reward = Graded("soft")
