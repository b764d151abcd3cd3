"""Where is it? A question of its own: noun phrase → candidates → the best, or "not there", or one of several.

Nothing is planned and nothing is searched for: what is not in the picture is refused. A sentence ("Click on the
'Events' link at the top right to open the calendar") is taken apart into the thing, where it is, and what for; the
thing is looked for by its name as said first, then without what may be a hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from model.embedded.language.described import Described, described, is_bare, purposed
from model.embedded.language.goals import Target
from model.embedded.language.nouns import QUOTED, Quotes, target
from model.embedded.language.words import concept_of, squash
from model.embedded.matching.match import ENOUGH, SURE, find
from model.embedded.matching.places import distance
from model.embedded.matching.scene import Candidate, Scene
from model.embedded.matching.seek import search_field
from model.embedded.screen import Screen

_FIELD = re.compile(r"^(?:the )|\s*(?:(?:text |input )?(?:field|box|bar|input)|输入框|框|栏)$", re.I)
_CONTROLS = ("field", "textarea", "select", "checkbox", "radio", "switch", "slider")
_POLITE = (
    "please kindly now then next|you should|you need to|i want to|i would like to|i need to|can you|could you|"
    "let's|try to|go ahead and|use the mouse to"
)
_VERBS = (
    "click press tap touch hit push select choose pick open find locate activate toggle enable disable check "
    "uncheck tick expand collapse focus hover point navigate go visit scroll look identify highlight|double click|"
    "right click|left click|middle click|single click|where is|where are|where's|which is|which one is|show me"
)
_AIMS = (
    "open view see show hide close go access start stop create add remove delete edit change save send "
    "submit search find learn read get navigate return download upload log sign switch expand collapse "
    "select choose continue proceed filter sort play pause share copy print enable disable display set "
    "check visit move zoom make do use enter type fill confirm cancel apply finish complete begin try "
    "browse explore manage update review toggle adjust increase decrease"
)
_SPOTS = "top bottom upper lower left right centre center middle header footer sidebar"
_PARTS = "hand most corner side part edge area half bar menu navigation panel section"


def _any(words: str) -> str:
    """A pattern for any of the words, the longest first; phrases stand after ``|``."""
    single, *phrases = words.split("|")
    apart = [*single.split(), *phrases]
    return "|".join(re.escape(one).replace(r"\ ", "[ -]") for one in sorted(apart, key=len, reverse=True))


_LEAD = re.compile(
    rf"\s*(?:(?:{_any(_POLITE)})\b[\s,]*)*"
    rf"(?:(?:{_any(_VERBS)})\b\s*(?:(?:over|on|at|in|into|to|for|up|onto|upon)\b\s*)?)?",
    re.I,
)
_LEAD_CHINESE = re.compile(
    r"\s*(?:请|然后|现在)*\s*(?:点击一下|点击|单击|双击|右键单击|点一下|点按|轻触|选择|选中|打开|找到|定位|按下)?\s*(?:一下)?"
)
_PURPOSE = re.compile(
    rf"[\s,]+(?:to\s+(?:be able to\s+)?(?:{_any(_AIMS)})|in order to|so as to|so that|so you|"
    r"(?:which|that) (?:will|opens|shows|takes|leads)|and (?:then|wait))\b.*$",
    re.I | re.S,
)
_PLACE = re.compile(
    r"[\s,]*\(?\b(?:(?:which is|that is|that's) )?"
    r"(?:located|placed|positioned|situated|shown|displayed|found|visible)?\s*"
    r"(?:at|in|on|to|toward|towards|near|along)\s+(?:the\s+)?(?:very\s+|far\s+)?"
    rf"(?P<where>(?:{_any(_SPOTS)})(?:[\s-]*(?:{_any(f'{_SPOTS} {_PARTS}')}))*)"
    r"(?:\s+of\s+(?:the\s+)?[\w\s]{1,40})?\)?[\s,.]*$",
    re.I,
)
_BESIDE = re.compile(
    r"[\s,]+(?:(?:which|that) is\s+|located\s+|placed\s+|found\s+)?"
    r"(?:in|on|of|at|below|above|under|underneath|beneath|next to|beside|near|inside|within|from)\s+"
    r"(?:the|a|an|this|your|my)\s.*$",
    re.I | re.S,
)
_PAGE = re.compile(
    r"[\s,]+(?:in|on|of|from)\s+(?:the\s+)?[^,]{0,60}?\b(?:page|screen|window|website|site|app|application)[\s.]*$",
    re.I,
)


@dataclass(frozen=True)
class Asked:
    """A question taken apart.

    Attributes:
        phrases: what the thing may be called, as said first, then without what may be a hint.
        where: words of the place on the screen ("top right"), "" if none were said.
    """

    phrases: tuple[str, ...]
    where: str


def taken_apart(words: str) -> Asked:
    """The noun phrase of a question, an instruction or a bare name, and its hints."""
    quotes = Quotes(words)
    text = quotes.text.strip().rstrip(".。!！?？")
    bare = _LEAD_CHINESE.sub("", text, count=1) if re.search(r"[\u4e00-\u9fff]", text) else text
    bare = bare[_LEAD.match(bare).end() :] or bare  # type: ignore[union-attr]
    where = ""
    found = [text, bare]
    without = _PURPOSE.sub("", bare)
    found.append(without)
    if place := _PLACE.search(without):
        where = place["where"]
        without = without[: place.start()]
        found.append(without)
    for cut in (_PAGE, _BESIDE):
        shorter = cut.sub("", without)
        if shorter.strip():
            without = shorter
            found.append(without)
    names = [phrase.strip(" ,") for phrase in found if phrase.strip(" ,")]
    return Asked(tuple(dict.fromkeys(_marked(name, quotes) for name in names)), where.lower())


def _marked(phrase: str, quotes: Quotes) -> str:
    """The phrase with its quoted strings in quotation marks again."""
    return re.sub(QUOTED, lambda mark: f'"{quotes.strings[ord(mark[0]) - 0xE000]}"', phrase)


def locate(words: str, screen: Screen) -> Candidate | None:
    """The best candidate for what `words` name on `screen`; None: it is not there, or it may be any of several."""
    asked = taken_apart(words)
    scene = Scene(screen)
    best: Candidate | None = None
    for number, (thing, state) in enumerate(_targets(words, asked)):
        found = [_placed(one, asked.where, screen) for one in find(thing, scene) if state.fits(one.thing.state)]
        if is_bare(thing) and not (asked.where or _alone(found)):
            continue
        top = max(found, key=lambda one: one.score, default=None)
        # A shorter name has to be clearly better: what was cut may have been part of it.
        if top and (best is None or top.score > best.score + (0.05 if number else 0.0)):
            best = top
        if best and best.score >= SURE:
            break
    if any("search" in concept_of(re.sub(_FIELD, "", phrase)) for phrase in asked.phrases):
        field = search_field(scene)
        if field is not None and not (best and best.score >= SURE and best.thing.kind in _CONTROLS):
            return Candidate(field, 0.9, "the field that searches")
    return _labelled(best, scene) if best and best.score >= ENOUGH else None


def _labelled(found: Candidate, scene: Scene) -> Candidate:
    """The control that a text names, where the text is its label: who names it means the control."""
    text = found.thing
    if text.kind not in ("text", "link") or not text.text:
        return found
    own = [
        t for t in scene.things
        if t.kind in _CONTROLS and t.names and _same_label(t.names, text.text)
        and not t.box.contains(*text.box.center)
    ]  # fmt: skip
    near = min(own, key=lambda t: distance(scene, t.box, text.box), default=None)
    if near is None or distance(scene, near.box, text.box) > 8 * scene.scale:
        return found
    return replace(found, thing=near, why=f"{found.why}, its label")


def _same_label(names: tuple[str, ...], text: str) -> bool:
    bare = squash(text)
    return bool(bare) and any(squash(name) == bare for name in names)


def _alone(found: list[Candidate]) -> bool:
    """Whether one candidate stands out: things of one kind are not told apart by their kind."""
    scores = sorted((one.score for one in found), reverse=True)
    return len(scores) == 1 or (len(scores) > 1 and scores[0] > scores[1] + 0.1)


def _targets(words: str, asked: Asked) -> Iterator[tuple[Target, Described]]:
    """What may be meant, the likeliest first, each with the state it is in."""
    anchors: set[str] = set()
    for phrase in asked.phrases:
        yield (
            Target(text=phrase.strip('"')),
            Described(phrase),
        )  # literally so: a name may hold "or", "the", a verb
        state = described(phrase)
        if purpose := purposed(state.phrase):
            yield purpose, state
        if not state.stated:
            named = target(*_quoted(phrase))
            anchors |= _anchors(named)
            yield named, state
        else:
            yield target(*_quoted(state.phrase)), state
    for text in Quotes(words).strings:
        if text.strip() not in anchors:  # beside what is meant is not what is meant
            yield Target(text=text, quoted=True), Described(text)


def _anchors(named: Target) -> set[str]:
    anchor = named.anchor
    return {anchor.text.strip(), *_anchors(anchor)} if anchor else set()


def _quoted(phrase: str) -> tuple[str, Quotes]:
    quotes = Quotes(phrase)
    return quotes.text, quotes


def _placed(found: Candidate, where: str, screen: Screen) -> Candidate:
    """The candidate with its score lowered where it lies elsewhere than was said."""
    if not where:
        return found
    x, y = found.thing.box.center
    across, down = x / screen.size[0], y / screen.size[1]
    wrong = (
        ("left" in where and across > 0.6)
        + ("right" in where and across < 0.4)
        + (("top" in where or "upper" in where or "header" in where) and down > 0.6)
        + (("bottom" in where or "lower" in where or "footer" in where) and down < 0.4)
    )
    return replace(found, score=found.score * 0.8**wrong)
