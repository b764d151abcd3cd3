"""What a question says of a thing besides its name and its place: the state it is in, and what it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from model.embedded.language.nouns import Quotes, target
from model.embedded.language.targets import Target

_State = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Words; states of which one is seen; states of which none may be seen."""
_STATES: tuple[_State, ...] = (
    ("not (?:selected|chosen|active)|unselected", (), ("selected", "checked")),
    (
        "disabled|inactive|gr[ea]yed[ -]out|(?:not |un)available|cannot be (?:used|clicked|pressed)(?: now)?",
        ("disabled",),
        (),
    ),
    (
        "not (?:checked|ticked)|un(?:checked|ticked)|(?:switched |turned |toggled )?off",
        ("unchecked",),
        ("checked",),
    ),
    ("has the (?:keyboard )?focus|focus+ed|in focus", ("focused",), ()),
    ("checked|ticked|(?:switched |turned |toggled )?on", ("checked", "selected"), ()),
    ("selected|chosen|current(?:ly selected)?|active|highlighted", ("selected", "checked"), ()),
    ("expanded|unfolded", ("expanded",), ()),
    ("collapsed|folded", ("collapsed",), ()),
)
_CHINESE: tuple[_State, ...] = (
    ("不可用|已?禁用|灰色", ("disabled",), ()),
    ("未(?:选中|勾选|打开)|没有选中|关闭", ("unchecked",), ("checked", "selected")),
    ("获得焦点|有焦点|聚焦", ("focused",), ()),
    ("已?(?:选中|勾选|打开)|当前|选定", ("selected", "checked"), ()),
)
_BEHIND = r"\s+(?:that|which|and)\s+(?:is|are|has been|was)?\s*(?:currently |now )?(?:{words})(?:\s+now)?\s*$"
_BEFORE = r"^(?:the |a |an )?(?:{words})\s+(?=\w)"
_FOR = re.compile(
    r"^(?P<what>.*?)[\s,]*(?:\b(?:used |meant |that is )?for(?::|\s)\s*|\bto\s+|\bwhere (?:one|you|i) can\s+|"
    r"\b(?:that|which) (?:lets|allows) (?:you|one|me|us)(?: to)?\s+|\bwith which (?:one|you|i) can\s+)"
    r"(?P<purpose>[^,]+)$",
    re.I,
)
_FOR_CHINESE = re.compile(r"^(?:可以|能|用来|用于)(?P<purpose>.+?)的(?P<what>[^的]+)$")


@dataclass(frozen=True)
class Described:
    """A noun phrase without its state: what is left, and the states of which one, and none, may be seen."""

    phrase: str
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    def fits(self, state: frozenset[str]) -> bool:
        """Whether something with these states is in the one that was said."""
        return bool(not self.seen or state & set(self.seen)) and not state & set(self.unseen)

    @property
    def stated(self) -> bool:
        """Whether a state was said."""
        return bool(self.seen or self.unseen)


def described(phrase: str) -> Described:
    """Take the state out of a noun phrase: "the tab that is selected", "不可用的按钮"."""
    for words, seen, unseen in _STATES:
        for pattern in (_BEHIND, _BEFORE):
            rest = re.sub(pattern.format(words=words), "", phrase, flags=re.I)
            if rest != phrase and rest.strip():
                return Described(rest.strip(), seen, unseen)
        has = re.sub(rf"\s+(?:that|which)\s+(?:{words})\s*$", "", phrase, flags=re.I)
        if has != phrase:
            return Described(has.strip(), seen, unseen)
    for words, seen, unseen in _CHINESE:
        rest = re.sub(rf"^(?:{words})的", "", phrase)
        if rest != phrase and rest.strip():
            return Described(rest.strip(), seen, unseen)
    return Described(phrase)


def purposed(phrase: str) -> Target | None:
    """What a thing is for, where nothing else is said of it but its kind: "the icon to go back"; else None."""
    said = _FOR.match(phrase) or _FOR_CHINESE.match(phrase)
    if said is None:
        return None
    what = re.sub(r"^(?:the |a |an )?(?:place|spot|thing|one)?$", "", said["what"].strip(), flags=re.I)
    quotes = Quotes(what)
    kind = target(quotes.text, quotes) if what else Target()
    if kind.text or kind.anchor or kind.whose:
        return None
    return Target(text=said["purpose"].strip(" .\"'“”"), kinds=kind.kinds, role=kind.role, nth=kind.nth)


def is_bare(one: Target) -> bool:
    """Whether only a kind was said, of which a screen has many."""
    return bool(one.kinds or one.role) and not (
        one.text or one.anchor or one.whose or one.nth or one.most or one.colour or one.shape or one.size
    )
