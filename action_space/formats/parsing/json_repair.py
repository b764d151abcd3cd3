"""A reader of almost-JSON: what models write when they mean JSON.

It accepts, and notes: single, typographic and Chinese quotation marks, unescaped quotation marks and line breaks
inside a text, names without quotation marks, Chinese punctuation, tuples, Python's True/False/None, missing and
trailing commas, comments, wrong or missing closing brackets. It never guesses a value: one that the end of the
text cuts off is left out and named. Each character is read once; nesting deeper than `_MAX_DEPTH` is refused.
"""

from __future__ import annotations

import re
from typing import Any

from action_space.formats.parsing.scalars import Written

_MAX_DEPTH = 12
_OBJECT, _LIST = "{｛", "[【［(（"
_CLOSERS = "}｝]】］)）"
_COMMAS, _COLONS = ",，、;；", ":："
_QUOTES = {
    '"': '"“”＂',
    "＂": '"＂',
    "“": '”"“',
    "”": '”"',
    "'": "'’",
    "‘": "’'",
    "’": "’'",
    "「": "」",
    "『": "』",
    "`": "`",
}
_SPACE = re.compile(r"(?:\s+|//[^\n]*(?:\n|$)|/\*.{0,200}?\*/)*", re.DOTALL)
_BLANK = re.compile(r"\s*")
_NUMBER = re.compile(r"[-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,3})?")
_WORD = re.compile(r"[^\W\d][\w.-]{0,63}")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/", "'": "'"}
_WORDS = {"true": True, "false": False, "null": None, "none": None}
_STRICT_WORDS = ("true", "false", "null")


class Broken(ValueError):
    """This is not even almost JSON.

    Attributes:
        fields: at least one field of an object had been read, so JSON was meant.
        resume: index from which it makes sense to look for another beginning.
    """

    def __init__(self, message: str, *, fields: bool, resume: int) -> None:
        self.fields, self.resume = fields, resume
        super().__init__(message)


class CutOff(ValueError):
    """The text ends before any field was complete."""


def read_value(text: str, start: int) -> tuple[Any, int, list[str], str]:
    """Read the object or list that opens at `start`.

    Returns:
        The value, the index after it, one phrase for each liberty, and the name of the field whose value was cut
        off by the end of the text ("" if none; "the last list item" in a list without a name).

    Raises:
        Broken: it is not even almost JSON.
        CutOff: the text ends before any field was complete.
    """
    reader = _Reader(text, start)
    value = reader.value("", 0)
    if reader.cut and not reader.fields:
        raise CutOff(f"inside {reader.cut!r}")
    return value, reader.at, list(dict.fromkeys(reader.notes)), reader.cut


class _Cut(Exception):
    """The end of the text came in the middle of a value."""


