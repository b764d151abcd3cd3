"""Cutting an English task into clauses, and lists into their members. No clause is dropped, none glued to another."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from model.embedded.language.nouns import QUOTED
from model.embedded.language.words import STOP

_LEAD = re.compile(
    r"^(?:please|kindly|now|firstly|next|finally|then|and|also|afterwards|after that|lastly|secondly|thirdly"
    r"|(?:first|second|third)(?=\s*[,:])|just|simply|ok(?:ay)?|hi|hello|hey|in the end|at the end|once (?:that is |you are )?done|when done|"
    r"(?:can|could|would|will) you(?: please)?|you (?:should|must|need to|have to|can)|"
    r"i(?: (?:want|need|would like)|['’]d like)(?: you)? to|let['’]?s|let us|"
    r"your (?:task|goal|job) is to|try to|go ahead and|help me(?: to)?|remember to|be sure to|"
    r"make sure (?:to|that you|you)|it is time to|step \d+[:.]|\d+[.)]|[-*•])(?:[\s,:]+|(?<=[-*•])\s*)",
    re.I,
)
_PURPOSE = re.compile(
    r"\s+(?:(?:in order |so as )?to (?:delete|remove|reply|mark|submit|close|open|continue|proceed|confirm"
    r"|finish|complete|log|sign|see|show|reveal|expand|begin|start|send|make|do|get|view|go|add|save|cancel|search"
    r"|apply)\b.*|(?:when|once|as soon as) (?:you (?:are|have|'re)|it|done|finished|all)\b.*|"
    r"so that .*|because .*|for me|please)$",
    re.I,
)
_NOT = re.compile(
    r"^(?:but\s+)?(?:do not|don['’]t|never|without|avoid|nothing else|leave (?:the )?(?:others?|rest|everything|all)\b"
    r"|keep (?:the )?(?:others?|rest|everything|all)\b|no other|not\b)",
    re.I,
)
_REMARK = re.compile(
    r"^(?:i|he|she|it|they|we|this|that|there|here|those|these|the (?!\S+ of\b.*\bto\b)[\w\s'’\ue000-\ue0ff]+?)\s+"
    r"(?:am|is|are|was|were|has|have|had|will|would|does|do|did|can|cannot|can['’]t|no longer|don['’]t|doesn['’]t"
    r"|need|needs|want|wants|like|likes|says|shows|moves|contains)\b",
    re.I,
)
_PLACE = re.compile(
    r"^(?P<how>in|on|under|from|inside|within|at|for|over in)\s+(?P<place>[^,]{2,80})$",
    re.I,
)
_SECTION = re.compile(
    r"\s+(?:page|section|tab|screen|view|menu|app|application|module|area|panel|site|window|program)$", re.I
)


@dataclass(frozen=True)
class Piece:
    """One clause. `place`: where it said that it is to be done; `about`: what it said that it is for.

    Attributes:
        kind: "act", "not" (what must not be done), "remark" (a statement).
        later: it was said before the clause that follows, and comes after it.
    """

    text: str
    place: str = ""
    about: str = ""
    kind: str = "act"
    later: bool = False


def clauses(text: str, verbs: str) -> list[Piece]:
    """The clauses of a task in the order in which they were said, without filler words.

    Args:
        verbs: alternation of all verbs that can begin a clause.
    """
    start = rf"(?:{verbs})\b(?=\s+[^\s,]|\s*$)"
    unheard = (
        r"(?!(?:the|a|an|my|its?|their|all)\b)[a-z]{4,} (?:the|an?|my|your|our|all|every) (?=[\w\ue000-\ue0ff])"
    )
    cut = re.compile(
        rf",?\s+(?:and\s+)?(?:then|after that|afterwards|finally)\s*,?\s+|\s*[,;]\s*(?:and\s+|but\s+|so\s+)?"
        rf"(?=(?:(?:then|please|also|so)\s+)*(?:{start}|don['’]t\s|do not\s|nothing else|leave the|keep the))"
        rf"|\s+(?:and|but)\s+(?:also\s+|then\s+|please\s+)?(?=(?:please\s+)?{start}|don['’]t\s|do not\s|nothing else)"
        rf"|\s+and\s+(?={unheard})",
        re.I,
    )
    found: list[Piece] = []
    for sentence in sentences(text):
        place = about = ""
        for raw in cut.split(sentence.strip(" ").rstrip(".!")):
            piece = _trim(raw, start)
            if not piece:
                continue
            fronted = _PLACE.match(piece)
            if fronted and not re.match(start, piece, re.I) and not re.search(rf"\s{start}", piece, re.I):
                named = re.sub(r"^(?:the|my|our|your)\s+", "", fronted["place"], flags=re.I)
                if fronted["how"].lower() == "for":
                    about = fronted["place"]
                else:
                    place = _SECTION.sub("", named)
                continue
            found += [replace(p, place=place, about=about) for p in _piece(piece, verbs)]
            about = ""
    return found


def _piece(piece: str, verbs: str) -> list[Piece]:
    if first := re.match(r"^before (?:you )?(.+)$", piece, re.I):
        return [Piece(_plain(first[1], verbs), later=True)]
    if first := re.match(r"^(?:after|once|when) (?:you (?:have )?)?(.+)$", piece, re.I):
        return [Piece(_plain(first[1], verbs))]
    if later := re.match(rf"^(.+?),?\s+(?:before|prior to) ((?:{_ings(verbs)})\b.*)$", piece, re.I):
        return [Piece(later[1]), Piece(_plain(later[2], verbs))]
    if _NOT.match(piece):
        return [Piece(piece, kind="not")]
    if _REMARK.match(piece) and not re.match(rf"(?:{verbs})\b", piece, re.I):
        return [Piece(piece, kind="remark")]
    return [Piece(piece)]


def _ings(verbs: str) -> str:
    return "|".join(
        rf"{v}ing|{v[:-1]}ing|{v}{v[-1]}ing" if v.isalpha() else v for v in verbs.split("|") if v.isalpha()
    )


def _plain(text: str, verbs: str) -> str:
    """ "clicking Save" → "click Save"."""
    first, _, rest = text.partition(" ")
    if first.lower().endswith("ing"):
        stem = first[:-3].lower()
        known = set(verbs.split("|"))
        first = next((v for v in (stem, f"{stem}e", stem[:-1]) if v in known), first)
    return f"{first} {rest}".strip()


def sentences(text: str) -> list[str]:
    """The sentences of a task: a number before a full stop may end one, unless it only counts the steps."""
    found: list[str] = []
    for line in re.split(r"\n+", text):
        begin = 0
        for end in re.finditer(r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!Mr\.)(?<!Mrs\.)(?<!Dr\.)(?<!e\.g\.)\s+(?=\S)", line):
            if re.fullmatch(r"\s*\d+\.\s*", line[begin : end.end()]):
                continue
            found.append(line[begin : end.start()])
            begin = end.end()
        found.append(line[begin:])
    return [one for one in found if one.strip()]


def _trim(piece: str, start: str) -> str:
    """Without the filler words before it; "first" is one only before a verb ("First aid" is a name)."""
    piece = piece.strip(" ,;:.!")
    while True:
        shorter = _LEAD.sub("", piece)
        if shorter == piece:
            shorter = re.sub(rf"^(?:first|second|third)\s+(?={start})", "", piece, flags=re.I)
        if shorter == piece:
            return piece
        piece = shorter.strip()


def strip_purpose(phrase: str) -> str:
    """Without what only says why or when ("… to delete it", "… when done")."""
    return _PURPOSE.sub("", f" {phrase}").strip()


def split_list(text: str) -> list[str]:
    """ "A, B and C" → its members; quoted strings are never cut."""
    parts = re.split(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|&)\s+", text.strip())
    return [p.strip() for p in parts if p.strip()]


_KEYS = {
    "enter": "enter", "return": "enter", "escape": "escape", "esc": "escape", "tab": "tab", "space": "space",
    "spacebar": "space", "space bar": "space", "backspace": "backspace", "delete": "delete", "del": "delete",
    "page down": "pagedown", "page up": "pageup", "home": "home", "end": "end", "insert": "insert",
    "arrow down": "down", "arrow up": "up", "arrow left": "left", "arrow right": "right", "down arrow": "down",
    "up arrow": "up", "left arrow": "left", "right arrow": "right", "up": "up", "down": "down", "left": "left",
    "right": "right", **{f"f{n}": f"f{n}" for n in range(1, 13)},
}  # fmt: skip
_MODIFIERS = {
    "ctrl": "ctrl", "control": "ctrl", "shift": "shift", "alt": "alt", "option": "alt", "cmd": "meta",
    "command": "meta", "meta": "meta", "super": "meta", "win": "meta",
}  # fmt: skip


def keys_in(phrase: str) -> tuple[str, ...]:
    """The key chord that a phrase names ("ctrl+a", "the Enter key"), empty if it is none."""
    phrase = re.sub(r"^(?:the|on)\s+|\s+(?:key|keys|button on (?:the|your) keyboard)$", "", phrase.strip().lower())
    if phrase in _KEYS:
        return (_KEYS[phrase],)
    parts = [p.strip() for p in re.split(r"\s*[+-]\s*|\s+and\s+", phrase)]
    if len(parts) > 1 and all(p in _MODIFIERS for p in parts[:-1]) and (len(parts[-1]) == 1 or parts[-1] in _KEYS):
        return (*(_MODIFIERS[p] for p in parts[:-1]), _KEYS.get(parts[-1], parts[-1]))
    return ()


def is_common(word: str) -> bool:
    """Whether a word says nothing by itself."""
    return word.lower() in STOP


__all__ = ["QUOTED", "Piece", "clauses", "is_common", "keys_in", "split_list", "strip_purpose"]
