"""Sentences about acting with the mouse: "select …", "click …", "open …", "add X to …", "drag …"."""

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.understand.clauses import DO, keys_in, split_list, strip_purpose
from model.embedded.understand.goals import (
    Adjust,
    Choose,
    Click,
    Do,
    Drag,
    Find,
    Goal,
    Path,
    Pick,
    Press,
    Reach,
    Scroll,
    SelectText,
    Sort,
    Submit,
    Target,
    Tick,
    Type,
    Visit,
)
from model.embedded.understand.language import concepts_within, fold
from model.embedded.understand.nouns import QUOTED, Quotes, target
from model.embedded.understand.values import find_date, number_word

_LISTS = r"(?:drop-?down|list|select|scroll|combo|menu|options?)"
_OFF = ("uncheck", "deselect", "untick", "unselect", "disable", "unmark")
_DIALS = ("slider", "spinner", "stepper", "counter")


def first_concept(concepts: frozenset[str]) -> str:
    """The likeliest of several concepts that words may name."""
    order = ["delete", "star", "reply", "forward", "wishlist", "cart", "like", "share", "repost"]
    return next((c for c in order if c in concepts), min(concepts))


def _path(rest: str, quotes: Quotes) -> list[Goal]:
    steps = [s.strip() for s in rest.split(">") if s.strip()]
    return [Path(steps=tuple(Target(text=quotes.value(s), quoted=True) for s in steps))]


