"""Open what is named, go to a section, follow a path through a menu or a tree, bring a thing into view."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from model.embedded.language.clauses import strip_purpose
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Find, Goal, Reach, Read, Search, Target
from model.embedded.language.questions import source
from model.embedded.language.wording import echoes, text_score
from model.embedded.language.words import fold
from model.embedded.matching.match import ENOUGH, ENTRIES, SURE
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.paging import later_page
from model.embedded.matching.pointing import best, name_of
from model.embedded.matching.seek import wide
from model.embedded.matching.whereabouts import place_of, reach
from model.embedded.skills.base import Skill


@dataclass(frozen=True)
class Visit(Goal):
    """Open an address."""

    do = "visit"
    url: str = ""


@dataclass(frozen=True)
class Path(Goal):
    """Follow a path through a menu or a tree."""

    do = "path"
    steps: tuple[Target, ...] = ()


def visit(goal: Visit, now: Now) -> Answer:
    """The address."""
    return Move({"action": "navigate", "url": goal.url}, f"I open {goal.url}.", 0.97)


def _readable(now: Now) -> bool:
    """Whether the question that comes next is answered by this screen already."""
    following = now.goals[now.index + 1] if now.index + 1 < len(now.goals) else None
    if not isinstance(following, Read):
        return False
    from model.embedded.skills.records.reading import read

    told = read(following, now)
    return isinstance(told, Done) and told.answer is not None and told.score >= 0.85


def open_(goal: Find, now: Now) -> Answer:
    """Bring it into view, or click it until it fills the page."""
    target = goal.what
    if target.nth > 0 and not target.text and goal.opened and target.role in ENTRIES:
        page = later_page(target, now)
        if isinstance(page, Move):
            return page
        target = replace(target, nth=page)
    if goal.opened and (place := place_of(target.text)) and not (target.nth or target.most):
        return reach(Reach(goal.said, places=(place,)), now)
    if _readable(now):
        return Done("what is asked about it can be read here", 0.9)
    found = best(target, now)
    if not goal.opened:
        if found and found.score >= ENOUGH:
            return Done(f"{target} is in view", found.score)
        return Lost(f"{target} is not to be seen", target)
    clicked = [s for s in now.past if s.kind == "click" and not s.idle and s.mark != "!"]
    if clicked and not echoes(now.scene.title) and text_score(target.text, now.scene.title)[0] >= 0.85:
        return Done("it is open", 0.95)
    if not target.text and not target.role and not target.whose:
        return Done("nothing to open", 0.7)
    found_by = any(isinstance(g, Search) and fold(g.text) == fold(target.text) for g in now.goals)
    least = (
        0.8 if found_by else SURE if wide(now.scene) and target.text else 0.85
    )  # a longer name is another thing: look further
    if found and found.score >= (ENOUGH if now.relaxed else least):
        return Move(click_at(found.point, found.thing.text), f"I open {name_of(found.thing)}.", found.score)
    if not echoes(now.scene.title) and text_score(target.text, now.scene.title)[0] >= 0.9:
        return Done("it is open already", 0.9)
    return Lost(f"{target} is not to be seen", target)


def follow(goal: Path, now: Now) -> Answer:
    """Down a menu or a tree, one name a step: by resting on it, by clicking where that opens nothing."""
    reached = max((int(s.memo["at"]) + 1 for s in now.past if "at" in s.memo and not s.idle), default=0)
    memo = {"at": reached}
    if reached >= len(goal.steps):
        return Done("the path was followed")
    target = goal.steps[reached]
    found = best(target, now)
    if (not found or found.score < ENOUGH) and reached and now.past and now.past[-1].kind == "wait":
        parent = best(goal.steps[reached - 1], now)
        if parent:
            action = {"action": "click", "start_point": list(parent.point)}
            return Move(action, "Resting on it opens nothing, I click it.", parent.score, last=False)
    if (not found or found.score < ENOUGH) and reached and now.past and now.past[-1].kind == "hover":
        return Move({"action": "wait", "duration_ms": 600}, "The menu may need a moment to open.", 0.9, last=False)
    if not found or found.score < ENOUGH:
        return Lost(f"{target} is not to be seen", target)
    last = reached == len(goal.steps) - 1
    tried_hover = any(s.kind == "hover" and s.memo.get("at") == reached for s in now.past)
    if last or tried_hover or "hover" not in now.actions:
        return Move(
            click_at(found.point, target.text), f"I click “{target.text}”.", found.score, last=last, memo=memo
        )
    return Move(
        click_at(found.point, how="hover"),
        f"I rest on “{target.text}” to open it.",
        found.score,
        last=False,
        memo=memo,
    )


_OPEN = r"open|go to|go into|go|navigate to|navigate|visit|show me|show|view|bring up|pull up|switch over to|switch to|switch|launch|head over to|head to|take me to|jump to|get to|display|look at|enter|access|browse to|start"
_SECTION = r"(?:'s|’s)?\s+(?:page|screen|view|details?(?: page)?|section|tab|panel|area|module)$"
_PATH = r"^(?:the )?(.+?(?:\s*(?:>|→|»)\s*.+?)+)$"


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "open X", "go to the X page", "open A > B", an address."""
    rest = strip_purpose(re.sub(r"^(?:to|into|up|over|the way to)\s+", "", found["rest"], flags=re.I))
    if re.match(r"^(?:its|the|that|their) (?:page|details?)$", rest, re.I):
        rest = "it"
    if url := re.match(r"^((?:https?|chrome|about|file)://\S+|www\.\S+)$", clause.value(rest)):
        return [Visit(url=url[1] if "://" in url[1] else f"https://{url[1]}")]
    if re.match(_PATH, rest):
        names = [n.strip() for n in re.split(r"\s*(?:>|→|»)\s*", rest)]
        return [_opened(Target(text=clause.value(re.sub(r"^the\s+", "", n))), clause) for n in names]
    if not re.search(r"\d$", rest) and not re.search(r"\b(?:home|start|main|next|previous)\s+page$", rest, re.I):
        rest = re.sub(_SECTION, "", rest, flags=re.I)
    target = clause.noun(rest)
    if target.role and not (
        target.called or target.nth or target.most or target.anchor or target.colour or target.kinds
    ):
        target = Target(text=clause.value(re.sub(r"^(?:the|my|our|your|an?)\s+", "", rest, flags=re.I)))
    if (
        target.role in ("list", "table", "menu", "window")
        and target.text
        and not target.quoted
        and target.text.islower()
    ):
        target = Target(text=f"{target.text} {target.role}")
    before = [_opened(Target(text=clause.place), clause)] if clause.place and clause.place != rest else []
    if target.relation == "in" and target.anchor and target.anchor.text and not target.anchor.kinds:
        before.append(_opened(target.anchor, clause))
        target = replace(target, relation=None, anchor=None)
    return [*before, _opened(target, clause)] if rest else []


