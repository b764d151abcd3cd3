"""Divide and conquer: an answer is split into claims, each is asked about, the score is −(claims denied).

RLAIF-V (2405.17220), as MiniCPM-V uses it: judging a whole answer is hard, "is there a red button?" is not.
Splitter and checker are any models behind `model.base.Model`, neither of them the one that learns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from PIL import Image

from model.base import Message, Model, Request, Sampling
from model.wordings import neutral, render

MOST = 20
"""Claims of an answer that are asked about."""
_SAMPLING = Sampling(temperature=0.0, max_tokens=1024)
_LINE = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s*(.+?)\s*")
_YES = re.compile(r"\W*(?:yes|true|correct|right|是|对)(?![a-z])", re.IGNORECASE)
_NO = re.compile(r"\W*(?:no|not|false|incorrect|wrong|不|否|没)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Judged:
    """What was found of one answer.

    Attributes:
        questions: its claims, as questions; verdicts: of each; None: the checker said neither yes nor no.
        score: −(claims denied); None: a claim could not be judged, or the answer could not be split.
    """

    questions: tuple[str, ...]
    verdicts: tuple[bool | None, ...]
    score: float | None


def split(splitter: Model, question: str, answer: str) -> tuple[str, ...] | None:
    """The claims of an answer as yes/no questions; None: the splitter gave neither questions nor "none".

    Raises:
        ModelFault: no answer can be had.
    """
    asked = render("claims_split", {"question": neutral(question), "answer": neutral(answer)})
    text = splitter.generate(Request((Message("user", (asked,)),), sampling=_SAMPLING)).text
    text = text.rpartition("</think>")[2]
    found = [line[1] for one in text.splitlines() if (line := _LINE.fullmatch(one))]
    if not found and re.fullmatch(r"\W*none\W*", text, re.IGNORECASE):
        return ()
    return tuple(dict.fromkeys(found))[:MOST] or None


def check(checker: Model, image: Image.Image, question: str) -> bool | None:
    """Whether the checker says yes; None: neither yes nor no.

    Raises:
        ModelFault: no answer can be had.
    """
    asked = render("claims_check", {"question": neutral(question)})
    text = checker.generate(Request((Message("user", (image, asked)),), sampling=_SAMPLING)).text
    said = text.rpartition("</think>")[2].strip()
    return True if _YES.match(said) else False if _NO.match(said) else None


def judge(splitter: Model, checker: Model, image: Image.Image, question: str, answer: str) -> Judged:
    """Score one answer. One without any claim denies none: its score is 0, as RLAIF-V has it.

    Raises:
        ModelFault: no answer can be had.
    """
    questions = split(splitter, question, answer)
    if questions is None:
        return Judged((), (), None)
    verdicts = tuple(check(checker, image, one) for one in questions)
    missing = None in verdicts
    return Judged(questions, verdicts, None if missing else -float(sum(verdict is False for verdict in verdicts)))
