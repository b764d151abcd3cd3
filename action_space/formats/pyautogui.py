"""Python code for pyautogui, as OSWorld's agents write it: ``pyautogui.click(640, 400)``, WAIT, DONE, FAIL.

The code is parsed, never run. Calls that together mean one action fold into it (moveTo and dragTo are a drag).
Points are in the model's space. A scroll is counted in notches of a wheel, `NOTCH` screenshot pixels each, so
distances are rounded to whole notches, and an absent distance is written out. ``FAIL`` is OSWorld's word for
"cannot be done here", so a task that was merely not done has no word. What is only for the record (the text of a
click, the reason of an end) is not written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from action_space import keys as key_names
from action_space import schema
from action_space.actions import BaseAction, Click, Drag, Finished, Hover, Input, LongPress, Press, Scroll, Wait
from action_space.formats.base import CannotExpress, FormatError, Parsed
from action_space.formats.calls import Call, read_calls
from action_space.formats.gestures import Event, parsed
from action_space.formats.points import read_point, write_point
from action_space.geometry import Frame

NOTCH = 100

_MODULES = ("", "pyautogui", "pag", "time", "pyperclip", "computer")
_BUTTONS = {"left": "left", "primary": "left", "1": "left", "middle": "middle", "2": "middle"}
_BUTTONS |= dict.fromkeys(("right", "secondary", "3"), "right")
_CLICKS = {
    "click": ("left", 1),
    "leftclick": ("left", 1),
    "rightclick": ("right", 1),
    "middleclick": ("middle", 1),
    "doubleclick": ("left", 2),
    "tripleclick": ("left", 3),
}


class PyautoguiFormat:
    """Expresses what mouse and keyboard can do, and the end of a task."""

    name = "pyautogui"

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        calls, thought, repairs = read_calls(text)
        events = [event for call in calls[:200] for event in _events(call, frame, repairs)]
        return parsed(events, frame, thought, repairs)

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        lines = _WRITERS[type(action)](action, frame) if type(action) in _WRITERS else None
        if lines is None:
            raise CannotExpress(f"pyautogui has no words for {action.to_json()}"[:200])
        return "\n".join(lines)

    def schema(self, frame: Frame) -> None:
        """Code, not JSON."""
        return


def _events(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    module, _, function = call.name.rpartition(".")
    name = function.replace("_", "").lower()
    if module not in _MODULES:
        raise call.error("is no known call", "calls of pyautogui, time.sleep, pyperclip.copy")
    if not module and name in ("wait", "done", "fail") and not call.args and not call.kwargs:
        if function != function.upper():
            repairs.append(f"'{function}' read as '{function.upper()}'")
        return [_END[name]]
    if name == "terminate":
        status = call.bind("status", "answer").get("status", "success")
        return [
            _END["done"] if status == "success" else Event("end", data={"action": "finished", "status": "failed"})
        ]
    if name in _CLICKS:
        return [_click(call, name, frame, repairs)]
    if name not in _READERS:
        raise call.error("is no known call", "click, moveTo, dragTo, scroll, write, press, hotkey, sleep …")
    return _READERS[name](call, frame, repairs)


def _click(call: Call, name: str, frame: Frame, repairs: list[str]) -> Event:
    button, clicks = _CLICKS[name]
    if name == "click":
        bound = _point_first(call, "x", "y", "clicks", "interval", "button", "duration", "logScreenshot", "_pause")
        button, clicks = _button(call, bound), bound.get("clicks", 1)
        if type(clicks) is not int or not 1 <= clicks <= 3:
            raise call.error(f"clicks={schema.shorten(clicks)}", "1 to 3")
    else:
        bound = _point_first(call, "x", "y", "interval", "button", "duration", "logScreenshot", "_pause")
        if "button" in bound and name in ("doubleclick", "tripleclick"):
            button = _button(call, bound)
    return Event("click", _point(call, bound, frame, repairs), button=button, number=clicks)


def _move(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    bound = _point_first(call, "x", "y", "duration", "tween", "logScreenshot", "_pause")
    return [Event("move", _given(call, bound, frame, repairs))]


def _move_by(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    bound = _point_first(call, "xOffset", "yOffset", "duration", "tween")
    if bound.get("xOffset", 0) or bound.get("yOffset", 0):
        raise call.error("moves by a distance from where the pointer is, which is not known", "moveTo(x, y)")
    return [Event("move")]


def _drag(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    bound = _point_first(call, "x", "y", "duration", "tween", "button", "logScreenshot", "_pause", "mouseDownUp")
    return [Event("drag", _given(call, bound, frame, repairs), button=_button(call, bound))]


def _drag_by(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    bound = _point_first(call, "xOffset", "yOffset", "duration", "tween", "button", "mouseDownUp")
    offsets = [_number(call, name, bound.get(name, 0)) for name in ("xOffset", "yOffset")]
    dx, dy = (round(frame.distance_to_screen(offset, axis)) for axis, offset in enumerate(offsets))
    return [Event("drag_by", (dx, dy), button=_button(call, bound))]


def _button_event(kind: Any) -> Callable[[Call, Frame, list[str]], list[Event]]:
    def read(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
        bound = _point_first(call, "x", "y", "button", "duration", "logScreenshot", "_pause")
        return [Event(kind, _point(call, bound, frame, repairs), button=_button(call, bound))]

    return read


def _scroll(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    bound = call.bind("clicks", "x", "y", "logScreenshot", "_pause")
    notches = _number(call, "clicks", bound.get("clicks"))
    across = call.name.lower().endswith("hscroll")
    point = _point(call, bound, frame, repairs)
    direction = ("right" if notches > 0 else "left") if across else ("up" if notches > 0 else "down")
    if not notches:
        raise call.error("scrolls by nothing", "a number of notches other than 0")
    distance = max(1, round(min(abs(notches), 1e6) * NOTCH))
    if distance > 65535:
        repairs.append("scroll distance cut to 65535 pixels")
    return [
        Event(
            "scroll",
            point,
            data={"action": "scroll", "direction": direction, "scroll_distance": min(distance, 65535)},
        )
    ]


def _write(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    text = call.bind("message", "interval", "logScreenshot", "_pause").get("message")
    if isinstance(text, list):
        return [Event("press", keys=(_key(call, key),)) for key in text]
    return [Event("write", text=_text(call, text))]


def _copy(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    return [Event("copy", text=_text(call, call.bind("text").get("text")))]


def _press(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    bound = call.bind("keys", "presses", "interval", "logScreenshot", "_pause")
    said, presses = bound.get("keys"), bound.get("presses", 1)
    names = said if isinstance(said, list) else [said]
    if type(presses) is not int or not 1 <= presses <= 1000:
        raise call.error(f"presses={schema.shorten(presses)}", "1 to 1000")
    return [Event("press", keys=(_key(call, name),), number=presses) for name in names]


def _hotkey(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    names = [name for arg in call.args for name in (arg if isinstance(arg, list) else [arg])]
    if not names or set(call.kwargs) - {"interval", "logScreenshot", "_pause"}:
        raise call.error("is no chord", "names of keys")
    return [Event("press", keys=key_names.chord([_key(call, name) for name in names]))]


def _key_event(kind: Any) -> Callable[[Call, Frame, list[str]], list[Event]]:
    def read(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
        return [Event(kind, keys=(_key(call, call.bind("key", "logScreenshot", "_pause").get("key")),))]

    return read


def _sleep(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    seconds = _number(call, "seconds", call.bind("seconds").get("seconds"))
    if seconds < 0:
        raise call.error(f"{seconds:g} seconds", "0 to 60")
    if seconds > 60:
        repairs.append("pause cut to 60 seconds")
    return [Event("sleep", number=round(min(seconds, 60) * 1000))]


_READERS: dict[str, Callable[[Call, Frame, list[str]], list[Event]]] = {
    "moveto": _move,
    "move": _move_by,
    "moverel": _move_by,
    "dragto": _drag,
    "drag": _drag_by,
    "dragrel": _drag_by,
    "mousedown": _button_event("down"),
    "mouseup": _button_event("up"),
    "scroll": _scroll,
    "vscroll": _scroll,
    "hscroll": _scroll,
    "write": _write,
    "typewrite": _write,
    "copy": _copy,
    "press": _press,
    "hotkey": _hotkey,
    "keydown": _key_event("key_down"),
    "keyup": _key_event("key_up"),
    "sleep": _sleep,
}
_END = {
    "wait": Event("end", data={"action": "wait"}),
    "done": Event("end", data={"action": "finished", "status": "success"}),
    "fail": Event("end", data={"action": "finished", "status": "infeasible"}),
}


def _point_first(call: Call, *names: str) -> dict[str, Any]:
    """The arguments by name; ``click((x, y))`` is taken like ``click(x, y)``."""
    if call.args and isinstance(call.args[0], list):
        call = Call(call.name, (*call.args[0], *call.args[1:]), call.kwargs)
    elif isinstance(call.kwargs.get(names[0]), list):
        rest = {name: value for name, value in call.kwargs.items() if name != names[0]}
        call = Call(call.name, tuple(call.kwargs[names[0]]), rest)
    return call.bind(*names)


def _point(call: Call, bound: dict[str, Any], frame: Frame, repairs: list[str]) -> tuple[int, int] | None:
    if bound.get("x") is None and bound.get("y") is None:
        return None
    return read_point(f"{call.name}.start_point", [bound.get("x"), bound.get("y")], frame, repairs)


def _given(call: Call, bound: dict[str, Any], frame: Frame, repairs: list[str]) -> tuple[int, int]:
    point = _point(call, bound, frame, repairs)
    if point is None:
        raise call.error("no point is given", "x and y")
    return point


def _button(call: Call, bound: dict[str, Any]) -> str:
    button = bound.get("button", "left")
    if str(button).lower() not in _BUTTONS:
        raise call.error(f"button={schema.shorten(button)}", "left, middle, right")
    return _BUTTONS[str(button).lower()]


def _number(call: Call, name: str, value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) < 1e9:
        raise call.error(f"{name}={schema.shorten(value)}", "a number")
    return float(value)


def _text(call: Call, value: Any) -> str:
    if not isinstance(value, str):
        raise call.error(f"{schema.shorten(value)} is no text", "a text")
    return value


def _key(call: Call, value: Any) -> str:
    try:
        return key_names.canonical(_text(call, value))
    except ValueError as error:
        raise FormatError(f"{call.name}: {error}", field="keys", value=schema.shorten(value)) from None


# Writing


def _xy(point: tuple[int, int], frame: Frame) -> str:
    x, y = write_point(point, frame)
    return f"{x}, {y}"


def _write_click(action: Click, frame: Frame) -> list[str]:
    at = _xy(action.start_point, frame)
    if action.button == "left":
        call = {1: "click", 2: "doubleClick", 3: "tripleClick"}[action.clicks] + f"({at})"
    elif action.clicks == 1:
        call = f"{action.button}Click({at})"
    else:
        call = f"click({at}, clicks={action.clicks}, button={action.button!r})"
    held = [key_names.pyautogui(key) for key in action.modifiers]
    down, up = ([f"pyautogui.key{way}({key!r})" for key in held] for way in ("Down", "Up"))
    return [*down, f"pyautogui.{call}", *reversed(up)]


def _write_scroll(action: Scroll, frame: Frame) -> list[str]:
    across = action.direction in ("left", "right")
    distance = action.scroll_distance or 2 / 3 * (frame.view.width if across else frame.view.height)
    notches = max(1, round(distance / NOTCH)) * (1 if action.direction in ("up", "right") else -1)
    at = f", {_xy(action.start_point, frame)}" if action.start_point else ""
    return [f"pyautogui.{'hscroll' if across else 'scroll'}({notches}{at})"]


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


def _write_press(action: Press, frame: Frame) -> list[str]:
    try:
        names = [repr(key_names.pyautogui(key)) for key in action.keys]
    except ValueError as error:
        raise CannotExpress(f"press.keys: {error}") from None
    return [f"pyautogui.{'press' if len(names) == 1 else 'hotkey'}({', '.join(names)})"]


def _write_finished(action: Finished, frame: Frame) -> list[str] | None:
    if action.answer is not None:
        return None
    word = {"success": "DONE", "infeasible": "FAIL"}.get(action.status)
    return [word] if word else None


def _write_drag(action: Drag, frame: Frame) -> list[str]:
    start, end = _xy(action.start_point, frame), _xy(action.end_point, frame)
    return [f"pyautogui.moveTo({start})", f"pyautogui.dragTo({end}, duration=0.5, button='left')"]


def _write_long_press(action: LongPress, frame: Frame) -> list[str]:
    down = f"pyautogui.mouseDown({_xy(action.start_point, frame)})"
    return [down, f"time.sleep({action.duration_ms / 1000:g})", "pyautogui.mouseUp()"]


def _write_hover(action: Hover, frame: Frame) -> list[str]:
    if action.start_point is None:
        return ["pyautogui.moveRel(0, 0)"]
    return [f"pyautogui.moveTo({_xy(action.start_point, frame)})"]


def _write_wait(action: Wait, frame: Frame) -> list[str]:
    return ["WAIT"] if action == Wait() else [f"time.sleep({action.duration_ms / 1000:g})"]


_WRITERS: dict[type[BaseAction], Callable[[Any, Frame], list[str] | None]] = {
    Click: _write_click,
    Scroll: _write_scroll,
    Input: _write_input,
    Press: _write_press,
    Finished: _write_finished,
    Drag: _write_drag,
    LongPress: _write_long_press,
    Hover: _write_hover,
    Wait: _write_wait,
}
