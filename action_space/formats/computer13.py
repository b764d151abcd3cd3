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
from action_space.formats.gestures import Event, parsed
from action_space.formats.points import read_point, write_point
from action_space.formats.reading import read_json, split_thought, unfenced
from action_space.geometry import Frame

NOTCH = 100

_Json = dict[str, Any]
_ENDS: dict[str, _Json] = {
    "WAIT": {"action": "wait"},
    "DONE": {"action": "finished", "status": "success"},
    "FAIL": {"action": "finished", "status": "infeasible"},
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
        events = [_event(item, frame, repairs) for item in items[:200]]
        return parsed(events, frame, thought, repairs)

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
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
        value = json.loads(unfenced(rest))
    except (ValueError, RecursionError):
        if re.search(r"```\s*(?:WAIT|DONE|FAIL)\s*```", rest) and "{" not in rest:
            word = re.search(r"```\s*(WAIT|DONE|FAIL)\s*```", rest)
            assert word is not None
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


def _event(item: _Json, frame: Frame, repairs: list[str]) -> Event:
    kind = item.get("action_type")
    inner = item.get("parameters")
    # Models often leave the level of "parameters" out.
    given = (
        inner
        if isinstance(inner, dict)
        else {k: v for k, v in item.items() if k not in ("action_type", "parameters")}
    )
    if not isinstance(kind, str) or kind.upper() not in (*_KINDS, *_ENDS):
        allowed = ", ".join((*_KINDS, *_ENDS))
        raise FormatError(
            f"action_type: {schema.shorten(kind)} is no action; allowed: {allowed}", field="action_type"
        )
    kind = kind.upper()
    if kind in _ENDS:
        return Event("end", data=dict(_ENDS[kind]))
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
        case "SCROLL":
            return _scroll(given, repairs)
        case "TYPING":
            if not isinstance(text := given.get("text"), str):
                raise FormatError(f"TYPING.text: {schema.shorten(text)} is no text", field="text")
            return Event("write", text=text)
        case "HOTKEY":
            names = given.get("keys")
            if not isinstance(names, list) or not names or len(names) > 10:
                raise FormatError(f"HOTKEY.keys: {schema.shorten(names)}; allowed: a list of keys", field="keys")
            return Event("press", keys=key_names.chord([_key(kind, name) for name in names]))
    names = {"PRESS": "press", "KEY_DOWN": "key_down", "KEY_UP": "key_up"}
    return Event(names[kind], keys=(_key(kind, given.get("key")),))


def _scroll(given: _Json, repairs: list[str]) -> Event:
    dx, dy = given.get("dx", 0), given.get("dy", 0)
    if (
        type(dx) not in (int, float)
        or type(dy) not in (int, float)
        or not (dx or dy)
        or max(abs(dx), abs(dy)) > 1e6
    ):
        raise FormatError(
            f"SCROLL: dx={schema.shorten(dx)}, dy={schema.shorten(dy)}; allowed: notches, not both 0"
        )
    if dx and dy:
        repairs.append("the smaller of two scroll distances left out")
    across = abs(dx) > abs(dy)
    way = ("right" if dx > 0 else "left") if across else ("up" if dy > 0 else "down")
    distance = max(1, round(abs(dx if across else dy) * NOTCH))
    if distance > 65535:
        repairs.append("scroll distance cut to 65535 pixels")
    return Event("scroll", data={"action": "scroll", "direction": way, "scroll_distance": min(distance, 65535)})


def _key(kind: str, name: Any) -> str:
    try:
        return key_names.canonical(name if isinstance(name, str) else "")
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
        return [("MOVE_TO", at), ("DRAG_TO", dict(zip("xy", write_point(data["end_point"], frame), strict=True)))]
    if name == "scroll":
        across = data["direction"] in ("left", "right")
        length = data.get("scroll_distance") or 2 / 3 * (frame.view.width if across else frame.view.height)
        notches = max(1, round(length / NOTCH)) * (1 if data["direction"] in ("up", "right") else -1)
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
        return [("PRESS", {"key": names[0]}) if len(names) == 1 else ("HOTKEY", {"keys": names})]
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
