"""Widgets of forms on screens built by hand: calendars, offered lines, lists of offers."""

from __future__ import annotations

from typing import Any

import pytest

from model.embedded.language.goals import Adjust, Choose
from model.embedded.planner import Decision, decide
from tests.embedded.understand.screens import ALL, after, goals, line, screen, thing


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
    idle = after(first, "nothing changed")
    assert play(task, seen, idle, idle).action["status"] == "failed"


def spinner(shown: str, *, upper: bool = True) -> Any:
    """A field with two small drawings behind it, of which the upper may be missed."""
    marks = [thing("shape", 152, 50, 8, 5, name="hexagon")] if upper else []
    field = thing("field", 10, 46, 138, 26, text=shown)
    words = [line(shown, 14, 52)] if shown else []
    return screen(*marks, thing("shape", 152, 63, 8, 5), field, *words, thing("button", 10, 90, text="Submit"))


def test_a_spinner_that_refuses_what_is_typed_is_stepped() -> None:
    task = "Select -2 with the spinner and hit Submit."
    first = play(task, spinner("0"))
    history = [after(first)]
    leave = play(task, spinner(""), *history)
    assert (first.action["text"], leave.action["keys"]) == ("-2", ["tab"])
    history.append(after(leave))
    for shown in ("0", "1"):  # the minus is lost in reading
        down = play(task, spinner(shown, upper=shown == "0"), *history)
        assert down.action["start_point"] == [156, 65]
        history.append(after(down))
    assert play(task, spinner("2"), *history).action["text"] == "Submit"


def test_several_sliders_are_set_one_after_the_other() -> None:
    task = "Set the sliders to the combination [2,6] and press Submit."
    assert [(g.value, g.field.nth) for g in goals(task) if isinstance(g, Adjust)] == [(2, 1), (6, 2)]

    spoken = goals("Move the sliders to 3, 4 and 5.")
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
    second = play(task, seen((42, "2"), (102, "5")), after(first))
    assert second.action["end_point"][0] == pytest.approx(130, abs=2)
    history = [after(d) for d in (first, second)]
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
    assert isinstance(goals(task)[0], Choose)
    submit = thing("button", 10, 140, text="Submit")
    first = play(task, screen(line("Colour", 10, 40), thing("button", 10, 64, 120, 30, text="#3355CC"), submit))
    assert (first.action["action"], first.action["text"]) == ("input", "#800000")
    history = [after(first)]
    leave = play(task, screen(line("Colour", 10, 40), submit), *history)  # the ring of focus hides the field
    assert leave.action["action"] == "click"
    history.append(after(leave))
    shown = thing("button", 10, 64, 120, 30, text="#800000")
    assert play(task, screen(shown, submit), *history).action["text"] == "Submit"
    other = thing("button", 10, 64, 120, 30, text="#3355CC")
    assert play(task, screen(other, submit), *history).action["status"] == "failed"
