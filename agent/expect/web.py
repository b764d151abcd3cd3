"""A second channel: a GET on an address, and a place in the JSON that comes back."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from agent.expect.base import TIMEOUT_S, CannotCheck, short
from agent.expect.values import same, told, value_at
from envs.base import Observation

LARGEST = 10_000_000
"""Bytes of an answer that are read."""
_GONE = (404, 410)


class _SameHost(HTTPRedirectHandler):
    """Follows a redirect within the host that the person named, and to no other."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        one, other = urlsplit(req.full_url), urlsplit(newurl)
        if (one.scheme, one.netloc) != (other.scheme, other.netloc):
            raise CannotCheck(f"it redirects to another place, {short(newurl)}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass(frozen=True)
class HttpExpectation:
    """A value in the JSON that an address answers with.

    Attributes:
        path: keys and indices from the outermost value on.
    """

    url: str
    path: tuple[str | int, ...]
    wanted: Any
    on_screen: bool = False

    def check(self, seen: Observation | None) -> tuple[bool, str]:
        """Ask, and compare. What is not there (404, 410, no such key) is not met; a server that cannot say is
        unknown."""
        try:
            data = json.loads(_get(self.url))
        except HTTPError as error:
            if error.code in _GONE:
                return False, f"the server says {error.code}: there is no such thing"
            raise CannotCheck(f"the server says {error.code} {short(error.reason)}") from None
        except (URLError, HTTPException, OSError) as error:
            why = getattr(error, "reason", None) or error
            raise CannotCheck(f"the server cannot be asked ({short(why)})") from None
        except (ValueError, RecursionError):
            raise CannotCheck("the answer is no JSON") from None
        try:
            value = value_at(data, self.path)
        except LookupError as error:
            return False, short(error.args[0])
        return same(value, self.wanted), f"it is {short(told(value))}"


def _get(url: str) -> bytes:
    host = urlsplit(url).hostname or ""
    own = host in ("localhost", "::1") or host.startswith("127.")
    opener = build_opener(_SameHost(), *([ProxyHandler({})] if own else []))
    until = time.monotonic() + TIMEOUT_S
    request = Request(url, headers={"accept": "application/json", "cache-control": "no-cache"})
    try:
        answer = opener.open(request, timeout=TIMEOUT_S)
    except HTTPError as error:
        error.close()
        raise
    body = bytearray()
    with answer:
        while part := answer.read1(65_536):
            body += part
            if len(body) > LARGEST:
                raise CannotCheck(f"the answer is larger than {LARGEST // 1_000_000} MB")
            if time.monotonic() > until:
                raise CannotCheck(f"the answer was not complete after {TIMEOUT_S:g} s")
    return bytes(body)
