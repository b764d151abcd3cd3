"""Turns a proposed line of ink into a `Line`: what it says, its words and their places, its colours and weight."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import cv2
import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.text.ocr import Reading
from model.embedded.screen import Line, Word

BOLD, SMALL, THICKER = 0.163, 16, 0.013
"""Stroke width over letter height from which text counts as bold; below SMALL pixels, that much more for each,
since no stroke is thinner than a pixel. Measured on sans and serif faces of 11 to 28 pixels."""


THIN = frozenset(".,:;'!|()[]1ilIj/")
"""Characters that leave wide gaps beside them without ending a word."""


@dataclass(frozen=True)
class Ink:
    """The ink of one line apart from its ground.

    Attributes:
        alpha: height × width, 0 ground to 1 full ink colour.
        color, background: RGB.
        rules: mask of the pixels that belong to underlines.
    """

    alpha: np.ndarray
    color: tuple[int, int, int]
    background: tuple[int, int, int]
    rules: np.ndarray


def ink_of(crop: np.ndarray, background: np.ndarray) -> Ink:
    """Separate ink and ground of a crop (height × width × 3, RGB) that lies on one colour."""
    away = crop.astype(np.float32) - background
    distance = np.abs(away).max(axis=2)
    strongest = float(distance.max())
    if strongest < 8:
        return Ink(
            np.zeros(crop.shape[:2], np.float32), rgb(background), rgb(background), np.zeros(crop.shape[:2], bool)
        )
    color = crop[distance >= 0.85 * strongest].mean(axis=0)
    alpha = np.clip(distance / strongest, 0, 1)
    return Ink(alpha, rgb(color), rgb(background), _rules(alpha))


def rgb(color: np.ndarray) -> tuple[int, int, int]:
    """Round a colour to whole numbers."""
    red, green, blue = (round(float(part)) for part in color)
    return red, green, blue


def _rules(alpha: np.ndarray) -> np.ndarray:
    """Pixels of underlines: long straight runs of ink in the lower part, with only tails of letters below."""
    height, width = alpha.shape
    rules = np.zeros(alpha.shape, bool)
    if height < 7:
        return rules
    least = max(6, round(0.45 * height))
    solid = (alpha > 0.35).astype(np.uint8)
    edged = cv2.copyMakeBorder(solid, 0, 0, least, least, cv2.BORDER_CONSTANT, value=0)
    runs = cv2.morphologyEx(edged, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))[:, least:-least]
    for row in range(int(0.55 * height), height):
        run = runs[row]
        if run.sum() < max(least, 0.1 * width):
            continue
        # An underline is drawn where gaps between letters are: something above is empty along most of it.
        columns = np.flatnonzero(run)
        longest = max(len(part) for part in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1))
        above = solid[row - height // 4 - 1 : row - max(1, height // 12), columns]
        empty = above.size > 0 and above.mean() < 0.25
        if longest >= 1.3 * height or (empty and longest >= 0.9 * min(width, height) and width < 2 * height):
            rules[row] = run > 0
    band = np.flatnonzero(rules.any(axis=1))
    if len(band) and band[0] > 0:
        # All of those rows is underline, stubs beside tails too, except the tails: they come from above.
        rules[band] = (alpha[band] > 0.15) & (alpha[band[0] - 1] <= 0.3)
    thickness = rules.any(axis=1).sum()
    return rules if 0 < thickness <= max(2, 0.17 * height) else np.zeros(alpha.shape, bool)


def without_rules(crop: np.ndarray, ink: Ink) -> np.ndarray:
    """The crop with its underlines painted over, because they make a reader lose the spaces."""
    if not ink.rules.any():
        return crop
    clean = crop.copy()
    clean[ink.rules] = ink.background
    return clean


def is_underlined(ink: Ink, start: int = 0, end: int | None = None) -> bool:
    """Whether an underline runs along the ink between two columns."""
    columns = np.flatnonzero((ink.alpha[:, start:end] > 0.3).any(axis=0))
    if not len(columns):
        return False
    covered = np.any(ink.rules[:, start:end], axis=0).reshape(-1)[int(columns[0]) : int(columns[-1]) + 1]
    return float(covered.mean()) > 0.7


def make_line(reading: Reading, ink: Ink, box: tuple[int, int, int, int]) -> Line:
    """The line that was read in a crop whose box on the screen is `box` (left, top, right, bottom)."""
    left, top, right, bottom = box
    solid = ink.alpha.copy()
    solid[ink.rules] = 0
    words = tuple(
        Word(text, Box(left + start, top + rows[0], left + end, top + rows[1]), sure)
        for text, start, end, sure in _words(reading, solid)
        for rows in [_rows(solid, start, end)]
    )
    return Line(
        text=" ".join(word.text for word in words),
        box=Box(left, top, right, bottom),
        words=words,
        confidence=reading.confidence,
        color=ink.color,
        background=ink.background,
        bold=is_bold(solid),
        underlined=is_underlined(ink),
    )


def is_bold(alpha: np.ndarray) -> bool:
    """Whether the letters are bold."""
    height = int((alpha.max(axis=1) > 0.5).sum())
    return stroke(alpha) >= BOLD + THICKER * max(0, SMALL - height)


def stroke(alpha: np.ndarray) -> float:
    """Mean width of the upright strokes over the height of the letters."""
    rows = np.flatnonzero(alpha.max(axis=1) > 0.5)
    if not len(rows) or alpha.shape[1] < 2:
        return 0.0
    height = rows[-1] - rows[0] + 1
    middle = alpha[rows[0] + height // 5 : rows[-1] - height // 5 + 1]
    crossings = np.abs(np.diff(np.pad(middle, ((0, 0), (1, 1))), axis=1)).sum() / 2
    return float(middle.sum() / crossings / height) if crossings else 0.0


def _rows(alpha: np.ndarray, start: int, end: int) -> tuple[int, int]:
    rows = np.flatnonzero((alpha[:, start:end] > 0.3).any(axis=1))
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, len(alpha))


def is_wide(letter: str) -> bool:
    """Whether a character is Chinese, Japanese or Korean, or full width: written without spaces."""
    return "\u2e80" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af" or "\uff00" <= letter <= "\uffef"


def _words(reading: Reading, alpha: np.ndarray) -> list[tuple[str, int, int, float]]:
    """Words with the columns where each begins and ends, from the reading's spaces and the gaps in the ink."""
    height, width = alpha.shape
    solid = [
        (index, letter, place * width, sure)
        for index, (letter, place, sure) in enumerate(zip(reading.text, reading.places, reading.sure, strict=True))
        if letter.strip()
    ]
    if not solid:
        return []
    columns = np.any(alpha > 0.2, axis=0)
    edges = np.flatnonzero(columns)
    first, last = (int(edges[0]), int(edges[-1]) + 1) if len(edges) else (0, width)
    breaks = _breaks(solid, _gaps(columns), height)
    words: list[tuple[str, int, int, float]] = []
    begin, start = 0, first
    for after, (end, following) in sorted(breaks.items()):
        part = solid[begin : after + 1]
        words.append(_joined(part, start, end))
        begin, start = after + 1, following
    words.append(_joined(solid[begin:], start, last))
    return words


