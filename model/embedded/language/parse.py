"""A task in words → goals in order, English and Chinese.

The task is cut into clauses; each clause is read by the first sentence form that fits it. What fits none becomes an
`Unknown` goal in its own words, a statement a `Remark`, what must not be done an `Avoid`: nothing is dropped.
"""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from model.embedded.language import chinese
from model.embedded.language.clauses import Piece, clauses
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import (
    Avoid,
    Choose,
    Click,
    Create,
    Delete,
    Edit,
    Fill,
    Find,
    Goal,
    Pick,
    Read,
    Remark,
    Search,
    Setting,
    Submit,
    Target,
    Type,
    Unknown,
    Use,
)
from model.embedded.language.nouns import Quotes, target
from model.embedded.language.statements import asks, stated, vague
from model.embedded.language.words import concept_of, fold, is_chinese

_ON = r"(?:is|are|stays?|gets?|be)\s+(?:turned |switched |set )?(?P<on>on|off|enabled|disabled|activated|checked|ticked)"
_PLAINER: tuple[tuple[str, str], ...] = (
    (rf"^(?:make sure|ensure|check|see to it)(?: that)? (?P<x>.+?) {_ON}$", r"turn \g<on> \g<x>"),
    (rf"^(?P<x>.+?) (?:should|must|has to|needs to|ought to) {_ON}$", r"turn \g<on> \g<x>"),
    (
        r"^(?P<x>(?:the )?.+?) (?:should|must|has to|needs to|ought to|shall) (?:now )?be (?P<v>delete|remove|archive|close|open"
        r"|download|publishe?|star)(?:e?d)$",
        r"\g<v> \g<x>",
    ),
    (
        r"^(?P<x>(?:the )?.+?) (?:should|must|has to|needs to|ought to|shall) (?:now )?(?:be|read|say) (?P<v>(?!\w+ed\b).+)$",
        r"set \g<x> to \g<v>",
    ),
    (
        r"^(?:make sure|ensure|see to it)(?: that)? (?P<x>.+?) (?:is|are|reads|equals) (?P<v>.+)$",
        r"set \g<x> to \g<v>",
    ),
    (r"^i (?:need|want|would like|'d like) (?P<x>(?:a|an|another) .+)$", r"create \g<x>"),
    (r"^(?:throw away|throw out|get rid of|do away with|take out)\b", "delete"),
)
"""Said one way or the other, the same is meant."""
_TURNED = {"enabled": "on", "activated": "on", "checked": "on", "ticked": "on", "disabled": "off"}


@dataclass(frozen=True)
class Grammar:
    """What a parser knows: the sentence forms of all skills, in the order in which they are tried, and their verbs."""

    english: tuple[Form, ...]
    chinese: tuple[Form, ...]
    verbs: str


def parse(task: str, grammar: Grammar, on_desktop: bool = False) -> tuple[Goal, ...]:
    """The goals of a task, in order. Empty: there is no task."""
    in_chinese = is_chinese(re.sub(r"[\"“「『《].*?[\"”」』》]", "", task))
    quotes = Quotes(task)
    pieces = chinese.clauses(quotes) if in_chinese else clauses(quotes.text, grammar.verbs)
    forms = grammar.chinese if in_chinese else grammar.english
    forms = tuple(f for f in forms if on_desktop or not f.desktop)
    goals: list[Goal] = []
    later: list[Goal] = []
    if not in_chinese:
        pieces, asked = _statements(pieces, quotes)
        goals += asked
    for piece in pieces:
        found = [replace(g, said=g.said or quotes.value(piece.text)) for g in _read(piece, quotes, forms)]
        (later if piece.later else goals).extend(found)
        if later and not piece.later:
            goals, later = _with_mention(goals, later), []
    return tuple(_resolve([*goals, *later]))


def _statements(pieces: list[Piece], quotes: Quotes) -> tuple[list[Piece], list[Goal]]:
    """Without the statements that ask for a change, and what they ask for.

    One that says what is to be asks by itself; one that says what is, where the next clause says to change it, or
    where there is nothing else in the task.
    """
    left: list[Piece] = []
    asked: list[Goal] = []
    at = 0
    while at < len(pieces):
        piece, following = pieces[at], pieces[at + 1] if at + 1 < len(pieces) else None
        said = stated(piece.text, quotes) if piece.kind != "not" and not piece.place else None
        if said is None or re.match(r"(?:what|who|which|when|where|how)\b", piece.text, re.I):
            left.append(piece)
            at += 1
            continue
        change = vague(following.text, quotes) if following else None
        whole = quotes.value(piece.text)
        if change:
            thing, place = change
            name = thing if thing.called else said.name
            asked.append(
                replace(said, name=name, place=place or (following.place if following else ""), said=whole)
            )
            at += 2
        elif asks(piece.text) or len(pieces) == 1:
            asked.append(replace(said, said=whole))
            at += 1
        else:
            left.append(piece)
            at += 1
    return left, asked


def _with_mention(goals: list[Goal], later: list[Goal]) -> list[Goal]:
    """ "Before you delete X, rename it": the pronouns of what comes first mean what the later clause names."""
    thing = next((_thing_of(g) for g in later if _thing_of(g).called), Target())
    return [*(_meaning(g, thing) for g in goals), *later]


