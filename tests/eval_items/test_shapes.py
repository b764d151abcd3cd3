"""Boxes, polygons and refusals: what lies in them, how large they are."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.evaluate.datasets.shapes import Target, iou, middle

side = st.integers(0, 500)
boxes = st.tuples(side, side, st.integers(1, 300), st.integers(1, 300)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
share = st.floats(0, 1)


@given(boxes, share, share)
def test_a_point_of_the_box_is_in_it_and_moved_out_on_any_side_it_is_not(box, x, y) -> None:
    left, top, right, bottom = box
    target = Target("box", box)
    point = (left + x * (right - left), top + y * (bottom - top))
    assert target.holds(point)
    for out in ((left - 0.5, point[1]), (right + 0.5, point[1]), (point[0], top - 0.5), (point[0], bottom + 0.5)):
        assert not target.holds(out)


@given(boxes, share, share)
def test_a_polygon_of_four_corners_holds_what_the_box_holds(box, x, y) -> None:
    left, top, right, bottom = box
    polygon = Target("polygon", (left, top, right, top, right, bottom, left, bottom))
    # The even-odd rule says nothing certain about the edge itself.
    point = (left - 50 + x * (right - left + 100), top - 50 + y * (bottom - top + 100))
    assume(min(abs(point[0] - left), abs(point[0] - right), abs(point[1] - top), abs(point[1] - bottom)) > 1e-6)
    assert polygon.holds(point) == Target("box", box).holds(point)


@given(boxes, boxes)
def test_iou_is_symmetric_and_one_only_for_the_same_box(a, b) -> None:
    assert iou(a, b) == iou(b, a)
    assert 0 <= iou(a, b) <= 1
    assert (iou(a, b) == 1) == (a == b)


def test_iou_by_hand() -> None:
    assert iou((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(50 / 150)
    assert iou((0, 0, 10, 10), (10, 0, 20, 10)) == 0
    assert middle((0, 10, 10, 20)) == (5, 15)


@given(boxes)
def test_only_what_lies_on_the_picture_counts_as_area(box) -> None:
    width, height = 400, 300
    wide = max(0, min(box[2], width) - max(box[0], 0))
    high = max(0, min(box[3], height) - max(box[1], 0))
    assert Target("box", box).area_within(width, height) == pytest.approx(wide * high)


stars = st.lists(st.tuples(st.floats(1, 100), st.floats(0.2, 1)), min_size=3, max_size=9)


@settings(max_examples=60)
@given(stars)
def test_the_inner_point_of_a_polygon_lies_in_it(spokes) -> None:
    total = sum(width for _, width in spokes)
    angle, numbers = 0.0, []
    for radius, width in spokes:
        numbers += [200 + radius * math.cos(angle), 200 + radius * math.sin(angle)]
        angle += 2 * math.pi * width / total
    target = Target("polygon", tuple(numbers))
    assume(target.area_within(400, 400) > 1)
    point = target.inner_point()
    assert point is not None
    assert target.holds(point)


def test_a_hollow_polygon_does_not_hold_its_middle() -> None:
    horseshoe = Target("polygon", (0, 0, 30, 0, 30, 30, 20, 30, 20, 10, 10, 10, 10, 30, 0, 30))
    assert horseshoe.bounds == (0, 0, 30, 30)
    assert not horseshoe.holds((15, 15))
    assert horseshoe.holds((5, 25))
    assert horseshoe.area_within(100, 100) == 900 - 10 * 20
    assert horseshoe.inner_point() is not None


def test_a_refusal_holds_nothing() -> None:
    nothing = Target("refusal")
    assert not nothing.holds((0, 0))
    assert nothing.bounds is None
    assert nothing.inner_point() is None
    assert nothing.area_within(10, 10) == 0
    assert nothing.to_json() == {"refusal": True}