def _joined(letters: list[tuple[int, str, float, float]], start: int, end: int) -> tuple[str, int, int, float]:
    sure = float(np.mean([letter[3] for letter in letters]))
    return "".join(letter[1] for letter in letters), start, max(end, start + 1), sure


def _breaks(
    solid: list[tuple[int, str, float, float]], gaps: list[tuple[int, int]], height: int
) -> dict[int, tuple[int, int]]:
    """Between which letters a word ends: index of the letter before it → the gap's columns (first, past the last).

    A space that was read takes the widest gap near it. A gap that no space took, but that is too wide to lie
    within a word, ends one too: the recogniser drops spaces.
    """
    middles = [(left[2] + right[2]) / 2 for left, right in pairwise(solid)]
    said = [i for i, (left, right) in enumerate(pairwise(solid)) if right[0] > left[0] + 1]
    found = {}
    for index, gap in zip(said, _fit([middles[i] for i in said], gaps, height), strict=True):
        wide = [is_wide(solid[index][1]), is_wide(solid[index + 1][1])]
        if gap is not None and not (all(wide) and gap[1] - gap[0] < 0.25 * height):
            found[index] = gap
    free = [gap for gap in gaps if gap not in found.values()]
    inner = [end - start for start, end in free]
    usual = 2.5 * median(inner) if len(inner) > 3 else 0
    least = max(0.33 * height, 0.46 * height if found else 0, min(usual, 0.46 * height), 3)
    for gap in free:
        if gap[1] - gap[0] < min(least, 0.2 * height) or not middles:
            continue
        index = min(range(len(middles)), key=lambda i: abs(middles[i] - sum(gap) / 2))
        mixed = is_wide(solid[index][1]) != is_wide(solid[index + 1][1])  # digits amid Chinese
        if solid[index][1] in ".,;:!?" and solid[index + 1][1].isupper() and gap[1] - gap[0] >= 0.27 * height:
            found.setdefault(index, gap)  # a new sentence
            continue
        thin = THIN & {solid[index][1], solid[index + 1][1]}
        if gap[1] - gap[0] < (max(0.2 * height, 3) if mixed else least):
            continue
        if index not in found and not (thin and gap[1] - gap[0] < 0.46 * height):
            found[index] = gap
    # Places are estimates: a break whose gap lies left of an earlier break's is dropped.
    ordered: dict[int, tuple[int, int]] = {}
    reached = -1
    for index in sorted(found):
        if found[index][0] > reached:
            ordered[index] = found[index]
            reached = found[index][1]
    return ordered


def _fit(places: list[float], gaps: list[tuple[int, int]], height: int) -> list[tuple[int, int] | None]:
    """For each space (places in order) its gap, in order: wide and near ones, best for all spaces together."""
    if not gaps:
        return [None] * len(places)
    best = [0.0] * (len(gaps) + 1)
    choices: list[list[int]] = []
    for place in places:
        row, choice = [1e9], [-1]
        for index, (start, end) in enumerate(gaps):
            cost = abs((start + end) / 2 - place) / height - 2.5 * (end - start) / height
            take, skip = best[index] + cost, row[-1]
            row.append(min(take, skip))
            choice.append(index if take <= skip else choice[-1])
        best = row
        choices.append(choice)
    if best[-1] > 1e8:
        return [None] * len(places)  # more spaces were read than there are gaps
    fitted: list[tuple[int, int] | None] = []
    limit = len(gaps)
    for choice in reversed(choices):
        limit = choice[limit]
        fitted.append(gaps[limit])
    return fitted[::-1]


def _gaps(columns: np.ndarray) -> list[tuple[int, int]]:
    """Runs of empty columns between ink: (first, one past the last)."""
    edges = np.flatnonzero(columns)
    if len(edges) < 2:
        return []
    steps = np.flatnonzero(np.diff(edges) > 1)
    return [(int(edges[step]) + 1, int(edges[step + 1])) for step in steps]
