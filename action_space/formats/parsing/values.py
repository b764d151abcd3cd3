"""Values as other tools write them: directions, status words, chords, units of time."""

from __future__ import annotations

import re
from typing import Any, get_args

from action_space import keys
from action_space.actions import ACTIONS
from action_space.formats.base import FormatError
from action_space.formats.parsing.chords import press, split_chord, strokes
from action_space.formats.parsing.scalars import number, text_of
from action_space.formats.parsing.statuses import read_status, status_of

# Action → its fields that hold a text.
_TEXTS = {
    name: tuple(
        field
        for field, spec in cls.model_fields.items()
        if field != "action" and str in (spec.annotation, *get_args(spec.annotation))
    )
    for name, cls in ACTIONS.items()
}
_VIEW_TO_FINGER = {"up": "down", "down": "up", "left": "right", "right": "left"}


def flip(direction: Any) -> Any:
    """The opposite direction; anything else as it is."""
    return _VIEW_TO_FINGER.get(direction, direction) if isinstance(direction, str) else direction


def turn(direction: Any) -> Any:
    """A direction of MiMo-VL's as one of the view, and back: up and down change places, left and right stay.

    So XiaomiMiMo/lmms-eval reads its answers (`mimo_agent2mimo`); the report's note is about up and down too.
    """
    return flip(direction) if direction in ("up", "down") else direction


def nothing_scrolled() -> FormatError:
    return FormatError(
        "scroll: it scrolls by 0; allowed: a distance other than 0", field="scroll_distance", value=0
    )


def scroll_deltas(data: dict[str, Any], repairs: list[str], finger: bool) -> None:
    """Wheel deltas: positive is down and right, for the view."""
    for fields in (("dx", "dy"), ("delta_x", "delta_y"), ("scroll_x", "scroll_y"), ("deltaX", "deltaY")):
        dx, dy = (number(data.get(field) or 0) for field in fields)
        if not any(field in data for field in fields) or dx is None or dy is None:
            continue
        for field in fields:
            data.pop(field, None)
        if dx and dy:
            repairs.append("the smaller of two scroll distances left out")
        across = abs(dx) > abs(dy)
        distance = dx if across else dy
        if not distance:
            raise nothing_scrolled()
        view = ("right" if distance > 0 else "left") if across else ("down" if distance > 0 else "up")
        data["direction"] = turn(view) if finger else view
        data["scroll_distance"] = abs(distance)
        repairs.append(f"fields '{fields[0]}', '{fields[1]}' read as a direction and a distance")
    for field in ("scroll_amount", "amount", "num_clicks", "clicks"):
        if field in data:
            # Notches of a wheel or pixels: nobody can tell, so the default distance is used.
            del data[field]
            repairs.append(f"field '{field}' left out: its unit is not known")


def rewrite_values(name: str, data: dict[str, Any], repairs: list[str]) -> None:
    """Values in other words, units or types."""
    _texts(name, data, repairs)
    for field in ("direction", "button", "response"):
        value = data.get(field)
        if isinstance(value, str) and value.strip().lower() != value:
            data[field] = value.strip().lower()
            repairs.append(f"'{value[:20]}' read as '{data[field][:20]}'")
    if name == "finished":
        _status(data, repairs)
    if name == "press":
        _keys(data, repairs)
    elif name in ("key_down", "key_up") and isinstance(data.get("keys"), str):
        repairs.append("keys read as a list")
        data["keys"] = split_chord(data["keys"])
    if name in ("click", "drag", "scroll") and data.get("modifiers") is not None:
        _modifiers(name, data, repairs)
    if name == "upload" and isinstance(data.get("paths"), str):
        repairs.append("one path read as a list")
        data["paths"] = [data["paths"]]
    if name in ("wait", "longpress", "press"):
        _duration(name, data, repairs)
    if name in ("click", "scroll", "switch_tab", "close_tab"):
        for field in ("clicks", "scroll_distance", "index"):
            value = data.get(field)
            if isinstance(value, str) and re.fullmatch(r"\s*\d{1,6}\s*(?:px)?\s*", value[:20]):
                data[field] = int(value.strip().removesuffix("px"))
                repairs.append(f"'{field}' read as a number")
    for field in ("clear", "submit"):
        value = data.get(field)
        if name == "input" and value in ("true", "false", "True", "False", 0, 1) and not isinstance(value, bool):
            data[field] = value in ("true", "True", 1)
            repairs.append(f"'{field}' read as true or false")


