"""Tasks that are told as a whole rather than clause by clause, and turns of phrase made plain before parsing."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from collections.abc import Callable

from model.embedded.understand.carry import Transcribe
from model.embedded.understand.feedback import Generate, Guess, Quantities, Shell, Until
from model.embedded.understand.goals import Goal, SelectText, Submit, Target, Type
from model.embedded.understand.hands import Arrange, DragAll, Nudge, PickRows, Style, ValueOf
from model.embedded.understand.nouns import Quotes, target
from model.embedded.understand.offers import BestOf
from model.embedded.understand.posts import OfOne
from model.embedded.understand.puzzles import HUES, Crossing, Figure, Line, Oxo, Parity, Resize, Shades, Sides
from model.embedded.understand.synonyms import Similar
from model.embedded.understand.values import number_word, numbers

_MAIL = r"(?:e-?mail|mail|message)"
# Said one way or the other, the same is meant: (pattern, what it is made into), applied in order.
_PLAINER: tuple[tuple[str, str], ...] = (
    (r"\b(?:throw away|throw out|get rid of)\b", "delete"),
    (rf"\b((?-i:[A-Z@]\S*?))(?:'s|’s) ({_MAIL})\b", r"the \2 by \1"),
    (r"\bthe (?:information|letter|note) ((?-i:[A-Z@]\S*)) (?:has )?(sent|wrote)\b", r"the message \1 \2"),
    (rf"\b(the {_MAIL}) (?:that |which )?((?-i:[A-Z@]\S*)) (?:has )?(?:sent|wrote|written)(?: (?:to )?(?:you|me))?(?! is)\b", r"\1 by \2"),
    (rf"\b(the {_MAIL} by \S+)(?: (?:in|on|from|within|inside) (?:this|the|my|your) (?:e-?mail app|mail app|app|inbox|mailbox|e-?mails?))\b",
     r"\1"),
    (rf"^((?-i:[A-Z@]\S*)) (?:has )?(?:sent|wrote|written)(?: you| me)? (?:an?|the) ({_MAIL})\b.*? (?:needs? to|must|should|has to) be "
     r"(forward|delete|star|flag)(?:e?d|red)( to \S+?)?\.?$", r"\3 the \2 by \1\4"),
    (rf"\b(the {_MAIL}) (?:that was )?(?:sent|written) by ", r"\1 by "),
    (rf"\b(the {_MAIL}) (?:(?:that )?(?:you|i)(?:['’]ve| have)? (?:got|received) )?from ((?-i:[A-Z@]\S*))", r"\1 by \2"),
    (rf"\b(?:find|locate|open|look for) (the {_MAIL} by \S+?),? and (?:then )?(?:send|give|pass|share) (?:it|this|that)"
     r"(?: on| along| over)?(?: \w+)? (?:to|with) (\S+?)\.?$", r"forward \1 to \2"),
    (rf"\b(?:send|give|pass|share|hand) (the {_MAIL} by \S+?)(?: on| along| over)? (?:to|with) (\S+?)[.,]?$", r"forward \1 to \2"),
    (rf"\b(?:send|give|forward) (?:to )?((?-i:[A-Z@]\S*)) (the {_MAIL} by \S+?)[.,]?(?: please)?\.?$", r"forward \2 to \1"),
    (rf"^i (?:do not|don't|don’t|no longer) (?:need|want) (the {_MAIL} (?:by|from) \S+?),?\s+(?:so )?(?:please )?delete it\.?$",
     r"delete \1"),
    (rf"^(the {_MAIL}) (?:that )?(\S+) (?:sent|wrote)(?: you| me)? is important,?\s+(?:so )?(?:please )?(star|flag|mark) it.*$",
     r"star \1 by \2"),
    (rf"\b(?:star|flag|mark) (the {_MAIL} (?:by|from) \S+?)(?: as (?:important|starred|favou?rite))(?=[.,]|$)", r"star \1"),
    (r"\bpass (?:on|along)\b", "forward"),
    (rf"^i (?:need|want|would like) (the {_MAIL} (?:by|from) \S+) (?:to be )?(forward|delete|star)(?:e?d|red)\b", r"\2 \1"),
    (r"^((?:drag|move) .+? (?:up|down|left|right)) towards?\b.*$", r"\1"),
    (r"\b(\w+) (?:with|using|among) the radio buttons?\b", r"\1"),
    (r"\bcolou?red (?:box|square|tile|area)\b", "swatch"),
    (r"\bwords? (?:that are )?(?:similar|close|related) (?:in meaning )?to\b", "words like"),
    (r"\b(?:card|box|cell|item) (?:with|that has|showing) the (greatest|largest|highest|biggest|maximum|smallest|lowest|least|"
     r"minimum) (?:number|value)\b", r"\1 number"),
    (r"^(?:find and )?(?:pick|select|choose|click(?: on)?) the (greatest|largest|highest|biggest|maximum|smallest|lowest|least|"
     r"minimum) number\b", r"click the \1 number"),
    (r"\bthe text in the (paragraph|text ?area|box)\b", r"the text of the \1"),
    (r"\b(from|to|on|date|departing|returning):\s+", r"\1 "),
    (r"\bone[- ]way\s+", ""),
    (r"^(?:expand|open|unfold|search|look through) (?:all |each of |any of )?(?:the|these) (?:sections?|panels?|headings?|tabs?)(?: below)?,? "
     r"(?:in order )?(?:to|and) find and (?=click|press|tap|select)", ""),
    (r"\bhit (submit|ok|done)\b", r"press \1"),
)  # fmt: skip


def plainer(text: str) -> str:
    """The task with its turns of phrase made plain."""
    for pattern, plain in _PLAINER:
        text = re.sub(pattern, plain, text, flags=re.I)
    return text


Maker = Callable[[re.Match[str], Quotes], list[Goal] | None]


def whole(quotes: Quotes) -> list[Goal] | None:
    """Goals of a task that one pattern fits as a whole, None where none does."""
    text = quotes.text.strip()
    for pattern, make in _WHOLE:
        if found := re.search(pattern, text, re.I):
            goals = make(found, quotes)
            if goals:
                sends = re.search(
                    r"(?:^|[,.;]|\band\b|\bthen\b)\s*(?:then )?(?:press|click|hit|tap)(?: on)?(?: the)? "
                    r"([\ue000-\ue0ff]|submit|ok|okay|done|order|search|save|send|apply|confirm)\b",
                    text[found.start() :],
                    re.I,
                ) or re.search(r"(?:press|click|hit|tap)(?: on)?(?: the)? ([\ue000-\ue0ff])\.?$", text, re.I)
                if sends and not isinstance(goals[-1], Guess):
                    goals.append(Submit(target=Target(text=quotes.value(sends[1]))))
                return [_said(goal, quotes.value(found[0])) for goal in goals]
    return None


def _said(goal: Goal, said: str) -> Goal:
    from dataclasses import replace

    return replace(goal, said=goal.said or said)


def _generate(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    sign = "<" if found[1].lower() in ("less", "smaller", "lower", "below", "under") else ">"
    return [Generate(sign=sign, limit=numbers(found[2])[0])]


def _guess(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Guess(low=int(found[1]), high=int(found[2]))]


def _until(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    sign = "<" if found["sign"].lower() in ("less", "lower", "below", "under", "at or below", "at most") else ">"
    return [Until(sign=sign, limit=numbers(found["n"])[0], target=Target(text=found["verb"], kinds=("button",)))]


def _quantities(found: re.Match[str], quotes: Quotes) -> list[Goal] | None:
    items = []
    for part in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", found[1].strip(" .")):
        hit = re.match(r"^(\w+)\s+(?:x\s+|of\s+)?(?:the\s+)?(.+)$", part)
        count = number_word("one" if hit and hit[1].lower() in ("a", "an") else hit[1]) if hit else None
        if not hit or count is None:
            return None
        items.append((int(count), quotes.value(hit[2])))
    return [Quantities(items=tuple(items)), Submit(target=Target(text="order"))]


def _shell(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Shell(ending=quotes.value(found[1]).lstrip("."))]


def _bare_file(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Shell(ending="")]


def _transcribe(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    sends = re.search(r"\bsubmit\b", quotes.text[found.end() :], re.I)
    return [Transcribe(), Submit(target=Target(text="submit"))] if sends else [Transcribe()]


def _drag_all(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [DragAll(source=target(found[1], quotes), to=target(found[2], quotes))]


def _drag_one(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [DragAll(source=Target(size="small"), to=Target(size="large"))]


def _arrange(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    down = bool(re.search(r"\b(?:decreasing|descending|largest|highest|greatest)\b", found[0], re.I))
    return [Arrange(order="descending" if down else "ascending")]


def _of_one(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    every = bool(re.search(r"\b(?:all|every|each)\b", found[0], re.I))
    return [OfOne(control=quotes.value(found["what"]), owner=quotes.value(found["who"]).rstrip(".,"), every=every)]


def _some(found: re.Match[str], quotes: Quotes) -> list[Goal] | None:
    count = number_word(found["n"])
    return (
        [
            OfOne(
                control=quotes.value(found["what"]),
                owner=quotes.value(found["who"]).rstrip(".,"),
                count=int(count),
            )
        ]
        if count
        else None
    )


def _nudge(found: re.Match[str], quotes: Quotes) -> list[Goal] | None:
    count = number_word(found[3])
    return [Nudge(name=quotes.value(found[1]), direction=found[2].lower(), places=int(count))] if count else None


def _paragraph(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    from model.embedded.understand.nouns import ordinal

    return [SelectText(target=Target(nth=ordinal(found[1])))]


def _hex(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Type(text=quotes.value(found[1]), field=Target())]


def _rows(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    from model.embedded.understand.clauses import split_list

    return [PickRows(names=tuple(quotes.value(n) for n in split_list(found[1])))]


def _similar(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    from model.embedded.understand.clauses import split_list

    return [Similar(words=tuple(quotes.value(w) for w in split_list(found[1])))]


def _offer(found: re.Match[str], quotes: Quotes) -> list[Goal] | None:
    most = target(f"the {found['what']}", quotes).most
    return [BestOf(most=most, verb=found["verb"].lower())] if most else None


def _style(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Style(text=quotes.value(found["text"]), style=quotes.value(found["style"]))]


def _crossing(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Crossing(x=int(found[1]), y=int(found[2]))]


def _resize(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Resize(side=found[1].lower(), larger=found[2].lower() in ("larger", "bigger", "greater", "longer"))]


def _line(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Line(upright=found[1].lower() == "vertical")]


def _film(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "crime movies directed by X from year Y": each part says which field it belongs to."""
    goals: list[Goal] = []
    if found["who"]:
        goals.append(Type(text=quotes.value(found["who"]), field=Target(text="director")))
    if found["year"]:
        goals.append(Type(text=found["year"], field=Target(text="year")))
    goals.append(Type(text=found["kind"], field=Target(text="genre")))  # last: its field has many names
    return [*goals, Submit(target=Target(text="search"))] if len(goals) > 1 else []


