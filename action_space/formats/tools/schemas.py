"""JSON Schemas of the tools in `tools`: what they themselves write, bounded by the model's space.

They are for constrained decoding, so they allow one spelling of each action, with the fields in the order in which
the tool writes them, and no more than the format reads.
"""

from __future__ import annotations

from typing import Any

from action_space import keys
from action_space.geometry import Frame

_Json = dict[str, Any]
_TEXT: _Json = {"type": "string"}
_CHARACTERS = tuple(map(chr, range(33, 127)))
_PIXELS: _Json = {"type": "integer", "minimum": -65535, "maximum": 65535}
_SECONDS: _Json = {"type": "number", "minimum": 0, "maximum": 60}
_CLICKS = ("left_click", "right_click", "middle_click", "double_click", "triple_click")


def qwen(frame: Frame, *more: _Json) -> _Json:
    """The `computer_use` tool call."""
    point = _point(frame)
    alternatives = [
        *(_tagged("action", name, {"coordinate": point}) for name in (*_CLICKS, "mouse_move")),
        _tagged("action", "type", {"text": _TEXT}),
        _tagged("action", "key", {"keys": _keys(*keys.KEYS)}),
        *(
            _tagged("action", name, {"pixels": _PIXELS, "coordinate": point}, ("coordinate",))
            for name in ("scroll", "hscroll")
        ),
        _tagged("action", "wait", {"time": _SECONDS}),
        _tagged("action", "answer", {"text": _TEXT}),
        _tagged("action", "terminate", {"status": {"enum": ["success", "failure"]}}),
        *more,
    ]
    call = _object({"name": {"const": "computer_use"}, "arguments": {"anyOf": alternatives}})
    return _schema([call])


def qwen_held(frame: Frame) -> _Json:
    """The same with keys that stay held."""
    return qwen(frame, *(_tagged("action", name, {"keys": _keys(*keys.KEYS)}) for name in ("key_down", "key_up")))


def anthropic(frame: Frame) -> _Json:
    """The input of Anthropic's computer tool."""
    point = _point(frame)
    scroll = {
        "coordinate": point,
        "scroll_direction": {"enum": ["up", "down", "left", "right"]},
        "scroll_amount": {"type": "integer", "minimum": 1, "maximum": 655},
    }
    return _schema(
        [
            *(_tagged("action", name, {"coordinate": point, "text": _TEXT}, ("text",)) for name in _CLICKS),
            _tagged("action", "left_click_drag", {"start_coordinate": point, "coordinate": point}),
            _tagged("action", "scroll", scroll),
            _tagged("action", "type", {"text": _TEXT}),
            _tagged("action", "key", {"text": {"type": "string", "minLength": 1}}),
            _tagged("action", "mouse_move", {"coordinate": point}),
            _tagged("action", "wait", {"duration": _SECONDS}),
        ]
    )


def openai(frame: Frame) -> _Json:
    """The action of OpenAI's computer call."""
    x, y = _axes(frame)
    at = {"x": x, "y": y}
    modifiers = {"type": "array", "items": {"enum": ["CTRL", "SHIFT", "ALT", "META"]}, "maxItems": 4}
    path = {"type": "array", "items": _object(at), "minItems": 2, "maxItems": 2}
    buttons = {"enum": ["left", "right", "wheel"]}
    return _schema(
        [
            _tagged("type", "click", {"button": buttons, **at, "keys": modifiers}, ("keys",)),
            _tagged("type", "double_click", {**at, "keys": modifiers}, ("keys",)),
            _tagged("type", "drag", {"path": path}),
            _tagged("type", "scroll", {**at, "scroll_x": _PIXELS, "scroll_y": _PIXELS}),
            _tagged("type", "type", {"text": _TEXT}),
            _tagged("type", "keypress", {"keys": _keys(*map(str.upper, keys.KEYS))}),
            _tagged("type", "move", at),
            _tagged("type", "wait", {}),
        ]
    )


def agentcpm(frame: Frame) -> _Json:
    """AgentCPM-GUI's compact object, without its thought."""
    point = _point(frame)
    milliseconds = {"type": "integer", "minimum": 0, "maximum": 60_000}
    press = {"type": "integer", "minimum": 100, "maximum": 60_000}
    ends = ["finish", "satisfied", "impossible", "interrupt"]
    to = {"anyOf": [{"enum": ["up", "down", "left", "right"]}, point]}
    return _schema(
        [
            _object({"POINT": point}),
            _object({"POINT": point, "duration": press}),
            _object({"POINT": point, "to": to}),
            _object({"PRESS": {"enum": ["HOME", "BACK", "ENTER"]}}),
            _object({"TYPE": _TEXT}),
            _object({"duration": milliseconds}),
            _object({"STATUS": {"enum": ends}}),
        ]
    )


def _schema(alternatives: list[_Json]) -> _Json:
    only = alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **only}


def _tagged(tag: str, name: str, fields: _Json, optional: tuple[str, ...] = ()) -> _Json:
    return _object({tag: {"const": name}, **fields}, optional)


def _object(fields: _Json, optional: tuple[str, ...] = ()) -> _Json:
    needed = [field for field in fields if field not in optional]
    return {"type": "object", "properties": fields, "required": needed, "additionalProperties": False}


def _keys(*names: str) -> _Json:
    return {"type": "array", "items": {"enum": [*names, *_CHARACTERS]}, "minItems": 1, "maxItems": 6}


def _axes(frame: Frame) -> tuple[_Json, _Json]:
    fraction = max(frame.model_size) <= 1
    kind = "number" if fraction else "integer"
    ends = [size if fraction else int(size) - 1 for size in frame.model_size]
    x, y = ({"type": kind, "minimum": 0, "maximum": end} for end in ends)
    return x, y


def _point(frame: Frame) -> _Json:
    # `items` is closed, so that a third number is refused.
    return {"type": "array", "prefixItems": list(_axes(frame)), "items": False, "minItems": 2, "maxItems": 2}