def _status(data: dict[str, Any], repairs: list[str]) -> None:
    said = data.get("success")
    if "status" not in data and (isinstance(said, bool) or status_of(said)):
        data["status"] = read_status(data.pop("success"), [])
        repairs.append("field 'success' read as 'status'")
    elif isinstance(status := data.get("status"), str | bool):
        data["status"] = read_status(status, repairs)


def _texts(name: str, data: dict[str, Any], repairs: list[str]) -> None:
    """Numbers where a text is meant: ``"text": 42``."""
    for field in _TEXTS.get(name, ()):
        value = data.get(field)
        if value is not None and not isinstance(value, str) and (text := text_of(value)) is not None:
            data[field] = text
            repairs.append(f"'{field}' read as a text")


def _keys(data: dict[str, Any], repairs: list[str]) -> None:
    """A chord as one text, alone or in a list; a key that a list names several times is struck as often."""
    said = data.get("keys")
    if isinstance(said, list) and len(said) == 1:
        alone = said[0]
        said = alone if isinstance(alone, str) and len(split_chord(alone)) > 1 else said
    if isinstance(said, str):
        repairs.append("keys read as a list")
        found = strokes(said, "press.keys")
        repeat = number(data.get("repeat", 1))
        data |= press(found, repairs)
        if "repeat" in data and isinstance(repeat, int):
            data["repeat"] = max(1, found[0][1] * repeat)
    elif isinstance(said, list):
        if any(number(name) is not None for name in said[:10]):
            repairs.append("numbers among the keys read as texts")
            data["keys"] = said = [text_of(name) if number(name) is not None else name for name in said]
        if len(said) > 1 and said[-1] == said[-2]:
            repairs.append("a key that is named several times is struck as often")


def _modifiers(name: str, data: dict[str, Any], repairs: list[str]) -> None:
    said = data["modifiers"]
    names = split_chord(said) if isinstance(said, str) else said
    if not isinstance(names, list) or len(names) > 8 or not all(isinstance(n, str) for n in names):
        return
    try:
        found = list(keys.chord(names))
    except ValueError as error:
        raise FormatError(f"{name}.modifiers: {error}", field="modifiers", value=str(said)[:60]) from None
    data["modifiers"] = found
    # To name one twice is no mistake: the schema allows it, and it means the same.
    if isinstance(said, str) or found != list(dict.fromkeys(names)):
        repairs.append("modifiers renamed")


def _duration(name: str, data: dict[str, Any], repairs: list[str]) -> None:
    """Other names of a duration carry their unit; `duration` alone is seconds if small, else milliseconds."""
    limit = 60_000
    for field in ("seconds", "time", "duration", "duration_s", "ms", "milliseconds", "timeout"):
        value = data.get(field)
        value = number(value)
        if value is None or "duration_ms" in data:
            continue
        seconds = field in ("seconds", "time", "duration_s") or (field == "duration" and value <= limit / 1000)
        del data[field]
        data["duration_ms"] = round(min(value * 1000 if seconds else value, 1e9))
        repairs.append(f"field '{field}' read as {'seconds' if seconds else 'milliseconds'}")
    value = number(data.get("duration_ms"))
    if value is not None and value > limit:
        data["duration_ms"] = limit
        repairs.append(f"duration cut to {limit} milliseconds")
