"""What a server says when it does not answer, and what it means for the client: wait, ask otherwise, or give up.

Servers complain by an HTTP status, by an error object in an answer with status 200, or in mid-stream; all of them
come here. `Retry-After`: RFC 9110 §10.2.3 (seconds or a date); OpenAI and Azure also send `retry-after-ms`.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from model.base import ModelFault, ModelUnavailable, PromptTooLong

BUSY = frozenset({408, 425, 429, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530})
"""Codes that pass with time: overload, rate limits, gateways that lost patience (520–530: Cloudflare's)."""

BRIEF = frozenset({409, 500})
"""Codes that may pass at once or never: tried again, but not for long."""

_BUSY_WORDS = re.compile(
    r"overload|rate.?limit|too many requests|temporar|try again|time.?out|timed out|unavailable|capacity|busy"
    r"|loading model|still loading",
    re.IGNORECASE,
)
_NEVER = re.compile(r"insufficient_quota|billing|exceeded your current quota", re.IGNORECASE)
_REFUSED_WORDS = re.compile(r"bad.?request|invalid.request|validation|unprocessable", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context[ _]?(?:length|window|size)|longer than the (?:model|maximum|context)"
    r"|too (?:long|many) (?:tokens|images)"
    r"|prompt (?:is )?too long|maximum (?:number of )?(?:input )?(?:tokens|images)|at most \d+ images?"
    r"|max_model_len|n_ctx|inputs?.{0,40}tokens.{0,60}must be|request entity too large|payload too large",
    re.IGNORECASE,
)


class Refused(ModelUnavailable):
    """The server does not take the request as it is."""


class Passing(Exception):
    """Something that may pass.

    Attributes:
        fault: what to raise where it does not.
        after_s: what the server asked to wait, seconds.
        busy: worth some patience; else it is tried again a few times only.
    """

    def __init__(self, fault: ModelFault, *, after_s: float | None = None, busy: bool = False) -> None:
        self.fault, self.after_s, self.busy = fault, after_s, busy
        super().__init__(str(fault))


def of_status(where: str, status: int, text: str, headers: Mapping[str, str], hint: str = "") -> Exception:
    """What an answer with an HTTP status other than 200 means."""
    said = message(text)
    return _judged(f"{where}: HTTP {status}: {said or 'no text'}", said, status, retry_after(headers), hint)


def of_error(where: str, error: object, headers: Mapping[str, str]) -> Exception:
    """What an error object within an answer means, with status 200 or in mid-stream."""
    said = message(json.dumps({"error": error}, default=str))
    code = error.get("code") if isinstance(error, dict) else None
    code = code if code is not None else error.get("status") if isinstance(error, dict) else None
    kind = str(error.get("type", "")) if isinstance(error, dict) else ""
    words = f"{kind} {code} {said}"
    try:
        status = int(str(code))
    except ValueError:
        status = 503 if _BUSY_WORDS.search(words) else 400 if _REFUSED_WORDS.search(words) else 500
    return _judged(f"{where}: {said or 'an error without words'}", words, status, retry_after(headers))


def _judged(text: str, said: str, status: int, after_s: float | None, hint: str = "") -> Exception:
    if status == 413 or (status in (400, 422, 500) and _TOO_LONG.search(said)):
        return PromptTooLong(text, hint="A larger context on the server, or a smaller --max-tokens, would do.")
    if status in (400, 422):
        return Refused(text, hint=hint)
    if status in BUSY and not _NEVER.search(said):
        return Passing(ModelUnavailable(text, hint=hint), after_s=after_s, busy=True)
    if status in BRIEF:
        return Passing(Refused(text, hint=hint), after_s=after_s)
    return ModelUnavailable(text, hint=hint)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, as the headers say; None where they do not."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if not value:
            continue
        try:
            seconds = float(value) * scale
        except ValueError:
            try:
                seconds = parsedate_to_datetime(value).timestamp() - time.time()
            except (ValueError, TypeError, OverflowError, OSError):
                continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def message(text: str) -> str:
    """The words in the body of a complaint, on one line that a terminal can show."""
    try:
        found = _words(json.loads(text))
    except (ValueError, RecursionError):
        found = ""
    return one_line(found or text)


def one_line(text: str, longest: int = 300) -> str:
    """`text` without line breaks, control characters and lone halves of characters, cut at `longest`."""
    shown = "".join(character if character.isprintable() else " " for character in text[: 4 * longest])
    return " ".join(shown.split())[:longest]


def _words(value: Any, depth: int = 0) -> str:
    """The message in what servers send: {"error": {"message": …}}, {"detail": …}, {"error": "…"} and lists."""
    if isinstance(value, str):
        return value
    if depth > 6:
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (_words(item, depth + 1) for item in value[:5])))
    if not isinstance(value, dict):
        return ""
    for name in ("error", "message", "msg", "detail", "details", "reason"):
        if found := _words(value.get(name), depth + 1):
            place = value.get("loc")  # pydantic's: where in the request
            more = value.get("metadata")  # what a provider behind an aggregator said
            named = f"{'.'.join(map(str, place))}: " if isinstance(place, list) else ""
            raw = more.get("raw") if isinstance(more, dict) else None
            code = value.get("code") or value.get("type")
            told = f" ({code})" if isinstance(code, str) and code not in found else ""
            return f"{named}{found}{told}" + (f" ({raw})" if isinstance(raw, str) else "")
    return ""
