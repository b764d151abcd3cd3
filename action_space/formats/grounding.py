"""Where is it? The point or box in an answer to a grounding question, in whatever manner a family writes it.

JSON (``{"point_2d": [x, y]}``, ``[{"bbox_2d": [x1, y1, x2, y2], "label": …}]``, ``{"x": …, "y": …}``, a tool
call), tags (``<box>x1 y1 x2 y2</box>``, ``<|box_start|>(x1,y1),(x2,y2)<|box_end|>``, ``<point>x y</point>``),
calls (``Click(x, y)``, ``pyautogui.click(x=…, y=…)``) and bare ``(x, y)`` or ``[x1, y1, x2, y2]``. Numbers that
were cut off are never completed.
"""

from __future__ import annotations

import json
import re
from typing import Any

from action_space import schema
from action_space.formats.base import FormatError
from action_space.formats.points import numbers_in, read_point
from action_space.formats.reading import read_json, split_thought, unfenced
from action_space.geometry import Box, Frame

MAX_CHARACTERS = 20_000


class NoSuchElement(FormatError):
    """The answer is valid and says that what was asked for is not on the screen."""


_POINT_FIELDS = ("point_2d", "point", "coordinate", "coordinates", "start_point", "POINT", "position", "location")
_BOX_FIELDS = ("bbox_2d", "bbox", "box", "bounding_box")
_NESTED = ("arguments", "action", "click", "answer")

_N = r"(-?\d{1,6}(?:\.\d{1,9})?)"
_SEP = r"\s*[,，、;\s]\s*"
_TAGGED = re.compile(rf"<(box|bbox|point)>\W{{0,4}}?{_N}{_SEP}{_N}(?:{_SEP}{_N}{_SEP}{_N})?\W{{0,4}}?</\1>")
_CORNERS = re.compile(rf"[(\[（]\s*{_N}{_SEP}{_N}\s*[)\]）]\s*[,，]?\s*[(\[（]\s*{_N}{_SEP}{_N}\s*[)\]）]")
_GROUP = re.compile(rf"[(\[（【]\s*{_N}{_SEP}{_N}(?:{_SEP}{_N}{_SEP}{_N})?\s*[)\]）】]")
_NAMED = re.compile(rf"\bx\s*[=:]\s*{_N}\s*[,，;\s]\s*y\s*[=:]\s*{_N}\s*(?:[)\]）,，.;]|\s|$)")
_NAMES = re.compile(r"<\|object_ref_start\|>.{0,500}?<\|object_ref_end\|>|<ref>.{0,500}?</ref>", re.DOTALL)
_TAGS = re.compile(r"<\|?/?\w{1,20}\|?>")
_CALLS = re.compile(r"(?:\bAction:\s*)?\b[\w.]{1,40}\s*(?=[(\[（【<\d])|\b\w{1,20}\s*=")
_BARE = re.compile(rf"\s*{_N}{_SEP}{_N}(?:{_SEP}{_N}{_SEP}{_N})?\s*")


def parse_point(text: str, frame: Frame) -> tuple[tuple[int, int], Box | None]:
    """The screenshot pixel that an answer points at, and the box around the element where the answer has one.

    The point is the middle of the box unless the answer has both. Text in think tags is not looked at. Of several
    places in prose the last counts, of several in JSON or in tags the first.

    Args:
        frame: says in which space the model answers.

    Raises:
        NoSuchElement: it says so, by negative numbers.
        FormatError: there is no point in it, it was cut off, or it lies outside the picture.
    """
    found = read_numbers(text)
    if all(number < 0 for number in found[0]):
        raise NoSuchElement(f"the model says that there is no such element: {schema.shorten(text.strip())}")
    point = read_point("point", list(found[0]), frame, [])
    corners = found[1] or (found[0] if len(found[0]) == 4 else None)
    if corners is None:
        return point, None
    left, top = frame.model_to_screen(min(corners[0], corners[2]), min(corners[1], corners[3]))
    right, bottom = frame.model_to_screen(max(corners[0], corners[2]), max(corners[1], corners[3]))
    return point, Box(left, top, max(right, left + 1), max(bottom, top + 1))


def is_plain(text: str) -> bool:
    """Whether an answer, its thinking apart, is nothing but a place: data, tags, a call, numbers. No prose."""
    rest = _NAMES.sub(" ", unfenced(split_thought(text[:MAX_CHARACTERS])[1]))
    bare = _TAGS.sub(" ", rest).strip()
    for whole in (rest, bare):
        try:
            json.loads(whole)
        except ValueError:
            continue
        return True
    return not re.search(r"[^\W\d_]", _CALLS.sub(" ", bare))


Found = tuple[list[float], list[float] | None]
"""Two or four numbers of the place, and the four of the box where it is given apart; in the model's space."""


def read_numbers(text: str) -> Found:
    """The numbers of the place in an answer, as they stand there.

    Raises:
        FormatError: there are none, or they were cut off.
    """
    _, rest, _ = split_thought(text[: MAX_CHARACTERS + 1])
    if len(text) > MAX_CHARACTERS:
        raise FormatError(f"the answer has {len(text)} characters; allowed: at most {MAX_CHARACTERS}")
    rest = unfenced(rest)
    found = _from_json(rest) or _from_text(rest)
    if found is None:
        raise FormatError(
            f"no point in the answer {schema.shorten(rest.strip())}; allowed: [x, y] or [x1, y1, x2, y2]",
            value=schema.shorten(text),
            allowed="[x, y] or [x1, y1, x2, y2]",
        )
    return found


def _from_json(text: str) -> Found | None:
    """Point (or box) and box of the first JSON object that holds one.

    Raises:
        FormatError: the JSON breaks off inside the point.
    """
    if "{" not in text:
        return None
    try:
        reading = read_json(text, lambda data: _in_object(data) is not None)
    except FormatError as error:
        if "breaks off" in str(error):
            raise
        return None
    if reading.cut in (*_POINT_FIELDS, *_BOX_FIELDS, *_NESTED, "x", "y"):
        raise FormatError(f"the answer breaks off inside {reading.cut!r}; allowed: a whole point")
    return _in_object(reading.value)


def _in_object(data: dict[str, Any]) -> Found | None:
    box = next((n for field in _BOX_FIELDS if (n := _numbers(data.get(field), 4))), None)
    point = next((n for field in _POINT_FIELDS if (n := _numbers(data.get(field), 2, 4))), None)
    point = point or _numbers([data.get("x"), data.get("y")], 2)
    if point or box:
        return point or box or [], box
    inner = next((data[field] for field in _NESTED if isinstance(data.get(field), dict)), None)
    return _in_object(inner) if inner else None


def _numbers(value: Any, *counts: int) -> list[float] | None:
    found = None if value is None else numbers_in(value, [])
    return found if found is not None and len(found) in counts else None


def _from_text(text: str) -> Found | None:
    # Quotes and box tokens around a point say nothing.
    plain = re.sub(r"<\|\w{1,20}\|>|['\"]", " ", text)
    if tagged := _TAGGED.search(plain):
        return [float(n) for n in tagged.groups()[1:] if n is not None], None
    places = [*_CORNERS.finditer(plain)] or [*_GROUP.finditer(plain)] or [*_NAMED.finditer(plain)]
    found = places[-1] if places else _BARE.fullmatch(plain)
    return ([float(n) for n in found.groups() if n is not None], None) if found else None
