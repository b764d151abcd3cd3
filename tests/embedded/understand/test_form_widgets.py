"""Widgets of forms on screens built by hand: calendars, offered lines, lists of offers."""

from __future__ import annotations

from typing import Any

import pytest

from model.embedded.understand.enter import _has
from model.embedded.understand.goals import Fit, Pick
from model.embedded.understand.offers import BestOf
from model.embedded.understand.parse import parse
from model.embedded.understand.plan import Decision, decide
from tests.embedded.understand.screens import ALL, line, screen, step, thing


def play(task: str, seen: Any, *history: dict[str, Any]) -> Decision:
    return decide(task, seen, list(history), (), ALL)


def calendar(*more: Any) -> Any:
    """May 2021 in a frame, with a bar that shows no arrow."""
    days = [line(day, 60 + 34 * at, 90, 10, 16) for at, day in enumerate("Su Mo Tu We Th Fr Sa".split())]
    frame, bar = thing("panel", 50, 40, 240, 220), thing("button", 54, 44, 232, 34, text="May 2021")
    return screen(line("May 2021", 138, 54), *days, frame, bar, *more)


@pytest.mark.parametrize(("date", "x"), [("03/14/2021", 71), ("07/04/2021", 269)])
def test_an_arrow_that_is_not_seen_lies_at_the_end_of_the_bar(date: str, x: int) -> None:
    beside = thing("icon", 20, 54, 12, 12)  # half covered by the calendar, none of its own
    move = play(f"Select {date} as the date and press Submit.", calendar(beside)).action
    assert move["action"] == "click"
    assert move["start_point"] == [x, 61]


def test_an_end_of_a_bar_that_answers_nothing_is_no_arrow() -> None:
    task, seen = "Select 03/14/2021 as the date and press Submit.", calendar()
    first = play(task, seen)
    idle = step(first.thought, "nothing changed", **first.action)
    assert play(task, seen, idle, idle).action["status"] == "failed"


def test_a_code_stands_behind_the_name_of_a_place() -> None:
    assert _has(Fit(starts="OSL"), "Oslo, NO (OSL)")
    assert not _has(Fit(starts="OSL"), "Hosling, NO (HSL)")
    assert _has(Fit(starts="Oslo"), "Oslo, NO (OSL)")


def test_a_place_of_two_parts_is_no_end_of_a_journey() -> None:
    goals = parse("Book the cheapest flight from: BRN to: Salem, OR on 02/03/2021.")
    assert [g.starts for g in goals if isinstance(g, Fit)] == ["BRN", "Salem, OR"]
    assert [g.date for g in goals if isinstance(g, Pick)] == ["2021-02-03"]
    assert isinstance(goals[-1], BestOf)


def test_a_list_that_shows_one_offer_at_a_time_is_seen_whole() -> None:
    task = "Book the cheapest room."
    seen = screen(thing("button", 10, 60, 200, 40, text="Book for $90"))
    first = play(task, seen)
    assert first.action["scroll_distance"] < 120
    cut = screen(thing("button", 10, 60, 200, 24, text="Book for"), line("$90", 60, 40))
    history = [step(first.thought, **first.action)]
    assert play(task, cut, *history).action["direction"] == "down"
    end = screen(thing("button", 10, 60, 200, 40, text="Book for $120"), line("$90", 60, 20))
    last = play(task, end, *history)
    back = play(task, end, *history, step(last.thought, "nothing changed", **last.action))
    assert (back.action["action"], back.action["direction"]) == ("scroll", "up")
    taken = play(task, seen, *history, step(last.thought, "nothing changed", **last.action))
    assert taken.action["action"] == "click"
