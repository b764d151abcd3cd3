"""What JSON formats share: from the text of an answer to a validated action, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from action_space import schema
from action_space.actions import HALVES, BaseAction
from action_space.formats.base import CannotExpress, FormatError, Parsed
from action_space.formats.parsing import aliases
from action_space.formats.parsing.extract_json import read_json
from action_space.formats.parsing.points import read_point, write_point
from action_space.formats.parsing.scalars import number
from action_space.formats.parsing.values import turn
from action_space.geometry import Frame

_AXIS = {"left": 0, "right": 0, "up": 1, "down": 1}
_NOTES = {("click", "text"), ("finished", "reason")}


def parse(
    text: str,
    frame: Frame,
    *,
    finger: bool = False,
    accepted: Callable[[dict[str, Any], list[str]], dict[str, Any]] = lambda data, repairs: data,
    is_action: Callable[[dict[str, Any]], bool] = aliases.is_action,
    anywhere: bool = False,
) -> Parsed:
    """The action in `text`.

    Args:
        finger: scroll directions on the wire are MiMo-VL's, see `values.turn`.
        accepted: turns what is documented for this family, but not canonical, into canonical fields beforehand;
            a liberty that it takes goes into the list.
        is_action: tells the action from other JSON in the text.
        anywhere: a click, drag or long press may leave out where: it is done where the pointer is.

    Raises:
        FormatError: there is none, or it is not valid.
    """
    reading = read_json(text, is_action)
    repairs = list(reading.repairs)
    data, thought = aliases.to_canonical(accepted(reading.value, repairs), repairs, finger=finger)
    name = data.get("action")
    if not isinstance(name, str):
        name = ""  # what stands there, or that nothing does, `validate` says below
    if reading.cut and (name, reading.cut) not in _NOTES:
        raise FormatError(
            f"the answer breaks off inside {reading.cut!r}; allowed: one complete JSON object", field=reading.cut
        )
    if name == "scroll":
        if finger:
            data["direction"] = turn(data.get("direction"))
        _read_distance(data, frame)
    for field in ("start_point", "end_point"):
        if data.get(field) is not None:
            data[field] = read_point(f"{name}.{field}", data[field], frame, repairs)
            data[field] = list(data[field])
    if isinstance(path := data.get("path"), list) and len(path) <= 200:
        data["path"] = [list(read_point(f"{name}.path.{n}", at, frame, repairs)) for n, at in enumerate(path)]
    if name in schema.POINTED and "start_point" not in data and frame.pointer is not None and anywhere:
        data["start_point"] = list(frame.pointer)
    if name in schema.POINTED and data.get("start_point") is None and not anywhere:
        raise FormatError(
            f"{name}: the field 'start_point' is missing; allowed: [x, y]", field="start_point", allowed="[x, y]"
        )
    action = schema.validate(data, frame.screen)
    return Parsed(action, reading.thought or thought, tuple(dict.fromkeys(repairs)))


# Fields that few tools have words for; their defaults go without saying.
RARE = ("repeat", "path", "duration_ms", "modifiers", "button", "notches")

WHOLE = (
    *HALVES, "press.repeat", "press.duration_ms", "drag.path", "drag.button", "drag.modifiers",
    "scroll.modifiers", "scroll.notches",
)  # fmt: skip


def plain(name: str, action: BaseAction, *said: str) -> None:
    """Check that `action` says nothing that the format called `name` has no words for.

    Args:
        said: what it has words for: fields of `RARE` as ``press.repeat``, halves of an action by name, and
            ``nowhere`` for a click, drag or long press where the pointer is.

    Raises:
        CannotExpress: it has none.
    """
    data = action.to_json()
    rare = [f"{action.action}.{field}" for field in RARE if field in data]
    kept = (
        "scroll.notches",
        "click.modifiers",
        "click.button",
        "wait.duration_ms",
        "longpress.duration_ms",
        *said,
    )
    lost = [field for field in rare if field not in kept and action.action not in HALVES]
    if action.action in HALVES and action.action not in said:
        lost.append(action.action)
    if action.action in schema.POINTED and "start_point" not in data and "nowhere" not in said:
        lost.append(f"{action.action} without a point")
    if lost:
        raise CannotExpress(f"{name} has no words for {', '.join(lost)}")


def to_model(action: BaseAction, frame: Frame) -> dict[str, Any]:
    """The shortest canonical JSON of `action`, with points and distances in the model's space."""
    data = action.to_json()
    for field in ("start_point", "end_point"):
        if field in data:
            data[field] = write_point(data[field], frame)
    if "path" in data:
        data["path"] = [write_point(point, frame) for point in data["path"]]
    if "scroll_distance" in data:
        length = frame.distance_to_model(data["scroll_distance"], _AXIS[data["direction"]])
        data["scroll_distance"] = max(1, round(length)) if max(frame.model_size) > 1 else round(length, 5)
    return data


def _read_distance(data: dict[str, Any], frame: Frame) -> None:
    distance, axis = number(data.get("scroll_distance")), _AXIS.get(str(data.get("direction")))
    if distance is not None and axis is not None and 0 < abs(distance) < 1e9:
        length = round(frame.distance_to_screen(float(distance), axis))
        data["scroll_distance"] = min(max(1, length), 65535) if distance > 0 else length
