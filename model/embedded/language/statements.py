"""Statements that ask for something: "the fee of X is now 40", "X has moved to Graz", "X is to be in room Y".

A statement says how a field of a record is to be from now on. Which field is meant says its name, or the verb.
"""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.goals import Edit, Setting, Target
from model.embedded.language.nouns import Quotes, kind_before, target
from model.embedded.language.settings import DAY, is_field
from model.embedded.language.values import find_date

_VERBS: tuple[tuple[str, str], ...] = (
    (r"(?:has |have )?(?:moved|relocated|been moved) to|(?:lives?|works?|sits?|stands?|stays?) in|"
     r"(?:is|are) (?:to take place|to be held|held|taking place|to meet|to be|at home|based) (?:in|at)", "place"),
    (r"(?:is|are) (?:to take place|to be held|held|taking place|to meet|due|to be) (?:on|by)", "date"),
    (r"(?:is |are )?(?:to )?(?:begins?|starts?)(?: on| at)?", "start"),
    (r"(?:is |are )?(?:to )?(?:ends?|finish(?:es)?)(?: on| at)?", "end"),
    (r"(?:is |are )?(?:to )?costs?", "price"),
    (r"(?:is|are|was|were) (?:to be )?(?:called|named|renamed to|titled)", "name"),
    (r"(?:is|are) (?:to be )?(?:assigned to|looked after by|owned by|taught by|led by)", "assignee"),
)  # fmt: skip
"""What a verb says of a record → the field that holds it."""
_NOW = r"(?:\s+(?:now|from now on|as of today|instead|any ?more))?"
_ASKS = re.compile(r"\b(?:is|are)(?: not)? to\b|\b(?:should|shall|must|has to|have to|needs? to|ought to)\b", re.I)
_VAGUE = re.compile(
    r"^(?:please\s+)?(?:change|correct|update|fix|edit|amend|adjust|enter|note|record|put)\s+"
    r"(?P<what>it|that|this|them|(?:the|my|our)\s+.+?|[A-Z\ue000-\ue0ff].*?)(?:\s+(?:right|accordingly))?"
    r"(?:\s+(?:in|on)\s+(?:the\s+|our\s+|my\s+)?(?P<place>[^,]+))?$",
    re.I,
)


def stated(text: str, quotes: Quotes) -> Edit | None:
    """What a statement says of a record; None where it says nothing of a field."""
    text = re.sub(r"\s+(?:instead of|and not|rather than)\s+[^,]+$", "", text.strip(" .!"), flags=re.I)
    owned = re.match(
        rf"^(?i:the |my |our |its )?(?P<f>[a-z][a-z -]*?) (?:of|for) (?P<r>.+?) (?:is|are|has changed to|changed to|becomes|should be|"
        rf"must be|shall be|is to be){_NOW} (?P<v>.+)$", text,
    )  # fmt: skip
    if owned:
        return _edit(owned["r"], Setting(Target(text=quotes.value(owned["f"])), quotes.value(owned["v"])), quotes)
    if done := re.match(
        r"^(?P<r>.+?) (?:is|are) (?P<no>not )?to be (?P<v>[a-z]+ed)(?: yet| now| at once)?$", text
    ):
        name = Target() if _points(done["r"]) else target(done["r"], quotes)
        return Edit(name=name, set=(Setting(Target(text=done["v"]), "no" if done["no"] else "yes"),))
    own = re.match(
        rf"^(?P<r>.+?)(?:['’]s|s['’]) (?P<f>[a-z][a-z -]*?) (?:is|are|has changed to|changed to|should be){_NOW} (?P<v>.+)$",
        text,
    )
    if own:
        return _edit(own["r"], Setting(Target(text=quotes.value(own["f"])), quotes.value(own["v"])), quotes)
    for verb, field in _VERBS:
        hit = re.match(
            rf"^(?P<r>\S.*?) (?:now |will |should |shall |must |has to |is to )?(?:{verb}){_NOW} (?P<v>\S.*)$",
            text,
        )
        if hit:
            value = re.sub(r"^(?:the|a|an)\s+", "", hit["v"])
            if kind := kind_before(value, value != hit["v"]):
                return _edit(hit["r"], Setting(Target(text=kind[0]), quotes.value(kind[1])), quotes)
            if DAY.search(value) and find_date(quotes.value(value)) and field == "place":
                field = "date"
            return _edit(hit["r"], Setting(Target(text=field), quotes.value(value)), quotes)
    return None


def asks(text: str) -> bool:
    """Whether a statement says what is to be, and not only what is."""
    return bool(_ASKS.search(text))


def vague(text: str, quotes: Quotes) -> tuple[Target, str] | None:
    """What "change it in the table X" or "correct the note Y" speaks of and where, where no value is said."""
    hit = _VAGUE.match(text.strip(" .!"))
    if not hit:
        return None
    thing = Target() if hit["what"].lower() in ("it", "that", "this", "them") else target(hit["what"], quotes)
    place = re.sub(r"\s+(?:page|list|section|tab)$", "", quotes.value(hit["place"] or ""))
    return thing, place


def _points(words: str) -> bool:
    return words.lower() in ("it", "this", "that", "he", "she", "they", "them")


def _edit(record: str, one: Setting, quotes: Quotes) -> Edit | None:
    name = target(record, quotes)
    if not name.called or (is_field(name.called) and not name.role) or _points(name.called):
        return None
    return Edit(name=name, set=(one,))
