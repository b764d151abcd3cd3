"""Documented strings that were refused, endings that tell of no success, liberties that a reader takes."""

from __future__ import annotations

from typing import Any

import pytest

from action_space.formats import FORMATS, FormatError
from action_space.formats.grounding import parse_point
from action_space.formats.parsing.statuses import status_of
from action_space.geometry import Frame, Size

FRAME = Frame(Size(1280, 800))


def read(name: str, answer: str) -> dict[str, Any]:
    return FORMATS[name].parse(answer, FRAME).action.to_json()


def typed(text: str, **more: Any) -> dict[str, Any]:
    return {"action": "input", "text": text, **more}


# -- M4: quotation marks and line breaks in an argument -----------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answer", "action"),
    [
        ("uitars", "Thought: x\nAction: type(content='it's')", typed("it's")),
        ("uitars", "Action: type(content='don't, can't\\n')", typed("don't, can't", submit=True)),
        ("uitars", "Action: type(content='line one\nline two')", typed("line one\nline two")),
        ("uitars", 'Action: type(content="say "hi" now")', typed('say "hi" now')),
        ("uitars", "Action: type(content='f('a', 'b')')", typed("f('a', 'b')")),
        ("uitars", "Action: finished(content='I've added it.\nIt's done.')",
         {"action": "finished", "answer": "I've added it.\nIt's done."}),
        ("doubao", "Action: click(point='<point>510 150</point>)", {"action": "click", "start_point": [510, 150]}),
        ("doubao", "Action: click(point='<point>510 150</point>'')",
         {"action": "click", "start_point": [510, 150]}),
        ("doubao", "Action: drag(start_point='<point>1 2</point>, end_point='<point>3 4</point>')",
         {"action": "drag", "start_point": [1, 2], "end_point": [3, 4]}),
        ("pyautogui", "pyautogui.click(1, 2)\npyautogui.write('it's me', interval=0.1)\npyautogui.press('enter')",
         typed("it's me", start_point=[1, 2], submit=True)),
        ("browsergym", "keyboard_type('it's')", typed("it's")),
        ("browsergym", "send_msg_to_user('It's 42')", {"action": "finished", "answer": "It's 42"}),
    ],
)  # fmt: skip
def test_quotation_marks_and_line_breaks_in_a_text(name: str, answer: str, action: dict[str, Any]) -> None:
    assert read(name, answer) == action


@pytest.mark.parametrize("answer", ["Action: type(content='abc", "Action: type(content='it's not over", "x('a"])
def test_a_text_that_breaks_off_is_not_typed(answer: str) -> None:
    with pytest.raises(FormatError):
        FORMATS["uitars"].parse(answer, FRAME)


def test_code_in_a_broken_text_is_never_run() -> None:
    with pytest.raises(FormatError):
        FORMATS["uitars"].parse("Action: type(content=it's + open('/etc/passwd').read())", FRAME)


# -- M5, F13 ------------------------------------------------------------------------------------------------

CALL = '{"name": "%s", "arguments": {%s}}'


@pytest.mark.parametrize(
    ("name", "answer", "action"),
    [
        ("qwen", "<tool_call>\n<function=computer_use>\n<parameter=action>\nleft_click\n</parameter>\n"
         "<parameter=coordinate>\n[5, 6]\n</parameter>\n</function>\n</tool_call>",
         {"action": "click", "start_point": [5, 6]}),
        ("qwen", "<function=computer_use>\n<parameter=action>type</parameter>\n<parameter=text>\n42\n"
         "</parameter>\n</function>", typed("42")),
        ("qwen", '{"name": "computer_use", "arguments": "{\\"action\\": \\"wait\\", \\"time\\": 2}"}',
         {"action": "wait", "duration_ms": 2000}),
        ("qwen", CALL % ("mobile_use", '"action": "system_button", "button": "Back"'),
         {"action": "press", "keys": ["back"]}),
        ("qwen", CALL % ("mobile_use", '"action": "swipe", "coordinate": [1, 2], "coordinate2": [3, 4]'),
         {"action": "drag", "start_point": [1, 2], "end_point": [3, 4]}),
        ("qwen", CALL % ("mobile_use", '"action": "long_press", "coordinate": [1, 2], "time": 2'),
         {"action": "longpress", "start_point": [1, 2], "duration_ms": 2000}),
        ("qwen", CALL % ("mobile_use", '"action": "open", "text": "Maps"'), {"action": "open", "app": "Maps"}),
        ("uitars", "Action: long_press(start_box='(1,2)', time='')",
         {"action": "longpress", "start_point": [1, 2]}),
        ("uitars", "Action: scroll(start_box='(1,2)', end_box='(3,4)')",
         {"action": "drag", "start_point": [1, 2], "end_point": [3, 4]}),
        ("doubao", "Action: scroll(point='<point>1 2</point>', direction='DOWN')",
         {"action": "scroll", "direction": "down", "start_point": [1, 2]}),
        ("pyautogui", "computer.wait()", {"action": "wait"}),
        ("pyautogui", "computer.wait(seconds=3)", {"action": "wait", "duration_ms": 3000}),
        ("pyautogui", "computer.triple_click(x=5, y=6)", {"action": "click", "start_point": [5, 6], "clicks": 3}),
        ("openai", '{"type": "computer_call", "actions": [{"type": "click", "button": "left", "x": 5, "y": 6}, '
         '{"type": "type", "text": "a"}]}', {"action": "click", "start_point": [5, 6]}),
        ("openai", '{"actions": [{"type": "screenshot"}, {"type": "wait"}]}', {"action": "wait"}),
        ("anthropic", '{"action": "scroll", "coordinate": [5, 6], "scroll_direction": "up", "scroll_amount": 2, '
         '"text": "ctrl"}', {"action": "scroll", "direction": "up", "scroll_distance": 200, "notches": 2,
                             "start_point": [5, 6], "modifiers": ["ctrl"]}),
        ("anthropic", "I cannot do that. [INFEASIBLE]", {"action": "finished", "status": "infeasible"}),
    ],
)  # fmt: skip
def test_documented_strings(name: str, answer: str, action: dict[str, Any]) -> None:
    assert read(name, answer) == action


