"""OSWorld's computer_13: ``{"action_type": "CLICK", "parameters": {"x": 640, "y": 400}}``, and WAIT, DONE, FAIL.

Its actions are mouse and keyboard events, so one of ours may be a list of several: MOVE_TO and DRAG_TO are a drag.
Points are in the model's space. A scroll is counted in notches of a wheel, `NOTCH` screenshot pixels each, up and
right positive; an absent distance is written out, two thirds of the view.
"""

from __future__ import annotations

import json
import re
from typing import Any

from action_space import keys as key_names
from action_space import schema
from action_space.actions import BaseAction
from action_space.formats.base import CannotExpress, FormatError, Parsed
from action_space.formats.parsing import json_action as wire
from action_space.formats.parsing.chords import struck
from action_space.formats.parsing.event_folding import Event, parsed
from action_space.formats.parsing.extract_json import read_json, split_thought, unfenced
from action_space.formats.parsing.points import read_point, write_point
from action_space.formats.parsing.scalars import Written, number, tame, text_of
from action_space.formats.parsing.statuses import read_status
from action_space.formats.pyautogui import wheel
from action_space.formats.pyautogui_write import NOTCH
from action_space.geometry import Frame

_Json = dict[str, Any]
_SAID = ("press.repeat", "nowhere", "key_down", "key_up", "mouse_down", "mouse_up", "drag.path")
_ENDS: dict[str, _Json] = {
    "WAIT": {"action": "wait"},
    "DONE": {"action": "finished", "status": "success"},
    "FAIL": {"action": "finished", "status": "infeasible"},
    "INFEASIBLE": {"action": "finished", "status": "infeasible"},
}
_KINDS = (
    "MOVE_TO CLICK RIGHT_CLICK DOUBLE_CLICK DRAG_TO MOUSE_DOWN MOUSE_UP SCROLL TYPING PRESS KEY_DOWN KEY_UP HOTKEY"
).split()


class Computer13Format:
    """Expresses what mouse and keyboard can do, and the end of a task."""

    name = "computer_13"

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        items, thought, repairs = _items(text)
        events = [event for item in items[:200] for event in _events(item, frame, repairs)]
        return parsed(events, frame, thought, repairs)

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        wire.plain(self.name, action, *_SAID)
        items = _write(action.to_json(), frame)
        if items is None:
            raise CannotExpress(f"computer_13 has no words for {action.to_json()}"[:200])
        written: list[Any] = [
            kind if kind in _ENDS else {"action_type": kind, "parameters": parameters}
            for kind, parameters in items
        ]
        if written == ["WAIT"] or written == ["DONE"] or written == ["FAIL"]:
            return str(written[0])
        return json.dumps(written[0] if len(written) == 1 else written, ensure_ascii=False)

    def schema(self, frame: Frame) -> None:
        """Not offered: its actions come singly or as a list, and bare words end a task."""
        return


def _items(text: str) -> tuple[list[_Json], str, list[str]]:
    thought, rest, said = split_thought(text)
    bare = unfenced(rest).strip("'\" \n\t.")
    if bare.upper() in _ENDS:
        return [{"action_type": bare.upper()}], thought, [*said]
    try:
        value = tame(json.loads(unfenced(rest), parse_float=Written))
    except (ValueError, RecursionError):
        word = re.search(r"```\s*(WAIT|DONE|FAIL|INFEASIBLE)\s*```", rest, re.IGNORECASE)
        if word is not None and "{" not in rest:
            return [{"action_type": word[1]}], thought or rest[: word.start()].strip(), [*said, "text left out"]
        reading = read_json(text, _is_action)
        if reading.cut:
            raise FormatError(f"the answer breaks off inside {reading.cut!r}", field=reading.cut) from None
        return [reading.value], reading.thought, list(reading.repairs)
    values = value if isinstance(value, list) else [value]
    items = [{"action_type": item} if isinstance(item, str) else item for item in values]
    if not items or not all(isinstance(item, dict) for item in items):
        raise FormatError(
            f"no action in the answer {schema.shorten(text.strip())}; allowed: "
            '{"action_type": …, "parameters": {…}}'
        )
    return items, thought, [*said]


