"""What keys, buttons and texts are asked for, exactly: nothing lost on the way from an answer to the action."""

from __future__ import annotations

from typing import Any

import pytest

from action_space.actions import Click, Press
from action_space.formats import FORMATS, FormatError
from action_space.formats.parsing.chords import split_chord, strokes
from action_space.formats.parsing.sequence import Sequence
from action_space.geometry import Frame, Size
from action_space.keys import canonical

FRAME = Frame(Size(1280, 800))


def read(name: str, answer: str, frame: Frame = FRAME) -> dict[str, Any]:
    return FORMATS[name].parse(answer, frame).action.to_json()


def press(*keys: str, **more: int) -> dict[str, Any]:
    return {"action": "press", "keys": list(keys), **more}


# -- F1, F2: repeated keys, separators ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("ctrl +", ["ctrl", "+"]), ("ctrl++", ["ctrl", "+"]), ("ctrl + +", ["ctrl", "+"]),
        ("ctrl -", ["ctrl", "-"]),
        ("ctrl--", ["ctrl", "-"]), ("ctrl+-", ["ctrl", "-"]), ("ctrl-", ["ctrl", "-"]), ("ctrl+,", ["ctrl", ","]),
        ("shift+ctrl++", ["shift", "ctrl", "+"]), ("alt-F4", ["alt", "F4"]), ("ctrl c", ["ctrl", "c"]),
        ("ctrl page down", ["ctrl", "page down"]), ("+", ["+"]), ("-", ["-"]), ("Ctrl - C", ["Ctrl", "C"]),
    ],
)  # fmt: skip
def test_a_separator_may_be_the_key(said: str, keys: list[str]) -> None:
    assert split_chord(said) == keys