def test_a_batch_of_which_only_the_first_is_done_says_so() -> None:
    batch = '{"actions": [{"type": "click", "button": "left", "x": 5, "y": 6}, {"type": "type", "text": "a"}]}'
    assert FORMATS["openai"].parse(batch, FRAME).repairs == ("2 actions; the first was taken",)


# -- B3: how it ended ---------------------------------------------------------------------------------------

TERMINATE = '{"name": "computer_use", "arguments": {"action": "terminate", "status": "%s"}}'
HONEST = (
    "failure", "FAILURE", "Fail", "failed", "error", "not completed", "incomplete", "could not finish", "aborted",
    "task failed", "unsuccessful", "stuck", "timeout", "gave up", "cancelled", "false",
)  # fmt: skip


@pytest.mark.parametrize(
    "word", [*HONEST, "infeasible", "IMPOSSIBLE", "partially completed", "unknown", "whatever", ""]
)
@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("qwen", TERMINATE),
        ("json", '{"action": "finished", "status": "%s"}'),
        ("mimo", '{"action": "terminate", "status": "%s"}'),
        ("agentcpm", '{"STATUS": "%s"}'),
        ("pyautogui", "computer.terminate(status='%s')"),
        ("anthropic", '{"action": "done", "status": "%s"}'),
        ("openai", '{"action": "finished", "status": "%s"}'),
        ("computer_13", '{"action_type": "DONE", "parameters": {"status": "%s"}}'),
    ],
)
def test_what_is_no_success_is_never_read_as_one(name: str, answer: str, word: str) -> None:
    parsed = FORMATS[name].parse(answer % word, FRAME)
    status = parsed.action.to_json().get("status", "success")
    assert status in ("failed", "infeasible", "unsure")
    assert status == "failed" or word not in HONEST
    canonical = word in ("failed", "infeasible") or (name, word) in (
        ("agentcpm", "IMPOSSIBLE"),
        ("qwen", "failure"),
    )
    assert parsed.outcome == "repaired" or canonical


@pytest.mark.parametrize(
    ("name", "answer", "status"),
    [
        ("uitars", "Action: finished(content='failed')", "failed"),
        ("uitars", "Action: finished(content='infeasible')", "infeasible"),
        ("uitars", "Action: finished(content='I was unable to find the file.')", "unsure"),
        ("doubao", "Action: finished(content='任务无法完成')", "unsure"),
        ("uitars", "Action: finished(content='No')", "success"),
        ("uitars", "Action: finished(content='The store cannot ship to Alaska')", "success"),
        ("browsergym", "report_infeasible('no such page')", "infeasible"),
        ("browsergym", "send_msg_to_user('I could not log in.')", "unsure"),
        ("browsergym", "send_msg_to_user('42')", "success"),
        ("computer_13", "FAIL", "infeasible"),
        ("computer_13", "infeasible", "infeasible"),
        ("pyautogui", "FAIL", "infeasible"),
        ("pyautogui", "computer.terminate('fail')", "failed"),
        ("osatlas", "actions:\nIMPOSSIBLE", "infeasible"),
        ("json", '{"action": "fail", "status": "success"}', "failed"),
        ("json", '{"action": "finished", "success": "false"}', "failed"),
        ("json", '{"action": "finished", "result": "failure"}', "failed"),
        ("json", '{"action": "finished", "result": "42"}', "success"),
        ("agentcpm", '{"STATUS": "interrupt"}', "failed"),
        ("qwen", TERMINATE % "SUCCESS", "success"),
    ],
)
def test_endings(name: str, answer: str, status: str) -> None:
    assert read(name, answer).get("status", "success") == status


def test_status_words() -> None:
    for word in ("success", "Successfully completed", "task completed successfully", "Done!", True):
        assert status_of(word) == "success"
    for word in ("completed with errors", "not done", "no", False):
        assert status_of(word) == "failed"
    for word in ("42", "in progress", "", 7, None, ["success"], {"a": 1}):
        assert status_of(word) is None


