"""Widgets of forms on screens built by hand: calendars, offered lines, lists of offers."""

from __future__ import annotations

from typing import Any

import pytest

from model.embedded.understand.enter import _has
from model.embedded.understand.goals import Adjust, Choose, Fit, Pick
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


def spinner(shown: str, *, upper: bool = True) -> Any:
    """A field with two small drawings behind it, of which the upper may be missed."""
    marks = [thing("shape", 152, 50, 8, 5, name="hexagon")] if upper else []
    field = thing("field", 10, 46, 138, 26, text=shown)
    words = [line(shown, 14, 52)] if shown else []
    return screen(*marks, thing("shape", 152, 63, 8, 5), field, *words, thing("button", 10, 90, text="Submit"))


def test_a_spinner_that_refuses_what_is_typed_is_stepped() -> None:
    task = "Select -2 with the spinner and hit Submit."
    first = play(task, spinner("0"))
    history = [step(first.thought, **first.action)]
    leave = play(task, spinner(""), *history)
    assert (first.action["text"], leave.action["keys"]) == ("-2", ["tab"])
    history.append(step(leave.thought, **leave.action))
    for shown in ("0", "1"):  # the minus is lost in reading
        down = play(task, spinner(shown, upper=shown == "0"), *history)
        assert down.action["start_point"] == [156, 65]
        history.append(step(down.thought, **down.action))
    assert play(task, spinner("2"), *history).action["text"] == "Submit"


def test_several_sliders_are_set_one_after_the_other() -> None:
    task = "Set the sliders to the combination [2,6] and press Submit."
    assert [(g.value, g.field.nth) for g in parse(task) if isinstance(g, Adjust)] == [(2, 1), (6, 2)]

    spoken = parse("Move the sliders to 3, 4 and 5.")
    assert [(g.value, g.field.nth) for g in spoken if isinstance(g, Adjust)] == [(3, 1), (4, 2), (5, 3)]

    def seen(*at: tuple[int, str]) -> Any:
        rows = [
            part for row, (x, shown) in enumerate(at)
            for part in (thing("checkbox", x, 40 + 40 * row, 16, 16), line(shown, 10, 60 + 40 * row))
        ]  # fmt: skip
        return screen(*rows, thing("button", 10, 140, text="Submit"))

    first = play(task, seen((42, "2"), (62, "3")))
    assert first.action["start_point"] == [70, 88]
    assert "2/3" in first.thought
    second = play(task, seen((42, "2"), (102, "5")), step(first.thought, **first.action))
    assert second.action["end_point"][0] == pytest.approx(130, abs=2)
    history = [step(d.thought, **d.action) for d in (first, second)]
    lost = screen(
        thing("checkbox", 42, 40, 16, 16),
        line("2", 10, 60),
        line("6", 10, 100),
        thing("button", 10, 140, text="Submit"),
    )
    assert play(task, lost, *history).action["text"] == "Submit"  # its handle is where it was dragged to


def test_a_text_widget_is_a_field() -> None:
    seen = screen(thing("field", 10, 40, text="qx"), thing("button", 10, 90, text="ok"))
    assert play('Click on a "text" widget.', seen).action["start_point"] == [60, 52]


def test_a_colour_is_put_into_a_field_by_its_code() -> None:
    task = "Select maroon with the color picker and press Submit."
    assert isinstance(parse(task)[0], Choose)
    submit = thing("button", 10, 140, text="Submit")
    first = play(task, screen(line("Colour", 10, 40), thing("button", 10, 64, 120, 30, text="#3355CC"), submit))
    assert (first.action["action"], first.action["text"]) == ("input", "#800000")
    history = [step(first.thought, **first.action)]
    leave = play(task, screen(line("Colour", 10, 40), submit), *history)  # the ring of focus hides the field
    assert leave.action["action"] == "click"
    history.append(step(leave.thought, **leave.action))
    shown = thing("button", 10, 64, 120, 30, text="#800000")
    assert play(task, screen(shown, submit), *history).action["text"] == "Submit"
    other = thing("button", 10, 64, 120, 30, text="#3355CC")
    assert play(task, screen(other, submit), *history).action["status"] == "failed"
