"""Published figures for answers in words: ROUGE, the F1 and exact match of reading tests, a letter of a choice.

ROUGE is that of the Python package `rouge` 1.0 (summary level, n-grams counted once, F1), which VisualWebBench's
scorer calls; exact match and F1 are those of SQuAD as WebSRC's scorer has them. `tests/eval_items` compares the
first with the package itself where it is installed, the second with a restatement.
"""

from __future__ import annotations

import re
import string
from collections import Counter

_EPSILON = 1e-8  # keeps the package's division defined, and its figures a hair below 1
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_IGNORED_IN_CHOICES = str.maketrans("", "", ",.!?;:'\"")


def rouge_n(answer: str, truth: str, n: int) -> float:
    """F1 of the different n-grams of words, 0–1."""
    said, wanted = _grams(answer, n), _grams(truth, n)
    common = len(said & wanted)
    return _f1(common, len(said), len(wanted))


def rouge_l(answer: str, truth: str) -> float:
    """F1 of the longest common subsequences: for each sentence of the truth the different words of its longest
    common subsequences with the sentences of the answer, 0–1."""
    union: set[str] = set()
    for wanted in _sentences(truth):
        for said in _sentences(answer):
            union |= set(_common(wanted, said))
    said_words = {word for sentence in _sentences(answer) for word in sentence}
    wanted_words = {word for sentence in _sentences(truth) for word in sentence}
    return _f1(len(union), len(said_words), len(wanted_words))


def words_plain(text: str) -> list[str]:
    """Lower-case words without punctuation and English articles, as SQuAD compares them."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def exact(answer: str, truth: str) -> bool:
    """SQuAD's exact match."""
    return words_plain(answer) == words_plain(truth)


def word_f1(answer: str, truth: str) -> float:
    """SQuAD's F1 over words with their counts; an empty side scores 1 only against an empty one."""
    said, wanted = words_plain(answer), words_plain(truth)
    if not said or not wanted:
        return float(said == wanted)
    common = sum((Counter(said) & Counter(wanted)).values())
    return 2 * common / (len(said) + len(wanted))


def choice(answer: str, count: int = 8) -> int | None:
    """Which of the letters A, B, … an answer names, from 0; None: none of them.

    As VisualWebBench reads it: one letter; a letter with a full stop in front; else the last letter in brackets;
    else the last letter that stands alone.
    """
    letters = [chr(ord("A") + number) for number in range(count)]
    if len(answer) == 1:
        return letters.index(answer.upper()) if answer.upper() in letters else None
    if re.match(r"[A-Z]\.", answer):
        return letters.index(answer[0]) if answer[0] in letters else None
    plain = f" {answer.translate(_IGNORED_IN_CHOICES)} "
    for form in ("({})", " {} "):
        places = {letter: plain.rfind(form.format(letter)) for letter in letters}
        best = max(letters, key=lambda letter: places[letter])
        if places[best] >= 0:
            return letters.index(best)
    return None


def _sentences(text: str) -> list[list[str]]:
    return [part.split() for part in text.split(".") if part]


def _grams(text: str, n: int) -> set[tuple[str, ...]]:
    words = [word for sentence in _sentences(text) for word in sentence]
    return {tuple(words[start : start + n]) for start in range(len(words) - n + 1)}


def _f1(common: int, said: int, wanted: int) -> float:
    precision = common / said if said else 0.0
    recall = common / wanted if wanted else 0.0
    return 2 * precision * recall / (precision + recall + _EPSILON)


def _common(a: list[str], b: list[str]) -> list[str]:
    """A longest common subsequence of two lists of words."""
    lengths = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, word in enumerate(a, 1):
        for j, other in enumerate(b, 1):
            longer = max(lengths[i - 1][j], lengths[i][j - 1])
            lengths[i][j] = lengths[i - 1][j - 1] + 1 if word == other else longer
    found: list[str] = []
    i, j = len(a), len(b)
    while i and j:
        if a[i - 1] == b[j - 1]:
            found.append(a[i - 1])
            i, j = i - 1, j - 1
        elif lengths[i - 1][j] > lengths[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return found[::-1]
