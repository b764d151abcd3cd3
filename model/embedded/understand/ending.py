"""How a run ends: success only when all of it is accounted for, else unsure."""

from __future__ import annotations

import re

from model.embedded.understand.clauses import CLICK, DO, ENTER, PICK
from model.embedded.understand.goals import (
    Amount,
    Choose,
    Consent,
    Do,
    Filter,
    Find,
    Language,
    Reach,
    Submit,
    Type,
)
from model.embedded.understand.language import (
    KINDS,
    ORDINALS,
    SIZES,
    STOP,
    concepts_within,
    fold,
    is_chinese,
    squash,
    tokens,
)
from model.embedded.understand.match import SURE
from model.embedded.understand.memory import Now, Step
from model.embedded.understand.values import EXTREMES
from model.embedded.understand.whereabouts import PLACES
from model.embedded.understand.wording import text_score

_VERBS = frozenset(
    w for part in (ENTER, CLICK, PICK) for word in part.split("|") for w in re.findall(r"[a-z]+", word)
) | frozenset(DO)
_PLAIN = frozenset(
    "open go find show view scroll drag move submit confirm add put save close search look log sign navigate"
    " make sure until"
    " down up page button expand section below above each both lower upper case letters following see please"
    " switch between tabs"
    " many much does kilometres kilometers km years days set change fill form named labeled labelled called"
    " titled".split()
)


_WHOLE = (Amount, Consent, Filter, Language, Reach)
"""Goals that are made of a whole sentence, every word of which has its part in them."""

_NEARLY = 0.83
"""How sure an act must be for the screen to make up for the rest."""


def ending(now: Now) -> tuple[str, str, float]:
    """Status, reason and confidence of the end.

    Success needs that every act was sure, that the screen answered to the last one, and that every word of the
    task that carries meaning was clicked, typed or read, or stands on the screen now.
    """
    acts = [s for s in now.steps if s.mark == "·" and not s.error]
    lowest = min((SURE if _confirmed(s, now) else s.score for s in acts), default=0.0)
    missing = [] if any(isinstance(g, _WHOLE) for g in now.goals) else unaccounted(now)
    if not acts and not any("done" in t for t in now.trace):
        return "unsure", "Nothing had to be done, as far as I can see.", 0.4
    if acts and acts[-1].idle and acts[-1].kind not in ("hover", "press"):
        return "unsure", "The last step changed nothing on the screen.", 0.4
    done_scores = [t["score"] for t in now.trace if "done" in t]
    lowest = min([lowest, *done_scores] if acts else done_scores)
    if missing:
        return "unsure", f"Perhaps done; nothing I did accounts for: {', '.join(missing)}.", min(lowest, 0.6)
    if any("best so far" in s.said for s in now.steps):
        # One figure that was not read makes another thing the most, and nothing on the screen would tell.
        return "unsure", "Perhaps done; of all that I could compare it is the most.", min(lowest, 0.8)
    if lowest < SURE:
        return "unsure", f"Perhaps done; my least sure step was {lowest:.0%}.", lowest
    return "success", "Every part of the task was done, and the screen answered.", lowest


def _confirmed(step: Step, now: Now) -> bool:
    """Whether the screen bears out an act that was nearly sure: what should come of it is there to be seen."""
    if step.idle or not _NEARLY <= step.score < SURE:
        return False
    goal = now.goals[min(step.goal, len(now.goals) - 1)]
    moved = "the address is now" in step.effect
    if isinstance(goal, Find) and goal.opened and not goal.target.most:
        return moved and text_score(goal.target.text, now.scene.title)[0] >= SURE
    if isinstance(goal, Do) and goal.concept == "delete":
        return bool(goal.thing.text) and squash(goal.thing.text) not in squash(now.scene.text)
    if isinstance(goal, Choose):
        return moved
    if isinstance(goal, Submit):
        return moved and bool(step.text) and squash(step.text) not in {squash(t.text) for t in now.scene.things}
    if isinstance(goal, Type):  # the form was taken
        later = [s for s in now.steps if s.goal > step.goal and isinstance(now.goals[s.goal], Submit)]
        return any(s.mark == "·" and "the address is now" in s.effect for s in later)
    return False


def unaccounted(now: Now) -> list[str]:
    """Words of the task that carry meaning and that nothing done so far accounts for."""
    task = now.scene.task
    used = [s.text for s in now.steps if s.mark != "!"] + [s.said for s in now.steps if s.mark != "!"]
    used += [g.get("done", "") for g in now.trace if "done" in g]
    heap = fold(" ".join(used))
    seen = set(tokens(heap)) | set(tokens(now.scene.text))
    concepts = concepts_within(heap)
    missing = []
    for word in tokens(task):
        if (
            word in STOP
            or word in KINDS
            or word in _VERBS
            or word in _PLAIN
            or word in ORDINALS
            or word in SIZES
            or word in EXTREMES
        ):
            continue
        if (
            word.rstrip("s") in KINDS
            or word.rstrip("s") in _PLAIN
            or len(word) < 2
            or re.fullmatch(r"\d+(?:st|nd|rd|th)", word)
        ):
            continue
        if word in seen or word.rstrip("s") in seen or word in heap:
            continue
        if concepts_within(word) & concepts:
            continue
        if is_chinese(word) or concepts_within(word) & (PLACES | {"paint", "interior", "wheels", "trim"}):
            continue
        missing.append(word)
    return missing
