"""Formats of other model families and tools: what they say in public, and that they read what they write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from action_space.actions import HALVES, BaseAction, Click, Finished, Input, Scroll
from action_space.formats import FORMATS, CannotExpress, FormatError
from action_space.geometry import Frame, Size
from tests.action_space.test_formats import PLAIN, anything, checker, says_where

TOOLS = ("qwen", "uitars", "doubao", "anthropic", "openai", "agentcpm", "osatlas", "computer_13", "browsergym")
THOUSAND = Frame(Size(1920, 1080), Size(1000, 1000))


def comparable(action: BaseAction) -> dict[str, Any]:
    """Without what is only for the record, and without scroll distances, which few of them carry."""
    data = action.to_json()
    for field in ("scroll_distance", "notches", "reason", *(("text",) if isinstance(action, Click) else ())):
        data.pop(field, None)
    return data


@pytest.mark.parametrize("name", TOOLS)
@given(action=anything(PLAIN))
@example(action=Input(text="</think>"))
def test_what_is_written_reads_back_the_same_or_is_refused(name: str, action: BaseAction) -> None:
    try:
        written = FORMATS[name].render(action, PLAIN)
    except CannotExpress:
        return
    parsed = FORMATS[name].parse(written, PLAIN)
    assert comparable(parsed.action) == comparable(action)
    assert parsed.outcome == "strict", parsed.repairs


@pytest.mark.parametrize("name", ["qwen", "anthropic", "openai", "agentcpm"])
@given(action=anything(PLAIN))
def test_the_schema_allows_what_is_written(name: str, action: BaseAction) -> None:
    try:
        written = FORMATS[name].render(action, PLAIN)
    except CannotExpress:
        return
    data = json.loads(written.removeprefix("<tool_call>").removesuffix("</tool_call>"))
    errors = [error.message for error in checker(name, PLAIN).iter_errors(data)]
    # A schema is narrower: no scroll of a hundred screens, no key beyond ASCII, whole and plain actions alone.
    narrower = "scroll" in written or not all(map(str.isascii, getattr(action, "keys", ())))
    narrower |= (
        not says_where(action) or action.action in HALVES or bool({"path", "duration_ms"} & set(action.to_json()))
    )
    assert errors == [] or narrower, errors


@pytest.mark.parametrize("name", ["qwen", "anthropic", "openai", "agentcpm"])
@given(x=st.integers(-2, 1002), y=st.integers(-2, 1002))
def test_the_schema_bounds_points(name: str, x: int, y: int) -> None:
    said = {
        "qwen": {"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [x, y]}},
        "anthropic": {"action": "left_click", "coordinate": [x, y]},
        "openai": {"type": "click", "button": "left", "x": x, "y": y},
        "agentcpm": {"POINT": [x, y]},
    }[name]
    inside = 0 <= x < 1000 and 0 <= y < 1000
    assert checker(name, THOUSAND).is_valid(said) == inside
    if inside:
        assert isinstance(FORMATS[name].parse(json.dumps(said), THOUSAND).action, Click)


@pytest.mark.parametrize("name", TOOLS)
@given(x=st.integers(0, 1919), y=st.integers(0, 1079))
def test_points_between_0_and_1000(name: str, x: int, y: int) -> None:
    form = FORMATS[name]
    parsed = form.parse(form.render(Click(start_point=(x, y)), THOUSAND), THOUSAND)
    assert isinstance(parsed.action, Click)
    assert abs(parsed.action.start_point[0] - x) <= 2
    assert abs(parsed.action.start_point[1] - y) <= 2


CLICK = {"action": "click", "start_point": [640, 400]}
SAID = [
    ("osatlas", "thoughts:\nOpen it.\nactions:\nCLICK <point>[[640, 400]]</point>", CLICK),
    ("osatlas", "Thoughts: x\nActions: TYPE [a [b] c]", {"action": "input", "text": "a [b] c"}),
    ("osatlas", "actions:\nSCROLL [DOWN]", {"action": "scroll", "direction": "down"}),
    ("osatlas", "actions:\nCOMPLETE<|im_end|>", {"action": "finished"}),
    ("computer_13", '{"action_type": "CLICK", "parameters": {"x": 640, "y": 400}}', CLICK),
    ("computer_13", '```json\n{"action_type": "CLICK", "x": 640, "y": 400}\n```', CLICK),
    ("computer_13", "```\nDONE\n```", {"action": "finished"}),
    ("computer_13", '[{"action_type": "MOVE_TO", "parameters": {"x": 1, "y": 2}}, {"action_type": "SCROLL", '
     '"parameters": {"dx": 3, "dy": 0}}]',
     {"action": "scroll", "direction": "right", "scroll_distance": 300, "notches": 3, "start_point": [1, 2]}),
    ("browsergym", "mouse_click(640, 400, 'left')", CLICK),
    ("browsergym", "```mouse_dblclick(1.0, 2.0)```", {"action": "click", "start_point": [1, 2], "clicks": 2}),
    ("browsergym", "scroll(0, -200.0)", {"action": "scroll", "direction": "up", "scroll_distance": 200}),
    ("browsergym", "keyboard_press('Control+Shift+t')", {"action": "press", "keys": ["ctrl", "shift", "t"]}),
    ("browsergym", "send_msg_to_user(\"It's 42\")", {"action": "finished", "answer": "It's 42"}),
    ("qwen", '<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [5, 6]}}\n'
     "</tool_call>", {"action": "click", "start_point": [5, 6]}),
    ("qwen", 'Save.\n<tool_call>\n{"name": "computer_use", "arguments": {"action": "key", "keys": ["ctrl", '
     '"s"]}}\n</tool_call>', {"action": "press", "keys": ["ctrl", "s"]}),
    ("qwen", '{"name": "computer_use", "arguments": {"action": "scroll", "pixels": -300}}',
     {"action": "scroll", "direction": "down", "scroll_distance": 300}),
    ("qwen", '{"name": "computer_use", "arguments": {"action": "hscroll", "pixels": 300}}',
     {"action": "scroll", "direction": "right", "scroll_distance": 300}),
    ("qwen", '{"name": "computer_use", "arguments": {"action": "wait", "time": 2}}',
     {"action": "wait", "duration_ms": 2000}),
    ("qwen", '{"name": "computer_use", "arguments": {"action": "terminate", "status": "failure"}}',
     {"action": "finished", "status": "failed"}),
    ("uitars", "Thought: Open it.\nAction: click(start_box='(640,400)')", CLICK),
    ("uitars", "Thought: x\nAction: click(start_box='<|box_start|>(640,400)<|box_end|>')",
     {"action": "click", "start_point": [640, 400]}),
    ("uitars", "Action: left_double(start_box='(1,2)')", {"action": "click", "start_point": [1, 2], "clicks": 2}),
    ("uitars", "Action: scroll(start_box='(1,2)', direction='right')",
     {"action": "scroll", "direction": "right", "start_point": [1, 2]}),
    ("uitars", "Action: type(content='don\\'t\\n')", {"action": "input", "text": "don't", "submit": True}),
    ("uitars", "Action: hotkey(key='ctrl c')", {"action": "press", "keys": ["ctrl", "c"]}),
    ("uitars", "Action: drag(start_box='(1,2)', end_box='(3,4)')",
     {"action": "drag", "start_point": [1, 2], "end_point": [3, 4]}),
    ("uitars", "Action: finished(content='42')", {"action": "finished", "answer": "42"}),
    ("doubao", "Thought: x\nAction: click(point='<point>640 400</point>')", CLICK),
    ("anthropic", '{"action": "left_click", "coordinate": [5, 6], "text": "ctrl"}',
     {"action": "click", "start_point": [5, 6], "modifiers": ["ctrl"]}),
    ("anthropic", '{"action": "scroll", "coordinate": [5, 6], "scroll_direction": "right", "scroll_amount": 3}',
     {"action": "scroll", "direction": "right", "scroll_distance": 300, "notches": 3, "start_point": [5, 6]}),
    ("anthropic", '{"action": "key","text": "ctrl+Page_Down"}', {"action": "press", "keys": ["ctrl", "pagedown"]}),
    ("anthropic", '{"action": "left_click_drag", "start_coordinate": [1, 2], "coordinate": [3, 4]}',
     {"action": "drag", "start_point": [1, 2], "end_point": [3, 4]}),
    ("anthropic", '{"action": "wait", "duration": 3}', {"action": "wait", "duration_ms": 3000}),
    ("openai", '{"type": "click", "button": "wheel", "x": 5, "y": 6}',
     {"action": "click", "start_point": [5, 6], "button": "middle"}),
    ("openai", '{"type": "scroll", "x": 5, "y": 6, "scroll_x": 0, "scroll_y": -200}',
     {"action": "scroll", "direction": "up", "scroll_distance": 200, "start_point": [5, 6]}),
    ("openai", '{"type": "keypress", "keys": ["CTRL", "C"]}', {"action": "press", "keys": ["ctrl", "c"]}),
    ("openai", '{"type": "drag", "path": [{"x": 1, "y": 2}, {"x": 2, "y": 3}, {"x": 3, "y": 4}]}',
     {"action": "drag", "start_point": [1, 2], "end_point": [3, 4], "path": [[2, 3]]}),
    ("agentcpm", '{"POINT":[480,320]}', {"action": "click", "start_point": [480, 320]}),
    ("agentcpm", '{"thought":"more below","POINT":[500,200],"to":"up"}',
     {"action": "scroll", "direction": "down", "start_point": [500, 200]}),
    ("agentcpm", '{"POINT":[5,6],"to":[7,8]}', {"action": "drag", "start_point": [5, 6], "end_point": [7, 8]}),
    ("agentcpm", '{"PRESS":"BACK"}', {"action": "press", "keys": ["back"]}),
    ("agentcpm", '{"TYPE":"小米"}', {"action": "input", "text": "小米"}),
    ("agentcpm", '{"STATUS":"impossible"}', {"action": "finished", "status": "infeasible"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer", "action"), SAID, ids=lambda value: str(value)[:60])
def test_documented_answers(name: str, answer: str, action: dict[str, Any]) -> None:
    assert FORMATS[name].parse(answer, PLAIN).action.to_json() == action


@pytest.mark.parametrize(
    ("name", "answer", "message"),
    [
        ("anthropic", '{"action": "screenshot"}', "'screenshot' asks for no action"),
        ("anthropic", '{"action": "left_click", "coordinate": [5000, 6]}', "outside the 1280×800 picture"),
        (
            "anthropic",
            '{"action": "left_click", "coordinate": [5, 6], "text": "q"}',
            "allowed: ctrl, shift, alt, meta",
        ),
        ("openai", '{"type": "screenshot"}', "'screenshot' asks for no action"),
        ("openai", '{"type": "click", "button": "left"}', "'start_point' is missing"),
        ("uitars", "Thought: hm\nAction: click(start_box=open('/etc/passwd'))", "never run"),
        ("uitars", "Thought: I do not know.", "no action in the answer"),
        ("doubao", "Action: click(point='<point>0.5 0.5</point>')", "fractions"),
        ("agentcpm", '{"POINT":[480]}', "is no point"),
        ("agentcpm", '{"STATUS":"continue"}', "'action' is missing"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_refusals(name: str, answer: str, message: str) -> None:
    with pytest.raises(FormatError) as error:
        FORMATS[name].parse(answer, PLAIN)
    assert message in str(error.value)


def test_a_line_break_presses_enter_once() -> None:
    uitars = FORMATS["uitars"]
    assert uitars.parse("Action: type(content='a\\n')", PLAIN).action == Input(text="a", submit=True)
    with pytest.raises(CannotExpress):  # it would come back as "press Enter"
        uitars.render(Input(text="a\n"), PLAIN)


def test_thought_before_the_call_is_kept() -> None:
    assert FORMATS["uitars"].parse("Thought: Scroll on.\nAction: wait()", PLAIN).thought == "Scroll on."
    said = (
        'Save it.\n<tool_call>\n{"name": "computer_use", "arguments": {"action": "wait", "time": 1}}\n</tool_call>'
    )
    assert FORMATS["qwen"].parse(said, PLAIN).thought == "Save it."


def test_what_has_no_words_is_refused() -> None:
    for name, action in (
        ("anthropic", Finished()),
        ("openai", Scroll(direction="up")),
        ("agentcpm", Finished(status="unsure")),
    ):
        with pytest.raises(CannotExpress, match=f"{name} has no words for"):
            FORMATS[name].render(action, PLAIN)
