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
from action_space.actions import BaseAction
from action_space.formats.base import CannotExpress, FormatError, Parsed
from action_space.formats.parsing import json_action as wire
from action_space.formats.parsing.chords import struck
from action_space.formats.parsing.event_folding import Event, parsed
from action_space.formats.parsing.points import read_point
from action_space.formats.parsing.python_calls import Call, read_calls
from action_space.formats.parsing.scalars import number, text_of
from action_space.formats.parsing.statuses import read_status
from action_space.formats.pyautogui_write import NOTCH, SAID, WRITERS
from action_space.geometry import Frame

MOST_NOTCHES = 1000

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
        wire.plain(self.name, action, *SAID)
        try:
            lines = WRITERS[type(action)](action, frame) if type(action) in WRITERS else None
        except ValueError as error:
            raise CannotExpress(f"{action.action}.keys: {error}") from None
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
    if not module and name in _END and not call.args and not call.kwargs:
        if function != function.upper():
            repairs.append(f"'{function}' read as '{function.upper()}'")
        return [_END[name]]
    if name == "terminate":
        bound = call.bind("status", "answer", "data")
        status = read_status(bound.get("status", "success"), repairs)
        said = text_of(bound.get("answer", bound.get("data")))
        return [Event("end", data={"action": "finished", "status": status, **({"answer": said} if said else {})})]
    if name == "wait" and module == "computer":
        seconds = _number(call, "seconds", next(iter(call.bind("seconds", "time").values()), 1.0))
        return [Event("sleep", number=_milliseconds(call, seconds, repairs))]
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


def wheel(notches: float, across: bool, repairs: list[str]) -> dict[str, Any]:
    """A scroll by notches of the wheel; positive: up, and right where it goes across."""
    direction = ("right" if notches > 0 else "left") if across else ("up" if notches > 0 else "down")
    count = max(1, round(min(abs(notches), 1e6)))
    if count > MOST_NOTCHES:
        repairs.append(f"scroll cut to {MOST_NOTCHES} notches")
        count = MOST_NOTCHES
    distance = min(count * NOTCH, 65535)
    return {"action": "scroll", "direction": direction, "scroll_distance": distance, "notches": count}


def _scroll(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    bound = call.bind("clicks", "x", "y", "logScreenshot", "_pause")
    notches = _number(call, "clicks", bound.get("clicks"))
    across = call.name.lower().endswith("hscroll")
    point = _point(call, bound, frame, repairs)
    if not notches:
        repairs.append("a scroll by 0 left out")
        return []
    return [Event("scroll", point, data=wheel(notches, across, repairs))]


def _write(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    text = call.bind("message", "interval", "logScreenshot", "_pause").get("message")
    if isinstance(text, list):
        # A list holds names of keys; one that is no key is typed.
        return [_pressed_or_typed(_text(call, key)) for key in text]
    return [Event("write", text=_text(call, text))]


def _pressed_or_typed(name: str) -> Event:
    try:
        return Event("press", keys=(key_names.canonical(name),))
    except ValueError:
        return Event("write", text=name)


def _copy(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    return [Event("copy", text=_text(call, call.bind("text").get("text")))]


def _press(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    bound = call.bind("keys", "presses", "interval", "logScreenshot", "_pause")
    said, presses = bound.get("keys"), bound.get("presses", 1)
    names = said if isinstance(said, list) else [said]
    if type(presses) is not int or not 1 <= presses <= 1000:
        raise call.error(f"presses={schema.shorten(presses)}", "1 to 1000")
    return [Event("press", keys=(_key(call, name),)) for name in names] * presses


def _hotkey(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    names = [name for arg in call.args for name in (arg if isinstance(arg, list) else [arg])]
    if not names or set(call.kwargs) - {"interval", "logScreenshot", "_pause"}:
        raise call.error("is no chord", "names of keys")
    chord, often = struck([_text(call, name) for name in names], f"{call.name}.keys")
    return [Event("press", keys=chord, number=often)]


def _key_event(kind: Any) -> Callable[[Call, Frame, list[str]], list[Event]]:
    def read(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
        return [Event(kind, keys=(_key(call, call.bind("key", "logScreenshot", "_pause").get("key")),))]

    return read


def _sleep(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    seconds = _number(call, "seconds", call.bind("seconds", "secs").get("seconds"))
    return [Event("sleep", number=_milliseconds(call, seconds, repairs))]


def _milliseconds(call: Call, seconds: float, repairs: list[str]) -> int:
    if seconds < 0:
        raise call.error(f"{seconds:g} seconds", "0 to 60")
    if seconds > 60:
        repairs.append("pause cut to 60 seconds")
    return round(min(seconds, 60) * 1000)


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
    "infeasible": Event("end", data={"action": "finished", "status": "infeasible"}),
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
    found = number(value)
    if found is None or not abs(found) < 1e9:
        raise call.error(f"{name}={schema.shorten(value)}", "a number")
    return float(found)


def _text(call: Call, value: Any) -> str:
    text = text_of(value)
    if text is None:
        raise call.error(f"{schema.shorten(value)} is not a text", "a text")
    return text


def _key(call: Call, value: Any) -> str:
    try:
        return key_names.canonical(_text(call, value))
    except ValueError as error:
        raise FormatError(f"{call.name}: {error}", field="keys", value=schema.shorten(value)) from None
