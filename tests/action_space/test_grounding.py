"""Points and boxes as models of many families write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from action_space.formats import FormatError
from action_space.formats.grounding import is_plain, parse_point
from action_space.geometry import Box, Frame, Size

PLAIN = Frame(Size(1280, 800))
THOUSAND = Frame(Size(1920, 1080), Size(1000, 1000))

POINTS = [
    "(640, 400)",
    "[640, 400]",
    "640, 400",
    "640 400\n",
    "（640，400）",
    "(640.0,400.0)",
    "The button is at (640, 400).",
    "First (1, 2), but the right one is (640, 400)",
    "Click(640, 400)",
    "pyautogui.click(x=640, y=400)",
    "Action: click(start_box='(640,400)')",
    "Action: click(start_box='<|box_start|>(640,400)<|box_end|>')",
    "click(point='<point>640 400</point>')",
    "CLICK <point>[[640, 400]]</point>",
    '{"x": 640, "y": 400}',
    '{"action": "click_absolute", "x": 640, "y": 400}',
    '{"point_2d": [640, 400], "label": "Buy (2)"}',
    '```json\n[{"point_2d": [640, 400]}]\n```',
    '<think>(1, 2) or (3, 4)?</think>\n{"POINT":[640,400]}',
    '<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [640, 400]}}\n'
    "</tool_call>",
    '{"action":"click","start_point":[640,400]}',
    '{"click": {"x": "640", "y": "400"}}',
]
BOXES = [
    '[{"bbox_2d": [600, 380, 680, 420], "label": "Buy"}]',
    '<think>\n</think>\n\n```json\n[\n  {"bbox_2d": [600, 380, 680, 420], "label": "Buy"},\n  '
    '{"bbox_2d": [0, 0, 9, 9], "label": "other"}\n]\n```',
    "<|box_start|>(600,380),(680,420)<|box_end|>",
    "<|object_ref_start|>Buy<|object_ref_end|><|box_start|>(600,380),(680,420)<|box_end|>",
    "<box>600 380 680 420</box>",
    "<ref>Buy</ref><box>600 380 680 420</box>",
    "[600, 380, 680, 420]",
    "[[600, 380, 680, 420]]",
    '{"bbox": [[600, 380], [680, 420]]}',
    '{"bbox_2d": [680, 420, 600, 380]}',
]


@pytest.mark.parametrize("text", POINTS)
def test_points(text: str) -> None:
    assert parse_point(text, PLAIN) == ((640, 400), None)


@pytest.mark.parametrize("text", BOXES)
def test_boxes_give_their_middle(text: str) -> None:
    assert parse_point(text, PLAIN) == ((640, 400), Box(600, 380, 680, 420))


@pytest.mark.parametrize("text", [*POINTS, *BOXES])
def test_a_place_among_other_words_is_not_plain(text: str) -> None:
    assert is_plain(text) == (not text.startswith(("The button", "First")))


def test_a_point_beside_its_box_is_kept() -> None:
    text = '{"bbox_2d": [600, 380, 700, 420], "point_2d": [610, 390]}'
    assert parse_point(text, PLAIN) == ((610, 390), Box(600, 380, 700, 420))


def test_the_frame_says_which_space() -> None:
    assert parse_point("<box>0 0 1000 500</box>", THOUSAND) == ((960, 270), Box(0, 0, 1919, 540))
    crop = Frame(Size(1280, 800), Size(1000, 1000), Box(200, 100, 400, 200))
    assert parse_point("(500, 500)", crop)[0] == (300, 150)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no point"),
        ("I cannot see it.", "no point"),
        ("<think>(640, 400)</think>", "no point"),
        ("(1, 2, 3)", "no point"),
        ("(640, 40", "no point"),
        ('{"point_2d": [640, 40', "breaks off"),
        ('{"bbox_2d": [600, 380, 680', "breaks off"),
        ('{"x": 640, "y": 4', "breaks off"),
        ("(1280, 900)", "outside the 1280×800 picture"),
        ("(0.5, 0.25)", "looks like fractions"),
        ("[-1, -1]", "no such element"),
        ('{"x": null, "y": null}', "no point"),
        ("1" * 30_000, "characters"),
    ],
)
def test_what_is_no_point_is_refused(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as error:
        parse_point(text, PLAIN)
    assert "\n" not in str(error.value)


@given(text=st.text(alphabet="()[]{}<>box/ 0123456789.,-\"':xy\n", max_size=60))
def test_any_text_is_a_point_inside_or_a_one_line_error(text: str) -> None:
    said, point, box = "x", (0, 0), None
    try:
        point, box = parse_point(text, PLAIN)
    except FormatError as error:
        said = str(error)
    assert "\n" not in said
    assert 0 <= point[0] < 1280
    assert 0 <= point[1] < 800
    assert box is None or box.area > 0


@given(x=st.integers(0, 1919), y=st.integers(0, 1079))
def test_points_survive_0_to_1000(x: int, y: int) -> None:
    u, v = THOUSAND.screen_to_model(x, y)
    point, _ = parse_point(f"<point>{min(round(u), 999)} {min(round(v), 999)}</point>", THOUSAND)
    assert abs(point[0] - x) <= 2
    assert abs(point[1] - y) <= 2
