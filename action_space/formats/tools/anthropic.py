"""Anthropic's computer tool, computer_20250124 and computer_20251124: the input of one call."""

from __future__ import annotations

from action_space import keys
from action_space.formats.parsing.chords import press, split_chord, strokes
from action_space.formats.parsing.scalars import number, text_of
from action_space.formats.parsing.values import nothing_scrolled
from action_space.formats.tools import schemas as tool_schemas
from action_space.formats.tools.common import (
    CLICKS,
    NOT_ACTIONS,
    NOTCH,
    Json,
    ToolFormat,
    click_name,
    modifiers,
    only,
    refuse,
)


def _from_anthropic(data: Json, repairs: list[str]) -> Json:
    name, rest = data.get("action"), {key: value for key, value in data.items() if key != "action"}
    if not isinstance(name, str):
        return data
    if name in NOT_ACTIONS:
        raise refuse(name)
    if name == "left_click_drag" and "coordinate" in rest:
        start = {"start_point": rest.pop("start_coordinate")} if "start_coordinate" in rest else {}
        return {"action": "drag", **start, "end_point": rest.pop("coordinate"), **_held(rest), **rest}
    if "coordinate" in rest:
        rest["start_point"] = rest.pop("coordinate")
    if name in CLICKS:
        return {"action": "click", **CLICKS[name], **_held(rest), **rest}
    if name == "scroll" and "scroll_direction" in rest:
        amount = number(rest.pop("scroll_amount", None))
        if amount == 0:
            raise nothing_scrolled()
        if amount is not None and amount > 0:
            rest["scroll_distance"] = amount * NOTCH
            rest |= {"notches": int(amount)} if float(amount).is_integer() and amount <= 1000 else {}
        return {"action": "scroll", "direction": rest.pop("scroll_direction"), **_held(rest), **rest}
    if name in ("key", "hold_key") and (said := text_of(rest.get("text"))) is not None:
        del rest["text"]
        seconds = number(rest.pop("duration", None)) if name == "hold_key" else None
        held = {} if seconds is None else {"duration_ms": round(min(seconds, 60) * 1000)}
        found = strokes(said, "press.keys")
        if len(found) == 1:
            return {**press(found, []), **held, **rest}
        return {"action": "press", "keys": said, **held, **rest}
    if name == "wait" and (seconds := number(rest.get("duration"))) is not None:
        del rest["duration"]
        return {"action": "wait", "duration_ms": round(min(seconds, 60) * 1000), **rest}
    names = {
        "type": "input", "mouse_move": "hover", "left_mouse_down": "mouse_down", "left_mouse_up": "mouse_up",
    }  # fmt: skip
    return {"action": names.get(name, name), **rest}


def _held(rest: Json) -> Json:
    """The keys held down meanwhile, which the tool has as `text`; it is taken out of `rest`."""
    held = rest.pop("text", None)
    return {"modifiers": modifiers(split_chord(held))} if isinstance(held, str) and held else {}


def _to_anthropic(data: Json) -> Json | None:
    name, point = data["action"], data.get("start_point")
    at = {"coordinate": point} if point is not None else {}
    if name == "click" and (click := click_name(data)):
        held = {"text": "+".join(data["modifiers"])} if "modifiers" in data else {}
        return {"action": click, **at, **held}
    if name == "drag":
        start = {} if point is None else {"start_coordinate": point}
        return {"action": "left_click_drag", **start, "coordinate": data["end_point"]}
    if name == "scroll" and at:
        notches = data.get("notches") or max(1, round(data["scroll_distance"] / NOTCH))
        held = {"text": "+".join(data["modifiers"])} if data.get("modifiers") else {}
        return {
            "action": "scroll", **at, "scroll_direction": data["direction"], "scroll_amount": notches, **held,
        }  # fmt: skip
    if name in ("mouse_down", "mouse_up") and data.get("button", "left") == "left":
        return {"action": f"left_{name}", **at}
    if name == "input" and only(data, "text"):
        return {"action": "type", "text": data["text"]}
    if name == "press":
        try:
            chord = "+".join(_xdotool(key) for key in data["keys"])
        except ValueError:
            return None
        if "duration_ms" in data:
            held = {"action": "hold_key", "text": chord, "duration": data["duration_ms"] / 1000}
            return held if "repeat" not in data else None
        return {"action": "key", "text": " ".join([chord] * data.get("repeat", 1))}
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


ANTHROPIC = ToolFormat(
    "anthropic",
    _from_anthropic,
    _to_anthropic,
    tool_schemas.anthropic,
    anywhere=True,
    said=("nowhere", "press.repeat", "press.duration_ms", "scroll.modifiers", "mouse_down", "mouse_up"),
)
