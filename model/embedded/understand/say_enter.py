"""Sentences about entering: "enter X into F", "fill in the form with …", "sign in as …" → `Type` and its kin."""

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.understand.clauses import split_list
from model.embedded.understand.goals import Choose, Click, Fit, Goal, Pick, Press, Reach, Submit, Target, Type
from model.embedded.understand.language import KINDS, fold
from model.embedded.understand.nouns import QUOTED, Quotes, target
from model.embedded.understand.say_ask import source
from model.embedded.understand.values import find_date

_WORDS = re.compile(
    r"(?:the )?(?:following )?(?:word|text|string|value|following|phrase|keyword|letter|character|sentence|item"
    r"|term|number|"
    r"and|name of the)s?",
    re.I,
)
_CASE = r"(?:all )?(?:upper ?case|lower ?case|capital|caps)(?: letters?)?"
_WHERE = re.compile(
    r"^(?P<what>.+?)\s+(?:in(?:to|side)?|on(?:to)?|to|as|for|under)\s+"
    r"(?P<field>(?:the |a |an |your |my |both |all |each )?[^,]+)$",
    re.I,
)


def enter(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "enter X into F", "enter the username X and the password Y", "X as the Y"."""
    rest, more = found["rest"], []
    if enters := re.search(r"\s+and (?:hit|press) enter$", rest, re.I):
        rest, more = rest[: enters.start()], [Press(keys=("enter",))]
    return [*(_fit(rest, quotes) or _pairs(rest, quotes) or _single(rest, quotes)), *more]


def _fit(rest: str, quotes: Quotes) -> list[Goal]:
    """An item that is described by how it begins or ends."""
    said = rf"({QUOTED}|\w+)"
    begins = r"(?:starts?|begins?|beginning|starting)"
    if fit := re.match(rf"^an? .*?{begins} with {said}(?:.*?(?:ends?|ending) with {said})?", rest, re.I):
        return [Fit(starts=quotes.value(fit[1]), ends=quotes.value(fit[2] or ""))]
    if fit := re.match(rf"^an? .*?(ends?|ending|contains?|containing) (?:with |in )?{said}$", rest, re.I):
        word = quotes.value(fit[2])
        return [Fit(ends=word) if fit[1].startswith("end") else Fit(contains=word)]
    return []


def _pairs(rest: str, quotes: Quotes) -> list[Goal]:
    """ "the username X and the password Y", "X in the first field and Y in the second"."""
    label = r"((?:[A-Za-z][\w-]*\s){0,3}?[A-Za-z][\w-]*)"
    after = r"(?=\s*(?:,|and\b|in\b|into\b|to\b|as\b|$|\())"
    pairs = re.findall(
        rf"(?:the |my |your |a |an )?{label}\s*(?:as |is |of |to be |:|=)?\s*({QUOTED}){after}", rest
    )
    pairs = [(n, q) for n, q in pairs if not _WORDS.fullmatch(n)]
    if pairs and not re.match(rf"(?:the |my |a |an )?{QUOTED}", rest):
        everywhere = bool(re.search(r"\b(both|all|each)\b", rest[rest.rfind(pairs[-1][1]) :]))
        return [
            Type(text=quotes.value(q), field=target(re.sub(r"^and ", "", n), quotes), everywhere=everywhere)
            for n, q in pairs
        ]
    several = re.findall(
        rf"({QUOTED})\s+(?:in|into|for|as|under|on|to)\s+(?:the )?(.+?)(?=,?\s*(?:,|and)\s+(?:the |with"
        rf" )?{QUOTED}|$)",
        rest,
    )
    return [Type(text=quotes.value(q), field=target(f, quotes)) for q, f in several] if len(several) > 1 else []


def _single(rest: str, quotes: Quotes) -> list[Goal]:
    spoken = rest
    rest = re.sub(rf"\s+in {_CASE}\b", "", rest, flags=re.I)
    where = _WHERE.match(rest)
    what, field_text = (where["what"], where["field"]) if where else (rest, "")
    field = target(field_text, quotes) if field_text else Target()
    everywhere = bool(re.match(r"(both|all|each|every)\b", field_text, re.I))
    if quoted := quotes.first(what):
        day = find_date(quoted)
        if day and (not field_text or "date" in fold(rest)):
            return [Pick(date=day.isoformat(), field=field)]
        return [Type(text=_cased(quoted, spoken), field=field, everywhere=everywhere)]
    if day := find_date(what):
        return [Pick(date=day.isoformat(), field=field)]
    if described := source(rest, quotes) if not field_text else source(what, quotes):
        return [Type(field=field, source=described)]
    value = re.sub(r"^(?:the |a )?(?:word|text|value|number|string)s?\s+", "", what, flags=re.I)
    named = re.match(r"^(?:the |my )?([a-z][\w ]*?)\s+(\S*[A-Z\d@]\S*(?:\s\S+)?)$", value)
    if named and not field.text and fold(named[1]) not in KINDS:  # "enter the username bob7"
        return [Type(text=named[2], field=replace(field, text=named[1]))]
    if not value or re.match(r"^(?:the|your|an?)\b", value):
        return []
    return [Type(text=_cased(value, spoken), field=field, everywhere=everywhere)]


def _cased(value: str, clause: str) -> str:
    if re.search(r"\b(upper ?case|capital|caps)", clause, re.I):
        return value.upper()
    return value.lower() if re.search(r"\blower ?case", clause, re.I) else value


def form(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "… with name X, email Y": a label and a value in each part."""
    goals: list[Goal] = []
    for part in split_list(found["rest"]):
        part = re.sub(r"^(?:(?:with|as|using|and)\s+)?(?:(?:the|a|an|your|my)\s+)?", "", part, flags=re.I)
        pair = re.match(rf"^(.*?)\s*(?:as |is |of |to |:|=|/)?\s*({QUOTED}|\S+)$", part)
        if pair and pair[1].strip(" /"):
            goals.append(Type(text=quotes.value(pair[2]), field=target(pair[1], quotes)))
        elif pair:
            field = "password" if any(isinstance(g, Type) for g in goals) else "username"
            goals.append(Type(text=quotes.value(pair[2]), field=Target(text=field)))
    return goals


def sign_in(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "sign in as X with the password Y"."""
    rest = re.sub(r"^to (?:the |your |my )?[\w ]+? (?=with|as|using)", "", found["rest"] or "", flags=re.I)
    rest = re.sub(r"\s+(?:and|with)\s+(?=(?:the |a )?password)|\s+/\s+", ", ", rest, flags=re.I)
    goals = form(match, quotes) if rest and (match := re.match(r"(?P<rest>.*)", rest)) else []
    here = Reach(places=("sign in", "account"), sign=Target(text="password", kinds=("field",)))
    return [here, *goals, Submit(target=Target(text="sign in"))]


def trip(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "a flight from A to B on D": the fields of a journey, then the search, then the one that is meant."""
    what = found["what"]
    way = r"^(?P<thing>.*?)\s*\bfrom:?\s+(?P<a>.+?),?\s+to:?\s+(?P<b>.+?)"
    when = r",?\s+(?:on|for|leaving|departing(?: on)?|date:?)\s+(?P<on>[^,]+?)"
    parts = next((m for tail in (when, "(?P<on>)") if (m := re.match(rf"{way}{tail}(?:,.*)?$", what, re.I))), None)
    if not parts:
        return []
    thing = target(parts["thing"], quotes)
    goals: list[Goal] = [
        Fit(field=Target(text="from"), starts=quotes.value(parts["a"])),
        Fit(field=Target(text="to"), starts=quotes.value(parts["b"])),
    ]
    if parts["on"]:
        day = find_date(quotes.value(parts["on"]))
        field = Target(text="date")
        goals.append(
            Pick(date=day.isoformat(), field=field) if day else Choose(option=target(parts["on"], quotes))
        )
    goals.append(Submit(target=Target(text="search")))
    if thing.most:
        from model.embedded.understand.offers import BestOf

        goals.append(BestOf(most=thing.most))
    elif thing.nth:
        goals.append(Click(target=replace(thing, text="book", role="", kinds=("button", "link"))))
    return goals