def _opened(target: Target, clause: Clause) -> Find:
    return Find(what=target, opened=True)


def _find(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "find X": bring it into view, or find out a value."""
    rest = found["rest"]
    described = source(rest, clause.quotes)
    if described and not clause.noun(rest).role:
        return [described]
    before = [_opened(Target(text=clause.place), clause)] if clause.place else []
    return [*before, Find(what=clause.noun(rest))]


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    rest = found["rest"]
    if re.match(r"https?://", rest):
        return [Visit(url=rest)]
    rest = re.sub(r"(?<=..)(?:页面|页)$", "", rest)
    return [Find(what=clause.noun(rest), opened=True)]


SKILL = Skill(
    "open",
    {Find: open_, Reach: reach, Path: follow, Visit: visit},
    verbs=f"{_OPEN}|find|locate".replace("|start", "").replace("|enter", ""),
    english=(
        Form(r"^(?:find|locate|look for)\s+(?P<rest>.+)$", _find),
        Form(rf"^(?:{_OPEN})\s+(?P<rest>.+)$", _read),
    ),
    chinese=(
        Form(r"^(?:打开|进入|前往|访问|查看|切换到|去|转到)(?P<rest>.+)$", _chinese),
        Form(r"^(?:找到|查找)(?P<rest>.+)$", lambda f, c: [Find(what=c.noun(f["rest"]))]),
    ),
)
