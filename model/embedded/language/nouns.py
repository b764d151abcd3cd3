"""Noun phrases: "the second red button below the price" → `Target`."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.language.goals import Relation, Target
from model.embedded.language.values import EXTREMES
from model.embedded.language.words import (
    KINDS,
    ORDINALS,
    RECORDS,
    RECORDS_CHINESE,
    SHAPES,
    SIZES,
    concept_of,
    fold,
    is_chinese,
)

QUOTED = "[\ue000-\ue0ff]"
"""A quoted string stands as one private character while the task is taken apart."""

_DETERMINER = re.compile(
    r"^(?:the|a|an|this|that|these|those|my|your|any|some|one|both|each|every|all of the|all the|all)\s+", re.I
)
_RELATIONS: tuple[tuple[str, Relation], ...] = (
    (r"\s+(?:in|on|from|at) the (?:same )?(?:row|line|entry|card) (?:of|for|with|that (?:has|contains)"
    r"|containing)\s+", "row"),
    (r"\s+(?:in|on) the (?:same )?(?:row|line|card) as\s+", "row"),
    (r"\s+(?:to the|on the|immediately|directly)?\s*right (?:of|from)\s+", "right"),
    (r"\s+(?:to the|on the|immediately|directly)?\s*left (?:of|from)\s+", "left"),
    (r"\s+(?:right |just |directly |immediately )?(?:next to|beside|near|close to|closest to|nearest"
    r" to)\s+", "near"),
    (r"\s+(?:right |just |directly |immediately )?(?:below|under|beneath|underneath)\s+(?=\S)", "below"),
    (r"\s+(?:right |just |directly |immediately )?(?:above)\s+(?=\S)", "above"),
    (r"\s+(?:after|following)\s+", "after"),
    (r"\s+(?:inside|within)\s+", "in"),
    (r"\s+(?:in|on|of|from|at|under) (?=the (?:\S+ ){0,3}(?:section|dialog|dialog box|panel|menu|column|header"
    r"|footer|"
     r"sidebar|toolbar|list|table|form|group|popup|window|bar|area|box|tab|row|navigation|card|grid)\b)", "in"),
)  # fmt: skip
_NAMED = re.compile(
    r"^(.*?)[\s,]*\b(?:(?:that (?:is )?)?(?:named|labell?ed|called|titled|entitled)|"
    r"(?:with|that has|having|containing|that contains|bearing) the (?:text|label|name|title|caption|value|word"
    r"|number)s?|"
    r"(?:that )?(?:says|reads|saying|reading))\s+(?:as |of |with )?(.+)$",
    re.I,
)
_EXTREME = re.compile(
    rf"^(.+?),? (?:(?:that|which) (?:is|are|has|have|costs?)|with) (?:the"
    rf" )?({'|'.join(w for w in EXTREMES if w.isascii())})"
    rf"(?: (price|cost|number|value|expensive|\w+))?$",
    re.I,
)
_OWNER = re.compile(r"^(.*?)\s+(?:by|from|of|for|sent by|written by|posted by|belonging to)\s+(.+)$", re.I)
_OWNED = (
    frozenset(
        "email e-mail mail message post tweet comment product card article result item entry row user contact value"
        " price"
        " icon button link checkbox field name number text date heart amount cell".split()
    )
    | RECORDS
)
_ROLE_WORDS = sorted((w for w in KINDS if not is_chinese(w)), key=len, reverse=True)
_ROLE = "|".join(re.escape(w) for w in _ROLE_WORDS)
_ROLE_END = re.compile(rf"^(?:(.*?)\s+)??({_ROLE})(?:e?s)?$", re.I)
_ROLE_START = re.compile(rf"^({_ROLE})(?:e?s)?\s+(.+)$", re.I)
_ROLE_CHINESE = sorted((w for w in KINDS if is_chinese(w)), key=len, reverse=True)


_NUMBERED = frozenset(
    "tab row page section option item result column paragraph line chapter step card panel link button".split()
)
_WHOLE = frozenset(
    "first name|last name|top speed|second name|third name|large print|small business|first class|last"
    " updated".split("|")
)
"""Names that only look as if they began with an order word or a size."""


class Quotes:
    """The quoted strings of a task, each replaced by one character."""

    _PAIRS = re.compile(
        r"\"([^\"]*)\"|“([^”]*)”|「([^」]*)」|『([^』]*)』|《([^》]*)》|‘([^’]*)’"
        r"|(?<![\w])'([^']*(?:\w'\w[^']*)*)'(?!\w)"
    )

    def __init__(self, task: str) -> None:
        self.strings: list[str] = []
        self.text = self._PAIRS.sub(self._keep, task)

    def _keep(self, found: re.Match[str]) -> str:
        said = next(g for g in found.groups() if g is not None)
        self.strings.append(said)
        tail = said[-1:] if said[-1:] in ",." and found.end() == len(found.string) else ""
        return chr(0xE000 + len(self.strings) - 1) + tail

    def value(self, text: str) -> str:
        """The text with the quoted strings back in place, without marks."""
        return re.sub(QUOTED, lambda m: self.strings[ord(m[0]) - 0xE000], text).strip()

    def first(self, text: str) -> str | None:
        """The first quoted string in it."""
        found = re.search(QUOTED, text)
        return self.strings[ord(found[0]) - 0xE000] if found else None


def ordinal(word: str) -> int:
    """1 for "first" or "1st" or "第一", -1 for "last"; 0 for anything else."""
    word = fold(word)
    if word in ORDINALS:
        return ORDINALS[word]
    found = re.fullmatch(r"(\d+)(?:st|nd|rd|th)", word) or re.fullmatch(r"第(\d+)", word)
    return int(found[1]) if found else 0


def target(phrase: str, quotes: Quotes) -> Target:
    """What a noun phrase names."""
    phrase = phrase.strip(" ,;:.!?，。；：")
    phrase = re.sub(
        r"(?<=\S)\s+(?:below|above|shown|displayed|on the (?:page|screen|left|right)|provided|that is shown|you"
        r" see)$",
        "",
        phrase,
        flags=re.I,
    )
    phrase = re.sub(r"^(?:through|within|inside|into|onto|on|in)\s+", "", phrase, flags=re.I)
    if extreme := _EXTREME.match(phrase):
        word = fold(extreme[2])
        priced = {"lowest": "cheapest", "highest": "dearest", "least": "cheapest", "most": "dearest"}
        costs = fold(extreme[3] or "") in ("price", "cost", "expensive")
        key = priced.get(word, EXTREMES[word][0]) if costs else EXTREMES[word][0]
        if key:
            return replace(target(extreme[1], quotes), most=key)
    for pattern, relation in _RELATIONS:
        parts = re.split(pattern, phrase, maxsplit=1, flags=re.I)
        if len(parts) == 2 and parts[0].strip() and parts[1].strip():
            head, named = parts[0], _NAMED.match(parts[1])
            if named and relation == "in":  # "the button in the dialog box labeled X": X names the button
                head, parts[1] = f"{head} named {named[2]}", named[1]
            return replace(target(head, quotes), relation=relation, anchor=target(parts[1], quotes))
    if is_chinese(phrase):
        return _chinese(phrase, quotes)
    named = _NAMED.match(phrase)
    if named:
        found = _bare(named[1], quotes)
        if found.text and not found.role:  # "the report called X": whatever the noun, it is no part of the name
            found = replace(found, text="", role=fold(found.text), kinds=KINDS.get(fold(found.text), ()))
        name = re.sub(_DETERMINER, "", named[2]).strip()
        whole = (
            f"{found.text} {quotes.value(name)}".strip() if found.text and not found.role else quotes.value(name)
        )
        return replace(found, text=whole, quoted=bool(re.search(QUOTED, name)))
    owner = _OWNER.match(phrase)
    if owner:
        head = _bare(owner[1], quotes)
        if (
            head.role in _OWNED or (fold(owner[1]).split()[-1:] and fold(owner[1]).split()[-1] in _OWNED)
        ) and owner[2]:
            return replace(head, whose=quotes.value(re.sub(_DETERMINER, "", owner[2])))
    return _bare(phrase, quotes)


def _bare(phrase: str, quotes: Quotes) -> Target:
    rest = phrase.strip()
    found = Target()
    while True:
        shorter = _DETERMINER.sub("", rest)
        if shorter == rest:
            break
        rest = re.sub(r"^(?:whole|entire|complete)\s+(?=\S)", "", shorter, flags=re.I)
    determined = rest != phrase.strip()
    if fold(rest) in _WHOLE or (" " in rest and concept_of(rest)):
        return replace(found, text=rest)
    head = re.match(r"(second[- ]to[- ]last|next to last|\S+)(?:\s+(?:one|of the))?\s*(.*)$", rest, re.I)
    while head and head[1]:
        word, tail = fold(head[1]).strip(","), head[2]
        named = not determined and not found.nth and head[1][:1].isupper() and tail[:1].islower()
        if named and not (fold(tail.split()[-1]).rstrip("s") in KINDS or fold(tail.split()[-1]) in KINDS):
            break  # "First aid": a name that begins so
        if determined and head[1][:1].isupper() and head[1][1:].islower() and tail:
            break  # "the Small radio button": what is written on it, not its size
        if (n := ordinal(word)) and (tail or n):
            found = replace(found, nth=n)
        elif word in EXTREMES and not re.match(QUOTED, head[1]):
            found = replace(found, most=EXTREMES[word][0])
        elif word == "most" and tail and f"most {fold(tail).split()[0]}" in EXTREMES:
            found = replace(found, most=EXTREMES[f"most {fold(tail).split()[0]}"][0])
            tail = tail.split(None, 1)[1] if " " in tail else ""
        elif word in SIZES and tail:
            found = replace(found, size=SIZES[word])
        else:
            break
        rest = tail
        head = re.match(r"(\S+)\s*(.*)$", rest)
    role, rest = _role(rest, determined)
    found = replace(found, role=role, kinds=KINDS.get(role, ()))
    from model.embedded.eyes.colours import is_colour

    words = rest.split()
    if words and is_colour(fold(" ".join(words))) and not re.search(QUOTED, rest):
        found = replace(found, colour=fold(rest))
        if role and role not in ("option", "choice"):
            rest = ""
    elif len(words) > 1 and is_colour(fold(words[0])) and role in ("", "letter", "digit", "number"):
        sign = fold(words[1]) in SHAPES or len(words[1]) == 1
        found, rest = (
            (replace(found, colour=fold(words[0])), " ".join(words[1:])) if sign or role else (found, rest)
        )
    shape = (SHAPES.get(fold(rest)) if role in ("", "shape", "figure", "object") else None) or (
        SHAPES.get(role) if not rest else None
    )
    if shape:
        found, rest = replace(found, shape=shape, kinds=("shape", "icon", "swatch")), ""
    if role in _NUMBERED and re.fullmatch(
        r"#?\s?\d+", rest
    ):  # "Tab #2", "row 3": a name, or else a place in order
        number = int(re.sub(r"\D", "", rest))
        return replace(found, text=f"{role} {rest}", nth=found.nth or (number if number < 100 else 0))
    text = quotes.value(rest)
    return replace(found, text=text, quoted=bool(re.search(QUOTED, rest)))


def _role(rest: str, determined: bool = False) -> tuple[str, str]:
    """The noun that says what it is, before a name or behind it, and what is left."""
    if before := kind_before(rest, determined):
        return before
    if ended := _ROLE_END.match(rest):
        role, left = fold(ended[2]), ended[1] or ""
        if fold(left) in ("input", "text", "entry") and "field" in KINDS[role]:
            return role, ""  # "input textbox": both say what it is
        if again := _ROLE_END.match(left):  # "search result item": the outer noun is only a frame
            return (fold(again[2]), again[1] or "") if not KINDS[role] and not again[1] else (role, left)
        return role, left
    started = _ROLE_START.match(rest)
    if started and (re.match(rf"{QUOTED}|#|\d|[A-Z]", started[2]) or fold(started[1]) in ("option", "item")):
        return fold(started[1]), started[2]
    return "", rest


_NAME = rf"(?:{QUOTED}|[A-Z]|#?\d|\S*[@./_#-]\S*\w|\S*\d)"
"""How a name begins that cannot be taken for a common noun."""
_PARTS = frozenset(
    "settings details profile name names type types status number overview options preferences history management "
    "information info title titles editor manager icon button page menu list link tab panel view".split()
)
"""Words that behind a noun make it a part of a name ("user profile")."""


_ADJECTIVES = frozenset(
    "new old next previous other same only current last latest recent open closed main full own active more less own both "
    "upper lower top bottom left right middle big small large following".split()
)


def kind_before(rest: str, determined: bool = False) -> tuple[str, str] | None:
    """ "file old.csv", "user Ada", "tag obsolete": the noun, and the name that it is not part of.

    Args:
        determined: an article stood before it, so that a noun that is not known may be one too ("the participant Gina").
    """
    words = rest.split()
    for count in (2, 1):
        noun, left = " ".join(words[:count]).lower(), " ".join(words[count:])
        if len(words) <= count or not " ".join(words[:count]).islower():
            continue
        if re.match(
            r"(?:called|named|titled|entitled|labell?ed|whose|that|which|with|of|for|by|from)\b", left, re.I
        ):
            continue
        known = noun in RECORDS or (noun.removesuffix("s") in RECORDS and not left[:1].islower())
        if known and (
            re.match(_NAME, left)
            or (
                words[-1] not in _PARTS
                and fold(words[-1]) not in KINDS
                and not re.match(
                    r"(?:of|for|by|in|on|from|to|with|called|named|titled|entitled|that|which|whose)\b", left
                )
            )
        ):
            return noun, re.sub(r"^(?:number|no\.?|id)\s+(?=\S)", "", left)
        if count == 1 and re.match(QUOTED, left) and noun not in ORDINALS and noun not in SIZES:
            from model.embedded.eyes.colours import is_colour

            return None if is_colour(noun) else (noun, left)
    if determined and (hit := re.match(r"^(?P<k>[a-z]{3,}(?: [a-z]{3,})?)\s+(?P<n>\S.*)$", rest)):
        from model.embedded.eyes.colours import is_colour

        noun, left, nouns = hit["k"], hit["n"], hit["k"].split()
        if len(nouns) == 2 and not re.match(_NAME, left):
            noun, left, nouns = nouns[0], f"{nouns[1]} {left}", nouns[:1]
        plain = not {*nouns} & (
            _ADJECTIVES | KINDS.keys() | ORDINALS.keys() | SIZES.keys() | SHAPES.keys() | EXTREMES.keys()
        )
        linked = re.search(r"\b(?:of|for|by|in|on|from|to|with|and|or|the|that|which|is|are)$", noun)
        if plain and not linked and re.match(_NAME, left) and not any(is_colour(one) for one in nouns):
            return noun, left
    return None


def _chinese(phrase: str, quotes: Quotes) -> Target:
    found = Target()
    rest = re.sub(r"^(?:这个|那个|一个|该|所有的?|全部)", "", phrase.strip())
    for pattern, relation in ((r"^(.+?)(?:那?一行|这行|所在行)(?:中|里"
    r"|上)?的(.+)$", "row"), (r"^(.+?)下[面方]的(.+)$", "below"),
                              (r"^(.+?)上[面方]的(.+)$", "above"), (r"^(.+?)(?:旁边|附近)的(.+)$", "near"),
                              (r"^(.+?)右[边侧]的(.+)$", "right"), (r"^(.+?)左[边侧]的(.+)$", "left"),
                              (r"^(.+?)(?:中|里|内)的(.+)$", "in")):  # fmt: skip
        if placed := re.match(pattern, rest):
            return replace(_chinese(placed[2], quotes), relation=relation, anchor=_chinese(placed[1], quotes))  # type: ignore[arg-type]
    if placed := re.match(r"^(第[一二三四五六七八九十\d]+|最后一?)(?:个|条|项|款|封|行)?的?(.*)$", rest):
        found, rest = (
            replace(found, nth=ordinal(placed[1].removesuffix("一") if placed[1] == "最后一" else placed[1])),
            placed[2],
        )
    for word, (key, _) in EXTREMES.items():
        if is_chinese(word) and rest.startswith(word):
            found, rest = replace(found, most=key), rest.removeprefix(word).lstrip("的")
            break
    named = re.match(r"^名(?:为|叫|字叫)(.+?)的(.+)$", rest)
    if named and named[2] in KINDS:
        return replace(found, role=named[2], kinds=KINDS[named[2]], text=quotes.value(named[1]), quoted=True)
    for role in RECORDS_CHINESE:
        if (
            rest.startswith(role)
            and len(rest) > len(role)
            and rest[len(role) :] not in KINDS
            and rest[len(role)] not in "的列页"
        ):
            return replace(
                found, role=role, text=quotes.value(rest[len(role) :]), quoted=bool(re.search(QUOTED, rest))
            )
    for role in _ROLE_CHINESE:
        if rest.endswith(role):
            found, rest = replace(found, role=role, kinds=KINDS[role]), rest.removesuffix(role).removesuffix("的")
            break
    rest = re.sub(r"(?:页面|的页面)$", "", rest)
    from model.embedded.eyes.colours import is_colour

    colour = rest.removesuffix("的")
    if colour and is_colour(colour):
        found = replace(found, colour=colour)
        rest = "" if found.role else rest
    return replace(found, text=quotes.value(rest), quoted=bool(re.search(QUOTED, rest)))
