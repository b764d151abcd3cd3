"""Figures on a page: the number that stands with a label, above, below, beside or in one line with it."""

from __future__ import annotations

import re

from model.embedded.language.values import numbers
from model.embedded.language.wording import text_score
from model.embedded.language.words import tokens
from model.embedded.matching.scene import Scene
from model.embedded.screen import Line


def figure(label: str, scene: Scene) -> tuple[str, float] | None:
    """The figure that belongs to a label, as it is written, with a score; None if there is none."""
    lines = [line for _, line in scene.lines]
    best: tuple[float, str] | None = None
    for line in lines:
        score = _labels(label, line.text)
        if score < 0.8:
            continue
        if own := _own(label, line.text):
            return own, score
        for other in lines:
            if other is line or not numbers(other.text) or len(other.text) > 18:
                continue
            place = _place(line, other, scene.scale)
            if place and (best is None or score * place > best[0]):
                best = (score * place, other.text.strip())
    return (best[1], min(0.95, best[0])) if best else None


def page_of(name: str, scene: Scene) -> bool:
    """Whether the page is about this: its name stands there larger than most text."""
    return any(
        text_score(name, line.text)[0] >= 0.95 and line.box.height > 1.2 * scene.scale for _, line in scene.lines
    )


def _labels(label: str, text: str) -> float:
    score, _ = text_score(label, text)
    words = [t for t in tokens(text) if not t.isdigit()]
    if words and tokens(label) == words:
        score = max(score, 0.97)
    return score


def _own(label: str, text: str) -> str | None:
    """ "6 years of warranty", "Range: 700 km": the figure in the label's own line."""
    rest = re.sub(re.escape(label), " ", text, flags=re.I)
    if rest == text:
        return None
    found = re.search(r"\d[\d.,  ]*\d|\d", rest)
    return re.sub(r"^\W+|\W+$", "", rest[found.start() :]) if found else None


def _place(label: Line, value: Line, scale: float) -> float:
    """How likely a figure belongs to a label by their places: under or over it in one column, or to its right."""
    down = value.box.top - label.box.bottom
    up = label.box.top - value.box.bottom
    middle = abs(value.box.center[0] - label.box.center[0])
    column = min(middle, abs(value.box.left - label.box.left)) < 1.5 * scale
    if column and -2 <= down < 2.2 * scale:
        return 1.0 - 0.02 * down / scale
    if column and -2 <= up < 2.2 * scale:
        return 0.97 - 0.02 * up / scale
    level = abs(value.box.center[1] - label.box.center[1]) < 0.6 * scale
    gap = value.box.left - label.box.right
    if level and 0 <= gap < 40 * scale:
        return 0.95 - 0.004 * gap / scale
    return 0.0
