"""Keys written as one text: ``ctrl+c``, ``Ctrl-Shift-T``, ``ctrl c``, ``Down Down Down``, ``ctrl +``.

``+``, ``-``, ``,`` and blanks part the names. A sign that stands where a name is expected is the key itself:
``ctrl++`` and ``ctrl +`` are ctrl and plus. In xdotool a blank parts one keystroke from the next, in UI-TARS the
keys of one chord, so the caller says which is meant.
"""

from __future__ import annotations

import re

from action_space import keys
from action_space.formats.base import FormatError

_LONGEST = 2000
_AT_MOST = 200
_PART = re.compile(r"\s+|[+\-,]|[^\s+\-,]+")

Stroke = tuple[tuple[str, ...], int]
"""Canonical keys of a chord, and how often its last key is struck."""


def split_chord(text: str) -> list[str]:
    """The names of the keys of one chord, as they stand. A text that is no chord comes back whole."""
    return [name for name, _ in _parts(text)] or [text[:_LONGEST]]


def strokes(text: str, field: str) -> list[Stroke]:
    """The chords that a text asks for, one after the other.

    A blank parts one from the next, unless nothing but modifiers stands before it (``ctrl c``).

    Args:
        field: dotted name for the error.

    Raises:
        FormatError: one of them is no chord.
    """
    chords: list[list[str]] = []
    for name, blank in _parts(text) or [(text[:_LONGEST], False)]:
        if not chords or (blank and not all(_is_modifier(key) for key in chords[-1])):
            chords.append([])
        chords[-1].append(name)
    return merged([struck(chord, field) for chord in chords[:_AT_MOST]])


def struck(names: list[str], field: str) -> Stroke:
    """One chord.

    Raises:
        FormatError: it is none.
    """
    try:
        return keys.struck(names)
    except ValueError as error:
        shown = " ".join(names)[:60]
        raise FormatError(
            f"{field}: {error}", field=field.rpartition(".")[2], value=shown, allowed="names of action_space.keys"
        ) from None


def merged(found: list[Stroke]) -> list[Stroke]:
    """The same strokes, those that repeat the one before counted with it."""
    out: list[Stroke] = []
    for chord, often in found:
        if out and out[-1][0] == chord:
            often += out.pop()[1]
        out.append((chord, often))
    return out


def press(found: list[Stroke], repairs: list[str]) -> dict[str, object]:
    """Fields of the `press` that the first stroke is; what is left over is noted."""
    chord, often = found[0]
    if len(found) > 1:
        repairs.append(f"{len(found) - 1} more keystrokes left out; the first was taken")
    return {"action": "press", "keys": list(chord), **({"repeat": often} if often > 1 else {})}


def _is_modifier(name: str) -> bool:
    return keys.known(name) in (*keys.MODIFIERS, "altgr")


def _parts(text: str) -> list[tuple[str, bool]]:
    """(name, whether only a blank stands before it) of each key."""
    text = text[:_LONGEST]
    bare = text.strip()
    if keys.known(bare or text):
        return [(bare or text, False)]
    found: list[tuple[str, bool]] = []
    sign, blank = "", False  # what was seen since the last name
    for part in _PART.findall(bare):
        if part.isspace():
            blank = True
        elif part in "+-," and not sign and found:
            sign, blank = part, False
        else:
            found.append((part, blank and not sign))
            sign, blank = "", False
    if sign:  # a sign at the end has no name after it, so it is the key
        found.append((sign, False))
    return _joined(found)


def _joined(parts: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """With the words of one name together: ``page down``, ``left arrow``."""
    out: list[tuple[str, bool]] = []
    for name, blank in parts:
        if (
            out
            and not (keys.known(out[-1][0]) and keys.known(name))
            and keys.known(both := f"{out[-1][0]} {name}")
        ):
            out[-1] = (both, out[-1][1])
        else:
            out.append((name, blank))
    return out