@pytest.mark.parametrize("status", ["[]", "{}", "{\"a\": 1}", "7", "[\"success\"]"])  # fmt: skip
def test_a_status_that_is_no_word_is_refused(status: str) -> None:
    for name, answer in (
        ("qwen", '{"name": "computer_use", "arguments": {"action": "terminate", "status": %s}}'),
        ("json", '{"action": "finished", "status": %s}'),
        ("agentcpm", '{"STATUS": %s}'),
    ):
        with pytest.raises(FormatError, match="status"):
            FORMATS[name].parse(answer % status, FRAME)


# -- numbers and texts, boxes, sizes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answer", "action"),
    [
        ("json", '{"action": "finished", "answer": 42}', {"action": "finished", "answer": "42"}),
        ("json", '{"action": "input", "text": 42.50}', typed("42.50")),
        ("json", '{"action": "input", "text": 12345678901234567890}', typed("12345678901234567890")),
        ("mimo", "{'action': 'input', 'text': 1.10}", typed("1.10")),
        ("qwen", '{"name": "computer_use", "arguments": {"action": "type", "text": 7}}', typed("7")),
        ("agentcpm", '{"TYPE": 2024}', typed("2024")),
        ("uitars", "Action: type(content=42.50)", typed("42.50")),
        ("pyautogui", "pyautogui.write(42)", typed("42")),
        ("computer_13", '{"action_type": "TYPING", "parameters": {"text": 42}}', typed("42")),
        ("browsergym", "keyboard_type(42)", typed("42")),
        ("json", '{"action": "press", "keys": [1]}', {"action": "press", "keys": ["1"]}),
    ],
)
def test_numbers_where_a_text_is_meant(name: str, answer: str, action: dict[str, Any]) -> None:
    assert read(name, answer) == action


@pytest.mark.parametrize(
    "box",
    [
        '{"x1": 10, "y1": 20, "x2": 30, "y2": 40}', '{"left": 10, "top": 20, "right": 30, "bottom": 40}',
        '{"xmin": 10, "ymin": 20, "xmax": 30, "ymax": 40}', '{"x": 10, "y": 20, "width": 20, "height": 20}',
        '{"x": 10, "y": 20, "w": 20, "h": 20}', '[{"x": 10, "y": 20}, {"x": 30, "y": 40}]',
        '{"top_left": [10, 20], "bottom_right": [30, 40]}', "[[10, 20], [30, 40]]", "[10, 20, 30, 40]",
        '{"min": {"x": 10, "y": 20}, "max": {"x": 30, "y": 40}}', '{"bbox": [10, 20, 30, 40]}',
    ],
)  # fmt: skip
def test_a_box_is_its_middle(box: str) -> None:
    assert read("json", f'{{"action": "click", "start_point": {box}}}')["start_point"] == [20, 30]
    assert read("json", f'{{"action": "click", "bbox": {box}}}')["start_point"] == [20, 30]
    assert parse_point(f'{{"bbox_2d": {box}}}', FRAME)[0] == (20, 30)
    if box.startswith('{"') and "[" not in box and "min" not in box[:6]:
        assert read("json", f'{{"action": "click", {box[1:]}')["start_point"] == [20, 30]
        assert parse_point(box, FRAME)[0] == (20, 30)


@pytest.mark.parametrize(
    "answer",
    [
        "The button is at (640, 400) in the (1280, 800) picture.",
        "(640, 400), the image being 1280x800.",
        "In the 1280 x 800 screenshot it is at [640, 400].",
        "The screen measures (1280, 800). It is at (640, 400).",
        "x=640, y=400 of 1280×800 pixels",
        '{"point_2d": "640, 400 (1280x800)"}',
    ],
)
def test_the_size_of_the_picture_is_no_point(answer: str) -> None:
    assert parse_point(answer, FRAME)[0] == (640, 400)


@pytest.mark.parametrize("answer", ["The image is 1280x800.", "It is (1280, 800).", "a 1280 x 800 picture"])
def test_a_size_alone_is_no_point(answer: str) -> None:
    with pytest.raises(FormatError):
        parse_point(answer, FRAME)


# -- half a character ---------------------------------------------------------------------------------------


def test_half_a_character_is_never_typed_and_always_printable() -> None:
    with pytest.raises(FormatError, match="half a character") as error:
        FORMATS["json"].parse('{"action": "input", "text": "a\\ud83d"}', FRAME)
    str(error.value).encode()
    whole = FORMATS["pyautogui"].parse("pyautogui.write('\\ud83d\\ude97')", FRAME)
    assert whole.action.to_json() == typed("🚗")
    parsed = FORMATS["json"].parse('<think>\ud83d</think>{"action": "finished", "answer": "\\ud83d"}', FRAME)
    assert (parsed.thought, parsed.action.to_json()["answer"]) == ("\ufffd", "\ufffd")
