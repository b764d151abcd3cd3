"""Cutting an English task into clauses, and clauses into lists."""

from __future__ import annotations

import re

from model.embedded.understand.nouns import QUOTED

ENTER = r"enter|type(?: in)?|write|input|key in|insert|put|provide|fill in|re-?enter|retype"
CLICK = (
    r"double[- ]?click|right[- ]?click|long[- ]?press|press and hold|click|press|tap|hit|push|activate|focus"
    r"|hover(?: over)?|"
    r"mouse over"
)
OPENERS = r"expand|collapse|unfold|fold|toggle open"
PICK = (
    r"select|choose|pick|tick|check|uncheck|deselect|untick|unselect|mark|toggle|turn on|turn off|switch on"
    r"|switch off|"
    r"enable|disable|configure"
)
# verb → concept of the control that does it
DO = {
    "delete": "delete",
    "remove": "delete",
    "trash": "delete",
    "discard": "delete",
    "reply": "reply",
    "respond": "reply",
    "forward": "forward",
    "star": "star",
    "flag": "star",
    "bookmark": "star",
    "favorite": "wishlist",
    "favourite": "wishlist",
    "like": "like",
    "share": "share",
    "retweet": "repost",
    "repost": "repost",
    "follow": "follow",
    "subscribe": "follow",
    "edit": "edit",
    "download": "download",
    "print": "print",
    "play": "play",
    "pause": "pause",
    "buy": "buy",
    "compare": "compare",
    "order": "buy",
    "book": "buy",
    "wishlist": "wishlist",
    "mark": "star",
    "archive": "archive",
    "block": "block",
    "mute": "mute",
}
_VERBS = "|".join(
    (
        ENTER,
        CLICK,
        OPENERS,
        PICK,
        *sorted(DO, key=len, reverse=True),
        "scroll",
        "search",
        "find",
        "open",
        "go",
        "drag",
        "move",
        "close",
        "submit",
        "add",
        "save",
        "set",
        "change",
        "fill",
        "copy",
        "paste",
        "use",
        "navigate",
        "visit",
        "log in",
        "sign in",
        "login",
        "wait",
        "send",
        "read",
        "tell",
        "answer",
        "report",
        "switch",
        "adjust",
        "solve",
        "calculate",
        "count",
        "view",
        "return",
        "highlight",
        "complete",
        "finish",
        "do not",
        "don't",
        "locate",
        "look",
        "note",
        "remember",
        "compute",
        "drop",
        "confirm",
        "make",
    )
)
_START = rf"(?:{_VERBS})\b(?=\s+[^\s,]|\s*$)"
_LEAD = re.compile(
    r"^(?:please|now|first(?:ly)?|next|finally|then|and|also|afterwards|after that|lastly|second(?:ly)?"
    r"|third(?:ly)?|"
    r"(?:can|could|would) you(?: please)?|you (?:should|must|need to|have to)|i (?:want|need|would like|'d"
    r" like)(?: you)? to|"
    r"your (?:task|goal|job) is to|try to|go ahead and|make sure (?:to|that you)|help me(?: to)?|remember to|be"
    r" sure to|"
    r"step \d+[:.]|\d+[.)])[\s,:]+",
    re.I,
)
_PURPOSE = re.compile(
    r"\s+(?:(?:in order |so as )?to (?:delete|remove|reply|mark|submit|close|open|continue|proceed|confirm"
    r"|finish|complete|log|sign|"
    r"see|show|reveal|expand|begin|start|send|make|do|get|view|go|add|save|cancel|search|apply)\b.*|"
    r"(?:when|once|as soon as|if) (?:you (?:are|have|'re)|it|done|finished|all)\b.*|"
    r"so that .*|because .*)$",
    re.I,
)
_KEYS = {
    "enter": "enter",
    "return": "enter",
    "escape": "escape",
    "esc": "escape",
    "tab": "tab",
    "space": "space",
    "spacebar": "space",
    "space bar": "space",
    "backspace": "backspace",
    "page down": "pagedown",
    "page up": "pageup",
    "pagedown": "pagedown",
    "pageup": "pageup",
    "arrow down": "down",
    "arrow up": "up",
    "arrow left": "left",
    "arrow right": "right",
    "down arrow": "down",
    "up arrow": "up",
    "left arrow": "left",
    "right arrow": "right",
}
_MODIFIERS = {
    "ctrl": "ctrl",
    "control": "ctrl",
    "shift": "shift",
    "alt": "alt",
    "cmd": "meta",
    "command": "meta",
    "meta": "meta",
}


def clauses(text: str) -> list[str]:
    """The clauses of a task, in order, without filler words; what must not be done is left out."""
    found: list[str] = []
    for sentence in re.split(r"(?<![\d\s][.])(?<=[.!?;:])(?<!e\.g\.)(?<!i\.e\.)(?:\s+|$)|\n+", text):
        pieces = re.split(
            rf",?\s+(?:and\s+)?(?:then|after that|afterwards|finally)\s*,?\s+"
            rf"|\s*,\s*(?:and\s+)?(?=(?:then\s+)?{_START})|\s+(?:and|but)\s+(?:also\s+|then\s+)?(?={_START})",
            sentence.strip(" ").rstrip(".!"),
            flags=re.I,
        )
        for piece in pieces:
            piece = _trim(piece)
            if later := re.match(
                r"^(.+?)\s+(?:before|prior to) ((?:click|press|submitt|tapp|hitt|clos|send)ing)\s*(.*)$",
                piece,
                re.I,
            ):
                verb = {"submitt": "submit", "tapp": "tap", "hitt": "hit", "clos": "close"}.get(
                    later[2][:-3].lower(), later[2][:-3]
                )
                found += [later[1], f"{verb} {later[3]}".strip()]
            elif earlier := re.match(r"^after (?:you )?(\w+?)(?:t|p)?ing (.+?), (.+)$", piece, re.I):
                found += [f"{earlier[1]} {earlier[2]}", earlier[3]]
            elif piece and not re.match(r"^(?:do not|don't|never|without|avoid)\b", piece, re.I):
                found.append(piece)
    return found


def _trim(piece: str) -> str:
    piece = piece.strip(" ,;:.!")
    while True:
        shorter = _LEAD.sub("", piece)
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


def keys_in(phrase: str) -> tuple[str, ...]:
    """The key chord that a phrase names ("ctrl+a", "the Enter key"), empty if it is none."""
    phrase = re.sub(r"^(?:the|on)\s+|\s+(?:key|keys|button on (?:the|your) keyboard)$", "", phrase.strip().lower())
    if phrase in _KEYS:
        return (_KEYS[phrase],)
    parts = [p.strip() for p in re.split(r"\s*[+-]\s*", phrase)]
    if len(parts) > 1 and all(p in _MODIFIERS for p in parts[:-1]) and (len(parts[-1]) == 1 or parts[-1] in _KEYS):
        return (*(_MODIFIERS[p] for p in parts[:-1]), _KEYS.get(parts[-1], parts[-1]))
    return ()


__all__ = [
    "CLICK",
    "DO",
    "ENTER",
    "OPENERS",
    "PICK",
    "QUOTED",
    "clauses",
    "keys_in",
    "split_list",
    "strip_purpose",
]
