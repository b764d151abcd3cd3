"""Small pictures in a line of text, which the reader of characters took for signs."""

from __future__ import annotations

import re

from action_space.geometry import Box
from model.embedded.screen import Line

_PICTURES = {
    sign: name
    for name, signs in {"star": "☆★✩✰", "bin": "回四囧田囗皿面血", "heart": "♡♥❤", "more-horizontal": "…⋯"}.items()
    for sign in signs
}
_DOTS = re.compile(r"(?<!\S)[.·•]{1,3}\s?[0oO]{1,2}(?!\S)|(?<!\S)[0oO]{3}(?!\S)|\.{3}$")
"""Three dots in a row as they are misread."""


def pictures(line: Line) -> list[tuple[str, Box]]:
    """Icon names and boxes of the signs in a line that is not Chinese."""
    text = line.text
    chinese = sum("\u3400" <= c <= "\u9fff" for c in text)
    if chinese > 2 or len(text) > 60:
        return []
    found = [(at, at + 1, _PICTURES[c]) for at, c in enumerate(text) if c in _PICTURES]
    found += [(hit.start(), hit.end(), "more-horizontal") for hit in _DOTS.finditer(text)]
    return [(name, _part(line, start, end)) for start, end, name in found]


def _part(line: Line, start: int, end: int) -> Box:
    """Where some characters of a line lie, by the usual widths of characters."""
    widths = [1.9 if ord(c) > 0x2000 else 0.5 if c in " .,·•'il|" else 1.0 for c in line.text]
    whole = sum(widths) or 1.0
    left = line.box.left + line.box.width * sum(widths[:start]) / whole
    right = line.box.left + line.box.width * sum(widths[:end]) / whole
    return Box(left, line.box.top, max(left + 2, right), line.box.bottom)
