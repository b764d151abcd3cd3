"""Our actions as pyautogui code: the other half of `action_space.formats.pyautogui`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from action_space import keys as key_names
from action_space.actions import (
    BaseAction,
    Click,
    Drag,
    Finished,
    Hover,
    Input,
    KeyDown,
    KeyUp,
    LongPress,
    MouseDown,
    MouseUp,
    Press,
    Scroll,
    Wait,
)
from action_space.formats.base import CannotExpress
from action_space.formats.parsing import json_action as wire
from action_space.formats.parsing.points import write_point
from action_space.geometry import Frame

NOTCH = 100
"""Pixels of the screenshot that one notch of a wheel stands for, where a distance has to become notches."""


def _xy(point: tuple[int, int] | None, frame: Frame) -> str:
    if point is None:
        return ""
    x, y = write_point(point, frame)
    return f"{x}, {y}"


def _write_click(action: Click, frame: Frame) -> list[str]:
    at = _xy(action.start_point, frame)
    if action.button == "left":
        call = {1: "click", 2: "doubleClick", 3: "tripleClick"}[action.clicks] + f"({at})"
    elif action.clicks == 1:
        call = f"{action.button}Click({at})"
    else:
        call = f"click({at}{', ' if at else ''}clicks={action.clicks}, button={action.button!r})"
    return _holding(action.modifiers, [f"pyautogui.{call}"])


def _holding(modifiers: tuple[str, ...], lines: list[str]) -> list[str]:
    held = [key_names.pyautogui(key) for key in modifiers]
    down, up = ([f"pyautogui.key{way}({key!r})" for key in held] for way in ("Down", "Up"))
    return [*down, *lines, *reversed(up)]


def _write_scroll(action: Scroll, frame: Frame) -> list[str]:
    across = action.direction in ("left", "right")
    distance = action.scroll_distance or 2 / 3 * (frame.view.width if across else frame.view.height)
    notches = (action.notches or max(1, round(distance / NOTCH))) * (
        1 if action.direction in ("up", "right") else -1
    )
    at = f", {_xy(action.start_point, frame)}" if action.start_point else ""
    return _holding(action.modifiers, [f"pyautogui.{'hscroll' if across else 'scroll'}({notches}{at})"])


def _write_input(action: Input, frame: Frame) -> list[str]:
    lines = [f"pyautogui.click({_xy(action.start_point, frame)})"] if action.start_point else []
    if action.clear:
        lines += ["pyautogui.hotkey('ctrl', 'a')", "pyautogui.press('delete')"]
    # pyautogui.write drops what is not on the keyboard, so such text goes through the clipboard.
    if action.text.isascii() and all(c.isprintable() or c in "\n\t" for c in action.text):
        lines.append(f"pyautogui.write({action.text!r})")
    else:
        lines += [f"pyperclip.copy({action.text!r})", "pyautogui.hotkey('ctrl', 'v')"]
    return [*lines, *(["pyautogui.press('enter')"] if action.submit else [])]


def _write_press(action: Press, frame: Frame) -> list[str] | None:
    try:
        names = [repr(key_names.pyautogui(key)) for key in action.keys]
    except ValueError as error:
        raise CannotExpress(f"press.keys: {error}") from None
    if action.duration_ms:
        held = [f"pyautogui.keyDown({name})" for name in names]
        pause = f"time.sleep({action.duration_ms / 1000:g})"
        up = [f"pyautogui.keyUp({name})" for name in reversed(names)]
        return [*held, pause, *up] if action.repeat == 1 else None
    if len(names) == 1:
        return [f"pyautogui.press({names[0]}{f', presses={action.repeat}' if action.repeat > 1 else ''})"]
    if action.repeat > 1:
        return _holding(action.keys[:-1], [f"pyautogui.press({names[-1]}, presses={action.repeat})"])
    return [f"pyautogui.hotkey({', '.join(names)})"]


def _write_finished(action: Finished, frame: Frame) -> list[str] | None:
    if action.answer is not None:
        return None
    word = {"success": "DONE", "infeasible": "FAIL"}.get(action.status)
    return [word] if word else None


def _write_drag(action: Drag, frame: Frame) -> list[str]:
    start, end = _xy(action.start_point, frame), _xy(action.end_point, frame)
    move = [f"pyautogui.moveTo({start})"] if start else []
    button = repr(action.button)
    if not action.path:
        return _holding(action.modifiers, [*move, f"pyautogui.dragTo({end}, duration=0.5, button={button})"])
    stops = [f"pyautogui.moveTo({_xy(point, frame)}, duration=0.2)" for point in (*action.path, action.end_point)]
    down, up = (f"pyautogui.mouse{way}(button={button})" for way in ("Down", "Up"))
    return _holding(action.modifiers, [*move, down, *stops, up])


def _write_half(action: KeyDown | KeyUp | MouseDown | MouseUp, frame: Frame) -> list[str]:
    if isinstance(action, KeyDown | KeyUp):
        way = "Down" if isinstance(action, KeyDown) else "Up"
        return [f"pyautogui.key{way}({key_names.pyautogui(key)!r})" for key in action.keys]
    at = _xy(action.start_point, frame)
    way = "Down" if isinstance(action, MouseDown) else "Up"
    return [f"pyautogui.mouse{way}({at}{', ' if at else ''}button={action.button!r})"]


def _write_long_press(action: LongPress, frame: Frame) -> list[str]:
    down = f"pyautogui.mouseDown({_xy(action.start_point, frame)})"
    return [down, f"time.sleep({action.duration_ms / 1000:g})", "pyautogui.mouseUp()"]


def _write_hover(action: Hover, frame: Frame) -> list[str]:
    if action.start_point is None:
        return ["pyautogui.moveRel(0, 0)"]
    return [f"pyautogui.moveTo({_xy(action.start_point, frame)})"]


def _write_wait(action: Wait, frame: Frame) -> list[str]:
    return ["WAIT"] if action == Wait() else [f"time.sleep({action.duration_ms / 1000:g})"]


SAID = (*wire.WHOLE, "nowhere")
WRITERS: dict[type[BaseAction], Callable[[Any, Frame], list[str] | None]] = {
    Click: _write_click,
    Scroll: _write_scroll,
    Input: _write_input,
    Press: _write_press,
    Finished: _write_finished,
    Drag: _write_drag,
    LongPress: _write_long_press,
    Hover: _write_hover,
    Wait: _write_wait,
    KeyDown: _write_half,
    KeyUp: _write_half,
    MouseDown: _write_half,
    MouseUp: _write_half,
}