def _is_action(data: _Json) -> bool:
    return isinstance(data.get("action_type"), str)


def _events(item: _Json, frame: Frame, repairs: list[str]) -> list[Event]:
    if str(item.get("action_type")).upper() == "SCROLL":
        return _scroll(_given(item), repairs)
    return [_event(item, frame, repairs)]


def _given(item: _Json) -> _Json:
    """The parameters; models often leave their level out."""
    inner = item.get("parameters")
    if isinstance(inner, dict):
        return inner
    return {key: value for key, value in item.items() if key not in ("action_type", "parameters")}


def _event(item: _Json, frame: Frame, repairs: list[str]) -> Event:
    kind = item.get("action_type")
    given = _given(item)
    if not isinstance(kind, str) or kind.upper() not in (*_KINDS, *_ENDS):
        allowed = ", ".join((*_KINDS, *_ENDS))
        raise FormatError(
            f"action_type: {schema.shorten(kind)} is no action; allowed: {allowed}", field="action_type"
        )
    kind = kind.upper()
    if kind in _ENDS:
        ending = dict(_ENDS[kind])
        if kind == "DONE" and "status" in given:
            ending["status"] = read_status(given["status"], repairs)
        return Event("end", data=ending)
    at = None
    if given.get("x") is not None or given.get("y") is not None:
        at = read_point(f"{kind}.start_point", [given.get("x"), given.get("y")], frame, repairs)
    button = str(given.get("button", "left")).lower()
    if button not in ("left", "right", "middle"):
        raise FormatError(f"{kind}.button: {schema.shorten(button)}; allowed: left, right, middle", field="button")
    match kind:
        case "MOVE_TO" | "DRAG_TO":
            if at is None:
                raise FormatError(f"{kind}: no point is given; allowed: x and y", field="x")
            return Event("move" if kind == "MOVE_TO" else "drag", at)
        case "CLICK":
            clicks = given.get("num_clicks", 1)
            if type(clicks) is not int or not 1 <= clicks <= 3:
                raise FormatError(
                    f"CLICK.num_clicks: {schema.shorten(clicks)}; allowed: 1 to 3", field="num_clicks"
                )
            return Event("click", at, button=button, number=clicks)
        case "RIGHT_CLICK":
            return Event("click", at, button="right")
        case "DOUBLE_CLICK":
            return Event("click", at, number=2)
        case "MOUSE_DOWN" | "MOUSE_UP":
            return Event("down" if kind == "MOUSE_DOWN" else "up", at, button=button)
        case "TYPING":
            if (text := text_of(given.get("text"))) is None:
                raise FormatError(f"TYPING.text: {schema.shorten(given.get('text'))} is not a text", field="text")
            return Event("write", text=text)
        case "HOTKEY":
            names = given.get("keys")
            if not isinstance(names, list) or not names or len(names) > 10:
                raise FormatError(f"HOTKEY.keys: {schema.shorten(names)}; allowed: a list of keys", field="keys")
            chord, often = struck([_key(kind, name) for name in names], "HOTKEY.keys")
            return Event("press", keys=chord, number=often)
    names = {"PRESS": "press", "KEY_DOWN": "key_down", "KEY_UP": "key_up"}
    return Event(names[kind], keys=(_key(kind, given.get("key")),))


def _scroll(given: _Json, repairs: list[str]) -> list[Event]:
    dx, dy = number(given.get("dx", 0)), number(given.get("dy", 0))
    if dx is None or dy is None or max(abs(dx), abs(dy)) > 1e6:
        shown = f"dx={schema.shorten(given.get('dx'))}, dy={schema.shorten(given.get('dy'))}"
        raise FormatError(f"SCROLL: {shown}; allowed: notches")
    if not dx and not dy:
        repairs.append("a scroll by 0 left out")
    return [
        Event("scroll", data=wheel(notches, across, repairs))
        for notches, across in ((dy, False), (dx, True))
        if notches
    ]