def _read(piece: Piece, quotes: Quotes, forms: Sequence[Form]) -> list[Goal]:
    text = piece.text
    if piece.kind == "not":
        return [Avoid(what=quotes.value(text))]
    for pattern, plain in _PLAINER:
        if re.match(pattern, text, re.I):
            text = re.sub(pattern, plain, text, flags=re.I)
            text = re.sub(r"^turn (\w+)", lambda hit: f"turn {_TURNED.get(hit[1].lower(), hit[1].lower())}", text)
            break
    else:
        if piece.kind == "remark":
            about = re.match(
                r"^\w+ (?:no longer |don['’]t |do not )?(?:need|want|like|use|have)s?\s+(.+)$"
                r"|^(?:i|we|they|you) (?:do not|don['’]t|no longer|never) \w+ (.+?)(?: any ?more| any longer| now)?$",
                text,
                re.I,
            )
            remark = Remark(what=quotes.value(text))
            return [remark, Find(said="…", what=target(about[1] or about[2], quotes))] if about else [remark]

    def inner(other: str) -> list[Goal]:
        return _read(Piece(other, piece.place, piece.about), quotes, forms)

    clause = Clause(text, quotes, piece.place, piece.about, inner)
    for form in forms:
        goals = form.read(clause)
        if goals is None:
            return []
        if goals:
            return goals
    return [Unknown(what=quotes.value(text))]


_PRONOUNS = frozenset(
    ("it", "them", "that", "this", "one", "him", "her", "", "there", "its", "their", "his", "they")
)
_NOUNS_ALONE = frozenset(("result", "answer", "item", "product", "value", "record", "page", "entry"))


def is_pronoun(thing: Target) -> bool:
    """Whether it only points at what was spoken of before."""
    vague = fold(thing.text) in _PRONOUNS or (fold(thing.text) in _NOUNS_ALONE and not thing.quoted)
    plain = not (
        thing.anchor or thing.whose or thing.nth or thing.shape or thing.colour or thing.most or thing.kinds
    )
    return vague and plain


def _thing_of(goal: Goal) -> Target:
    if isinstance(goal, Create):
        return Target(text=goal.name, role=goal.kind, quoted=True) if goal.name else Target()
    if isinstance(goal, Find | Edit | Delete | Use):
        return goal.target
    return Target()


def _meaning(goal: Goal, thing: Target) -> Goal:
    """The goal with its pronoun replaced by what was spoken of."""
    if not (thing.called or thing.nth or thing.most):
        return goal
    if isinstance(goal, Edit | Delete) and is_pronoun(goal.name):
        kept = thing if not goal.name.role or not thing.role or goal.name.role == thing.role else goal.name
        return replace(goal, name=kept)
    if (
        isinstance(goal, Use | Click | Find)
        and is_pronoun(goal.what)
        and not (goal.what.role and isinstance(goal, Click))
    ):
        same = not goal.what.role or not thing.role or goal.what.role.rstrip("s") == thing.role.rstrip("s")
        return replace(goal, what=thing) if same else goal
    if isinstance(goal, Read) and fold(goal.what.whose) in _PRONOUNS - {""}:
        return replace(goal, what=replace(goal.what, whose=thing.called))
    return goal


def _resolve(goals: list[Goal]) -> list[Goal]:
    """Give pronouns their meaning; join what is one goal."""
    thing, kind = Target(), ""
    done: list[Goal] = []
    for goal in goals:
        before = done[-1] if done else None
        goal = _meaning(goal, thing)
        if isinstance(goal, Create):
            if goal.kind in ("", "one"):
                goal = replace(goal, kind=kind)
            kind = goal.kind
        if isinstance(goal, Edit) and isinstance(before, Create) and goal.name.called == before.name and goal.set:
            names = [s for s in goal.set if fold(s.field.text) == "name"]
            if names and not before.name:
                done[-1] = replace(before, name=names[0].value)
                continue
        if isinstance(goal, Edit) and not goal.name.called and not goal.name.nth and goal.set:
            if isinstance(before, Create) and not before.name and fold(goal.set[0].field.text) == "name":
                done[-1] = replace(before, name=goal.set[0].value)
                continue
            if isinstance(before, Create):
                done[-1] = replace(before, set=(*before.set, *goal.set))
                continue
            goal = _in_view(goal)
        if isinstance(goal, Edit) and isinstance(before, Edit) and _same_record(before, goal):
            done[-1] = replace(before, set=(*before.set, *goal.set), said=f"{before.said}; {goal.said}")
            continue
        if isinstance(goal, Find) and isinstance(before, Search) and is_pronoun(goal.what) and not goal.what.nth:
            goal = replace(goal, what=Target(text=before.text))
        read = next((g for g in reversed(done) if isinstance(g, Read)), None)
        if read and isinstance(goal, Type) and goal.source and is_pronoun(goal.source.what):
            done.remove(read)
            goal = replace(goal, source=read)
        if isinstance(goal, Click) and isinstance(before, Type | Pick | Fill) and _confirms(goal.what):
            goal = Submit(goal.said, what=goal.what)
        if (
            isinstance(goal, Use | Delete)
            and isinstance(before, Find)
            and not before.opened
            and before.what == goal.target
        ):
            done.pop()
        named = _thing_of(goal)
        thing = named if named.called or named.nth or named.most else thing
        if isinstance(goal, Find) and goal.said == "…":
            continue  # only mentioned
        done.append(goal)
    return done


def _same_record(one: Edit, other: Edit) -> bool:
    """Whether two changes are of the same record, in one form."""
    return bool(one.set and other.set) and one.name == other.name and other.place in ("", one.place)


def _in_view(goal: Edit) -> Goal:
    """Fields of no record that is named are those of the page."""
    if len(goal.set) == 1:
        one = goal.set[0]
        return Choose(goal.said, option=Target(text=one.value, quoted=True), field=one.field)
    return Fill(goal.said, set=goal.set)


def _confirms(thing: Target) -> bool:
    """Whether a button named after something was entered is the one that sends it, whatever is written on it."""
    return bool(concept_of(thing.text) & {"submit", "sign in", "sign up"}) and not thing.anchor and not thing.whose


__all__ = ["Avoid", "Grammar", "Setting", "is_pronoun", "parse"]
