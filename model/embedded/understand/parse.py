"""A task in words → goals in order.

English is taken apart into clauses by sentence ends, order words and commas before verbs; each clause is matched
to a table of sentence patterns, the first that fits makes the goals (`say_enter`, `say_act` and `say_ask` hold the
makers).
Chinese has its own table (`parse_chinese`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from model.embedded.understand import desktop, say_act, say_ask, say_enter, say_shop, say_whole
from model.embedded.understand.clauses import CLICK, DO, ENTER, OPENERS, PICK, clauses
from model.embedded.understand.goals import (
    Back,
    Choose,
    Click,
    Close,
    Do,
    Find,
    Fit,
    Goal,
    Pick,
    Read,
    Search,
    SelectText,
    Submit,
    Target,
    Type,
)
from model.embedded.understand.language import concept_of, concepts_within, fold, is_chinese
from model.embedded.understand.nouns import QUOTED, Quotes, target

Builder = Callable[[re.Match[str], Quotes], list[Goal] | None]
"""Makes goals of a matched clause; []: try the next pattern; None: understood, and nothing need be done."""


def parse(task: str, on_desktop: bool = False) -> tuple[Goal, ...]:
    """The goals of a task, in order. Empty: nothing in it was understood."""
    if is_chinese(re.sub(r"[\"“「『《].*?[\"”」』》]", "", task)):
        from model.embedded.understand.parse_chinese import parse_chinese

        return parse_chinese(task)
    quotes = Quotes(task)
    quotes.text = say_whole.plainer(quotes.text)
    if not on_desktop and (told := say_whole.whole(quotes)):
        return tuple(told)
    goals: list[Goal] = []
    for clause in clauses(quotes.text):
        said = quotes.value(clause)
        goals += [replace(goal, said=goal.said or said) for goal in _clause(clause, quotes, on_desktop)]
    return tuple(say_shop.last_things_last(_resolve(goals)))


def _clause(clause: str, quotes: Quotes, on_desktop: bool = False) -> list[Goal]:
    if times := re.match(r"^(.+?)\s+(twice|(\w+) times)$", clause, re.I):
        from model.embedded.understand.values import number_word

        count = 2 if not times[3] else number_word(times[3])
        if count and count <= 10:
            once = _clause(times[1], quotes)
            return once * int(count) if all(isinstance(g, Click | Submit) for g in once) else once
    for pattern, build in (*(desktop.PATTERNS if on_desktop else ()), *say_shop.PATTERNS, *_PATTERNS):
        if found := re.match(pattern, clause, re.I):
            goals = build(found, quotes)
            if goals is None:
                return []
            if goals:
                return goals
    if 0 < len(clause.split()) <= 4:  # "save", "accept cookies": the name of a control
        return [Click(target=target(clause, quotes))]
    return []


def _resolve(goals: list[Goal]) -> list[Goal]:
    """Give "it", "them" and bare verbs the thing that was spoken of before; join what is one goal."""
    thing: Target | None = None
    done: list[Goal] = []
    for goal in goals:
        before = done[-1] if done else None
        if isinstance(goal, Do):
            same = thing and not goal.thing.text and goal.thing.role and not goal.thing.most and not goal.thing.nth
            if thing and (_is_pronoun(goal.thing) or (same and not goal.thing.whose)):
                goal = replace(goal, thing=thing)
            elif goal.thing.text or goal.thing.whose:
                thing = goal.thing
            if isinstance(before, Find) and not before.opened and before.target == goal.thing:
                done.pop()
        elif isinstance(goal, Find):
            if _is_pronoun(goal.target) and isinstance(before, Search):
                goal = replace(goal, target=Target(text=before.text))
            thing = goal.target
        elif isinstance(goal, Read) and thing and _is_pronoun(goal.target) and goal.what == "value":
            goal = replace(goal, target=thing)
        elif isinstance(goal, Type) and goal.source and _is_pronoun(goal.source.target):
            read = next((g for g in reversed(done) if isinstance(g, Read)), None)
            if read:
                done.remove(read)
                goal = replace(goal, source=read)
            elif isinstance(before, Find) and not before.opened:
                done.pop()
                goal = replace(goal, source=Read(target=before.target))
        elif isinstance(goal, Click):
            goal = _clicked(goal, before, thing)
            if isinstance(before, Find) and (isinstance(goal, Do) or goal.target == before.target):
                done.pop()
            if isinstance(before, Read) and isinstance(goal, Click) and _ANSWER.search(fold(goal.target.text)):
                done.pop()
                goal = replace(goal, source=before)
            if isinstance(goal, Click) and isinstance(before, Type | Fit | Pick) and _confirms(goal.target):
                goal = Submit(goal.said, target=goal.target)
        done.append(goal)
    return done


def _confirms(thing: Target) -> bool:
    """Whether a button named after something was entered is the one that sends it, whatever is written on it."""
    return bool(concept_of(thing.text) & {"submit", "sign in", "sign up"}) and not thing.anchor and not thing.whose


def _clicked(goal: Click, before: Goal | None, thing: Target | None) -> Click | Do:
    """ "click it", "click the bin" after "find the mail of X"."""
    if _is_pronoun(goal.target):
        return replace(goal, target=thing) if thing else goal
    if isinstance(before, Find) and goal.target.role in ("icon", "button") and not goal.target.anchor:
        concepts = concepts_within(goal.target.text)
        if concepts and thing:
            return Do(goal.said, concept=say_act.first_concept(concepts), thing=thing)
    return goal


_ANSWER = re.compile(r"\b(?:right|correct|matching|corresponding)\b|^(?:the )?answer$")
_PRONOUNS = frozenset(("it", "them", "that", "this", "one", "him", "her", "", "result", "answer", "there"))
_PRONOUN_ROLES = frozenset(
    (
        "",
        "email",
        "mail",
        "message",
        "result",
        "value",
        "number",
        "text",
        "word",
        "item",
        "product",
        "post",
        "user",
    )
)


def _is_pronoun(thing: Target) -> bool:
    return (
        fold(thing.text) in _PRONOUNS
        and thing.role in _PRONOUN_ROLES
        and not (thing.anchor or thing.whose or thing.nth or thing.shape or thing.colour or thing.most)
    )


def _field(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Type(text=quotes.value(found["text"]), field=target(found["field"], quotes))]


def _copy(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    what = re.sub(r"^(?:the )?(?:text|contents?)(?: (?:in|of|from|inside))?\s*", "", found["rest"], flags=re.I)
    read = Read(what="text", target=target(what, quotes))
    to = found.groupdict().get("to")
    return [Type(source=read, field=target(to, quotes))] if to else [read]


def _look_for(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "look for the mail by X" is answered by reading; a search field is for words, or where one is spoken of."""
    thing = target(found["rest"], quotes)
    if found[0].lower().startswith("look for") and (thing.whose or thing.role in _MEMBERS) and not found["by"]:
        return [Find(target=thing)]
    return [Search(text=quotes.value(found["rest"]))]


