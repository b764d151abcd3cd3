"""How expectations are written: one line each, read before the run starts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.expect.base import BadExpectation, Expectation, short
from agent.expect.function import function_of
from agent.expect.screen import AddressExpectation, PictureExpectation, TextExpectation
from agent.expect.stored import FileExpectation, MailExpectation, SqlExpectation
from agent.expect.values import literal, path_of
from agent.expect.web import HttpExpectation

FORMS = {
    "text": 'text "WORDS"',
    "no": 'no text "WORDS"',
    "address": 'address contains "PART" or address == "ADDRESS"',
    "file": 'file PATH exists or file PATH contains "TEXT"',
    "picture": "picture FILE.png",
    "http": "http URL PATH == VALUE, such as http http://host/orders $.orders[0].status == \"paid\"",
    "sql": 'sql sqlite:FILE "SELECT …" == VALUE',
    "mail": 'mail FOLDER subject "TEXT"',
    "python": "python module:function",
}  # fmt: skip
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s|$)|\'([^\']*)\'(?=\s|$)|([^\s"\']\S*)')
_SELECT = re.compile(r"(?i)(select|with|values)\b")


@dataclass(frozen=True)
class _Token:
    text: str
    quoted: bool


def expectation(line: str) -> Expectation:
    """The expectation that a line says.

    Raises:
        BadExpectation: it cannot be read, or can never be checked. The message names the line and what is
            accepted.
    """
    tokens = _tokens(line)
    kind = tokens[0].text if tokens and not tokens[0].quoted else ""
    if kind not in FORMS:
        raise BadExpectation(f"expect: {short(line)!r}: accepted: {'; '.join(FORMS.values())}")
    try:
        made = _made(kind, tokens[1:])
    except BadExpectation as error:
        raise BadExpectation(f"expect: {short(line)!r}: {error}") from None
    except ValueError as error:
        raise BadExpectation(f"expect: {short(line)!r}: {error}; accepted: {FORMS[kind]}") from None
    if made is None:
        raise BadExpectation(f"expect: {short(line)!r}: accepted: {FORMS[kind]}")
    return made


def _tokens(line: str) -> list[_Token]:
    """Words, and texts in quotes; in double quotes \\" is a quote and \\\\ a backslash."""
    found: list[_Token] = []
    at = 0
    while line[at:].strip():
        at += len(line[at:]) - len(line[at:].lstrip())
        match = _TOKEN.match(line, at)
        if match is None:
            raise BadExpectation(f"expect: {short(line)!r}: a quote is not closed, or text follows it directly")
        double, single, bare = match.groups()
        if bare is None:
            text = re.sub(r'\\(["\\])', r"\1", double) if double is not None else single
            found.append(_Token(text, True))
        else:
            found.append(_Token(bare, False))
        at = match.end()
    return found


def _made(kind: str, rest: Sequence[_Token]) -> Expectation | None:
    """None: the words are not in this order."""
    words = [token.text for token in rest]
    if kind == "text" and len(rest) == 1:
        return TextExpectation(_given(words[0]))
    if kind == "no" and len(rest) == 2 and words[0] == "text":
        return TextExpectation(_given(words[1]), wanted=False)
    if kind == "address" and len(rest) == 2 and (words[0] == "==" or words[0] == "contains"):
        return AddressExpectation("==" if words[0] == "==" else "contains", _given(words[1]))
    if kind == "file" and len(rest) == 2 and words[1] == "exists":
        return FileExpectation(_path(words[0]))
    if kind == "file" and len(rest) == 3 and words[1] == "contains":
        return FileExpectation(_path(words[0]), _given(words[2]))
    if kind == "picture" and len(rest) == 1:
        return PictureExpectation(_picture(_path(words[0])))
    if kind == "http" and len(rest) == 4 and words[2] == "==":
        return HttpExpectation(_address(words[0]), path_of(words[1]), _value(rest[3]))
    if kind == "sql" and len(rest) == 4 and words[2] == "==":
        return SqlExpectation(_database(words[0]), _select(words[1]), _value(rest[3]))
    if kind == "mail" and len(rest) == 3 and words[1] == "subject":
        return MailExpectation(_path(words[0]), _given(words[2]))
    if kind == "python" and len(rest) == 1:
        return function_of(words[0])
    return None


def _given(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty")
    return text


def _path(text: str) -> Path:
    return Path(_given(text)).expanduser()


def _picture(path: Path) -> Path:
    from PIL import Image

    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    try:
        with Image.open(path) as picture:
            flat = all(low == high for low, high in picture.convert("RGB").getextrema())  # type: ignore[misc]
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} is not a picture that can be read ({short(error)})") from None
    if flat:
        raise ValueError(f"{path} is blank: one colour can be anywhere")
    return path


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{short(text)} is no http or https address")
    if parts.username or parts.password:
        raise BadExpectation("an address with a name or password in it is not accepted")
    return text


def _database(text: str) -> Path:
    scheme, _, file = text.partition(":")
    if scheme != "sqlite" or not file:
        raise ValueError(f"{short(text)} is no sqlite:FILE")
    return _path(file)


def _select(text: str) -> str:
    if not _SELECT.match(text.strip()):
        raise ValueError("only a SELECT is accepted, in quotes")
    return text


def _value(token: _Token) -> Any:
    if token.quoted:
        return token.text
    try:
        return literal(token.text)
    except ValueError:
        raise ValueError(
            f"{short(token.text)} is no value: write a number, true, false, null or a text in quotes"
        ) from None
