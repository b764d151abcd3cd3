"""How a task ended, in the words of models. A word that is not known is never read as success."""

from __future__ import annotations

import re
from typing import Any

_WORDS = {
    "infeasible": "infeasible impossible unachievable unsolvable unattainable unfeasible unreachable na "
    "不可行 不可能 无法完成",
    "failed": "failed failure fail fails failing false error errors no not never incomplete unfinished 0 "
    "unsuccessful unsuccessfully interrupt interrupted abort aborted cancel canceled cancelled stopped stuck "
    "blocked rejected refused denied timeout terminated giveup gaveup unable cannot 失败 未完成 中断 错误",
    "unsure": "unsure unknown uncertain maybe partial partially perhaps possibly probably almost unclear "
    "undefined none null pending 未知 部分",
    "success": "success succeed succeeded successful successfully complete completed completely done finish "
    "finished true ok okay yes pass passed satisfied achieved solved 1 成功 完成 已完成",
}
_STATUSES = {word: status for status, words in _WORDS.items() for word in words.split()}
_ORDER = tuple(_WORDS)  # the worst that any word says counts
_FILLERS = {"the", "task", "is", "was", "has", "been", "with", "a", "an", "it", "status", "result", "all", "to"}

# Prose that says "I could not". Only for ends that carry no status of their own.
_CONFESSION = re.compile(
    r"\b(?:I|we|task|goal|it)\b[^.!?\n]{0,60}?\b(?:unable to|not able to|can ?not|can['’]t|could not|couldn['’]t"
    r"|failed|did not succeed|(?:is|was) (?:not possible|impossible|infeasible|not feasible))\b"
    r"|\[?\bINFEASIBLE\b\]?|(?:我|任务|目标)[^。！？\n]{0,30}?(?:无法|未能|不能|失败)",
    re.IGNORECASE,
)

_VERDICT = re.compile(
    r"\W*(?:the )?(?:task |goal )?(?:has |is |was )?(?:not (?:completed?|done|finished|possible)|fail(?:ed|ure)?|"
    r"infeasible|impossible|unachievable|unsuccessful|incomplete|partially (?:completed?|done))\W*",
    re.IGNORECASE,
)


def status_of(said: Any) -> str | None:
    """The canonical status that a word, a few words, or true or false stand for; None: nothing known."""
    if isinstance(said, bool):
        return "success" if said else "failed"
    if not isinstance(said, str) or len(said) > 200:
        return None
    whole = re.sub(r"[\s_/-]+", "", said).strip(".!'\"[]()").casefold()
    if whole in _STATUSES:
        return _STATUSES[whole]
    words = [word for word in re.split(r"[\W_]+", said.casefold()) if word and word not in _FILLERS]
    found = {_STATUSES[word] for word in words if word in _STATUSES}
    known = sum(word in _STATUSES for word in words)
    if not found or (found == {"success"} and known < len(words)):
        return None
    return next(status for status in _ORDER if status in found)


def read_status(said: Any, repairs: list[str]) -> str:
    """The same, with what is not known read as unsure; each reading in other words is noted."""
    status = status_of(said) if isinstance(said, str | bool) else None
    shown = str(said)[:20] if isinstance(said, str | bool) else "that is no word"
    if status is None:
        repairs.append(f"status '{shown}' is not known; read as 'unsure'")
        return "unsure"
    if said != status:
        repairs.append(f"status '{shown}' read as '{status}'")
    return status


def confessed(words: str, repairs: list[str]) -> str:
    """The status that the closing words of a task tell of, where there is no status: success unless they say not.

    A lone status word counts as one; prose that tells of a failure claims nothing.
    """
    status = status_of(words)
    # "No", "unknown" or "cancelled" may be the answer that was asked for; these words are not.
    if status in ("failed", "infeasible", "unsure") and _VERDICT.fullmatch(words.strip()[:100]):
        repairs.append(f"the closing words read as status '{status}'")
        return status
    if _CONFESSION.search(words[:2000]):
        repairs.append("the closing words tell of a failure; read as status 'unsure'")
        return "unsure"
    return "success"
