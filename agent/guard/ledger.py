"""The conditions of a task, found by rule: listed at the start, looked for at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "amount", "only", "not", "order"]

_QUOTED = re.compile(r"[“\"«‘]([^“”\"«»‘’]{2,80})[”\"»’]|(?<!\w)'([^']{2,80})'(?!\w)")
_AMOUNT = re.compile(
    r"(?i)(?:[$€£¥]\s?\d[\d.,]*\d|[$€£¥]\s?\d)|\d[\d.,]*\s?(?:[$€£¥%元]|(?:usd|eur|gbp|percent|dollars?|euros?)\b)"
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_ONLY = r"(?i)(?<!\w)(?:only|just|exactly|at most|at least|no more than|nothing but|except)\b|只|仅"
_NOT = r"(?i)(?<!\w)(?:not|never|without|don['’]t|instead of|avoid)\b|不要|别|不得"
_ORDER = r"(?i)(?<!\w)(?:before|after|until|first|finally|by the end of)\b|之前|之后|先"
_LIMITS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("only", re.compile(_ONLY)),
    ("not", re.compile(_NOT)),
    ("order", re.compile(_ORDER)),
)
_CLAUSE = re.compile(
    r"(?<=[.;!?。；！？])\s+|\n+|[；。，]|,\s+(?=(?:but|then|and|do|don|without|except|only|before|after)\b)"
)


@dataclass(frozen=True)
class Condition:
    """One condition.

    Attributes:
        kind: name: a text in quotes or an address; amount; only, not, order: a clause with such a word.
        text: the words of the task.
    """

    kind: Kind
    text: str


def conditions(task: str) -> tuple[Condition, ...]:
    """The conditions of a task, in reading order, each once."""
    found: list[tuple[int, Condition]] = []
    for match in _QUOTED.finditer(task):
        found.append((match.start(), Condition("name", (match[1] or match[2]).strip())))
    for match in _ADDRESS.finditer(task):
        found.append((match.start(), Condition("name", match[0])))
    for match in _AMOUNT.finditer(task):
        found.append((match.start(), Condition("amount", match[0].strip())))
    # What stands in quotes is a name, whatever words it holds.
    bare = _QUOTED.sub(lambda match: "_" * len(match[0]), task)
    begin = 0
    for end in [*(m.end() for m in _CLAUSE.finditer(bare)), len(bare)]:
        for kind, words in _LIMITS:
            if words.search(bare[begin:end]):
                found.append((begin, Condition(kind, task[begin:end].strip(" ,;.\n")[:200])))
        begin = end
    return tuple(dict.fromkeys(condition for _, condition in sorted(found, key=lambda one: one[0])))


def note(listed: Iterable[Condition]) -> str:
    """What the model is told of them; "": there are none."""
    told = "; ".join(f"{one.text}" for one in listed if one.kind in ("only", "not", "order"))
    return f"Conditions of the task, to be kept until the end: {told}" if told else ""


def unconfirmed(listed: Iterable[Condition], texts: Iterable[str]) -> tuple[Condition, ...]:
    """The conditions of which nothing shows that they were kept.

    A name or an amount shows where it was typed, or can be read at the end. That something was *not* done, or done
    in the right order, no text can show.

    Args:
        texts: what was typed and chosen, and what is read on the last screen.
    """
    seen = [_bare(text) for text in texts]
    return tuple(
        one
        for one in listed
        if one.kind not in ("name", "amount") or not any(_bare(one.text) in text for text in seen)
    )


def _bare(text: str) -> str:
    """Without what reading a screen may add or lose: capitals, spaces, quotation marks."""
    return "".join(c for c in text.casefold() if not c.isspace() and c not in "\"'“”‘’«»")
