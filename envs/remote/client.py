"""Requests to a machine's HTTP server, and what goes wrong with them said plainly.

What may be asked twice without harm is asked again, a little later each time. What acts (a click, a command) is
sent exactly once: a second click would be another click.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from envs.machine.base import MachineFault

_TRIES, _BACK_OFF_S = 4, 0.2


class Unreachable(MachineFault):
    """Nothing answers at that address."""


class NoAnswer(MachineFault):
    """The request was sent, and no answer came in time. Whether it was carried out is not known."""


class WrongService(MachineFault):
    """Something answers, but it is not OSWorld's server."""


class HttpClient:
    """One machine's server.

    Args:
        url: such as "http://127.0.0.1:5000".
        timeout_s: limit for an answer; commands may have their own.

    Raises:
        ValueError: the address is none.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        given = url if "://" in url else f"http://{url}"
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"machine: {url!r} is not an address; it is like http://127.0.0.1:5000")
        if not timeout_s > 0:
            raise ValueError(f"timeout_s: {timeout_s!r}; it is more than 0")
        self.url = given.rstrip("/")
        self.host = parts.hostname
        self._timeout_s = timeout_s
        # A proxy of the user's is for the web; a machine is near.
        self._client = httpx.Client(base_url=self.url, trust_env=False, timeout=timeout_s)

    def close(self) -> None:
        """Disconnect. May be called twice."""
        self._client.close()

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """A request that changes nothing, or the same thing every time; asked again where it fails.

        Raises:
            Unreachable, NoAnswer, WrongService: the last try failed like that.
        """
        return self._again(lambda: self._send(method, path, self._timeout_s, **given))

    def act(self, path: str, timeout_s: float | None = None, **given: Any) -> httpx.Response:
        """A request that does something; sent once.

        Raises:
            Unreachable: nothing was sent.
            NoAnswer: whether it was done is not known.
            WrongService: something else answered.
        """
        return self._send("POST", path, timeout_s or self._timeout_s, **given)

    def once(self, path: str) -> httpx.Response:
        """A question that is not repeated: whether somebody answers at all."""
        return self._send("GET", path, self._timeout_s)

    def _again(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        for number in range(_TRIES):
            try:
                answer = send()
            except (Unreachable, NoAnswer):
                if number == _TRIES - 1:
                    raise
            else:
                if answer.status_code not in (502, 503, 504) or number == _TRIES - 1:
                    return answer
            time.sleep(_BACK_OFF_S * 2**number)
        raise AssertionError("the last try returns or raises")

    def _send(self, method: str, path: str, timeout_s: float, **given: Any) -> httpx.Response:
        if self._client.is_closed:
            raise MachineFault(f"The machine {self.url} was closed.")
        limit = httpx.Timeout(timeout_s, connect=min(timeout_s, 10.0))
        try:
            answer = self._client.request(method, path, timeout=limit, **given)
        except (httpx.ConnectError, httpx.ConnectTimeout) as failure:
            raise Unreachable(
                f"The machine {self.url} cannot be reached: {failure or 'no connection'}"
            ) from failure
        except httpx.TimeoutException as failure:
            raise NoAnswer(f"The machine {self.url} did not answer {path} within {timeout_s:g} s.") from failure
        except httpx.HTTPError as failure:
            raise NoAnswer(f"The connection to {self.url} broke at {path}: {failure}") from failure
        kind = answer.headers.get("content-type", "")
        # An error page of OSWorld's own framework is HTML too, but says its status; a web page says 200.
        if "html" in kind and (answer.status_code < 400 or path == "/platform") and _is_page(answer.text):
            raise WrongService(f"{self.url}{path} answers with a web page; is this OSWorld's server?")
        return answer


def _is_page(text: str) -> bool:
    head = text.lstrip()[:200].lower()
    return head.startswith(("<!doctype", "<html"))


def json_of(answer: httpx.Response, *needed: str) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        WrongService: it is none, or a key of `needed` is missing.
    """
    try:
        data = answer.json()
    except ValueError as failure:
        raise WrongService(
            f"{answer.url} answers {answer.status_code} with what is not JSON: {answer.text[:120]!r}"
        ) from failure
    if not isinstance(data, dict) or any(key not in data for key in needed):
        raise WrongService(
            f"{answer.url} answers {answer.status_code} without {', '.join(needed)}: {answer.text[:120]!r}"
        )
    return data


def said(answer: httpx.Response) -> str:
    """What an answer says about a failure, one line."""
    try:
        data = answer.json()
    except ValueError:
        data = answer.text
    if isinstance(data, dict):
        data = data.get("message") or data.get("error") or data
    return " ".join(str(data).split())[:400]