@pytest.mark.parametrize("said", ["ctrl -", "alt-", "-ctrl", "shift --"])
def test_a_sign_apart_is_not_part_of_a_name(said: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        canonical(said)


@pytest.mark.parametrize(
    ("name", "answer", "action"),
    [
        ("anthropic", '{"action": "key", "text": "Down Down Down"}', press("down", repeat=3)),
        ("anthropic", '{"action": "key", "text": "ctrl+z ctrl+z"}', press("ctrl", "z", repeat=2)),
        ("anthropic", '{"action": "key", "text": "KP_Add"}', press("+")),
        ("anthropic", '{"action": "key", "text": "Page_Down Page_Down"}', press("pagedown", repeat=2)),
        ("anthropic", '{"action": "hold_key", "text": "shift", "duration": 2}', press("shift", duration_ms=2000)),
        ("uitars", "Action: hotkey(key='ctrl +')", press("ctrl", "+")),
        ("uitars", "Action: hotkey(key='shift down down')", press("shift", "down", repeat=2)),
        ("qwen", '{"name": "computer_use", "arguments": {"action": "key", "keys": ["shift", "Down", "Down"]}}',
         press("shift", "down", repeat=2)),
        ("openai", '{"type": "keypress", "keys": ["DOWN", "DOWN"]}', press("down", repeat=2)),
        ("json", '{"action": "press", "keys": ["tab", "Tab", "TAB"]}', press("tab", repeat=3)),
        ("mimo", '{"action": "press", "keys": "ctrl +"}', press("ctrl", "+")),
        ("pyautogui", "pyautogui.keyDown('shift')\npyautogui.press('down', presses=3)\npyautogui.keyUp('shift')",
         press("shift", "down", repeat=3)),
        ("pyautogui", "pyautogui.press(['down', 'down', 'down'])", press("down", repeat=3)),
        ("pyautogui", "pyautogui.hotkey('ctrl', '+')", press("ctrl", "+")),
        ("pyautogui", "pyautogui.keyDown('w')\ntime.sleep(3)\npyautogui.keyUp('w')", press("w", duration_ms=3000)),
        ("computer_13", '{"action_type": "HOTKEY", "parameters": {"keys": ["down", "down"]}}',
         press("down", repeat=2)),
        ("browsergym", "keyboard_press('ArrowDown')\nkeyboard_press('ArrowDown')", press("down", repeat=2)),
        ("browsergym", "keyboard_press('ControlOrMeta+a')", press("ctrl", "a")),
        ("browsergym", "keyboard_press('Control++')", press("ctrl", "+")),
    ],
)  # fmt: skip
def test_keys_are_pressed_as_often_as_they_are_named(name: str, answer: str, action: dict[str, Any]) -> None:
    assert read(name, answer) == action


def test_what_one_press_cannot_say_is_noted() -> None:
    parsed = FORMATS["anthropic"].parse('{"action": "key", "text": "Tab Tab Return"}', FRAME)
    assert parsed.action == Press(keys=("tab",), repeat=2)
    assert "1 more keystrokes left out; the first was taken" in parsed.repairs
    assert [keys for keys, _ in strokes("ctrl+a Delete", "press.keys")] == [("ctrl", "a"), ("delete",)]
    with pytest.raises(FormatError, match="stands twice with other keys between"):
        FORMATS["json"].parse('{"action": "press", "keys": ["a", "b", "a"]}', FRAME)


def test_keys_read_back_as_they_were() -> None:
    action = Press(keys=("shift", "down", "Down"))
    assert (action.keys, action.repeat) == (("shift", "down"), 2)
    for name in ("json", "mimo", "pyautogui", "anthropic", "uitars"):
        assert FORMATS[name].parse(FORMATS[name].render(action, FRAME), FRAME).action == action, name


# -- F3, F4, F5, F7, F8, F9, F14: a stream of events --------------------------------------------------------


def steps(*codes: str) -> list[list[dict[str, Any]]]:
    said = Sequence()
    return [[one.to_json() for one in said.pyautogui(code, FRAME)] for code in codes]


def test_keys_are_held_from_step_to_step() -> None:
    assert steps("pyautogui.keyDown('ctrl')", "pyautogui.click(5, 6)", "pyautogui.keyUp('ctrl')") == [
        [{"action": "key_down", "keys": ["ctrl"]}],
        [{"action": "click", "start_point": [5, 6]}],
        [{"action": "key_up", "keys": ["ctrl"]}],
    ]
    assert steps("pyautogui.mouseDown(1, 2)", "pyautogui.moveTo(3, 4)", "pyautogui.mouseUp()") == [
        [{"action": "mouse_down", "start_point": [1, 2]}],
        [{"action": "hover", "start_point": [3, 4]}],
        [{"action": "mouse_up", "start_point": [3, 4]}],
    ]


def test_two_clicks_with_a_key_held() -> None:
    code = "pyautogui.keyDown('ctrl'); pyautogui.click(1, 2); pyautogui.click(3, 4); pyautogui.keyUp('ctrl')"
    assert [one["action"] for one in steps(code)[0]] == ["key_down", "click", "click", "key_up"]
    code = "pyautogui.keyDown('ctrl'); pyautogui.click(1, 2); pyautogui.keyUp('ctrl')"
    assert steps(code)[0] == [{"action": "click", "start_point": [1, 2], "modifiers": ["ctrl"]}]
    code = "with pyautogui.hold('shift'):\n    pyautogui.scroll(-2)"
    assert steps(code)[0] == [
        {"action": "scroll", "direction": "down", "scroll_distance": 200, "notches": 2, "modifiers": ["shift"]}
    ]


def test_pauses_are_waits() -> None:
    code = (
        "pyautogui.click(1, 2)\ntime.sleep(4)\npyautogui.write('hello')\ntime.sleep(0.5)\npyautogui.press('enter')"
    )
    assert steps(code)[0] == [
        {"action": "click", "start_point": [1, 2]},
        {"action": "wait", "duration_ms": 4000},
        {"action": "input", "text": "hello"},
        {"action": "wait", "duration_ms": 500},
        press("enter"),
    ]


def test_nothing_is_inferred_from_select_all_and_delete() -> None:
    assert steps("pyautogui.hotkey('ctrl', 'a')\npyautogui.press('delete')")[0] == [
        press("ctrl", "a"),
        press("delete"),
    ]
    assert steps("pyautogui.hotkey('ctrl', 'a')\npyautogui.press('delete')\npyautogui.write('x')")[0] == [
        press("ctrl", "a"),
        press("delete"),
        {"action": "input", "text": "x"},
    ]
    # An agent that looks after each action does the first; it is not taken for an emptied field.
    assert read("pyautogui", "pyautogui.hotkey('ctrl', 'a')\npyautogui.press('delete')") == press("ctrl", "a")


def test_a_drag_keeps_its_path() -> None:
    code = (
        "pyautogui.moveTo(10, 10); pyautogui.mouseDown(); pyautogui.moveTo(20, 10); pyautogui.moveTo(20, 20); "
        "pyautogui.mouseUp()"
    )
    path = {"action": "drag", "start_point": [10, 10], "end_point": [20, 20], "path": [[20, 10]]}
    assert steps(code)[0] == [path]
    assert read("pyautogui", code) == path
    said = '{"type": "drag", "path": [{"x": 10, "y": 10}, {"x": 20, "y": 10}, {"x": 20, "y": 20}]}'
    assert read("openai", said) == path
    assert read("json", '{"action": "drag", "path": [[10, 10], [20, 10], [20, 20]]}') == path
    assert steps("pyautogui.moveTo(1, 2)\npyautogui.dragTo(3, 4, button='right')")[0] == [
        {"action": "drag", "start_point": [1, 2], "end_point": [3, 4], "button": "right"}
    ]


@pytest.mark.parametrize(
    ("name", "answer", "notches", "way"),
    [
        ("pyautogui", "pyautogui.scroll(-5)", 5, "down"),
        ("pyautogui", "pyautogui.hscroll(7)", 7, "right"),
        ("computer_13", '{"action_type": "SCROLL", "parameters": {"dx": 0, "dy": 9}}', 9, "up"),
        ("anthropic", '{"action": "scroll", "coordinate": [1, 2], "scroll_direction": "down", "scroll_amount": 4}',
         4, "down"),
        ("qwen", '{"name": "computer_use", "arguments": {"action": "scroll", "pixels": -5}}', 5, "down"),
    ],
)  # fmt: skip
def test_notches_of_the_wheel_are_exact(name: str, answer: str, notches: int, way: str) -> None:
    action = read(name, answer)
    assert (action["notches"], action["direction"]) == (notches, way)
    assert read(name, FORMATS[name].render(FORMATS[name].parse(answer, FRAME).action, FRAME))["notches"] == notches


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("json", '{"action": "scroll", "dx": 0, "dy": 0}'),
        ("mimo", '{"action": "scroll", "direction": "up", "scroll_distance": 0}'),
        ("qwen", '{"name": "computer_use", "arguments": {"action": "scroll", "pixels": 0}}'),
        ("anthropic", '{"action": "scroll", "coordinate": [1, 2], "scroll_direction": "up", "scroll_amount": 0}'),
        ("openai", '{"type": "scroll", "x": 1, "y": 2, "scroll_x": 0, "scroll_y": 0}'),
        ("computer_13", '{"action_type": "SCROLL", "parameters": {"dx": 0, "dy": 0}}'),
        ("pyautogui", "pyautogui.scroll(0)"),
        ("browsergym", "scroll(0, 0)"),
    ],
)
def test_a_scroll_of_nothing_scrolls_nothing(name: str, answer: str) -> None:
    with pytest.raises(FormatError):
        FORMATS[name].parse(answer, FRAME)
    assert steps("pyautogui.scroll(0)") == [[]]


