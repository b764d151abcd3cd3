"""Computer-use tools that take one JSON object: Qwen's `computer_use`, Anthropic's and OpenAI's computer tools.

Each is a pair of translations between the tool's fields and the canonical ones; reading, points and validation are
shared (`wire`). Points are in the model's space, so one format serves absolute pixels and 0–1000 alike. Wheel
notches are `NOTCH` units of that space. An absent scroll distance is written out, two thirds of the view.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from action_space import keys, schema
from action_space.actions import BaseAction
from action_space.formats import aliases, tool_schemas, wire
from action_space.formats.base import CannotExpress, FormatError, Parsed
from action_space.formats.values import flip, split_chord
from action_space.geometry import Frame

NOTCH = 100

_Json = dict[str, Any]
_TOOL_CALL = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_SIGNS = {"down": 1, "right": 1, "up": -1, "left": -1}
_CLICKS: dict[str, _Json] = {
    "left_click": {},
    "right_click": {"button": "right"},
    "middle_click": {"button": "middle"},
    "double_click": {"clicks": 2},
    "triple_click": {"clicks": 3},
}
_NOT_ACTIONS = ("screenshot", "zoom", "cursor_position", "hold_key", "left_mouse_down", "left_mouse_up")


@dataclass(eq=False)
class ToolFormat:
    """One tool: `read` and `write` translate fields, `shape` is what `write` may write; `wrapped`: in tags."""

    name: str
    read: Callable[[_Json], _Json]
    write: Callable[[_Json], _Json | None]
    shape: Callable[[Frame], _Json]
    wrapped: bool = False
    is_action: Callable[[_Json], bool] = aliases.is_action

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        call = _TOOL_CALL.search(text) if self.wrapped else None
        if call is None:
            return wire.parse(text, frame, accepted=self.read, is_action=self.is_action)
        parsed = wire.parse(call[1], frame, accepted=self.read, is_action=self.is_action)
        before = re.sub(r"</?think>", "", text[: call.start()]).strip()
        return replace(parsed, thought=parsed.thought or before)

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        data = wire.to_model(action, frame)
        if data["action"] == "scroll" and "scroll_distance" not in data:
            side = frame.model_size.width if data["direction"] in ("left", "right") else frame.model_size.height
            data["scroll_distance"] = max(1, round(2 / 3 * side))
        # What is only for the record has no field.
        data.pop("reason", None)
        if data["action"] == "click":
            data.pop("text", None)
        written = self.write(data)
        if written is None:
            raise CannotExpress(f"{self.name} has no words for {action.to_json()}"[:200])
        body = json.dumps(written, ensure_ascii=False)
        return f"<tool_call>\n{body}\n</tool_call>" if self.wrapped else body

    def schema(self, frame: Frame) -> _Json:
        """See `Format.schema`. It is the JSON inside the tags, where the tool has tags."""
        return self.shape(frame)


def _only(data: _Json, *fields: str) -> bool:
    """No field besides these."""
    return not set(data) - {"action", *fields}


def _click_name(data: _Json) -> str | None:
    shape = {field: data[field] for field in ("button", "clicks") if field in data}
    return next((name for name, implied in _CLICKS.items() if implied == shape), None)


def _refuse(name: object) -> FormatError:
    return FormatError(f"'{name}' asks for no action on the screen; allowed: clicks, keys, scroll, type, wait …")


# Qwen2.5-VL, Qwen3-VL, Jedi: computer_use


def _from_qwen(data: _Json) -> _Json:
    inner = data.get("arguments", data)
    name = inner.get("action") if isinstance(inner, dict) else None
    rest = {key: value for key, value in inner.items() if key != "action"} if isinstance(inner, dict) else {}
    if not isinstance(name, str):
        return data
    if "coordinate" in rest and name not in ("left_click_drag", "swipe"):
        rest["start_point"] = rest.pop("coordinate")
    if name in _CLICKS:
        return {"action": "click", **_CLICKS[name], **rest}
    if name in ("scroll", "hscroll") and type(rest.get("pixels")) in (int, float) and rest["pixels"]:
        pixels = rest.pop("pixels")
        # Positive is up; hscroll is Qwen3-VL's, positive right.
        way = ("right" if pixels > 0 else "left") if name == "hscroll" else ("up" if pixels > 0 else "down")
        return {"action": "scroll", "direction": way, "scroll_distance": abs(pixels), **rest}
    if name == "wait" and type(rest.get("time")) in (int, float):
        return {"action": "wait", "duration_ms": round(min(rest.pop("time"), 60) * 1000), **rest}
    if name == "terminate":
        return {
            "action": "finished",
            **rest,
            "status": {"failure": "failed"}.get(rest.get("status", "success"), "success"),
        }
    if name == "answer" and "text" in rest:
        return {"action": "finished", "answer": rest.pop("text"), **rest}
    names = {"key": "press", "type": "input", "mouse_move": "hover"}
    return {"action": names.get(name, name), **rest}


def _to_qwen(data: _Json) -> _Json | None:
    inner = _qwen_arguments(dict(data))
    return None if inner is None else {"name": "computer_use", "arguments": inner}


def _qwen_arguments(data: _Json) -> _Json | None:
    name, point = data["action"], data.get("start_point")
    at = {"coordinate": point} if point is not None else {}
    if name == "click" and "modifiers" not in data and (click := _click_name(data)):
        return {"action": click, **at}
    if name == "scroll":
        across, pixels = (
            data["direction"] in ("left", "right"),
            data["scroll_distance"] * _SIGNS[data["direction"]],
        )
        return {"action": "hscroll" if across else "scroll", "pixels": pixels if across else -pixels, **at}
    if name == "input" and _only(data, "text"):
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


# Anthropic: computer_20250124 and computer_20251124


def _from_anthropic(data: _Json) -> _Json:
    name, rest = data.get("action"), {key: value for key, value in data.items() if key != "action"}
    if name in _NOT_ACTIONS:
        raise _refuse(name)
    if name == "left_click_drag" and "coordinate" in rest and "start_coordinate" in rest:
        return {
            "action": "drag",
            "start_point": rest.pop("start_coordinate"),
            "end_point": rest.pop("coordinate"),
            **rest,
        }
    if "coordinate" in rest:
        rest["start_point"] = rest.pop("coordinate")
    if name in _CLICKS:
        if isinstance(held := rest.pop("text", None), str):
            rest["modifiers"] = _modifiers(split_chord(held))
        return {"action": "click", **_CLICKS[name], **rest}
    if name == "scroll" and "scroll_direction" in rest:
        amount = rest.pop("scroll_amount", None)
        distance = {"scroll_distance": amount * NOTCH} if type(amount) in (int, float) else {}
        if isinstance(held := rest.pop("text", None), str) and held:
            raise FormatError(f"a scroll with '{held[:20]}' held down; allowed: no key held")
        return {"action": "scroll", "direction": rest.pop("scroll_direction"), **distance, **rest}
    if name == "key" and isinstance(rest.get("text"), str):
        return {"action": "press", "keys": split_chord(rest.pop("text")), **rest}
    if name == "wait" and type(rest.get("duration")) in (int, float):
        return {"action": "wait", "duration_ms": round(min(rest.pop("duration"), 60) * 1000), **rest}
    names = {"type": "input", "mouse_move": "hover"}
    return {"action": names.get(name, name) if isinstance(name, str) else name, **rest}


def _modifiers(names: list[Any]) -> list[str]:
    """Canonical modifiers.

    Raises:
        FormatError: one of them is none.
    """
    try:
        found = [keys.canonical(str(name)) for name in names]
    except ValueError:
        found = [""]
    if not set(found) <= set(keys.MODIFIERS):
        raise FormatError(
            f"{schema.shorten(names)} held during a click; allowed: {', '.join(keys.MODIFIERS)}", field="modifiers"
        )
    return found


def _to_anthropic(data: _Json) -> _Json | None:
    name, point = data["action"], data.get("start_point")
    at = {"coordinate": point} if point is not None else {}
    if name == "click" and (click := _click_name(data)):
        held = {"text": "+".join(data["modifiers"])} if "modifiers" in data else {}
        return {"action": click, **at, **held}
    if name == "drag":
        return {"action": "left_click_drag", "start_coordinate": point, "coordinate": data["end_point"]}
    if name == "scroll" and at:
        notches = max(1, round(data["scroll_distance"] / NOTCH))
        return {"action": "scroll", **at, "scroll_direction": data["direction"], "scroll_amount": notches}
    if name == "input" and _only(data, "text"):
        return {"action": "type", "text": data["text"]}
    if name == "press":
        try:
            return {"action": "key", "text": "+".join(_xdotool(key) for key in data["keys"])}
        except ValueError:
            return None
    if name == "hover" and at:
        return {"action": "mouse_move", **at}
    if name == "wait":
        return {"action": "wait", "duration": data.get("duration_ms", 1000) / 1000}
    return None


def _xdotool(key: str) -> str:
    if key in keys.MODIFIERS:
        return {"meta": "super"}.get(key, key)
    name = keys.x11(key)
    if keys.canonical(name) != key:
        raise ValueError(f"{name} does not read back as {key}")
    return name


# OpenAI: the action of a computer_call


def _from_openai(data: _Json) -> _Json:
    inner = data.get("action") if isinstance(data.get("action"), dict) else data
    if not isinstance(inner, dict) or not isinstance(inner.get("type"), str):
        return data
    name, rest = inner["type"], {key: value for key, value in inner.items() if key != "type"}
    if name in _NOT_ACTIONS:
        raise _refuse(name)
    if "x" in rest and "y" in rest:
        rest["start_point"] = [rest.pop("x"), rest.pop("y")]
    if isinstance(held := rest.get("keys"), list) and name in ("click", "double_click"):
        del rest["keys"]
        rest |= {"modifiers": _modifiers(held)} if held else {}
    if name == "click":
        button = rest.pop("button", "left")
        if button in ("back", "forward"):
            return {"action": "back"} if button == "back" else {"action": "press", "keys": ["forward"]}
        return {
            "action": "click",
            **({} if button == "left" else {"button": {"wheel": "middle"}.get(button, button)}),
            **rest,
        }
    if name == "double_click":
        return {"action": "click", "clicks": 2, **rest}
    if name == "drag" and isinstance(path := rest.get("path"), list) and len(path) >= 2:
        points = [
            [p["x"], p["y"]] if isinstance(p, dict) and {"x", "y"} <= set(p) else p for p in (path[0], path[-1])
        ]
        return {"action": "drag", "start_point": points[0], "end_point": points[1]}
    if name == "scroll":
        dx, dy = rest.pop("scroll_x", 0), rest.pop("scroll_y", 0)
        if type(dx) in (int, float) and type(dy) in (int, float) and bool(dx) != bool(dy):
            way = ("right" if dx > 0 else "left") if dx else ("down" if dy > 0 else "up")
            return {"action": "scroll", "direction": way, "scroll_distance": abs(dx or dy), **rest}
        rest |= {"scroll_x": dx, "scroll_y": dy}
    names = {"type": "input", "keypress": "press", "move": "hover"}
    return {"action": names.get(name, name), **rest}


def _to_openai(data: _Json) -> _Json | None:
    name = data["action"]
    at = dict(zip("xy", data["start_point"], strict=True)) if "start_point" in data else {}
    if name == "click":
        held = {"keys": [key.upper() for key in data["modifiers"]]} if "modifiers" in data else {}
        clicks, button = data.get("clicks", 1), data.get("button", "left")
        if clicks == 2 and button == "left":
            return {"type": "double_click", **at, **held}
        return (
            {"type": "click", "button": {"middle": "wheel"}.get(button, button), **at, **held}
            if clicks == 1
            else None
        )
    if name == "drag":
        path = [dict(zip("xy", point, strict=True)) for point in (data["start_point"], data["end_point"])]
        return {"type": "drag", "path": path}
    if name == "scroll" and at:
        delta = data["scroll_distance"] * _SIGNS[data["direction"]]
        across = data["direction"] in ("left", "right")
        return {"type": "scroll", **at, "scroll_x": delta if across else 0, "scroll_y": 0 if across else delta}
    if name == "input" and _only(data, "text"):
        return {"type": "type", "text": data["text"]}
    if name == "press":
        return {"type": "keypress", "keys": [key.upper() if len(key) > 1 else key for key in data["keys"]]}
    if name == "hover" and at:
        return {"type": "move", **at}
    return {"type": "wait"} if name == "wait" and _only(data) else None


# AgentCPM-GUI: compact JSON, 0–1000


def _from_agentcpm(data: _Json) -> _Json:
    rest = {key: value for key, value in data.items() if key not in ("STATUS", "thought")}
    keep = {"thought": data["thought"]} if "thought" in data else {}
    status = data.get("STATUS", "continue")
    if status in ("finish", "satisfied", "impossible", "interrupt", "need_feedback"):
        if status == "need_feedback":
            return {"action": "ask_user", "question": str(data.get("thought") or "What shall I do?")}
        ends = {"impossible": "infeasible", "interrupt": "failed"}
        return {"action": "finished", "status": ends.get(status, "success"), **keep}
    if "POINT" in rest:
        point, to, duration = rest.pop("POINT"), rest.pop("to", None), rest.pop("duration", None)
        if isinstance(to, str):
            return {"action": "scroll", "direction": flip(to), "start_point": point, **keep, **rest}
        if to is not None:
            return {"action": "drag", "start_point": point, "end_point": to, **keep, **rest}
        if duration is not None:
            return {"action": "longpress", "start_point": point, "duration_ms": duration, **keep, **rest}
        return {"action": "click", "start_point": point, **keep, **rest}
    if "PRESS" in rest:
        return {"action": "press", "keys": [str(rest.pop("PRESS"))], **keep, **rest}
    if "TYPE" in rest:
        return {"action": "input", "text": rest.pop("TYPE"), **keep, **rest}
    if "duration" in rest:
        return {"action": "wait", "duration_ms": rest.pop("duration"), **keep, **rest}
    return data


def _to_agentcpm(data: _Json) -> _Json | None:
    name, point = data["action"], data.get("start_point")
    if name == "click" and _only(data, "start_point"):
        return {"POINT": point}
    if name == "longpress":
        return {"POINT": point, "duration": data.get("duration_ms", 800)}
    if name == "drag":
        return {"POINT": point, "to": data["end_point"]}
    if name == "scroll" and point is not None:
        return {"POINT": point, "to": flip(data["direction"])}
    if name == "press" and data["keys"] in (["home"], ["back"], ["enter"]):
        return {"PRESS": data["keys"][0].upper()}
    if name == "input" and _only(data, "text"):
        return {"TYPE": data["text"]}
    if name == "wait":
        return {"duration": data.get("duration_ms", 1000)}
    if name == "finished" and "answer" not in data:
        words = {"success": "finish", "infeasible": "impossible", "failed": "interrupt"}
        status = words.get(data.get("status", "success"))
        return {"STATUS": status} if status else None
    return None


QWEN = ToolFormat("qwen", _from_qwen, _to_qwen, tool_schemas.qwen, wrapped=True)
ANTHROPIC = ToolFormat("anthropic", _from_anthropic, _to_anthropic, tool_schemas.anthropic)
OPENAI = ToolFormat("openai", _from_openai, _to_openai, tool_schemas.openai)
AGENTCPM = ToolFormat(
    "agentcpm",
    _from_agentcpm,
    _to_agentcpm,
    tool_schemas.agentcpm,
    is_action=lambda data: bool({"POINT", "PRESS", "TYPE", "STATUS", "duration"} & set(data)),
)
