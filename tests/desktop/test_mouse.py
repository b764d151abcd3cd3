"""Mouse actions against a window that writes down what it gets."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Desk, Recorder, until


@pytest.fixture(autouse=True)
def _fresh(recorder: Recorder) -> None:
    recorder.new()


@pytest.mark.parametrize(("name", "number"), [("left", 1), ("middle", 2), ("right", 3)])
def test_click_buttons(desk: Desk, recorder: Recorder, name: str, number: int) -> None:
    outcome = desk.do("click", start_point=recorder.at("canvas", 50, 70), button=name)
    assert outcome.error is None
    press = until(lambda: recorder.all("press"))[0]
    assert (press["button"], press["x"], press["y"], press["state"]) == (number, 50, 70, 0)
    assert until(lambda: recorder.all("release"))[0]["button"] == number


@pytest.mark.parametrize("clicks", [2, 3])
def test_double_and_triple_clicks_are_taken_for_such(desk: Desk, recorder: Recorder, clicks: int) -> None:
    desk.do("click", start_point=recorder.at("canvas", 30, 30 + 40 * clicks), clicks=clicks)
    until(lambda: len(recorder.all("release")) == clicks)
    assert [press["clicks"] for press in recorder.all("press")] == list(range(1, clicks + 1))


@pytest.mark.parametrize(("name", "bit"), [("shift", 1), ("ctrl", 4), ("alt", 8), ("meta", 64)])
def test_modifiers_are_held_and_let_go(desk: Desk, recorder: Recorder, name: str, bit: int) -> None:
    at = recorder.at("canvas", 100, 90)
    desk.do("click", start_point=at, modifiers=[name], button="right")
    assert until(lambda: recorder.all("press"))[0]["state"] == bit
    recorder.new()
    desk.do("click", start_point=at, button="right")
    assert until(lambda: recorder.all("press"))[0]["state"] == 0


def test_drag_draws_a_line_from_end_to_end(desk: Desk, recorder: Recorder) -> None:
    start, end = recorder.at("canvas", 40, 200), recorder.at("canvas", 640, 40)
    outcome = desk.do("drag", start_point=start, end_point=end)
    release = until(lambda: recorder.all("release"))[0]
    assert (release["x"], release["y"]) == (640, 40)
    assert len(recorder.all("motion")) >= 10
    assert outcome.effect.changed > 0
    seen = desk.seen.screenshot
    for share in (0.25, 0.5, 0.75):
        x, y = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
        near = {seen.getpixel((x + dx, y + dy)) for dx in (-2, 0, 2) for dy in (-2, 0, 2)}
        assert (255, 0, 0) in near


def test_longpress_holds_for_its_time(desk: Desk, recorder: Recorder) -> None:
    desk.do("longpress", start_point=recorder.at("canvas", 20, 20), duration_ms=400)
    release = until(lambda: recorder.all("release"))[0]
    assert release["time"] - recorder.all("press")[0]["time"] >= 390


def test_hover_moves_and_presses_nothing(desk: Desk, recorder: Recorder) -> None:
    desk.do("hover", start_point=recorder.at("canvas", 300, 111))
    assert until(lambda: recorder.all("motion"))[-1] == {"kind": "motion", "x": 300, "y": 111}
    assert recorder.all("press") == []


def test_scroll_moves_the_view_in_its_direction_on_both_axes(desk: Desk, recorder: Recorder) -> None:
    at = recorder.at("pad", 200, 100)

    def place() -> tuple[int, float]:
        return int(recorder.state["down"].split(".")[0]), recorder.state["right"]

    def scroll(direction: str, **fields: Any) -> tuple[int, float]:
        before = place()
        outcome = desk.do("scroll", direction=direction, start_point=at, **fields)
        assert outcome.error is None
        until(lambda: place() != before)
        desk.do("wait", duration_ms=60)
        return place()

    top = place()
    assert top == (1, 0.0)
    near = scroll("down", scroll_distance=60)
    far = scroll("down", scroll_distance=600)
    assert top[0] < near[0] < far[0]
    assert far[0] - near[0] >= 8 * (near[0] - top[0])  # ten times the distance; Tk scrolls whole lines
    assert scroll("up", scroll_distance=600) == near
    right = scroll("right", scroll_distance=240)
    assert right[1] > 0
    assert right[0] == near[0]
    assert scroll("left", scroll_distance=240)[1] == 0


def test_a_scroll_without_point_or_distance_reaches_the_middle(desk: Desk, recorder: Recorder) -> None:
    # The middle of the screen lies over the text field.
    before = recorder.state["down"]
    assert desk.do("scroll", direction="down").error is None
    until(lambda: recorder.state["down"] != before)


def test_a_point_outside_is_refused_and_nothing_moves(desk: Desk, recorder: Recorder) -> None:
    outcome = desk.do("click", start_point=[1280, 10])
    assert outcome.error is not None
    assert outcome.error.kind == "out_of_bounds"
    assert outcome.error.message == "start_point: [1280, 10] lies outside the screenshot, which is 1280×800 pixels"
    assert outcome.effect.nothing
    assert recorder.all("motion") == []


def test_what_belongs_to_a_browser_is_unsupported(desk: Desk) -> None:
    assert "navigate" not in desk.environment.actions
    outcome = desk.do("navigate", url="https://example.com/")
    assert outcome.error is not None
    assert outcome.error.kind == "unsupported"
    assert "address" in outcome.error.message


def test_nothing_stays_pressed(desk: Desk, recorder: Recorder) -> None:
    from envs.display.windows import connected

    desk.do("drag", start_point=recorder.at("canvas", 5, 5), end_point=recorder.at("canvas", 90, 90))
    desk.do("press", keys=["ctrl", "shift", "x"])
    with connected(desk.display.name) as display:
        assert display.screen().root.query_pointer().mask & 0xFFFF == 0
        assert sum(display.query_keymap()) == 0
