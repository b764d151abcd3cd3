"""Values that are compared: JSON literals, and a path into JSON. Nothing is evaluated."""

from __future__ import annotations

import json
import re
from typing import Any

_PART = re.compile(r"""\.?(?P<name>[^.\[\]"'\s]+)|\[(?P<index>-?\d+)\]|\[(?P<quoted>"[^"]*"|'[^']*')\]""")


def literal(text: str) -> Any:
    """A JSON number, true, false or null.

    Raises:
        ValueError: it is none.
    """
    value = json.loads(text, parse_constant=_no_constant)
    if isinstance(value, str | list | dict):
        raise ValueError("is no number, true, false or null")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def path_of(text: str) -> tuple[str | int, ...]:
    """`$.orders[0].status`, `orders[0].status` or `orders.0["the status"]`, as keys and indices; `$`: everything.

    Raises:
        ValueError: it is no such path.
    """
    rest = text.removeprefix("$")
    parts: list[str | int] = []
    at = 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if not found or (found["name"] and at and not found[0].startswith(".")):
            raise ValueError(f"{text!r} is no path such as $.orders[0].status")
        if found["index"] is not None:
            parts.append(int(found["index"]))
        else:
            parts.append(found["name"] if found["name"] is not None else found["quoted"][1:-1])
        at = found.end()
    if not text:
        raise ValueError("the path is empty; $ is everything")
    return tuple(parts)


def value_at(data: Any, path: tuple[str | int, ...]) -> Any:
    """What stands there.

    Raises:
        LookupError: there is nothing there; the message says from which key on.
    """
    for part in path:
        if isinstance(data, list) and (isinstance(part, int) or part.isdecimal()):
            at = int(part)
            if not -len(data) <= at < len(data):
                raise LookupError(f"there is no [{part}]: the list has {len(data)}")
            data = data[at]
        elif isinstance(data, dict) and str(part) in data:
            data = data[str(part)]
        else:
            raise LookupError(f"there is no {part!r}")
    return data


def same(one: Any, other: Any) -> bool:
    """Equal, and of one kind: 1 is not true, and "1" is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def told(value: Any) -> str:
    """A value as it would be written in an expectation."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr(value)
