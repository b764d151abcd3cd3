"""Points and distances as models write them, to and from screenshot pixels."""

from __future__ import annotations

import math
import re
from typing import Any

from action_space import schema
from action_space.formats.base import FormatError
from action_space.geometry import Frame

_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,12})?")
# "1280x800" is a size of something, never a place.
SIZE = re.compile(r"\(?\b\d{2,5}\s{0,2}(?:[x×*✕]|by)\s{0,2}\d{2,5}\b(?:\s?(?:px|pixels))?\)?")
# The names under which a box of four numbers comes as an object; with width and height, those are lengths.
BOXES = (
    ("x1", "y1", "x2", "y2"), ("left", "top", "right", "bottom"), ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"), ("x0", "y0", "x1", "y1"), ("start_x", "start_y", "end_x", "end_y"),
    ("x", "y", "width", "height"), ("x", "y", "w", "h"), ("left", "top", "width", "height"),
)  # fmt: skip
_CORNERS = (
    ("top_left", "bottom_right"), ("topLeft", "bottomRight"), ("min", "max"), ("start", "end"), ("tl", "br"),
    ("top_left_corner", "bottom_right_corner"), ("upper_left", "lower_right"),
)  # fmt: skip
_POINT_FIELDS = (("x", "y"), ("X", "Y"), ("center_x", "center_y"), ("cx", "cy"), ("x_center", "y_center"))
_WRAPPED = ("center", "centre", "point", "coordinate", "coordinates", "position", "bbox_2d", "bbox", "box")
_MARKS = re.compile(r"<\|?/?\w*\|?>")


def read_point(field: str, value: Any, frame: Frame, repairs: list[str]) -> tuple[int, int]:
    """The screenshot pixel that a model's point means.

    Besides ``[x, y]`` it takes, as repairs, ``{"x": …, "y": …}``, a text with two or four numbers, a nested list,
    and a box of four numbers, of which it takes the middle.

    Args:
        field: dotted name for the error.
        value: in the model's space, `frame.model_size`.
        repairs: gets a phrase for each liberty.

    Raises:
        FormatError: it is no point, or it lies outside the picture by more than one pixel.
    """
    numbers = numbers_in(value, repairs)
    if numbers is not None and len(numbers) == 4:
        repairs.append("the middle of a box taken as the point")
        numbers = [(numbers[0] + numbers[2]) / 2, (numbers[1] + numbers[3]) / 2]
    if numbers is None or len(numbers) != 2 or not all(abs(n) < 1e9 for n in numbers):
        raise FormatError(
            f"{field}: {schema.shorten(value)} is no point; allowed: [x, y]",
            field=field.rpartition(".")[2],
            value=schema.shorten(value),
            allowed="[x, y]",
        )
    x, y = numbers
    size = frame.model_size
    fraction = max(size) <= 1
    if not fraction:
        if 0 <= x <= 1 and 0 <= y <= 1 and not (float(x).is_integer() and float(y).is_integer()):
            raise FormatError(
                f"{field}: [{x:g}, {y:g}] looks like fractions of the picture; allowed: pixels of the "
                f"{size.width:g}×{size.height:g} picture",
                field=field.rpartition(".")[2],
                value=schema.shorten(value),
                allowed=f"x 0–{size.width - 1:g}, y 0–{size.height - 1:g}",
            )
        if not (float(x).is_integer() and float(y).is_integer()):
            repairs.append("point rounded to whole pixels")
    slack = 0 if fraction else 1
    if not (-slack <= x < size.width + slack and -slack <= y < size.height + slack) and not (
        fraction and 0 <= x <= size.width and 0 <= y <= size.height
    ):
        raise schema.outside(field, (x, y), size)
    if not fraction and not (0 <= x < size.width and 0 <= y < size.height):
        repairs.append("point moved to the edge of the picture, one pixel")
    return frame.model_to_screen(x, y)


def write_point(point: tuple[int, int], frame: Frame, digits: int = 5) -> list[int] | list[float]:
    """A screenshot pixel in the model's space: whole numbers inside it, fractions in a space of 1×1."""
    x, y = frame.screen_to_model(*point)
    size = frame.model_size
    if max(size) <= 1:
        return [round(x, digits), round(y, digits)]
    return [min(round(x), math.ceil(size.width) - 1), min(round(y), math.ceil(size.height) - 1)]


def numbers_in(value: Any, repairs: list[str]) -> list[float] | None:
    """The numbers of a point, None if it is none."""
    if isinstance(value, list | tuple) and len(value) in (2, 4) and all(_is_number(v) for v in value):
        return list(value)
    repaired: list[float] | None = None
    if isinstance(value, str) and len(value) <= 200:
        bare = SIZE.sub(" ", _MARKS.sub(" ", value))
        if re.fullmatch(r"[\s\d.,，、()（）\[\]xy=:-]*", bare):
            repaired = [float(n) for n in _NUMBER.findall(bare)]
    elif isinstance(value, dict):
        repaired = _in_object(value)
    elif isinstance(value, list) and len(value) == 1:
        repaired = numbers_in(value[0], repairs)
    elif isinstance(value, list) and len(value) == 2 and all(isinstance(v, list | dict) for v in value):
        corners = [numbers_in(v, []) for v in value]
        repaired = [n for corner in corners for n in corner or ()] if all(_is_corner(c) for c in corners) else None
    elif isinstance(value, list) and len(value) in (2, 4) and all(isinstance(v, str | int | float) for v in value):
        texts = [v if isinstance(v, str) else str(v) for v in value]
        if all(_NUMBER.fullmatch(t.strip()[:30]) for t in texts):
            repaired = [float(t) for t in texts]
    if repaired is not None:
        repairs.append("point rewritten as [x, y]")
    return repaired


def _in_object(value: dict[str, Any]) -> list[float] | None:
    """A point or box that comes as an object: ``{"x": …, "y": …}``, ``{"left": …, "top": …, …}``."""
    for sides in BOXES:
        if set(sides) <= set(value):
            found = numbers_in([value[side] for side in sides], [])
            if found is not None and sides[2] in ("width", "w"):
                left, top, width, height = found
                return [left, top, left + width, top + height]
            return found
    for first, second in _CORNERS:
        if first in value and second in value:
            corners = [numbers_in(value[first], []), numbers_in(value[second], [])]
            return [n for corner in corners for n in corner or ()] if all(map(_is_corner, corners)) else None
    for x, y in _POINT_FIELDS:
        if x in value and y in value:
            return numbers_in([value[x], value[y]], [])
    inner = [value[name] for name in _WRAPPED if name in value]
    return numbers_in(inner[0], []) if inner else None


def _is_corner(numbers: list[float] | None) -> bool:
    return numbers is not None and len(numbers) == 2


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
