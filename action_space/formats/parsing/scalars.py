"""Numbers and texts as they come out of a model's JSON or code: finite, of a bounded size, and still as written.

Every reader passes what it read through `tame` once, so that no later step meets a NaN, an infinity, a number
that cannot be converted, or a nesting that cannot be walked.
"""

from __future__ import annotations

import math
from typing import Any

from action_space.formats.base import FormatError

MAX_DEPTH = 60
_LARGEST = 1e15  # beyond it a float is no longer a whole number of anything on a screen


class Written(float):
    """A number with a point or an exponent; `source` is how it was written, for where a text is meant."""

    source: str

    def __new__(cls, source: str) -> Written:
        made = super().__new__(cls, source)
        made.source = source
        return made


def tame(value: Any, depth: int = 0) -> Any:
    """The same value; a number that is not finite or too large to mean one becomes the text of it.

    Raises:
        FormatError: it is nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise FormatError(f"the answer is nested more than {MAX_DEPTH} deep; allowed: one action")
    if isinstance(value, dict):
        return {key: tame(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [tame(item, depth + 1) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LARGEST else _digits(value)
    if math.isfinite(value) and abs(value) < _LARGEST:
        return value
    return value.source if isinstance(value, Written) else str(value)


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to write more than 4300 digits
        return f"a number of {value.bit_length()} bits"


def number(value: Any) -> float | int | None:
    """`value` if it is a number (true and false are none)."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def text_of(value: Any) -> str | None:
    """`value` as a text: itself, or a number as it was written; None: it is neither."""
    if isinstance(value, str):
        return value
    if number(value) is None:
        return None
    return value.source if isinstance(value, Written) else str(value)
