"""How a run ends: success only when every condition of the task has its evidence, else unsure, and why."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from typing import Any

from model.embedded.language.goals import (
    Avoid,
    Choose,
    Click,
    Fill,
    Find,
    Goal,
    Remark,
    Submit,
    Type,
    Unknown,
    Use,
)
from model.embedded.language.settings import FIELD
from model.embedded.language.values import EXTREMES
from model.embedded.language.wording import text_score
from model.embedded.language.words import (
    KINDS,
    NUMBERS,
    ORDINALS,
    SIZES,
    STOP,
    concepts_within,
    is_chinese,
    squash,
    tokens,
)
from model.embedded.matching.match import SURE
from model.embedded.matching.memory import ACT, Line, Now, Step
from model.embedded.skills.registry import grammar

_NEARLY = 0.83
"""How sure an act must be for the screen to make up for the rest."""
_FIELDS = frozenset(FIELD.replace("\\", "").replace("|", " ").split())
_FORM = frozenset(
    "called named titled labelled labeled following below above each both using set press button down up left right section"
    " part form field screen sure make get want need many much does number order row list name table instead please off rid whole entire complete more longer any anymore".split()
)
"""Words that only say how something is meant."""


def ending(now: Now) -> tuple[str, str, float]:
    """Status, reason and confidence of the end."""
    lines = ledger(now)
    unsure = [(goal, line) for goal, line in lines if line is None or line.sure < SURE]
    if not lines:
        return "unsure", "Nothing had to be done, as far as I can see.", 0.4
    least = min((line.sure for _, line in lines if line), default=0.0)
    acts = [s for s in now.steps if s.mark == ACT and not s.error]
    if acts and acts[-1] is now.steps[-1] and acts[-1].idle and acts[-1].kind not in ("hover", "press", "wait"):
        return "unsure", "The last step changed nothing on the screen.", 0.4
    if unsure:
        told = "; ".join(
            f"“{goal.said[:80]}”: {line.seen if line else 'nothing confirms it'}" for goal, line in unsure[:3]
        )
        return "unsure", f"Perhaps done; not confirmed: {told}.", min(least, 0.85)
    if missing := unaccounted(now):
        return "unsure", f"Perhaps done; nothing I did accounts for: {', '.join(missing)}.", min(least, 0.6)
    return (
        "success",
        f"All {len(lines)} parts of the task are confirmed."
        if len(lines) > 1
        else "It is done, and the screen shows it.",
        least,
    )


def ledger(now: Now) -> list[tuple[Goal, Line | None]]:
    """One line for every condition of the task, with what was seen that confirms it; None: nothing was."""
    found: list[tuple[Goal, Line | None]] = []
    for at, goal in enumerate(now.goals):
        if isinstance(goal, Avoid):
            continue
        if isinstance(goal, Unknown):
            found.append((goal, None))
            continue
        if isinstance(goal, Remark):
            told = set(tokens(goal.what)) - STOP
            seen = told & set(tokens(" ".join(s.text + s.said for s in now.steps)))
            if told and not seen and len(told) > 2 and len(now.goals) > 1:
                found.append((goal, None))
            continue
        found.append((goal, now.ledger.get(at) or _by_acts(at, now)))
    return found


def written(now: Now) -> list[dict[str, Any]]:
    """The ledger as data, for the trace."""
    return [
        {"asked": goal.said, "seen": line.seen if line else "", "sure": round(line.sure, 3) if line else 0.0}
        for goal, line in ledger(now)
    ]


def _by_acts(at: int, now: Now) -> Line | None:
    """What the acts for a goal changed, where its skill took the screen's answer for its end."""
    acts = [s for s in now.steps if s.goal == at and s.mark == ACT and not s.error]
    if not acts:
        return None
    last = acts[-1]
    sure = SURE if _confirmed(last, now) else last.score
    return Line(f"{last.said} {last.effect}".strip(), min(sure, last.score) if sure != SURE else SURE)


def _confirmed(step: Step, now: Now) -> bool:
    """Whether the screen bears out an act that was nearly sure: what should come of it is there to be seen."""
    if step.idle or not _NEARLY <= step.score < SURE:
        return False
    goal = now.goals[min(step.goal, len(now.goals) - 1)]
    if isinstance(goal, Find) and goal.opened and not goal.what.most:
        return step.moved and text_score(goal.what.called, now.scene.title)[0] >= SURE
    if isinstance(goal, Choose):
        return step.moved or step.change.get("typed") == "seen"
    if isinstance(goal, Submit):
        return (
            step.moved and bool(step.text) and squash(step.text) not in {squash(t.text) for t in now.scene.things}
        )
    if isinstance(goal, Type | Fill):  # the form was taken
        later = [s for s in now.steps if s.goal > step.goal and isinstance(now.goals[s.goal], Submit)]
        return step.change.get("typed") == "seen" or any(s.mark == ACT and s.moved for s in later)
    return False


def unaccounted(now: Now) -> list[str]:
    """Words of the task that carry meaning and that no slot of a goal, and nothing done, took up."""
    slots = " ".join(_flat(goal.gold()) for goal in now.goals)
    done = " ".join(f"{s.text} {s.said}" for s in now.steps)
    heap = f"{slots} {done}"
    seen, concepts = set(tokens(heap)), concepts_within(heap)
    known = {w for verb in grammar().verbs.split("|") for w in re.findall(r"[a-z]+", verb)}
    common = (
        STOP | set(KINDS) | set(ORDINALS) | set(SIZES) | set(EXTREMES) | set(NUMBERS) | _FORM | _FIELDS | known
    )
    whole = squash(heap)
    missing = []
    for word in tokens(now.scene.task):
        plain = word.rstrip("s")
        if (
            word in common
            or plain in common
            or len(word) < 2
            or is_chinese(word)
            or re.fullmatch(r"\d+(?:st|nd|rd|th)", word)
        ):
            continue
        if word in seen or plain in seen or squash(word) in whole or concepts_within(word) & concepts:
            continue
        if any(isinstance(g, Remark | Click | Use) and word in tokens(now.scene.text) for g in now.goals):
            continue
        missing.append(word)
    return missing


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{k} {_flat(v)}" for k, v in value.items())
    if isinstance(value, list):
        return " ".join(_flat(v) for v in value)
    return str(value)
