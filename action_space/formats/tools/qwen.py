"""The `computer_use` tool call of Qwen2.5-VL and later, and of what is built on them; `mobile_use` is read too.

Three ways of writing are read alike, each format writes one: JSON without keys that stay held (`qwen`: Qwen2.5-VL,
Qwen3-VL, Jedi, GUI-Owl), JSON with them (`qwen_held`: EvoCUA), and Qwen3.5's ``<function=…><parameter=…>`` with
everything (`qwen_xml`: Qwen3.5, Qwen-CUA). In the last, `text` beside a click or scroll names keys held meanwhile.
"""

from __future__ import annotations

import json
from typing import Any

from action_space.formats.base import FormatError
from action_space.formats.parsing.chords import split_chord
from action_space.formats.parsing.scalars import Written, number, tame
from action_space.formats.parsing.values import nothing_scrolled
from action_space.formats.tools import schemas as tool_schemas
from action_space.formats.tools.common import (
    CLICKS,
    NOTCH,
    SIGNS,
    Json,
    ToolFormat,
    click_name,
    modifiers,
    only,
)

_BUTTONS = {"back": "back", "home": "home", "menu": "contextmenu", "enter": "enter"}  # of mobile_use


def _from_qwen(data: Json, repairs: list[str]) -> Json:
    inner = _inside(data.get("arguments", data))
    name = inner.get("action")
    rest = {key: value for key, value in inner.items() if key != "action"}
    if not isinstance(name, str):
        return data
    name = name.strip()
    if name in _HOLDING and "text" in rest:
        rest |= _held(rest.pop("text"))
    if name in ("left_click_drag", "mouse_move"):
        rest.pop("duration", None)  # how long the pointer takes
    if name in ("left_click_drag", "swipe"):
        if "coordinate2" in rest:  # of mobile_use
            rest |= {"start_point": rest.pop("coordinate", None), "end_point": rest.pop("coordinate2")}
            return {"action": "drag", **rest}
        if "coordinate" in rest and not {"start_coordinate", "start_point"} & set(rest):
            return {"action": "drag", "end_point": rest.pop("coordinate"), **rest}
    elif "coordinate" in rest:
        rest["start_point"] = rest.pop("coordinate")
    if name in CLICKS:
        return {"action": "click", **CLICKS[name], **rest}
    if name in ("scroll", "hscroll") and (pixels := number(rest.get("pixels"))) is not None:
        del rest["pixels"]
        if not pixels:
            raise nothing_scrolled()
        # Positive is up; hscroll is Qwen3-VL's, positive right.
        way = ("right" if pixels > 0 else "left") if name == "hscroll" else ("up" if pixels > 0 else "down")
        return {"action": "scroll", "direction": way, **_amount(abs(pixels)), **rest}
    if name == "wait" and (seconds := number(rest.get("time"))) is not None:
        del rest["time"]
        return {"action": "wait", "duration_ms": round(min(seconds, 60) * 1000), **rest}
    if name == "long_press" and (seconds := number(rest.get("time"))) is not None:
        del rest["time"]
        return {"action": "longpress", "duration_ms": round(seconds * 1000), **rest}
    if name == "system_button" and isinstance(button := rest.get("button"), str):
        return {"action": "press", "keys": [_BUTTONS.get(button.strip().lower(), button)]}
    if name == "answer" and "text" in rest:
        return {"action": "finished", "answer": rest.pop("text"), **rest}
    if name == "terminate" and rest.get("status") == "failure":
        rest["status"] = "failed"
    if name in ("call_user", "interact") and "text" in rest:
        return {"action": "ask_user", "question": rest.pop("text"), **rest}
    if name == "screenshot":  # the next turn brings one
        return {"action": "wait", **rest}
    names = {"key": "press", "type": "input", "mouse_move": "hover", "terminate": "finished"}
    return {"action": names.get(name, name), **rest}


_HOLDING = (*CLICKS, "scroll", "hscroll")


def _held(said: Any) -> Json:
    """Keys held during a click or scroll; a text that names none is the text on the element, for the record."""
    try:
        names = split_chord(said) if isinstance(said, str) else []
        return {"modifiers": modifiers(names)} if names else {}
    except FormatError:
        return {"text": said}