def test_a_tab_in_what_is_typed_is_the_tab_key() -> None:
    assert steps("pyautogui.write('John\\tDoe\\t\\n')")[0] == [
        {"action": "input", "text": "John"},
        press("tab"),
        {"action": "input", "text": "Doe"},
        press("tab"),
        {"action": "input", "text": "\n"},
    ]
    assert steps("pyperclip.copy('a\\tb')\npyautogui.hotkey('ctrl', 'v')")[0] == [
        {"action": "input", "text": "a\tb"}
    ]


def test_what_was_copied_is_what_a_later_step_pastes() -> None:
    pasted = steps("pyperclip.copy('小米')", "pyautogui.click(1, 2)", "pyautogui.hotkey('ctrl', 'v')")
    assert pasted == [[], [{"action": "click", "start_point": [1, 2]}], [{"action": "input", "text": "小米"}]]
    assert steps("pyperclip.copy('a')", "pyautogui.hotkey('ctrl', 'c')", "pyautogui.hotkey('ctrl', 'v')")[2] == [
        press("ctrl", "v")
    ]


# -- where the pointer is -----------------------------------------------------------------------------------


def test_a_click_without_a_point_is_where_the_pointer_is() -> None:
    said = '{"name": "computer_use", "arguments": {"action": "left_click"}}'
    assert read("qwen", said) == {"action": "click"}
    there = Frame(Size(1280, 800), pointer=(30, 40))
    assert read("qwen", said, there) == {"action": "click", "start_point": [30, 40]}
    assert read("pyautogui", "pyautogui.rightClick()", there) == {
        "action": "click", "start_point": [30, 40], "button": "right",
    }  # fmt: skip
    drag = '{"name": "computer_use", "arguments": {"action": "left_click_drag", "coordinate": [50, 60]}}'
    assert read("qwen", drag) == {"action": "drag", "end_point": [50, 60]}
    assert read("qwen", drag, there) == {"action": "drag", "start_point": [30, 40], "end_point": [50, 60]}
    with pytest.raises(FormatError, match="'start_point' is missing"):
        FORMATS["mimo"].parse('{"action": "click", "text": "Save"}', there)


def test_a_move_and_a_click_in_two_calls_are_a_click_there() -> None:
    call = '<tool_call>\n{"name": "computer_use", "arguments": %s}\n</tool_call>'
    answer = "\n".join(
        call % one for one in ('{"action": "mouse_move", "coordinate": [5, 6]}', '{"action": "left_click"}')
    )
    parsed = FORMATS["qwen"].parse(f"Action: Save.\n{answer}", FRAME)
    assert (parsed.action, parsed.thought) == (Click(start_point=(5, 6)), "Save.")
    assert parsed.outcome == "repaired"
    more = answer + call % '{"action": "type", "text": "x"}'
    assert "1 more call left out; the first action was taken" in FORMATS["qwen"].parse(more, FRAME).repairs


def test_halves_are_said_by_those_who_have_them() -> None:
    assert read("anthropic", '{"action": "left_mouse_down"}') == {"action": "mouse_down"}
    assert read("anthropic", '{"action": "left_mouse_up", "coordinate": [1, 2]}') == {
        "action": "mouse_up",
        "start_point": [1, 2],
    }
    assert read("browsergym", "keyboard_down('Shift')") == {"action": "key_down", "keys": ["shift"]}
    assert (
        read("computer_13", '{"action_type": "KEY_DOWN", "parameters": {"key": "shift"}}')["action"] == "key_down"
    )
