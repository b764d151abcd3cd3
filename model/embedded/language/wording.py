"""How alike two texts are, as far as names on a screen go."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from model.embedded.language.words import concept_of, concepts_within, fold, is_chinese, lookalike, squash, tokens

ECHO = re.compile(r"^(?:search )?results? (?:for|of)\b|^(?:you )?searched for\b|搜索结果|的结果", re.I)
"""Lines that only repeat what was searched for."""


def echoes(text: str) -> bool:
    """Whether a line only repeats what was searched for."""
    return (len(text) > 2 and text[0] in "“「『") or (bool(ECHO.search(text)) and len(tokens(text)) > 2)


def text_score(wanted: str, found: str) -> tuple[float, str]:
    """How well a text on the screen is what was named, 0–1, and why."""
    if not wanted or not found:
        return 0.0, ""
    if wanted.strip() == found.strip():
        return 1.0, "same text"
    a, b = squash(wanted), squash(found)
    if not a or not b:
        return 0.0, ""
    if fold(wanted) == fold(found):
        first = wanted[:1] != found[:1] and len(wanted) > 2 and wanted[1:] == found[1:]
        return (0.955 if first else 0.98), "same text but for case"
    if a == b:
        return 0.975, "same letters"
    if lookalike(wanted) == lookalike(found):
        return 0.95, "same but for characters easily misread"
    best, why = 0.0, ""
    if shared := concept_of(wanted) & concept_of(found):
        best, why = 0.86, f"synonym ({min(shared)})"
    ratio = fuzz.ratio(a, b) / 100
    if min(len(a), len(b)) >= 4 and ratio >= 0.8 and _digits(a) == _digits(b):
        score = 0.62 + (ratio - 0.8) * 1.5
        best, why = max((best, why), (score, f"{ratio:.0%} alike"))
    mine, theirs = tokens(wanted), tokens(found)
    if mine and theirs and not is_chinese(wanted):
        place = _run(mine, theirs)
        if place >= 0:
            rest = len(theirs) - len(mine)
            behind = len(theirs) - place - len(mine)
            score = max(0.66, 0.93 - 0.035 * min(rest, 6) - (0.05 if 0 < behind <= 2 and rest <= 3 else 0))
            best, why = max((best, why), (score, "within a longer text"))
        elif set(mine) <= set(theirs):
            best, why = max((best, why), (0.8 - 0.02 * (len(theirs) - len(mine)), "its words"))
        elif len(theirs) >= 1 and set(theirs) < set(mine) and len("".join(theirs)) >= 3:
            best, why = max(
                (best, why), (0.45 + 0.4 * len("".join(theirs)) / len("".join(mine)), "part of its words")
            )
    elif is_chinese(wanted) and a in b:
        best, why = max((best, why), (max(0.66, 0.93 - 0.02 * (len(b) - len(a))), "within a longer text"))
    elif is_chinese(found) and b in a and len(b) > 1:
        best, why = max((best, why), (0.4 + 0.5 * len(b) / len(a), "part of it"))
    if best < 0.7 and (shared := concept_of(wanted) & concepts_within(found)) and len(tokens(found)) <= 5:
        best, why = 0.7, f"synonym ({min(shared)})"
    return best, why


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _run(part: list[str], whole: list[str]) -> int:
    """Where one list stands within another in one piece, -1 if it does not."""
    return next((i for i in range(len(whole) - len(part) + 1) if whole[i : i + len(part)] == part), -1)