def pick(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "select …": a set, an option of a list, a path, a date, a value."""
    rest, verb = found["rest"].strip(), fold(found["verb"])
    on = verb not in _OFF
    if ">" in rest:
        return _path(rest, quotes)
    if re.fullmatch(
        r"(?:nothing|none|no (?:items?|options?|boxes|checkbox(?:es)?)|none of (?:them|the .*))", rest, re.I
    ):
        return [Tick(targets=(), on=True)]
    if every := re.fullmatch(r"(?:all|every|each)(?: of)?(?: the)?(?: (.*))?", rest, re.I):
        return [Tick(targets=(target(every[1] or "", quotes),), on=on, every=True)]
    if day := find_date(quotes.value(rest)):
        where = re.search(r"\b(?:in|as|for|into|on|from|using) (?:the )?(.+)$", rest)
        return [Pick(date=day.isoformat(), field=target(where[1], quotes) if where else Target())]
    dial = r"(?:with|on|using|in|from) (?:the |a )?(?P<f>.*\b(?:slider|spinner|stepper|counter)\b.*)"
    if value := re.match(rf"^(?P<n>\S+) {dial}$", rest, re.I):
        number = number_word(quotes.value(value["n"]))
        if number is not None:
            return [Adjust(value=number, field=target(value["f"], quotes))]
    picker = r"(?:with|on|using|in|from) (?:the |a )?(?P<f>colou?r (?:picker|wheel|chooser|field|palette))"
    if value := re.match(rf"^(?:the )?(?:colou?r )?(?P<c>.+?) {picker}$", rest, re.I):
        return [Choose(option=Target(text=quotes.value(value["c"])), field=Target(role=fold(value["f"])))]
    if re.match(r"^(?:the )?(?:text|paragraph|sentence|line)\b", rest, re.I) and verb in ("select", "mark"):
        return [SelectText(target=target(rest, quotes))]
    where_list = rf"(?P<where>.*?\b{_LISTS}(?: (?:box|menu|list))?(?:\b.*)?)"
    listed = re.match(
        rf"^(?P<what>.+?) (?:from|in|on|using|out of|under|as|for) (?:the |a |an )?{where_list}$", rest, re.I
    )
    if listed:
        if len(split_list(listed["what"])) == 1:
            return [Choose(option=target(listed["what"], quotes), field=target(listed["where"], quotes))]
        rest = listed["what"]
    of_thing = re.match(r"^(?P<what>.+?) for (?:the |a |an )?(?P<where>[A-Z][^,]*)$", rest)
    if of_thing and len(split_list(of_thing["what"])) == 1:  # an option of a thing that has a name
        words = re.sub(r"^(?:the|a|an)\s+", "", of_thing["what"])
        field = Target(text=words.split()[-1]) if " " in words else Target()
        thing = Find(target=target(of_thing["where"], quotes), opened=True)
        return [thing, Choose(option=Target(text=quotes.value(words)), field=field, said=of_thing["what"])]
    owner = re.match(r"^(?P<what>.+?) (?:as|for|under) (?:the |your |my )?(?P<where>[^,]+)$", rest, re.I)
    if owner and len(split_list(owner["what"])) == 1 and not re.search(r"\brow|words?\b", rest):
        return [Choose(option=target(owner["what"], quotes), field=target(owner["where"], quotes))]
    if dressed := _attributes(rest, quotes):
        return dressed
    names = split_list(rest)
    if len(names) == 1 and on and verb not in ("check", "tick", "mark"):
        return [Choose(option=target(rest, quotes))]
    boxes = r"^(?:the )?(?:check ?box(?:es)?|options?|boxes|items?)\s+(?:for |labell?ed |named )?(.+)$"
    if kind := re.match(boxes, names[0], re.I):
        names[0] = kind[1]
    return [Tick(targets=tuple(target(name, quotes) for name in names), on=on)]


def _attributes(rest: str, quotes: Quotes) -> list[Goal]:
    """ "a T-shirt in dark red with the long sleeves and the round collar": a thing, then its options."""
    found = re.match(r"^(?:an?|the|one) (?P<thing>[^,]+?)\s+(?:in|with)\s+(?P<rest>.+)$", rest, re.I)
    places = rf"\b(?:row|{_LISTS}|section|dialog|table|tab|text|name|label|column|value|page|lowest|highest)\b"
    if not found or re.search(places, rest, re.I):
        return []
    commas = r"\s*,\s*(?:and\s+)?(?:with\s+|in\s+)?"
    parts = re.split(rf"{commas}|\s+(?:and|with|in)\s+(?:in\s+|with\s+)?", found["rest"])
    goals: list[Goal] = [Find(target=target(found["thing"], quotes), opened=True)]
    for part in (p for p in parts if p.strip()):
        words = quotes.value(re.sub(r"^(?:the|a|an|its)\s+", "", part)).split()
        noun = len(words) > 1 and part.lower().startswith(("the ", "a ", "an "))
        field = Target(text=words[-1]) if noun else Target()
        goals.append(Choose(option=Target(text=" ".join(words)), field=field, said=quotes.value(part)))
    return goals


_HOWS = (
    ("double", "double"),
    ("right", "right"),
    ("long", "long"),
    ("hold", "long"),
    ("hover", "hover"),
    ("mouse", "hover"),
)


def click(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "click X", "double-click X", "press OK", several names in a row."""
    verb, rest = fold(found["verb"]), strip_purpose(found["rest"])
    if verb in ("press", "hit") and (keys := keys_in(quotes.value(rest))):
        return [Press(keys=keys)]
    how = next((h for key, h in _HOWS if key in verb), "left")
    order = re.match(
        r"^(?:on |in )?(?:the |all |each )*(?P<what>.+?) in (?:(?P<up>ascending|increasing|alphabetical"
        r"|numerical)|"
        r"(?:descending|decreasing|reverse))(?: order)?",
        rest,
        re.I,
    )
    if order:
        return [Sort(order="ascending" if order["up"] else "descending", target=target(order["what"], quotes))]
    rest = re.sub(r"^(?:on|in|into|at|onto|over|inside)\s+", "", rest, flags=re.I)
    rest = re.sub(r"^(?:the )?(?:cent(?:er|re)|middle) of\s+", "", rest, flags=re.I)
    if ">" in rest and not re.search(QUOTED, rest):
        return _path(rest, quotes)
    names = split_list(rest)
    plural = re.match(r"^(?:the )?(?:buttons|links|items|numbers|letters)\s+", rest, re.I)
    if len(names) > 1 and (plural or all(re.search(QUOTED, n) for n in names)):
        names[0] = names[0][plural.end() :] if plural else names[0]
        return [Click(target=target(name, quotes), how=how) for name in names]  # type: ignore[arg-type]
    if re.fullmatch(r"(?:the )?(?:submit|ok|okay|done)(?: button)?", rest, re.I):
        return [Submit(target=target(rest, quotes))]
    return [Click(target=target(rest, quotes), how=how)]  # type: ignore[arg-type]


def open_(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "open X", "go to X": an address, or something to be clicked until it fills the page."""
    rest = re.sub(r"^(?:to|into|up)\s+", "", found["rest"], flags=re.I)
    if re.match(r"^(?:its|the|that) (?:page|details?)$", rest, re.I):
        rest = "it"
    if url := re.match(r"^(https?://\S+|file:///\S+|www\.\S+)$", quotes.value(rest)):
        return [Visit(url=url[1] if "://" in url[1] else f"https://{url[1]}")]
    if not re.search(r"\d$", rest):
        rest = re.sub(r"(?:'s|’s)?\s+(?:page|screen|view|details?(?: page)?)$", "", rest, flags=re.I)
    return [Find(target=target(rest, quotes), opened=True)] if rest else []


def do(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "add X to the wish list", "remove X from the cart", "reply to X with the text Y"."""
    verb, rest = fold(found["verb"]), strip_purpose(found["rest"] or "")
    place = re.match(
        r"^(?P<what>.+?)\s+(?:to|into|in|on|from|as|out of|for)\s+(?:the |my |your |a |an )?(?P<where>[^,]+)$",
        rest,
        re.I,
    )
    if verb in ("add", "put", "save", "move", "place", "mark", "set"):
        last = re.match(
            r"^(?P<what>.+)\s+(?:to|into|in|on|as)\s+(?:the |my |your |a |an )?(?P<where>[^,]+)$", rest, re.I
        )
        place = last if last and concepts_within(quotes.value(last["where"])) else place
        concepts = concepts_within(quotes.value(place["where"])) if place else frozenset()
        concepts -= {"menu", "add", "submit"}
        if not place or not concepts:
            return []
        return _put(place["what"], first_concept(concepts), quotes)
    concept, tail = DO[verb], []
    with_text = rf"(?:with|saying|using)\s+(?:the )?(?:text|message|reply|words?|comment)?\s*(?P<text>{QUOTED})"
    if message := re.match(rf"^(?P<what>.*?)\s*{with_text}(?P<more>.*)$", rest, re.I):
        field = Target(kinds=("textarea", "field"), role="message")
        tail = [Type(text=quotes.value(message["text"]), field=field), Submit(target=Target(text="send"))]
        rest = message["what"] + message["more"]
    elif concept in ("forward", "share") and place:
        tail = [
            Type(text=quotes.value(place["where"]), field=Target(text="to")),
            Submit(target=Target(text="send")),
        ]
        rest = place["what"]
    elif place and concept in ("delete", "add") and concepts_within(quotes.value(place["where"])):
        where = target(place["where"], quotes)
        return [Find(target=where, opened=True), Do(concept=concept, thing=target(place["what"], quotes))]
    rest = re.sub(r"^(?:to|on|from)\s+", "", rest, flags=re.I)
    return [Do(concept=concept, thing=target(rest, quotes)), *tail]


def _put(what: str, concept: str, quotes: Quotes) -> list[Goal]:
    """ "the X from the wish list", "an X with orange paint": where it is, and its options, come first."""
    source = re.match(r"^(?P<what>.+?) from (?:the |my |your )?(?P<where>.+)$", what, re.I)
    if source and concepts_within(quotes.value(source["where"])):
        thing = target(source["what"], quotes)
        return [Find(target=target(source["where"], quotes), opened=True), Do(concept=concept, thing=thing)]
    if dressed := _attributes(what, quotes):
        return [*dressed, Do(concept=concept, thing=dressed[0].target)]  # type: ignore[attr-defined]
    return [Do(concept=concept, thing=target(what, quotes))]


def drag(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "drag X onto Y", "move X to the left"."""
    rest = found["rest"]
    ways = r"(?P<way>up|down|left|right|upwards?|downwards?)"
    if way := re.match(rf"^(?P<what>.+?) (?:to the |towards? the )?{ways}(?: by .*)?$", rest, re.I):
        direction = re.sub(r"wards?$", "", fold(way["way"]))
        return [Drag(source=target(way["what"], quotes), direction=direction)]
    hows = "onto|on top of|on|into|in|inside|to|over|below|under|above|next to|before|after"
    if where := re.match(rf"^(?P<what>.+?) (?P<how>{hows})(?: of)? (?P<to>.+)$", rest, re.I):
        sides = {"below": "below", "under": "below", "after": "below", "above": "above", "before": "above"}
        to = replace(target(where["to"], quotes), relation=sides.get(fold(where["how"])))  # type: ignore[arg-type]
        return [Drag(source=target(where["what"], quotes), to=to)]
    return []


def scroll(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "scroll down", "scroll to X", "scroll to the bottom of X"."""
    said = found["rest"] or ""
    rest = fold(said)
    end = re.search(r"\b(?:(top|start|beginning)|bottom|end)\b(?: of)?(.*)$", rest)
    if end:
        where = target(re.sub(r"^\s*the\s+", "", end[2]), quotes) if end[2].strip() else Target()
        return [Scroll(direction="up" if end[1] else "down", to_end=True, target=where)]
    text = re.search(r"(?:to|until|till)\s+(?:you (?:see|find|reach|get to)\s+)?(?:the )?(.+)$", said, re.I)
    direction = next((d for d in ("up", "left", "right") if re.search(rf"\b{d}\b", rest)), "down")
    return [Scroll(direction=direction, target=target(text[1], quotes) if text else Target())]


def set_(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "set F to X", "set F to X and G to Y": a slider, a list, a field or a switch; the screen says which."""
    parts = found.groupdict()
    name, said = parts.get("field") or parts.get("field2") or "", parts.get("value") or parts.get("value2") or ""
    if more := re.match(r"^(.+?),? and (?:the |its )?(?P<field>.+?) (?:to|at) (?P<value>.+)$", said, re.I):
        said, rest = more[1], set_(more, quotes)
    else:
        rest = []
    value, field = quotes.value(said), target(name, quotes)
    number = number_word(value)
    also = r"\s*(?:,\s*and\b|,|\band\b)\s*"
    listed = re.fullmatch(rf"(?:the )?(?:\w+ )?[\[(]?(-?[\d.]+(?:{also}-?[\d.]+)+)[\])]?", value, re.I)
    if listed and re.search(r"\bsliders\b", name, re.I):  # "set the sliders to [3, 5, 1]"
        return [
            Adjust(value=float(n), field=Target(role="slider", nth=at))
            for at, n in enumerate(re.split(also, listed[1]), 1)
        ] + rest
    if number is not None and (field.role in _DIALS or re.search("slider|spinner|stepper", found[0], re.I)):
        return [Adjust(value=number, field=field), *rest]
    if day := find_date(value):
        return [Pick(date=day.isoformat(), field=field), *rest]
    return [Choose(option=Target(text=value, quoted=bool(quotes.first(said))), field=field), *rest]


__all__ = ["click", "do", "drag", "first_concept", "open_", "pick", "scroll", "set_"]


def sort_by(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "sort … by price, the lowest first": an option of the control that sorts."""
    said = quotes.value(found["rest"])
    name = re.split(r"[,(]| from | in | with ", said)[0].strip()
    down = re.search(r"\b(?:highest|descending|high to low|most expensive|newest|largest)\b", said, re.I)
    up = re.search(r"\b(?:lowest|ascending|low to high|cheapest|oldest|smallest)\b", said, re.I)
    order = " high to low" if down else " low to high" if up else ""
    field = Target(text="sort", kinds=("select",))
    return [
        Reach(places=("catalogue",), sign=Target(text="sort")),
        Choose(option=Target(text=f"{name}{order}"), field=field),
    ]
