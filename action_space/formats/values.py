"""Values as other tools write them: directions, status words, chords, units of time."""

from __future__ import annotations

import re
from typing import Any

from action_space import keys
from action_space.formats.base import FormatError

_STATUS = {
    "success": "succeeded successful complete completed done finished finish true ok yes pass",
    "failed": "failure fail false error no incomplete",
    "infeasible": "impossible unachievable",
    "unsure": "unknown uncertain",
}
_STATUSES = {word: status for status, words in _STATUS.items() for word in words.split()}
_VIEW_TO_FINGER = {"up": "down", "down": "up", "left": "right", "right": "left"}


def flip(direction: Any) -> Any:
    """The opposite direction; anything else as it is."""
    return _VIEW_TO_FINGER.get(direction, direction) if isinstance(direction, str) else direction


def scroll_deltas(data: dict[str, Any], repairs: list[str], finger: bool) -> None:
    """Wheel deltas: positive is down and right, for the view."""
    for fields in (("dx", "dy"), ("delta_x", "delta_y"), ("scroll_x", "scroll_y"), ("deltaX", "deltaY")):
        dx, dy = (data.get(field, 0) for field in fields)
        if not any(field in data for field in fields) or not all(type(d) in (int, float) for d in (dx, dy)):
            continue
        for field in fields:
            data.pop(field, None)
        if dx and dy:
            repairs.append("the smaller of two scroll distances left out")
        across = abs(dx) > abs(dy)
        distance = dx if across else dy
        view = ("right" if distance > 0 else "left") if across else ("down" if distance > 0 else "up")
        data["direction"] = flip(view) if finger else view
        if distance:
            data["scroll_distance"] = abs(distance)
        repairs.append(f"fields '{fields[0]}', '{fields[1]}' read as a direction and a distance")
    for field in ("scroll_amount", "amount", "num_clicks", "clicks"):
        if field in data:
            # Notches of a wheel or pixels: nobody can tell, so the default distance is used.
            del data[field]
            repairs.append(f"field '{field}' left out: its unit is not known")


def rewrite_values(name: str, data: dict[str, Any], repairs: list[str]) -> None:
    """Values in other words, units or types."""
    for field in ("direction", "button", "status", "response"):
        value = data.get(field)
        if isinstance(value, str) and value.strip().lower() != value:
            data[field] = value.strip().lower()
            repairs.append(f"'{value[:20]}' read as '{data[field][:20]}'")
    if name == "finished":
        _status(data, repairs)
    if name == "press" and isinstance(data.get("keys"), str):
        repairs.append("keys read as a list")
        data["keys"] = split_chord(data["keys"])
    elif name == "press" and isinstance(data.get("keys"), list):
        said = data["keys"]
        if len(said) == 1 and isinstance(said[0], str) and len(split_chord(said[0])) > 1:
            repairs.append("keys read as a list")
            data["keys"] = split_chord(said[0])
    if name == "click" and data.get("modifiers") is not None:
        _modifiers(data, repairs)
    if name == "upload" and isinstance(data.get("paths"), str):
        repairs.append("one path read as a list")
        data["paths"] = [data["paths"]]
    if name in ("wait", "longpress"):
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
    if isinstance(data.get("success"), bool) and "status" not in data:
        data["status"] = "success" if data.pop("success") else "failed"
        repairs.append("field 'success' read as 'status'")
    status = data.get("status")
    word = str(status).lower() if isinstance(status, str | bool) else ""
    if word in _STATUSES:
        data["status"] = _STATUSES[word]
        repairs.append(f"status '{word}' read as '{data['status']}'")


def _modifiers(data: dict[str, Any], repairs: list[str]) -> None:
    said = data["modifiers"]
    names = split_chord(said) if isinstance(said, str) else said
    if not isinstance(names, list) or len(names) > 8 or not all(isinstance(n, str) for n in names):
        return
    try:
        found = list(keys.chord(names))
    except ValueError as error:
        raise FormatError(f"click.modifiers: {error}", field="modifiers", value=str(said)[:60]) from None
    data["modifiers"] = found
    # To name one twice is no mistake: the schema allows it, and it means the same.
    if isinstance(said, str) or found != list(dict.fromkeys(names)):
        repairs.append("modifiers renamed")


def _duration(name: str, data: dict[str, Any], repairs: list[str]) -> None:
    """Other names of a duration carry their unit; `duration` alone is seconds if small, else milliseconds."""
    limit = 60_000 if name == "wait" else 10_000
    for field in ("seconds", "time", "duration", "duration_s", "ms", "milliseconds", "timeout"):
        value = data.get(field)
        if field not in data or type(value) not in (int, float) or "duration_ms" in data:
            continue
        assert isinstance(value, int | float)
        seconds = field in ("seconds", "time", "duration_s") or (field == "duration" and value <= limit / 1000)
        del data[field]
        data["duration_ms"] = round(min(value * 1000 if seconds else value, 1e9))
        repairs.append(f"field '{field}' read as {'seconds' if seconds else 'milliseconds'}")
    value = data.get("duration_ms")
    if isinstance(value, int) and value > limit:
        data["duration_ms"] = limit
        repairs.append(f"duration cut to {limit} milliseconds")


def split_chord(text: str) -> list[str]:
    """The keys in ``ctrl+c``, ``Ctrl-Shift-T``, ``ctrl c``; ``+``, ``-`` and ``page down`` are keys themselves."""
    text = text[:200]
    try:
        return [keys.canonical(text)]
    except ValueError:
        pass
    if text.endswith("++"):  # ctrl++
        return [*split_chord(text[:-2]), "+"]
    parts = [part for part in re.split(r"\s*\+\s*|\s*-\s*(?=\S)|\s+", text.strip()) if part]
    return parts or [text]