def _key(kind: str, name: Any) -> str:
    try:
        return key_names.canonical(text_of(name) or "")
    except ValueError as error:
        raise FormatError(f"{kind}: {error}", field="key", value=schema.shorten(name)) from None


def _write(data: _Json, frame: Frame) -> list[tuple[str, _Json]] | None:
    """(action type, parameters) of each event, or None where there are no words."""
    name = data["action"]
    at = dict(zip("xy", write_point(data["start_point"], frame), strict=True)) if "start_point" in data else {}
    if name == "click":
        held = [_pyautogui(key) for key in data.get("modifiers", ())]
        extra = {k: v for k, v in (("button", data.get("button")), ("num_clicks", data.get("clicks"))) if v}
        down: list[tuple[str, _Json]] = [("KEY_DOWN", {"key": key}) for key in held]
        up: list[tuple[str, _Json]] = [("KEY_UP", {"key": key}) for key in reversed(held)]
        return [*down, ("CLICK", {**at, **extra}), *up]
    if name == "drag":
        stops = [
            dict(zip("xy", write_point(tuple(point), frame), strict=True))
            for point in (*data.get("path", ()), data["end_point"])
        ]
        start: list[tuple[str, _Json]] = [("MOVE_TO", at)] if at else []
        if len(stops) == 1:
            return [*start, ("DRAG_TO", stops[0])]
        return [*start, ("MOUSE_DOWN", {}), *(("MOVE_TO", stop) for stop in stops), ("MOUSE_UP", {})]
    if name in ("mouse_down", "mouse_up"):
        button = {"button": data["button"]} if "button" in data else {}
        return [(name.upper(), {**at, **button})]
    if name in ("key_down", "key_up"):
        return [(name.upper(), {"key": _pyautogui(key)}) for key in data["keys"]]
    if name == "scroll":
        across = data["direction"] in ("left", "right")
        length = data.get("scroll_distance") or 2 / 3 * (frame.view.width if across else frame.view.height)
        notches = (data.get("notches") or max(1, round(length / NOTCH))) * (
            1 if data["direction"] in ("up", "right") else -1
        )
        move: list[tuple[str, _Json]] = [("MOVE_TO", at)] if at else []
        return [*move, ("SCROLL", {"dx": notches, "dy": 0} if across else {"dx": 0, "dy": notches})]
    if name == "input":
        clear: list[tuple[str, _Json]] = (
            [("HOTKEY", {"keys": ["ctrl", "a"]}), ("PRESS", {"key": "delete"})] if data.get("clear") else []
        )
        submit = [("PRESS", {"key": "enter"})] if data.get("submit") else []
        return [*([("CLICK", at)] if at else []), *clear, ("TYPING", {"text": data["text"]}), *submit]
    if name == "press":
        names = [_pyautogui(key) for key in data["keys"]]
        pressed = ("PRESS", {"key": names[0]}) if len(names) == 1 else ("HOTKEY", {"keys": names})
        return [pressed] * data.get("repeat", 1) if data.get("repeat", 1) <= 50 else None
    if name == "hover" and at:
        return [("MOVE_TO", at)]
    if name == "wait" and "duration_ms" not in data:
        return [("WAIT", {})]
    if name == "finished" and "answer" not in data:
        word = {"success": "DONE", "infeasible": "FAIL"}.get(data.get("status", "success"))
        return [(word, {})] if word else None
    return None


def _pyautogui(key: str) -> str:
    try:
        return key_names.pyautogui(key)
    except ValueError as error:
        raise CannotExpress(f"press.keys: {error}") from None
