"""Points and distances as models write them, to and from screenshot pixels."""

from __future__ import annotations

import math
import re
from typing import Any

from action_space import schema
from action_space.formats.base import FormatError
from action_space.geometry import Frame

_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,12})?")
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
        bare = _MARKS.sub(" ", value)
        if re.fullmatch(r"[\s\d.,，、()（）\[\]xy=:-]*", bare):
            repaired = [float(n) for n in _NUMBER.findall(bare)]
    elif isinstance(value, dict) and set(value) == {"x", "y"}:
        repaired = numbers_in([value["x"], value["y"]], repairs)
    elif isinstance(value, list) and len(value) == 1:
        repaired = numbers_in(value[0], repairs)
    elif isinstance(value, list) and len(value) == 2 and all(isinstance(v, list) and len(v) == 2 for v in value):
        repaired = numbers_in([*value[0], *value[1]], repairs)
    elif isinstance(value, list) and len(value) in (2, 4) and all(isinstance(v, str | int | float) for v in value):
        texts = [v if isinstance(v, str) else str(v) for v in value]
        if all(_NUMBER.fullmatch(t.strip()[:30]) for t in texts):
            repaired = [float(t) for t in texts]
    if repaired is not None:
        repairs.append("point rewritten as [x, y]")
    return repaired


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
