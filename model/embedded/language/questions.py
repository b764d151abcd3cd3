"""Questions and descriptions of values: "what is …", "how many …", "the last word in …"."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.language.goals import Find, Goal, Read, Target
from model.embedded.language.nouns import QUOTED, Quotes, ordinal, target
from model.embedded.language.values import EXTREMES
from model.embedded.language.words import fold

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
        return Read(how="word", number=ordinal(place[1]) or 1, what=target(where, quotes) if where else Target())
    if re.match(r"^(?:it|that|this|them|(?:the|your|its) (?:result|answer|solution|sum|total|value))$", plain):
        return Read(how="sum" if any(w in plain for w in _SUMS) else "value", what=Target(text="it"))
    if re.match(r"^the (?:sum|total|difference|product|result|answer|solution) (?:of|to|for)\b", plain):
        return Read(how="sum")
    if count := re.match(r"^(?:the )?(?:total )?(?:number|amount|count) of (.+)$", what, re.I):
        return Read(how="count", what=target(re.sub(_ON_SCREEN, "", count[1]), quotes))
    owned = re.match(
        r"^the (?:value|text|contents?|number|amount) (?:of|for|in|from|next to|beside) (?:the )?(.+)$", what, re.I
    )
    if owned:
        return Read(how="value", what=target(owned[1], quotes))
    if owned := re.match(r"^(?:the )?([\w@.\ue000-\ue0ff ]+?)(?:'s|’s) (?:value|text|(.+))$", what, re.I):
        if not owned[2]:
            return Read(how="value", what=target(owned[1], quotes))
        return Read(how="value", what=replace(_plain(owned[2], quotes), whose=quotes.value(owned[1])))
    if owned := re.match(r"^the (.+?) (?:of|for) (?:the )?(.+)$", what, re.I):
        return Read(how="value", what=replace(_plain(owned[1], quotes), whose=quotes.value(owned[2])))
    written = r"(?: (?:shown|displayed|below|above|you see|on the (?:page|screen)|in the image).*)?"
    if shown := re.match(
        rf"^the (text|word|number|code|value|letter|string|captcha|character|\w+ code)s?{written}$", what, re.I
    ):
        return Read(how="text", what=Target() if shown[1] in ("text", "word") else Target(text=shown[1]))
    return None


def _plain(name: str, quotes: Quotes | None = None) -> Target:
    """A column or a property: its words are its name, whatever kind they sound like."""
    return Target(text=quotes.value(name) if quotes else name)


def question(text: str, quotes: Quotes) -> list[Goal]:
    """The goals of "what is …", "how many …", "is there …", "which … has the most …"."""
    text = re.sub(_ON_SCREEN, "", re.sub(r"\s+", " ", text).strip(" ?"), flags=re.I)
    text = re.sub(r"^(?:(?:please )?(?:tell me|tell|report|find out|give me|return|remember|note|state|check|see|look up|answer)"
                  r"(?: me)?(?: back)?)\s+(?=\w)", "", text, flags=re.I) or text  # fmt: skip
    text = re.sub(r"(?<=\w)\s+ones?$", "", text) if re.search(r"\b(?:most|least|\w+est)\b", text) else text
    if stock := re.match(
        rf"^(?i:how many) (?P<r>{QUOTED}|[A-Z][\w-]*(?: [\w-]+)*?)s? (?:are|is|do we have)(?: there| left)? (?:in|on|at) (?P<f>[a-z ]+)$",
        text,
    ):
        return [Read(what=Target(text=quotes.value(stock["f"]), whose=quotes.value(stock["r"])))]
    if count := re.match(
        r"^(?:how many|count(?: the number of| how many| the| all(?: the)?)?|(?:what is )?the (?:total )?number of)\s+(.+?)"
        r"(?:\s+(?:are there|is there|do|does|can|are(?= listed| shown|$)|exist|in total)\b.*)?$",
        text,
        re.I,
    ):
        if stated := re.match(r"^(?P<unit>\w+) of (?P<prop>\w+)$", count[1]):
            return [Read(what=Target(text=f"{stated['unit']} of {stated['prop']}"))]
        if figure := re.match(r"^(?P<unit>\w+) (?:is|are) the (?P<prop>.+?) of (?:the )?(?P<thing>.+)$", count[1]):
            return _of_thing(figure["prop"], figure["thing"], quotes)
        what = target(count[1], quotes)
        if what.relation == "in" and what.anchor:
            what = replace(what, relation=None, anchor=None)
        return [Read(how="count", what=replace(what, text=what.text or what.whose, whose=""))]
    if read := _of_named(text, quotes):
        return [read]
    if re.search(r"\d\s*[-+*/×÷x]\s*\d|\bmath|\bsum of\b|equation|calculate|compute|solve|add up", text, re.I):
        return [Read(how="sum")]
    if most := re.match(
        r"^(?:which|what|who)(?:se)? (?:(?P<kind>[\w ]+?) )?(?:has|have|offers|is|costs|got) the (?P<most>most expensive|\w[\w-]*)(?: (?P<prop>[\w ]+))?$",
        text,
        re.I,
    ):
        key = EXTREMES.get(fold(most["most"]).replace("-", " "))
        if key:
            return [
                Read(
                    what=Target(
                        text=quotes.value(most["prop"] or ""), role=quotes.value(most["kind"] or ""), most=key[0]
                    )
                )
            ]
    if re.match(r"^(?:is|are|does|do|can|has|have|whether|if)\b", text, re.I):
        rest = re.sub(
            r"^(?:is|are|does|do|can|has|have|whether|if)\s+(?:there\s+)?(?:an?\s+|the\s+)?", "", text, flags=re.I
        )
        return [Read(how="yesno", what=target(rest, quotes))]
    if cost := re.match(r"^how much (?:does|do|is|are) (?:the |an? )?(.+?)(?: cost| worth)?$", text, re.I):
        return [Read(what=Target(text="price", whose=quotes.value(cost[1])))]
    if ends := re.match(r"^when (?:does|do|did|will) (?:the |my |our )?(.+?) (\w+)$", text, re.I):
        return [Read(what=Target(text=quotes.value(f"{ends[1]} {ends[2]}")))]
    body = re.sub(r"^(?:what|which|who|when|where|how)\s*(?:is|are|was|’s|'s)\s+", "", text, flags=re.I)
    body = re.sub(r"^(?:what|which)\s+(?=\w+ (?:is|was|has|are)\b)", "", body, flags=re.I)
    body = re.sub(
        r"\s+(?:is|are|was) (?:installed|shown|used|set|running|active|given|listed|written|displayed)$", "", body
    )
    if about := re.match(r"^(?:the )?(?P<prop>[\w -]+?) (?:of|for) (?:the )?(?P<thing>.+)$", body, re.I):
        return _of_thing(about["prop"], about["thing"], quotes)
    if has := re.match(
        r"^(?P<prop>[\w ]+?) (?:does|do|has|is) (?:the )?(?P<thing>.+?) (?:have|has|use|assigned|in)$", body, re.I
    ):
        return _of_thing(has["prop"], has["thing"], quotes)
    if described := source(body, quotes):
        return [described]
    what = _plain(re.sub(r"^(?:the|an?)\s+|\s+(?:cost|costs|is|are)$", "", body))
    own = re.match(r"^(?:its|their|his|her)\s+(.+)$", body, re.I)
    if own:
        return [Read(what=Target(text=quotes.value(own[1]), whose="it"))]
    return [Read(what=replace(what, text=quotes.value(what.text)))]


_VERBS = {
    "cost": "price", "costs": "price", "weigh": "weight", "begin": "start", "start": "start", "end": "end", "finish": "end",
    "live": "address", "measure": "size", "last": "duration", "take": "duration", "belong": "owner", "work": "company",
}  # fmt: skip
_AUX = r"(?:does|do|did|is|are|was|were|will|has|have|can)"


def _of_named(text: str, quotes: Quotes) -> Read | None:
    """ "what does the course X cost", "which flight do we take to Lisbon", "for how many minutes does X cook"."""
    verb = re.match(rf"^(?i:how much|what|when|where) {_AUX} (?P<r>.+?) (?P<v>[a-z]+)$", text)
    if verb and verb["v"] in _VERBS:
        name = target(verb["r"], quotes)
        return (
            Read(what=Target(text=_VERBS[verb["v"]], whose=name.called, role=name.role)) if name.called else None
        )
    asked = re.match(
        rf"^(?:(?:for|at|in|on|to|from|by|with) )?(?:how many|which|what|whose) (?P<f>[a-z][a-z -]*?) {_AUX} (?P<r>.+)$", text,
        re.I,
    )  # fmt: skip
    if not asked or re.fullmatch(r"(?:there|listed|shown)\b.*", asked["r"]):
        return None
    about = asked["r"]
    if (
        (
            subject := re.match(
                r"^(?:we|i|you|one|they|it|he|she) [a-z ]+? (?:to|from|for|in|at|with|on|of) (?P<r>.+)$",
                about,
                re.I,
            )
        )
        or (subject := re.match(r"^(?P<r>(?:the |my |our )\S+(?: \S+)*) [a-z]+(?: (?:in|on|at|for|to))?$", about))
        or (subject := re.match(rf"^(?P<r>(?:{QUOTED}|[A-Z]\S*)(?: [A-Z\d]\S*)*)(?: [a-z]+){{1,2}}$", about))
    ):
        about = subject["r"]
    else:
        return None
    name = target(about, quotes)
    if not name.called:
        return None
    return Read(what=Target(text=quotes.value(asked["f"]), whose=name.called, role=name.role))


def _of_thing(prop: str, thing: str, quotes: Quotes) -> list[Goal]:
    """A property of something that has a name: it may have a page of its own."""
    found = target(thing, quotes)
    name = found.called
    place = found.anchor.called if found.anchor else ""
    read = Read(what=Target(text=quotes.value(re.sub(r"^(?:the|an?)\s+", "", prop)), whose=name, role=""))
    return [Find(what=Target(text=place), opened=True), read] if place else [read]


def question_chinese(text: str, quotes: Quotes) -> list[Goal]:
    """The goals of a question in Chinese."""
    text = re.sub(r"^(?:告诉我|查一下|看看|请问)", "", text.strip(" ？?"))
    if count := re.match(r"^(?:.*?)(?:有)?(?:多少|几)(?:个|款|条|项|辆|封|位|名|篇)(.*)$", text):
        what = target(count[1].removesuffix("吗"), quotes)
        return [Read(how="count", what=replace(what, text=what.text or what.role, role=""))]
    if price := re.match(r"^(.+?)的?(?:(?:价格|售价)(?:是|要)?多少|(?:要)?多少钱)", text):
        return [Read(what=Target(text="price", whose=quotes.value(price[1].removesuffix("的"))))]
    if owned := re.match(r"^(.+?)的(.+?)(?:是什么|是谁|是多少.*|有多少.*|是)?$", text):
        thing, prop = target(owned[1], quotes).called or quotes.value(owned[1]), quotes.value(owned[2])
        return [Read(what=Target(text=prop, whose=thing))]
    return []