_MEMBERS = frozenset(("email", "e-mail", "mail", "message", "post", "tweet", "comment", "contact", "row", "file"))
"""Members of a list that can be read through."""
_CALC = r"^(?:solve|calculate|compute|work out|add up|answer (?:the )?(?:math|question|equation|problem))\b.*"
_ASK = (
    r"^(?:what|which|who|when|where|how|count|is|are|does|do|tell me|report|read|find out|give me|return"
    r"|remember|note)"
    r"\b.+"
)
_FINE = r"search.*|.*search (?:box|bar|field|engine)|page|site|store|shop"
_DOING = "|".join(
    sorted(map(re.escape, (*DO, "add", "put", "save", "move", "place", "mark", "set")), key=len, reverse=True)
)
# fmt: off
_PATTERNS: tuple[tuple[str, Builder], ...] = (
    (_CALC, say_ask.question),
    (_ASK, say_ask.question),
    (r"^(?:go back|navigate back|return to the previous page)", lambda f, q: [Back()]),
    (r"^(?:log|sign)[ -]?in(?:to)?\b\s*(?P<rest>.*)$", say_enter.sign_in),
    (r"^(?:submit|send|confirm)(?: (?:the |your |this |it)?(?:form|answer|it|order|message|changes)?)?$",
     lambda f, q: [Submit(target=Target(text=fold(f[0]).split()[0]))]),
    (r"^(?:use|using) (?:the )?(?P<field>.+?) to (?:select|choose|pick|set|reach)(?: the)?(?: (?:value|number))?"
     r" (?:to )?(?P<value>\S+)$", say_act.set_),
    (r"^use (?:the )?(?P<field>.+?) (?:to|and) (?P<verb>enter|type|search for|find) (?P<text>.+)$", _field),
    (rf"^(?:fill(?: in| out| up)?|complete) (?P<field>.+?) (?:with|as) (?P<text>{QUOTED}|\S+)$", _field),
    (r"^(?:fill(?: in| out| up)?|complete) (?:the |this |out the )?(?:\w+ )?form (?:with|using|as follows)?:?\s*"
     r"(?P<rest>.+)$", say_enter.form),
    (r"^(?:switch|look|search|navigate|browse|go|move) (?:between|through|among)\b(?:.*? (?:to|and)"
    r" (?P<rest>find .+))?",
     lambda f, q: _clause(f["rest"], q) if f["rest"] and f["rest"] != "find" else None),
    (r"^(?:(?:set|change|adjust|switch|turn|update|increase|decrease) (?P<field>.+?) (?:to|=|at|into)"
     r" (?P<value>[^ ]+.*)|(?:move|drag|slide) (?P<field2>.*\bslider.*?) to"
     r" (?P<value2>\S+(?:,? (?:and )?-?[\d.]+)*))$",
     say_act.set_),
    (r"^(?:turn|switch) (?P<value>on|off) (?P<field>.+)$", say_act.set_),
    (rf"^(?:search|look) (?:for|up)\s+(?P<rest>.+?)(?: (?:in|on|using|with) (?:the )?(?P<by>{_FINE}))?$",
     _look_for),
    (r"^search\s+(?P<rest>.+)$", lambda f, q: [Search(text=q.value(f["rest"]))]),
    (rf"^(?:{ENTER})\s+(?P<rest>.+)$", say_enter.enter),
    (r"^(?:scroll|swipe)\b\s*(?P<rest>.*)$", say_act.scroll),
    (r"^(?:book|order|reserve|find|search for) (?P<what>.+? from .+? to .+)$", say_enter.trip),
    (r"^(?:drag(?: and drop)?|move|drop|slide|draw a line from)\s+(?P<rest>.+)$", say_act.drag),
    (r"^copy\s+(?P<rest>.+?)(?: (?:and paste (?:it|that|them)|to|into) (?:in(?:to)? )?(?P<to>.+))$", _copy),
    (r"^copy\s+(?P<rest>.+)$", _copy),
    (r"^paste(?: it| that| the text)?\s+(?:in(?:to)?|to)\s+(?P<rest>.+)$",
     lambda f, q: [Type(source=Read(target=Target(text="it")), field=target(f["rest"], q))]),
    (r"^(?:highlight)\s+(?P<rest>.+)$", lambda f, q: [SelectText(target=target(f["rest"], q))]),
    (r"^(?:sort|order|arrange|show .*sorted|show .*ordered)\b.*?\bby (?P<rest>.+)$",
     say_act.sort_by),
    (r"^(?:filter|show only|narrow)(?: (?:by|to|down to|the \w+ (?:by|to)))?\s+(?P<rest>.+)$",
     lambda f, q: [Choose(option=target(f["rest"], q))]),
    (rf"^(?P<verb>{OPENERS})\s+(?P<rest>.+)$", say_act.click),
    (r"^(?:close|dismiss|exit|hide|shut)\s+(?P<rest>.+?)(?: by (?:clicking|pressing|tapping)(?: on)?"
    r" (?P<by>.+))?$",
     lambda f, q: [Click(target=target(f["by"], q))] if f["by"] else [Close(target=target(f["rest"], q))]),
    (rf"^(?P<verb>{_DOING})(?:\s+(?P<rest>.+))?$", say_act.do),
    (rf"^(?P<verb>{PICK})\s+(?P<rest>.+)$", say_act.pick),
    (rf"^(?P<verb>{CLICK})\s+(?P<rest>.+)$", say_act.click),
    (r"^(?:find|locate|look at)\s+(?P<rest>.+)$", say_ask.find),
    (r"^find$|^wait\b.*", lambda f, q: None),
    (r"^(?:open|go|visit|navigate|show|view|bring up|switch|launch)\s+(?P<rest>.+)$", say_act.open_),
)
# fmt: on