class _Reader:
    def __init__(self, text: str, start: int) -> None:
        self.text, self.at = text, start
        self.notes: list[str] = []
        self.cut = ""
        self.fields = 0

    def fail(self, what: str) -> Broken:
        near = " ".join(self.text[max(0, self.at - 20) : self.at + 20].split())
        return Broken(f"{what} near {near!r}", fields=self.fields > 0, resume=self.at)

    def skip(self) -> None:
        end = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        if end > self.at and not self.text[self.at : end].isspace():
            self.notes.append("comments left out")
        self.at = end

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)

    def value(self, name: str, depth: int) -> Any:
        """The value at the current place. `name` is the field that it belongs to."""
        self.skip()
        if self.ended:
            raise _Cut
        if depth > _MAX_DEPTH:
            raise self.fail("too many brackets")
        char = self.text[self.at]
        if char in _OBJECT:
            return self.members(name, depth, {})
        if char in _LIST:
            if char not in "[":
                self.notes.append("brackets replaced")
            return self.members(name, depth, [])
        if char in _QUOTES:
            return self.string(char)
        return self.scalar()

    def members(self, name: str, depth: int, into: Any) -> Any:
        """The inside of an object or list, up to and with its closing bracket."""
        if self.text[self.at] in "｛":
            self.notes.append("Chinese punctuation replaced")
        self.at += 1
        comma = True
        while True:
            self.skip()
            if self.ended:
                if isinstance(into, list) and name:
                    raise _Cut  # half a list is half a value
                if comma and into:
                    self.cut = "a field name" if isinstance(into, dict) else "the next list item"
                self.notes.append("closing brackets added")
                return into
            char = self.text[self.at]
            if char in _CLOSERS:
                self.close(char, isinstance(into, dict), depth)
                if comma and into:
                    self.notes.append("trailing comma left out")
                return into
            if char in _COMMAS:
                if comma:
                    raise self.fail("a comma too many")
                if char != ",":
                    self.notes.append("Chinese punctuation replaced")
                comma, self.at = True, self.at + 1
                continue
            if not comma:
                if isinstance(into, list) and char not in "{":
                    raise self.fail("a comma is missing")
                self.notes.append("missing comma added")
            comma = False
            try:
                if isinstance(into, dict):
                    self.member(into, depth)
                else:
                    into.append(self.value(name, depth + 1))
            except _Cut:
                if isinstance(into, list) and name:
                    raise  # half a list is half a value
                self.cut = self.cut or "the last list item"
                self.notes.append("closing brackets added")
                return into
            if self.cut:
                return into

    def member(self, into: dict[str, Any], depth: int) -> None:
        self.skip()
        char = self.text[self.at]
        try:
            if char in _QUOTES:
                key = self.string(char, key=True)
            elif word := _WORD.match(self.text, self.at):
                key, self.at = word[0], word.end()
                self.notes.append("quotation marks added to a field name")
            else:
                raise self.fail("a field name is missing")
            self.skip()
            if self.ended:
                raise _Cut
        except _Cut:
            self.cut = self.cut or "a field name"
            self.notes.append("closing brackets added")
            return
        if self.text[self.at] not in _COLONS:
            raise self.fail("a colon is missing")
        if self.text[self.at] != ":":
            self.notes.append("Chinese punctuation replaced")
        self.at += 1
        try:
            value = self.value(key, depth + 1)
        except _Cut:
            self.cut = self.cut or key
            self.notes.append(f"cut-off field '{key[:40]}' left out")
            return
        if key in into:
            raise self.fail(f"the field {key[:40]!r} stands twice")
        into[key] = value
        self.fields += 1

    def close(self, char: str, is_object: bool, depth: int) -> None:
        """Step over the closing bracket, unless it belongs to something further out."""
        fits = char in ("}｝" if is_object else "]】］)）")
        if not fits:
            self.notes.append("brackets replaced" if depth == 0 else "closing brackets added")
        elif char not in "}])":
            self.notes.append("Chinese punctuation replaced")
        if fits or depth == 0:
            self.at += 1

    def string(self, opening: str, *, key: bool = False) -> str:
        """A text. A quotation mark ends it only where something structural follows."""
        closers, text = _QUOTES[opening], self.text
        if opening != '"':
            self.notes.append("quotation marks replaced")
        pieces: list[str] = []
        at = self.at + 1
        stops = re.compile(f"[\\\\\x00-\x1f{re.escape(closers)}]")
        while True:
            stop = stops.search(text, at)
            if stop is None:
                self.at = len(text)
                raise _Cut
            pieces.append(text[at : stop.start()])
            at = stop.start()
            char = text[at]
            if char == "\\":
                piece, at = self.escape(at)
                pieces.append(piece)
            elif char not in closers:
                self.notes.append("control characters in a text escaped")
                pieces.append(char)
                at += 1
            elif self.closes(at + 1, key):
                if char != opening and opening == '"':
                    self.notes.append("quotation marks replaced")
                self.at = at + 1
                return "".join(pieces)
            else:
                self.notes.append("quotation marks in a text escaped")
                pieces.append(char)
                at += 1

    def closes(self, at: int, key: bool) -> bool:
        at = _BLANK.match(self.text, at).end()  # type: ignore[union-attr]
        if at >= len(self.text):
            return True
        return self.text[at] in (_COLONS if key else _COMMAS + _CLOSERS + "/") or (
            not key and self.text[at] in "\"'" and self.text[at - 1] in " \n"
        )

    def escape(self, at: int) -> tuple[str, int]:
        text = self.text
        if at + 1 >= len(text):
            raise _Cut
        char = text[at + 1]
        if char == "u":
            digits = re.compile(r"[0-9a-fA-F]{4}")
            if first := digits.match(text, at + 2):
                code, end = int(first[0], 16), at + 6
                if (
                    0xD800 <= code < 0xDC00
                    and text[end : end + 2] == "\\u"
                    and (low := digits.match(text, end + 2))
                ):
                    pair = int(low[0], 16)
                    if 0xDC00 <= pair < 0xE000:
                        return chr(0x10000 + ((code - 0xD800) << 10) + (pair - 0xDC00)), end + 6
                return chr(code), end
        elif char in _ESCAPES:
            if char == "'":
                self.notes.append("escapes corrected")
            return _ESCAPES[char], at + 2
        self.notes.append("escapes corrected")
        return "\\", at + 1

    def scalar(self) -> Any:
        """A number, true, false, null, or one word without quotation marks."""
        if number := _NUMBER.match(self.text, self.at):
            end, value = number.end(), number[0]
            if end >= len(self.text):
                self.at = end
                raise _Cut  # more digits may have followed
            if self.text[end].isalnum():
                raise self.fail("a number with letters in it")
            self.at = end
            if value[0] == "+" or value[0] == "." or value.endswith("."):
                self.notes.append("numbers corrected")
            return Written(value) if re.search(r"[.eE]", value) else int(value)
        if word := _WORD.match(self.text, self.at):
            self.at = word.end()
            if self.ended:
                raise _Cut
            if not self.closes(self.at, key=False):
                raise self.fail("a text without quotation marks")
            lower = word[0].lower()
            if lower in _WORDS:
                if word[0] not in _STRICT_WORDS:
                    self.notes.append("Python constants replaced")
                return _WORDS[lower]
            self.notes.append("quotation marks added to a text")
            return word[0]
        raise self.fail("no value")
