"""Step-wise scores: by hand, and against the published rule said once more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evaluate.datasets.base import Prediction, Sides
from agent.evaluate.recorded.stepwise import ANDROID_CONTROL, CAGUI, Step, meaning, swiped
from tests.eval_items.samples import SIZE, draw


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("steps") / "screen.png")


def step(picture: Path, action: dict[str, Any], boxes: tuple[Sides, ...] = (), **more: Any) -> Step:
    return Step("one", "do it", picture, action, "e", 0, boxes, **more)


def scored(item: Step, action: dict[str, Any] | None) -> dict[str, float]:
    return dict(item.score(Prediction(action=action)).metrics)


CLICK = {"action": "click", "start_point": [80, 50]}


@pytest.mark.parametrize(
    ("truth", "said", "kind", "whole"),
    [
        (CLICK, CLICK, 1, 1),
        (CLICK, {"action": "click", "start_point": [80 + 56, 50]}, 1, 1),  # 0.14 of 400
        (CLICK, {"action": "click", "start_point": [80 + 57, 50]}, 1, 0),
        (CLICK, {"action": "longpress", "start_point": [80, 50]}, 0, 0),
        (CLICK, {"action": "click", "start_point": [80, 50], "button": "right"}, 0, 0),
        (CLICK, {"action": "finished"}, 0, 0),
        ({"action": "input", "text": "刘大饼"}, {"action": "input", "text": " 刘大饼香辣 "}, 1, 1),
        ({"action": "input", "text": "SU7"}, {"action": "input", "text": "su7"}, 1, 1),
        ({"action": "input", "text": "SU7"}, {"action": "input", "text": "YU7"}, 1, 0),
        ({"action": "scroll", "direction": "down"}, {"action": "scroll", "direction": "down"}, 1, 1),
        ({"action": "scroll", "direction": "down"}, {"action": "scroll", "direction": "up"}, 1, 0),
        (
            {"action": "scroll", "direction": "down"},
            {"action": "drag", "start_point": [200, 200], "end_point": [200, 60]},
            1,
            1,
        ),
        ({"action": "press", "keys": ["home"]}, {"action": "press", "keys": ["home"]}, 1, 1),
        ({"action": "press", "keys": ["home"]}, {"action": "back"}, 1, 0),
        ({"action": "back"}, {"action": "press", "keys": ["back"]}, 1, 1),
        ({"action": "open", "app": "Notes"}, {"action": "open", "app": "notes "}, 1, 1),
        ({"action": "finished"}, {"action": "finished", "status": "failed"}, 1, 1),
        ({"action": "finished"}, {"action": "wait"}, 1, 1),  # one thing to AgentCPM-GUI
    ],
)
def test_by_hand(picture: Path, truth: dict[str, Any], said: dict[str, Any], kind: int, whole: int) -> None:
    found = scored(step(picture, truth), said)
    assert (found["type"], found["step"]) == (kind, whole)


def test_waiting_is_not_ending_where_one_asks(picture: Path) -> None:
    found = scored(step(picture, {"action": "finished"}), {"action": "wait"})
    assert (found["step"], found["step_exact_wait"]) == (1, 0)


def test_no_action_is_wrong(picture: Path) -> None:
    assert scored(step(picture, CLICK), None) == dict.fromkeys(
        ("type", "step", "step_exact_wait", "step_within_0.04"), 0
    )


def test_typed_text_and_distance_are_measured(picture: Path) -> None:
    assert scored(step(picture, {"action": "input", "text": "SU7"}), {"action": "input", "text": "YU7"})[
        "text"
    ] == pytest.approx(2 / 3)
    found = scored(step(picture, CLICK), {"action": "click", "start_point": [120, 50]})
    assert found["distance"] == pytest.approx(100)


def test_a_swipe_moves_the_view_against_the_finger() -> None:
    assert [swiped(0, -1), swiped(0, 1), swiped(-1, 0), swiped(1, 0)] == ["down", "up", "right", "left"]
    assert swiped(-0.3, -0.3) == "down", "of two equal parts the published scorer takes the vertical one"
    assert meaning({"action": "drag", "start_point": [300, 100], "end_point": [100, 110]}, SIZE).text == "right"


def published(truth: tuple[float, float], said: tuple[float, float], boxes: list[Sides], android: bool) -> bool:
    """AgentCPM-GUI's rule for clicks, with its own order: y, x, height, width."""

    def grown(box: list[float]) -> list[float]:
        y, x, h, w = box
        return [max(0, y - 0.1 * h), max(0, x - 0.1 * w), min(1, h + 0.2 * h), min(1, w + 0.2 * w)]

    def within(point: tuple[float, float], box: list[float]) -> bool:
        y, x, h, w = box
        return x <= point[0] <= x + w and y <= point[1] <= y + h

    rows = [grown([top, left, bottom - top, right - left]) for left, top, right, bottom in boxes]
    if android:
        rows.sort(key=lambda b: ((b[0] + b[2] / 2 - truth[1]) ** 2 + (b[1] + b[3] / 2 - truth[0]) ** 2) ** 0.5)
        rows = rows[:5]
    else:
        rows = [box for box in rows if within(truth, box)]
    near = numpy.linalg.norm(numpy.array(truth) - numpy.array(said)) <= (0.04 if android else 0.14)
    return any(within(said, box) for box in rows) or bool(near)


share = st.floats(0.01, 0.6)
box = st.tuples(share, share, st.floats(0.02, 0.3), st.floats(0.02, 0.3)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
pixel = st.tuples(st.integers(0, SIZE[0] - 1), st.integers(0, SIZE[1] - 1))


@given(pixel, pixel, st.lists(box, max_size=8), st.booleans())
def test_clicks_as_published(picture: Path, truth, said, boxes: list[Sides], android: bool) -> None:
    item = step(
        picture,
        {"action": "click", "start_point": list(truth)},
        tuple(boxes),
        rule=ANDROID_CONTROL if android else CAGUI,
    )
    found = item.score(Prediction(action={"action": "click", "start_point": list(said)}))
    shares = [(point[0] / SIZE[0], point[1] / SIZE[1]) for point in (truth, said)]
    assert found.passed == published(*shares, boxes, android)


def test_the_narrow_rule_is_narrower_and_knows_the_nearest_boxes(picture: Path) -> None:
    near = {"action": "click", "start_point": [80 + 30, 50]}
    item = step(picture, CLICK)
    assert scored(item, near)["step"] == 1
    assert scored(replace(item, rule=ANDROID_CONTROL), near)["step"] == 0
    beside = ((0.25, 0.1, 0.3, 0.3),)  # holds the said point, not the recorded one
    assert scored(replace(item, rule=ANDROID_CONTROL, boxes=beside), near)["step"] == 1


def test_chances_of_a_step(picture: Path) -> None:
    item = step(picture, {"action": "click", "start_point": [200, 120]})
    chances = item.chances()
    assert chances["centre-point"] == 1
    assert chances["always-done"] == 0
    assert chances["random-point"] == pytest.approx(numpy.pi * 0.14**2, abs=0.01)
    assert step(picture, {"action": "finished"}).chances()["always-done"] == 1
