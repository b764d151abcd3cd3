"""Questions and descriptions of values: "what is …", "how many …", "the last word in …" → `Read`."""

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.understand.goals import Find, Goal, Read, Search, Target
from model.embedded.understand.language import fold
from model.embedded.understand.nouns import Quotes, ordinal, target

_SUMS = ("sum", "answer", "solution", "result", "total", "difference", "product")
_ON_SCREEN = r"\s+(?:there are|you see|shown|on the (?:screen|page)|according to .*)$"


def source(what: str, quotes: Quotes) -> Read | None:
    """What is to be found out, where a text is described rather than said; None where it is said."""
    plain = fold(quotes.value(what))
    place = re.match(
        r"^(?:the )?(last|first|second|third|fourth|fifth|\d+(?:st|nd|rd|th)) (?:word|number|letter)\b(.*)$", plain
    )
    if place:
        where = re.sub(r"^ (?:in|of|from) ", "", place[2])
        return Read(
            what="word", number=ordinal(place[1]) or 1, target=target(where, quotes) if where else Target()
        )
    if re.match(r"^(?:it|that|this|them|(?:the|your|its) (?:result|answer|solution|sum|total|value))$", plain):
        return Read(what="sum" if any(w in plain for w in _SUMS) else "value", target=Target(text="it"))
    if re.match(r"^the (?:sum|total|difference|product|result|answer|solution) (?:of|to|for)\b", plain):
        return Read(what="sum")
    if count := re.match(r"^(?:the )?(?:total )?(?:number|amount|count) of (.+)$", what, re.I):
        return Read(what="count", target=target(re.sub(_ON_SCREEN, "", count[1]), quotes))
    owned = re.match(
        r"^the (?:value|text|contents?|number|amount) (?:of|for|in|from|next to|beside) (?:the )?(.+)$", what, re.I
    )
    if owned:
        return Read(what="value", target=target(owned[1], quotes))
    if owned := re.match(r"^(?:the )?([\w@.\ue000-\ue0ff ]+?)(?:'s|’s) (?:value|text|(.+))$", what, re.I):
        if not owned[2]:
            return Read(what="value", target=target(owned[1], quotes))
        return Read(what="value", target=replace(_plain(owned[2], quotes), whose=quotes.value(owned[1])))
    if owned := re.match(r"^the (.+?) (?:of|for) (?:the )?(.+)$", what, re.I):
        return Read(what="value", target=replace(_plain(owned[1], quotes), whose=quotes.value(owned[2])))
    written = r"(?: (?:shown|displayed|below|above|you see|on the (?:page|screen)|in the image).*)?"
    if shown := re.match(
        rf"^the (text|word|number|code|value|letter|string|captcha|character|\w+ code)s?{written}$", what, re.I
    ):
        return Read(what="text", target=Target() if shown[1] in ("text", "word") else Target(text=shown[1]))
    return None


def _plain(name: str, quotes: Quotes) -> Target:
    """A column or a property: its words are its name, whatever kind they sound like."""
    return Target(text=quotes.value(name))


def question(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "what is …", "how many …", "is there …": to be answered."""
    text = re.sub(_ON_SCREEN, "", re.sub(r"\s+", " ", found[0]).strip(" ?"))
    ends = r"(?: are| is| do| does| can| on the (?:page|screen)|$)"
    asks = r"(?:how many|count(?: the number of| how many| the)?|what is the number of)"
    if count := re.match(rf"^{asks} (.+?){ends}", text, re.I):
        return [Read(what="count", target=target(count[1], quotes))]
    if re.search(r"\d\s*[-+*/×÷x]\s*\d|math|sum\b|equation|calculate|compute|solve|add up", text, re.I):
        return [Read(what="sum")]
    if re.match(r"^(?:is|are|does|do|can|has)\b", text, re.I):
        rest = re.sub(r"^(?:is|are|does|do|can|has)\s+(?:there\s+)?", "", text, flags=re.I)
        return [Read(what="yesno", target=target(rest, quotes))]
    asked = r"^(?:what|which|who|when|where|how much|how)\s*(?:is|are|was|does|do|’s|'s)?\s*"
    told = r"^(?:tell me|report|read(?: out)?|give me|find out|answer|return|remember|note)\s+(?:me\s+)?"
    body = re.sub(
        told + r"(?:what is |what |which |how much )?", "", re.sub(asked, "", text, flags=re.I), flags=re.I
    )
    if described := source(body, quotes):
        return [described]
    what = target(re.sub(r"\s+(?:cost|costs|is|are)$", "", body), quotes)
    if "how much" in fold(text) and not what.whose:
        what = replace(what, whose=what.text, text="price")
    return [Read(what="value", target=what)]


def find(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "find X": bring it into view, or find out a value."""
    rest = found["rest"]
    if described := source(rest, quotes):
        return [described]
    by = r"(?:using|with|via|through|in|by) (?:the )?(?:search.*|.*search (?:box|bar|field|engine))"
    if look := re.match(rf"^(.+?) {by}$", rest, re.I):
        return [Search(text=quotes.value(look[1])), Find(target=target(look[1], quotes))]
    return [Find(target=target(rest, quotes))]