def _contact(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [ValueOf(who=quotes.value(found["who"]), what=found["what"].lower())]


_N = r"[$€£]?-?\d[\d.,]*"
_WHOLE: tuple[tuple[str, Maker], ...] = (
    (rf"\bgenerate (?:a |any )?(?:random )?number (?:that is )?(less|smaller|lower|greater|larger|higher|bigger) than ({_N})", _generate),
    (r"\bguess (?:a |the )?(?:right )?number (?:between|from) (-?\d+)\s*(?:-|–|to|and)\s*(\d+)", _guess),
    (rf"^(?P<verb>buy|sell)\b.*\bwhen\b.*?\b(?:is |drops |falls |rises |gets )?(?P<sign>less|lower|below|under|at most|at or below|"
     rf"greater|higher|above|over|more)\b[^$€£\d]*(?P<n>{_N})", _until),
    (r"^order (\w+ .+)$", _quantities),
    (r"\b(?:terminal|command line|shell)\b.*\b(?:delete|remove)\b.*?\b(?:no|without(?: an?| any)?) (?:file )?(?:extension|ending|suffix)\b",
     _bare_file),
    (r"^(?:enter|type|write|put|copy|fill in) (?:in )?the values? (?:that |which )?(?:corresponds?|belongs?|goes|go|match(?:es)?) (?:with |to )?"
     r"(?:each|every) (?:label|field|name)\b", _transcribe),
    (r"\bterminal\b.*\b(?:delete|remove)\b.*?\b(?:ends? (?:with|in)|ending (?:with|in)|extension)(?: the| an)?(?: extension)? (\S+?)\.?$",
     _shell),
    (r"^drag (?:all|every|each)(?: of)?(?: the)? (.+?) (?:into|inside|onto|to|in) (?:the )?(.+?)(?=[,.]| and | then |$)", _drag_all),
    (r"^(?:drag|move) the small(?:er|est)? (?:box|square|block|item)\b.*\binside\b.*\b(?:large|big)", _drag_one),
    (r"^(?:sort|order|arrange|put) the (?:numbers|items|list|values)(?! by\b).*?\b(?:increasing|decreasing|ascending|descending|lowest|highest|order)\b.*",
     _arrange),
    (r"^(?:click|press|tap)(?: on)? the (?P<what>\S+)(?: button| icon)? (?:on|for|of) (?P<n>\w+) (?:posts?|tweets?) (?:by|from|of) "
     r"(?P<who>\S+?)(?=[,.]| and | then |$)", _some),
    (r"^(?:drag|move) (\S+) (up|down|left|right) by (\w+)(?: positions?| places?| rows?| spots?)?\b", _nudge),
    (r"^(?:highlight|mark|select) the text (?:in|of) the (\S+) paragraph", _paragraph),
    (r"\bcolou?r (#[0-9a-f]{3,6}|[\ue000-\ue0ff]) (?:with|using|in|from) the colou?r", _hex),
    (r"^(?:select|click|choose|pick)(?: on)? all (?:of )?(?:the )?(\w+) (?:items|shapes|squares|boxes|figures|objects|tiles|areas)\b",
     lambda f, q: [Shades(colour=f[1].lower())] if f[1].lower() in HUES else None),
    (r"^for (?:the )?(?:user|account|person) (?P<who>\S+?),? (?:click|press|tap)(?: on)? (?:the )?(?P<what>\S+?)(?: button| icon| option)?(?=[,.]|$)",
     _of_one),
    (r"^(?:click|press|tap)(?: on)? the (?P<what>\S+)(?: button| icon)? (?:on|for|of) (?:all|every|each)(?: of)?(?: the)? (?:posts?|tweets?|entr\w+|"
     r"messages?) (?:by|from|of) (?P<who>\S+?)(?=[,.]| and | then |$)", _of_one),
    (r"^(?P<what>like|retweet|share|reply to|block|mute|report|favou?rite)(?: all| every)?(?: of)?(?: the)? (?:posts?|tweets?) (?:by|from|of) "
     r"(?P<who>\S+?)(?=[,.]| and | then |$)", _of_one),
    (r"^(?:select|choose|pick) (.+?) (?:from|in) the (?:scroll|scrolling|scrollable) list", _rows),
    (r"\bgive (?:the (?:text|word)s? )?(?P<text>.+?) the (?:style|colou?r|format) (?P<style>\w+)", _style),
    (r"^make the (?:text|word)s? (?P<text>[\ue000-\ue0ff]|\S+) (?P<style>bold|italics?|underlined?)", _style),
    (r"\bgrid (?:coordinate|point|position)s? \(?\s*(-?\d+)\s*,\s*(-?\d+)\s*\)?", _crossing),
    (r"^resize .*\b(width|height) is (larger|bigger|greater|longer|smaller|shorter|less)\b", _resize),
    (r"^draw a (vertical|horizontal) line\b", _line),
    (r"\b(?:tic[- ]tac[- ]toe|noughts and crosses)\b", lambda f, q: [Oxo(sign="O" if re.search("as .?O", q.value(q.text)) else "X")]),
    (r"\bodd or even\b|\beven or odd\b", lambda f, q: [Parity()]),
    (r"\b(?:select|click|choose|pick)(?: on)? (?:all )?(?:of )?(?:the )?shades of (\w+)", lambda f, q: [Shades(colour=f[1].lower())]),
    (r"^(?:select|choose|check|tick|pick) (?:the |all |all the )?words like (.+?)(?=[.]| and (?:then )?(?:click|press|hit)|$)", _similar),
    (r"^(?P<verb>buy|order|get|purchase) the (?P<what>(?=.*\b(?:ticket|flight|seat|trip|journey|ride|room)s?\b)(?!.*\bfrom\b)[^,.]+)[.]?$", _offer),
    (r"^(?P<verb>book|reserve|rent|hire) the (?P<what>(?!.*\bfrom\b)[^,.]+)[.]?$", _offer),
    (r"\bhow many sides\b", lambda f, q: [Sides()]),
    (r"^(?:click|press|select|choose)\b.*\b(?:best )?(?:describes|identifies|names?|matches) the (?:figure|shape|object|item)\b",
     lambda f, q: [Figure()]),
    (r"^(?:search|look) for (?:an? )?(?P<kind>\w+) (?:movie|film|show)s?(?: directed by (?P<who>.+?))?(?: (?:from|in|of)(?: the)? year (?P<year>\d{4}))?\.?$",
     _film),
    (r"^find (?P<who>.+?) in the (?:contact|phone|address) ?(?:book|list)s?,? and click(?: on)? (?:their|his|her|the) (?P<what>[\w]+)",
     _contact),
)  # fmt: skip
