"""What JSON formats share: from the text of an answer to a validated action, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from action_space import schema
from action_space.actions import BaseAction
from action_space.formats import aliases
from action_space.formats.base import FormatError, Parsed
from action_space.formats.points import read_point, write_point
from action_space.formats.reading import read_json
from action_space.formats.values import flip
from action_space.geometry import Frame

_AXIS = {"left": 0, "right": 0, "up": 1, "down": 1}
_NOTES = {("click", "text"), ("finished", "reason")}


def parse(
    text: str,
    frame: Frame,
    *,
    finger: bool = False,
    accepted: Callable[[dict[str, Any]], dict[str, Any]] = lambda data: data,
    is_action: Callable[[dict[str, Any]], bool] = aliases.is_action,
) -> Parsed:
    """The action in `text`.

    Args:
        finger: scroll directions on the wire say where the content moves, not the view.
        accepted: turns what is documented for this family, but not canonical, into canonical fields beforehand.
        is_action: tells the action from other JSON in the text.

    Raises:
        FormatError: there is none, or it is not valid.
    """
    reading = read_json(text, is_action)
    repairs = list(reading.repairs)
    data, thought = aliases.to_canonical(accepted(reading.value), repairs, finger=finger)
    name = data.get("action")
    if reading.cut and (name, reading.cut) not in _NOTES:
        raise FormatError(
            f"the answer breaks off inside {reading.cut!r}; allowed: one complete JSON object", field=reading.cut
        )
    if name == "scroll":
        if finger:
            data["direction"] = flip(data.get("direction"))
        _read_distance(data, frame)
    for field in ("start_point", "end_point"):
        if data.get(field) is not None and isinstance(name, str):
            data[field] = read_point(f"{name}.{field}", data[field], frame, repairs)
            data[field] = list(data[field])
    action = schema.validate(data, frame.screen)
    return Parsed(action, reading.thought or thought, tuple(dict.fromkeys(repairs)))


def to_model(action: BaseAction, frame: Frame) -> dict[str, Any]:
    """The shortest canonical JSON of `action`, with points and distances in the model's space."""
    data = action.to_json()
    for field, point in action.points().items():
        data[field] = write_point(point, frame)
    if "scroll_distance" in data:
        length = frame.distance_to_model(data["scroll_distance"], _AXIS[data["direction"]])
        data["scroll_distance"] = max(1, round(length)) if max(frame.model_size) > 1 else round(length, 5)
    return data


def _read_distance(data: dict[str, Any], frame: Frame) -> None:
    distance, axis = data.get("scroll_distance"), _AXIS.get(str(data.get("direction")))
    if type(distance) in (int, float) and axis is not None and 0 < abs(distance) < 1e9:  # type: ignore[arg-type]
        length = round(frame.distance_to_screen(float(distance), axis))  # type: ignore[arg-type]
        data["scroll_distance"] = min(max(1, length), 65535) if distance > 0 else length  # type: ignore[operator]
