"""Calls that are almost Python: an apostrophe or a line break inside a quoted argument, a quotation mark too many
or too few, as models write them and as their publishers' own parsers read them.

A quotation mark ends a text only where something structural follows. A text that the end of the answer cuts off is
refused, never completed.
"""

from __future__ import annotations

import re
from typing import Any

from action_space.formats.base import FormatError

_HEAD = re.compile(r"\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,3})\s*\(")
_NAME = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*")
_PLAIN = re.compile(r"\s*([^,'\"()]{0,100}?)\s*(?=,|\)\s*$)")
_PAIR = re.compile(r"\s*([(\[][\d.,\s-]{1,80}[)\]])\s*(?=,|\)\s*$)")
_ENDS = re.compile(r"(['\"]?)\s*\)?\s*$")
_NEXT = re.compile(r"\s*,\s*(?:[A-Za-z_]\w*\s*=|['\"(\[\d-])")
_NEXT_NAMED = re.compile(r"\s*,\s*[A-Za-z_]\w*\s*=")
_PROSE_AFTER = re.compile(r"\)[ \t]*\n[^)]*\Z")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "\n": ""}
_MOST = 60  # arguments

Loose = tuple[str, tuple[Any, ...], dict[str, Any]]
"""Name, arguments, named arguments."""


def chunks(lines: list[str]) -> list[str]:
    """The calls in some lines, one each: a call begins a line once the one before it is closed."""
    out: list[str] = []
    for line in lines:
        begins = _HEAD.match(line[:300]) is not None
        if out and not (begins and out[-1].rstrip().endswith(")")):
            out[-1] += f"\n{line}"
        elif begins:
            out.append(line)
    # Prose after the last bracket belongs to no call.
    return [chunk[: chunk.rindex(")\n") + 1] if _PROSE_AFTER.search(chunk) else chunk for chunk in out]


def read_call(text: str, notes: list[str]) -> Loose | None:
    """The one call that `text` is; None: it is none.

    Raises:
        FormatError: it breaks off inside a text.
    """
    text = text.rstrip()
    head = _HEAD.match(text[:300])
    if head is None:
        return None
    at, args, kwargs = head.end(), list[Any](), dict[str, Any]()
    while at < len(text) and len(args) + len(kwargs) < _MOST:
        if re.fullmatch(r"\s*\)?\s*", text[at:]):
            return head[1], tuple(args), kwargs
        name = _NAME.match(text, at)
        at = name.end() if name else at
        value, at = _value(text, at, head[1], notes)
        if value is None and at < 0:
            return None
        if name and name[1] in kwargs:
            return None
        if name:
            kwargs[name[1]] = value
        else:
            args.append(value)
        comma = re.compile(r"\s*,?").match(text, at)
        at = comma.end() if comma else at
    return head[1], tuple(args), kwargs


def _value(text: str, at: int, call: str, notes: list[str]) -> tuple[Any, int]:
    """A value and the index after it; index -1: there is none."""
    at += len(text[at:]) - len(text[at:].lstrip())
    if at < len(text) and text[at] in "'\"":
        return _quoted(text, at, call, notes)
    if pair := _PAIR.match(text, at):
        return [
            float(n) if "." in n else int(n) for n in re.findall(r"-?\d{1,9}(?:\.\d{1,9})?", pair[1])
        ], pair.end()
    plain = _PLAIN.match(text, at)
    if plain is None:
        return None, -1
    word = plain[1]
    if re.fullmatch(r"-?\d{1,12}", word):
        return int(word), plain.end()
    if re.fullmatch(r"-?\d{0,12}\.\d{1,12}", word):
        return float(word), plain.end()
    known = {"True": True, "False": False, "None": None}
    return (known[word], plain.end()) if word in known else (None, -1)


def _quoted(text: str, at: int, call: str, notes: list[str]) -> tuple[str, int]:
    mark, start = text[at], at + 1
    if place := _UNCLOSED.match(text, start):
        notes.append("closing quotation mark added")
        return place[1], place.end(1)
    end = start
    while (end := text.find(mark, end)) >= 0:
        slashes = len(text[:end]) - len(text[:end].rstrip("\\"))
        rest = text[end + 1 :]
        following = _NEXT if _HEAD_ONLY.fullmatch(text[:at]) or "=" not in text[at - 2 : at] else _NEXT_NAMED
        if slashes % 2 == 0 and (_ENDS.fullmatch(rest) or following.match(rest[:200])):
            if end > start and mark in re.sub(r"\\.", "", text[start:end]):
                notes.append("quotation marks in a text escaped")
            elif "\n" in text[start:end]:
                notes.append("line breaks in a text escaped")
            extra = re.match(r"['\"]*", rest)
            if extra and extra[0]:
                notes.append("a quotation mark too many left out")
            return _plain(text[start:end]), end + 1 + (len(extra[0]) if extra else 0)
        end += 1
    body = text[start:]
    # Without a closing mark: `click(point='<point>1 2</point>)`. Whole where the call's bracket closes.
    if not body.rstrip().endswith(")"):
        raise FormatError(f"{call}: the answer breaks off inside a text; allowed: one complete call")
    notes.append("closing quotation mark added")
    return _plain(body.rstrip()[:-1]), len(text) - 1


_UNCLOSED = re.compile(r"(<point>[^'\"<]{1,60}</point>|[(\[][\d., ]{1,60}[)\]])\s*,\s*[A-Za-z_]\w*\s*=")
_HEAD_ONLY = re.compile(r".*\(\s*", re.DOTALL)


def _plain(body: str) -> str:
    """The text that an escaped one stands for."""

    def meant(escape: re.Match[str]) -> str:
        sign = escape[1]
        if len(sign) > 1:
            return chr(int(sign[1:], 16))
        return _ESCAPES.get(sign, escape[0])

    return _ESCAPE.sub(meant, body)
