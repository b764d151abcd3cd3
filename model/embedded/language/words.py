"""The vocabulary: verbs, nouns of controls, order words, concepts and their synonyms, in English and Chinese.

A concept is something that people do on screens under many names. Words of one concept may stand for each other
when a task is matched to a screen, at a lower confidence than the same word.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

_DATA = tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))
CONCEPTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    concept: (tuple(row["words"]), tuple(row["icons"])) for concept, row in _DATA["concepts"].items()
}
"""Concept → (words on screens and in tasks, icon names of `see.icons`)."""
KINDS: dict[str, tuple[str, ...]] = {noun: tuple(kinds) for noun, kinds in _DATA["kinds"].items()}
"""Noun in a task → kinds of element that it may be, empty for any."""
RECORDS = frozenset(_DATA["records"]["english"].split()) | {"user account", "record"}
"""Nouns for members of the lists that people keep."""
RECORDS_CHINESE = tuple(sorted(_DATA["records"]["chinese"].split(), key=len, reverse=True))
for _noun in (*RECORDS, *RECORDS_CHINESE):
    KINDS.setdefault(_noun, ())

SHAPES = {
    word: word.rstrip("s")
    for word in "circle circles dot ball oval ellipse triangle triangles square squares rectangle rectangles"
    " star stars pentagon"
    " hexagon octagon diamond cross arrow heart trapezoid parallelogram 圆形 圆 三角形 正方形 矩形 方形 五角星"
    " 椭圆".split()
}

SIZES = {
    "large": "large",
    "big": "large",
    "larger": "large",
    "bigger": "large",
    "huge": "large",
    "大": "large",
    "small": "small",
    "little": "small",
    "tiny": "small",
    "smaller": "small",
    "小": "small",
}

ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "last": -1,
    "final": -1,
    "bottom": -1,
    "top": 1,
    "第一": 1,
    "第二": 2,
    "第三": 3,
    "第四": 4,
    "第五": 5,
    "第六": 6,
    "第七": 7,
    "第八": 8,
    "第九": 9,
    "第十": 10,
    "最后": -1,
    "second to last": -2,
    "second-last": -2,
    "penultimate": -2,
    "next to last": -2,
}

NUMBERS = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen twenty".split()
    )
}
NUMBERS |= {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}

STOP = frozenset(
    "a an the this that these those of to in on at by for with from and or then it its them their is are be was"
    " as into"
    " onto please you your i me my we can could would do so all any there which who what when where if how one"
    " page site"
    " website screen just now go also only must should will have has using use after before until once too new not"
    " 的 了 把 将 请 在 到 和 并 然后 再 上 中 里 一个 这个 那个".split()
)


def fold(text: str) -> str:
    """NFKC, lower case, one space between words: the form in which texts are compared."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().lower()


_LOOKALIKE = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b", "$": "s", "2": "z"}
)


def squash(text: str) -> str:
    """Folded, letters and digits only; a text of signs alone stays as it is."""
    folded = fold(text)
    return re.sub(r"[\W_]+", "", folded) or folded.replace(" ", "")


def lookalike(text: str) -> str:
    """Squashed, with characters that are easily misread as one another made equal."""
    return squash(text).translate(_LOOKALIKE)


def is_chinese(text: str) -> bool:
    """Whether it holds Chinese characters."""
    return any("\u3400" <= c <= "\u9fff" for c in text)


def tokens(text: str) -> list[str]:
    """Words in comparing form; a run of Chinese characters is one word."""
    return re.findall(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+", fold(text))


@cache
def concept_of(text: str) -> frozenset[str]:
    """Concepts that the whole text names ("Add to basket" → cart)."""
    key = squash(text)
    return frozenset(c for c, (words, _) in CONCEPTS.items() if any(squash(w) == key for w in words))


@cache
def concepts_within(text: str) -> frozenset[str]:
    """Concepts that some words of the text name."""
    folded = f" {' '.join(tokens(text))} "
    found = set()
    for concept, (words, _) in CONCEPTS.items():
        for word in words:
            plain = " ".join(tokens(word))
            if plain and (plain in folded if is_chinese(word) else f" {plain} " in folded):
                found.add(concept)
                break
    return frozenset(found)


def icons_of(concept: str) -> tuple[str, ...]:
    """Names of the icons that stand for a concept."""
    named = CONCEPTS[concept][1] if concept in CONCEPTS else ()
    return (*named, *(f"{n}-filled" for n in named))
