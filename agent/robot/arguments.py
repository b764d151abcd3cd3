"""Arguments of keywords, which Robot Framework hands over as texts or as variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from agent.rpa.controller import Region, Where


def region_of(value: Any) -> Region:
    """`0,0,640,400`, or a list of four numbers.

    Raises:
        ValueError: it is neither.
    """
    try:
        left, top, right, bottom = (int(part) for part in (value.split(",") if isinstance(value, str) else value))
    except (TypeError, ValueError):
        raise ValueError(
            f"region: {value!r} is none; write left,top,right,bottom in pixels: 0,0,640,400"
        ) from None
    return left, top, right, bottom


def _nth(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ValueError(f"nth: {value!r} is no whole number; 1 is the first, -1 the last") from None


def _exact(value: Any) -> bool:
    from robot.utils import is_truthy

    return bool(is_truthy(value))


_READ: dict[str, Callable[[Any], Any]] = {
    "near": lambda value: value,
    "kind": lambda value: str(value).lower(),
    "nth": _nth,
    "image": lambda value: value,
    "region": region_of,
    "exact": _exact,
}


def where_of(given: dict[str, Any]) -> Where:
    """Which one is meant, from the free named arguments of a keyword.

    Raises:
        ValueError: an argument is not known, or cannot be.
    """
    if unknown := sorted(set(given) - set(_READ)):
        raise ValueError(f"{unknown[0]}: is no argument of this keyword; accepted: {', '.join(_READ)}")
    return Where(**{name: _READ[name](value) for name, value in given.items()})  # type: ignore[typeddict-item]


def size_of(name: str, value: str) -> tuple[int, int]:
    """Width and height in pixels of `1280x800`.

    Raises:
        ValueError: it is not written so.
    """
    width, _, height = value.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise ValueError(f"{name}: {value!r}; write it as WIDTHxHEIGHT, such as 1280x800")
    return int(width), int(height)


def seconds_of(value: timedelta | None) -> float | None:
    """Seconds; None: as the library has it."""
    return None if value is None else value.total_seconds()
