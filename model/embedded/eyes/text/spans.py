"""Text as elements: links are told from plain text by colour and underline, also within a line."""

from __future__ import annotations

import numpy as np

from model.embedded.eyes.ground import Ground
from model.embedded.eyes.text.lines import Ink, ink_of, is_underlined, rgb
from model.embedded.screen import Element, Kind, Line, Word

Color = tuple[int, int, int]


def text_elements(ground: Ground, lines: list[Line], used: set[int]) -> list[Element]:
    """One element for each line that no box has used, and one more for each link that is part of a line."""
    found = []
    for number, line in enumerate(lines):
        spans = link_spans(ground, line)
        whole = len(spans) == 1 and len(spans[0]) == len(line.words)
        if number not in used:
            kind: Kind = "link" if whole else "text"
            found.append(Element(kind, line.box, text=line.text, color=line.color, lines=(number,)))
        if whole:
            continue
        for span in spans:
            box = span[0].box
            for word in span[1:]:
                box = box.union(word.box)
            text = " ".join(word.text for word in span)
            sure = 0.8 if is_blue(line.color) or line.underlined else 0.5
            found.append(Element("link", box, text=text, color=line.color, confidence=sure, lines=(number,)))
    return found


def link_spans(ground: Ground, line: Line) -> list[list[Word]]:
    """Runs of words that look like links: underlined, blue, or coloured amid text that is not."""
    if not line.words or line.box.height < 5 * ground.unit:
        return []
    left, top, right, bottom = (round(side) for side in line.box)
    ink = ink_of(ground.image[top:bottom, left:right], np.array(line.background, np.float32))
    places = [(round(word.box.left) - left, round(word.box.right) - left) for word in line.words]
    colors = [_color(ground.image[top:bottom, left + a : left + b], ink, a, b) for a, b in places]
    under = [is_underlined(ink, a, b) for a, b in places]
    plain = any(not line_under and chroma(color) < 60 for color, line_under in zip(colors, under, strict=True))
    flags = [
        u or (chroma(color) >= 60 and (is_blue(color) or plain)) for color, u in zip(colors, under, strict=True)
    ]
    spans: list[list[Word]] = []
    for index, (word, flag) in enumerate(zip(line.words, flags, strict=True)):
        if not flag:
            continue
        joined = False
        if index and flags[index - 1]:
            alike = max(abs(a - b) for a, b in zip(colors[index - 1], colors[index], strict=True)) <= 60
            gap = ink.rules[:, places[index - 1][1] : places[index][0]].any(axis=0)
            lined = under[index] or under[index - 1]
            joined = alike and (not lined or not gap.size or gap.mean() > 0.5)
        if joined:
            spans[-1].append(word)
        else:
            spans.append([word])
    return spans


def _color(crop: np.ndarray, ink: Ink, start: int, end: int) -> Color:
    """Colour of a word's letters."""
    alpha = np.where(ink.rules[:, start:end], 0, ink.alpha[:, start:end])
    strong = alpha >= 0.8 * alpha.max() if alpha.size and alpha.max() > 0.05 else None
    return rgb(crop[strong].mean(axis=0)) if strong is not None else ink.color


def chroma(color: Color) -> int:
    """How colourful: 0 grey to 255."""
    return max(color) - min(color)


def is_blue(color: Color) -> bool:
    """Whether blue leads clearly, as in most links."""
    red, green, blue = color
    return blue - red >= 60 and blue >= green
