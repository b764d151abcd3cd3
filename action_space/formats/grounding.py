"""Where is it? The point or box in an answer to a grounding question, in whatever manner a family writes it.

JSON (``{"point_2d": [x, y]}``, ``[{"bbox_2d": [x1, y1, x2, y2], "label": …}]``, ``{"x": …, "y": …}``, a tool
call), tags (``<box>x1 y1 x2 y2</box>``, ``<|box_start|>(x1,y1),(x2,y2)<|box_end|>``, ``<point>x y</point>``),
calls (``Click(x, y)``, ``pyautogui.click(x=…, y=…)``) and bare ``(x, y)`` or ``[x1, y1, x2, y2]``. Numbers that
were cut off are never completed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

from action_space import schema
from action_space.formats.base import FormatError
from action_space.formats.parsing.extract_json import read_json, split_thought, unfenced
from action_space.formats.parsing.points import BOXES, SIZE, numbers_in, read_point
from action_space.geometry import Box, Frame

MAX_CHARACTERS = 20_000

# Form → how a place is written in it, as the families of `model.families` were trained to; the sources are those
# of their prompts. x, y is the middle of the box; label is what was asked for as JSON text, words as it stands.
PLACES = {
    "boxes": '[{"bbox_2d": [<left>, <top>, <right>, <bottom>], "label": <label>}]',
    "named_box": "<|object_ref_start|><words><|object_ref_end|>"
    "<|box_start|>(<left>,<top>),(<right>,<bottom>)<|box_end|>",
    "tagged_box": "<box><left> <top> <right> <bottom></box>",
    "point": "(<x>,<y>)",
    "xy": '{"x": <x>, "y": <y>}',
    "click_absolute": '{"action": "click_absolute", "x": <x>, "y": <y>}',
    "tool_call": '<tool_call>\n{"name": "computer_use", "arguments": '
    '{"action": "left_click", "coordinate": [<x>, <y>]}}\n</tool_call>',
    "code": "pyautogui.click(x=<x>, y=<y>)",
    "point_call": "Action: click(point='<point><x> <y></point>')",
}
# What may not stand in words beside a place: the model's own tokens, and brackets that would be read as a place.
_SPECIAL = re.compile(r"<\|\w*\|>|[()\[\]（）【】]")
_SLOT = re.compile(r"<(left|top|right|bottom|x|y|label|words)>")


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
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
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
    found = read_numbers(text, {(float(w), float(h)) for w, h in (frame.model_size, frame.screen)})
    if all(number < 0 for number in found[0]):
        raise NoSuchElement(f"the model says that there is no such element: {schema.shorten(text.strip())}")
    point = read_point("point", list(found[0]), frame, [])
    corners = found[1] or (found[0] if len(found[0]) == 4 else None)
    if corners is None:
        return point, None
    left, top = frame.model_to_screen(min(corners[0], corners[2]), min(corners[1], corners[3]))
    right, bottom = frame.model_to_screen(max(corners[0], corners[2]), max(corners[1], corners[3]))
    return point, Box(left, top, max(right, left + 1), max(bottom, top + 1))


def render_place(form: str, target: str, box: Box | None, frame: Frame) -> str:
    """A place as the models of a family say it; `parse_point` reads it back.

    Args:
        form: key of `PLACES`.
        target: what was asked for.
        box: where it is, in pixels of the screenshot; None: it is not there, told by numbers below zero (as
            OSWorld-G's refusals are).
        frame: says in which space the model answers.
    """
    words = _SPECIAL.sub(" ", target)
    slots = {"label": json.dumps(target, ensure_ascii=False), "words": words}
    if box is None:
        slots |= dict.fromkeys(("left", "top", "right", "bottom", "x", "y"), "-1")
    else:
        left, top = frame.screen_to_model(box.left, box.top)
        right, bottom = frame.screen_to_model(box.right, box.bottom)
        x, y = frame.screen_to_model(*box.center)
        numbers = {"left": left, "top": top, "right": right, "bottom": bottom, "x": x, "y": y}
        slots |= {name: str(round(number)) for name, number in numbers.items()}
    return _SLOT.sub(lambda slot: slots[slot[1]], PLACES[form])


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


def count_places(text: str, sizes: Collection[tuple[float, float]] = ()) -> int:
    """How many different places an answer names, its thinking apart: one that names several has not decided.

    Args:
        sizes: of the picture; numbers that name one of them are no place.
    """
    rest = unfenced(split_thought(text[:MAX_CHARACTERS])[1])
    try:
        found = _in_data(json.loads(rest))
    except (ValueError, RecursionError):
        plain = SIZE.sub(" ", re.sub(r"<\|\w{1,20}\|>|['\"]", " ", _NAMES.sub(" ", rest)))
        found = []
        for form in (_CORNERS, _TAGGED, _GROUP, _NAMED):  # what one has read, the next does not see
            found += [
                tuple(float(n) for n in place.groups() if n and _NUMBER.fullmatch(n))
                for place in form.finditer(plain)
            ]
            plain = form.sub(" ", plain)
    return len(set(found) - set(sizes))


def _in_data(data: Any) -> list[tuple[float, ...]]:
    """Every place in JSON; the numbers of an object that has point and box are one."""
    if isinstance(data, dict):
        own = _in_object(data)
        return [tuple(own[0])] if own else [place for value in data.values() for place in _in_data(value)]
    if isinstance(data, list):
        if len(data) in (2, 4) and all(isinstance(n, int | float) and not isinstance(n, bool) for n in data):
            return [tuple(float(n) for n in data)]
        return [place for value in data for place in _in_data(value)]
    return []


Found = tuple[list[float], list[float] | None]
"""Two or four numbers of the place, and the four of the box where it is given apart; in the model's space."""


def read_numbers(text: str, sizes: Collection[tuple[float, float]] = ()) -> Found:
    """The numbers of the place in an answer, as they stand there.

    Args:
        sizes: of the picture; prose that names one of them does not point there.

    Raises:
        FormatError: there are none, or they were cut off.
    """
    _, rest, _ = split_thought(text[: MAX_CHARACTERS + 1])
    if len(text) > MAX_CHARACTERS:
        raise FormatError(f"the answer has {len(text)} characters; allowed: at most {MAX_CHARACTERS}")
    rest = unfenced(rest)
    found = _from_json(rest) or _from_text(rest, sizes)
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
    box = box or next((n for sides in BOXES if (n := _numbers({s: data.get(s) for s in sides}, 4))), None)
    point = point or (None if box else _numbers([data.get("x"), data.get("y")], 2))
    if point or box:
        return point or box or [], box
    inner = next((data[field] for field in _NESTED if isinstance(data.get(field), dict)), None)
    return _in_object(inner) if inner else None


def _numbers(value: Any, *counts: int) -> list[float] | None:
    found = None if value is None else numbers_in(value, [])
    return found if found is not None and len(found) in counts else None


def _from_text(text: str, sizes: Collection[tuple[float, float]]) -> Found | None:
    # Quotes and box tokens around a point say nothing.
    plain = re.sub(r"<\|\w{1,20}\|>|['\"]", " ", _NAMES.sub(" ", text))
    if tagged := _TAGGED.search(plain):
        return [float(n) for n in tagged.groups()[1:] if n is not None], None
    plain = SIZE.sub(" ", plain)
    for form in (_CORNERS, _GROUP, _NAMED):
        places = [[float(n) for n in place.groups() if n is not None] for place in form.finditer(plain)]
        if places := [place for place in places if tuple(place) not in sizes]:
            return places[-1], None
    bare = _BARE.fullmatch(plain)
    return ([float(n) for n in bare.groups() if n is not None], None) if bare else None
