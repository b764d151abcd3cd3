"""Text that came from a page, a model, a file or the command line, made fit to be written, printed and kept.

Such text may hold half of a character pair, numbers that JSON has no word for, escape sequences that steer a
terminal, and passwords. Every writer of this package (traces, results, reports, the terminal) goes through here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

HIDDEN = "…"
"""What stands in place of a secret."""

_SHORTEST = (
    6  # characters of a secret that is looked for everywhere; a shorter one would be found in ordinary words
)
_DEEPEST, _LONGEST_BITS = 100, 1000  # a longer number would not fit a float
_secrets: set[str] = set()

_IN_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/?#@:\"'<>]*):([^\s/?#\"'<>]*)@")
_KEY_AS_USER = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#@:\"'<>]{20,}@")  # GitHub's tokens and such like
_IN_QUERY = re.compile(
    r"(?i)(?<![^?&#;\s\"'(])((?:access_?|refresh_?|id_?|auth_?|client_?|csrf_?|session_?)?"
    r"(?:password|passwd|pwd|token|api[-_]?key|secret|signature|sig|auth|sessionid|jwt|otp)=)[^&#;\s\"'<>)]+"
)
_BEARER = re.compile(r"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}")
_NAMES = re.compile(
    r"(?i)^(?:.*[-_])?(?:api[-_]?key|authorization|passw(?:or)?d|secret|access[-_]?token|auth[-_]?token)$"
)
_FLAG = re.compile(r"(?i)^--[\w-]*(?:api-key|password|secret|auth|token|credentials)$")

# Sequences of ECMA-48: control strings up to their end, control sequences, single escapes.
_ESCAPES = re.compile(
    r"(?:\x1b[P\]X^_]|[\x90\x9d\x98\x9e\x9f])[^\n]*?(?:\x1b\\|\x07|\x9c|(?=\n)|$)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
# What is left of controls, and marks that turn the direction of what follows.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f]")
_CONTROL_CODES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def hide(secret: str | None, *, shortest: int = _SHORTEST) -> None:
    """Remember a key or password: `redacted` takes it out of everything from now on.

    Args:
        shortest: characters; a shorter one is not remembered.
    """
    if secret and len(secret.strip()) >= shortest:
        _secrets.update({secret.strip(), unquote(secret.strip())})


def hide_passwords(addresses: Iterable[str | None]) -> None:
    """Remember the passwords in addresses (`https://user:password@host/`), as they stand and decoded."""
    for address in addresses:
        for found in _IN_ADDRESS.finditer(address or ""):
            hide(found[2])


def redacted(value: Any) -> Any:
    """The JSON value or text without remembered secrets, passwords in addresses, and values of keys such as
    `api_key`."""
    if isinstance(value, str):
        return _without_secrets(value)
    if isinstance(value, Mapping):
        return {
            _without_secrets(str(key)): HIDDEN
            if isinstance(item, str) and item and _NAMES.match(str(key))
            else redacted(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    return value


def _without_secrets(text: str) -> str:
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    if "://" in text:
        text = _KEY_AS_USER.sub(rf"\1{HIDDEN}@", _IN_ADDRESS.sub(rf"\1:{HIDDEN}@", text))
    if "=" in text:
        text = _IN_QUERY.sub(rf"\1{HIDDEN}", text)
    return _BEARER.sub(rf"\1{HIDDEN}", text)


def command_line(words: Iterable[str]) -> list[str]:
    """The words of a command line without the values of flags such as `--api-key`."""
    kept: list[str] = []
    hidden = False
    for word in words:
        name, equals, _ = word.partition("=")
        secret = bool(_FLAG.match(name))
        kept.append(HIDDEN if hidden else f"{name}={HIDDEN}" if secret and equals else word)
        hidden = secret and not equals
    return [str(word) for word in redacted(kept)]


def writable(text: str) -> str:
    """The text as UTF-8 can hold it: halves of a pair that stand together are joined, others become U+FFFD."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def without_controls(text: str) -> str:
    """The text as a page may hold it: `writable`, and no control characters but line breaks and tabs."""
    return _CONTROL_CODES.sub("", writable(text))


def plain(value: Any, depth: int = 0) -> Any:
    """JSON values only, fit to be written and read back.

    Texts are as `writable` has them; null stands for NaN, infinite numbers and those of a thousand digits, "…" for
    what is nested too deep for readers, and what is no JSON value becomes its text.
    """
    if isinstance(value, str):
        return writable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value if value.bit_length() < _LONGEST_BITS else None
    if value is None:
        return value
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {writable(str(key)): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth + 1) for item in value]
    return writable(str(value))


def dumps(value: Any, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """The value as JSON text that can be written anywhere and holds no secret.

    Control characters are escaped, also those of the second block (U+007F–U+009F), which some terminals obey.
    """
    text = json.dumps(
        redacted(plain(value)), ensure_ascii=False, allow_nan=False, indent=indent, sort_keys=sort_keys
    )
    return _CONTROLS.sub(lambda found: found[0] if found[0] in "\n\r\t" else f"\\u{ord(found[0]):04x}", text)


def loads(text: str | bytes) -> Any:
    """The value of JSON text that somebody else may have written: numbers that JSON has no word for, and whole
    numbers beyond 64 bits, are null.

    Raises:
        ValueError: it is not JSON, or nested too deep.
    """
    try:
        return json.loads(text, parse_constant=lambda _: None, parse_float=_finite, parse_int=_whole)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _finite(text: str) -> float | None:
    return value if math.isfinite(value := float(text)) else None


def _whole(text: str) -> int | None:
    return int(text) if len(text) < 19 else None


def printable(text: str) -> str:
    """The text as a terminal may show it: no escape sequences, no control characters but line breaks and tabs, no
    secrets."""
    text = _ESCAPES.sub("", writable(text).replace("\r\n", "\n").replace("\r", "\n"))
    return _without_secrets(_CONTROLS.sub("", text))


def escaped(text: object) -> str:
    """`printable` text that rich does not read as its markup."""
    from rich.markup import escape

    return escape(printable(str(text)))