def _inside(arguments: Any) -> Json:
    """The arguments of a call, which some servers give as a JSON text."""
    if isinstance(arguments, str):
        try:
            arguments = tame(json.loads(arguments, parse_float=Written))
        except (ValueError, RecursionError):
            arguments = None
    return arguments if isinstance(arguments, dict) else {}


def _amount(pixels: float) -> Json:
    """How far Qwen's `pixels` scroll. OSWorld's runner hands the number to `pyautogui.scroll`, which counts
    notches, so models learned to say 5 or 10; a number below half a notch is never meant as pixels."""
    if pixels >= NOTCH / 2 or not float(pixels).is_integer():
        return {"scroll_distance": pixels}
    return {"scroll_distance": pixels * NOTCH, "notches": int(pixels)}


def _to_qwen(data: Json) -> Json | None:
    inner = _qwen_arguments(dict(data))
    return None if inner is None else {"name": "computer_use", "arguments": inner}


def _to_held(data: Json) -> Json | None:
    if data["action"] in ("key_down", "key_up"):
        return {"name": "computer_use", "arguments": {"action": data["action"], "keys": data["keys"]}}
    return _to_qwen(data)


def _to_xml(data: Json) -> Json | None:
    """What `_to_held` writes, keys held during a click or scroll, halves of a click, and questions."""
    name, held = data["action"], data.pop("modifiers", [])
    at = {"coordinate": data["start_point"]} if "start_point" in data else {}
    if name in ("mouse_down", "mouse_up") and data.get("button", "left") == "left":
        written: Json | None = {"action": f"left_{name}", **at}
    elif name == "ask_user":
        written = {"action": "call_user", "text": data["question"]}
    else:
        call = _to_held(data)
        written = call["arguments"] if call else None
    if written is None or (held and name not in ("click", "scroll")):
        return None
    if held:
        written = {**written, "text": "+".join(held)}
    return {"name": "computer_use", "arguments": written}


def _qwen_arguments(data: Json) -> Json | None:
    name, point = data["action"], data.get("start_point")
    at = {"coordinate": point} if point is not None else {}
    if name == "click" and "modifiers" not in data and (click := click_name(data)):
        return {"action": click, **at}
    if name == "drag" and point is None:
        return {"action": "left_click_drag", "coordinate": data["end_point"]}
    if name == "scroll":
        across = data["direction"] in ("left", "right")
        notches = data["notches"] if data.get("notches", NOTCH) < NOTCH / 2 else None
        # A number below half a notch would be read as notches.
        pixels = (notches or max(data["scroll_distance"], NOTCH // 2)) * SIGNS[data["direction"]]
        return {"action": "hscroll" if across else "scroll", "pixels": pixels if across else -pixels, **at}
    if name == "input" and only(data, "text"):
        return {"action": "type", "text": data["text"]}
    if name == "press":
        return {"action": "key", "keys": data["keys"]}
    if name == "hover" and at:
        return {"action": "mouse_move", **at}
    if name == "wait":
        return {"action": "wait", "time": data.get("duration_ms", 1000) / 1000}
    if name == "finished" and data.get("status", "success") == "success" and "answer" in data:
        return {"action": "answer", "text": data["answer"]}
    if name == "finished" and "answer" not in data and data.get("status", "success") in ("success", "failed"):
        return {"action": "terminate", "status": "failure" if "status" in data else "success"}
    return None


QWEN = ToolFormat("qwen", _from_qwen, _to_qwen, tool_schemas.qwen, wrapped=True, anywhere=True, said=("nowhere",))
QWEN_HELD = ToolFormat(
    "qwen_held",
    _from_qwen,
    _to_held,
    tool_schemas.qwen_held,
    wrapped=True,
    anywhere=True,
    said=("nowhere", "key_down", "key_up"),
)
QWEN_XML = ToolFormat(
    "qwen_xml",
    _from_qwen,
    _to_xml,
    tool_schemas.qwen_held,
    wrapped=True,
    xml=True,
    anywhere=True,
    said=("nowhere", "scroll.modifiers", "key_down", "key_up", "mouse_down", "mouse_up"),
)
