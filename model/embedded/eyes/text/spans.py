"""Text as elements: links are told from plain text by colour and underline, also within a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.ground import Ground
from model.embedded.eyes.text.lines import Ink, ink_of, is_underlined, rgb
from model.embedded.screen import Element, Kind, Line, Word

Color = tuple[int, int, int]


def text_elements(ground: Ground, lines: list[Line], used: set[int], links: Sequence[Box]) -> list[Element]:
    """One element for each line that no box has used, and one more for each link that is part of a line.

    `links`: where the network sees links.
    """
    found = []
    for number, line in enumerate(lines):
        spans = link_spans(ground, line, links)
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
            found.append(Element("link", box, text=text, color=line.color, confidence=0.8, lines=(number,)))
    return found


def link_spans(ground: Ground, line: Line, links: Sequence[Box]) -> list[list[Word]]:
    """Runs of words that look like links: to the network, or because they are underlined."""
    words = line.words or (Word(line.text, line.box),)
    if line.box.height < 5 * ground.unit:
        return []
    left, top, right, bottom = (round(side) for side in line.box)
    ink = ink_of(ground.image[top:bottom, left:right], np.array(line.background, np.float32))
    places = [(round(word.box.left) - left, round(word.box.right) - left) for word in words]
    colors = [_color(ground.image[top:bottom, left + a : left + b], ink, a, b) for a, b in places]
    under = [is_underlined(ink, a, b) for a, b in places]
    seen = [next((i for i, box in enumerate(links) if box.contains(*word.box.center)), None) for word in words]
    flags = [s is not None or u for s, u in zip(seen, under, strict=True)]
    spans: list[list[Word]] = []
    for index, (word, flag) in enumerate(zip(words, flags, strict=True)):
        if not flag:
            continue
        joined = False
        if index and flags[index - 1]:
            alike = max(abs(a - b) for a, b in zip(colors[index - 1], colors[index], strict=True)) <= 60
            gap = ink.rules[:, places[index - 1][1] : places[index][0]].any(axis=0)
            lined = under[index] or under[index - 1]
            joined = alike and (not lined or not gap.size or gap.mean() > 0.5) and seen[index - 1] == seen[index]
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
