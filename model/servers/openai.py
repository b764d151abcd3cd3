"""Any OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp, Ollama, LM Studio, `transformers serve`.

Protocol: `POST {base_url}/chat/completions` with `stream: true`, pictures as PNG data URIs, server-sent events
back. Whatever a server sends, a call ends within its time with a `Reply` or a `ModelFault`:

* the model's own failures (an empty answer, a refusal, a cut one, a call of a tool) are a `Reply`;
* what may pass (overload, a broken connection, an error object in mid-stream) is tried again, with patience;
* what the server refuses is left out, where it is not needed, or said in another way (`model.servers.dialects`).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from model.base import ModelFault, ModelProtocolError, ModelUnavailable, OutOfTime, Reply, Request
from model.servers.complaints import Passing, Refused, of_error, of_status, one_line
from model.servers.connection import CONNECT_S, Watchdog, address, below, open_client
from model.servers.content import content_of
from model.servers.dialects import BOUNDED, SCHEMA_PARAMETERS, given, is_full, restored
from model.servers.stream import Answer, Shown, events

TIMEOUT_S = 600.0
"""Seconds that one answer may take by default, from the question to its last character."""

_OPTIONAL = (
    "stream_options",
    "seed",
    "top_p",
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "stream",
    "chat_template_kwargs",
)
"""Fields of a request that can be left out where a server does not know them."""

_SET_KEY = "Set AGENT_API_KEY."
_COMPLAINT_S = 3.0
"""Seconds to wait for the words of a complaint; its status is known already."""

_ABOUT_SCHEMA = re.compile(r"schema|response_format", re.IGNORECASE)
_CUT = frozenset({"length", "max_tokens", "model_length", "max_output_tokens"})
_BROKEN = frozenset({"error", "abort"})


class ServerModel:
    """A model behind an endpoint.

    Args:
        name: the model's name as the server knows it.
        base_url: address up to and including `/v1`.
        api_key: sent as a bearer token; None: none is sent.
        family: row of `model.families`.
        timeout_s: seconds that one answer may take, thinking included. Once its text has begun, a quarter of it
            without a sign of life is the end; as long as a fifth of it, an overloaded server is asked again.
        retries: further attempts after an error that may pass at once or never (a cut connection, HTTP 500).
        schema_parameter: one of `SCHEMA_PARAMETERS`; "": the first that the server does not refuse.
        extra_body: further fields of every request, such as {"chat_template_kwargs": {"enable_thinking": false}};
            variables of a chat template that stand here win over those of the request.

    Raises:
        BadModelOption: address, key, proxy or an extra field cannot be used.

    Thinking that the server hands over apart from the answer is put before it, in think tags. A server applies the
    schema after that thinking; one without a parser for thinking applies it from the first token on.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        api_key: str | None = None,
        family: str = "canonical",
        timeout_s: float = TIMEOUT_S,
        retries: int = 3,
        schema_parameter: str = "",
        extra_body: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.family, self.schema_parameter = name, family, schema_parameter
        root = address(base_url)
        self._url, self._models = below(root, "chat/completions"), below(root, "models")
        self._timeout_s, self._retries = timeout_s, retries
        self._extra = dict(extra_body or {})
        self._key = (api_key or "").strip()
        self._proven: set[str] = set()
        self._left_out: set[str] = set()
        self._has_answered = False
        self._http, self._watchdog = open_client(root, api_key, timeout_s), Watchdog()

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """See `model.base.Model`.

        Raises:
            ModelUnavailable: the server cannot be reached, refuses, stays busy, or takes too long.
            ModelProtocolError: it answers with something else than the protocol has.
            PromptTooLong: the server says that the request is too large for it.
            OutOfTime: the request's deadline passed.
        """
        shown = Shown(on_text)
        if request.schema is None:
            return self._ask(request, "none", shown)
        refusal: Refused | None = None
        known = json.dumps(request.schema, sort_keys=True)
        ways = self.ways()
        ways = ways[:1] if known in self._proven else ways
        while ways:
            parameter = ways.pop(0)
            try:
                reply = self._ask(request, parameter, shown)
            except Refused as error:
                # Perhaps it is the schema that the server does not like, perhaps something else.
                refusal = refusal or error
                if "strict" in ways and _ABOUT_SCHEMA.search(str(error)):
                    ways.insert(0, ways.pop(ways.index("strict")))
                continue
            self.schema_parameter = parameter
            self._proven.add(known)
            return reply
        assert refusal is not None
        raise refusal

    def ways(self) -> list[str]:
        """`SCHEMA_PARAMETERS`, the likeliest first: what was found or given, or what suits this kind of server."""
        first = self.schema_parameter
        if not first:
            try:
                # Only a vLLM is known to need, and to stand, the bounded form.
                first = BOUNDED if self._owner() == "vllm" else SCHEMA_PARAMETERS[0]
            except ModelUnavailable:
                first = SCHEMA_PARAMETERS[0]
        return [first, *(name for name in SCHEMA_PARAMETERS if name != first)]

    def served(self) -> list[str]:
        """Names of the models that the server says it has, in its order; none where it does not say.

        Raises:
            ModelUnavailable: it cannot be reached, refuses the key, or is broken.
        """
        return [str(row.get("id")) for row in self._rows()]

    def _owner(self) -> str:
        """What the server says of who owns its models: "vllm", "sglang", "llamacpp", "library" (Ollama) …"""
        return next((str(row.get("owned_by")) for row in self._rows()), "")

    def _rows(self) -> list[dict[str, Any]]:
        where = str(self._models)
        try:
            with self._http.stream("GET", self._models, timeout=min(self._timeout_s, CONNECT_S)) as response:
                text = self._body_of(response, 1 << 20)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise ModelUnavailable(f"{where} does not answer: {self._plain(str(error))}") from error
        if response.status_code in (401, 403):
            raise ModelUnavailable(f"{where} refuses the key ({response.status_code})", hint=_SET_KEY)
        if response.status_code >= 500:
            raise ModelUnavailable(f"{where} answers {response.status_code}")
        try:
            rows = json.loads(text)["data"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return []
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def close(self) -> None:
        """See `model.base.Model`."""
        self._http.close()

    # -- one question ---------------------------------------------------------------------------------------

    def _ask(self, request: Request, parameter: str, shown: Shown) -> Reply:
        """The answer, with the schema given in that way, without the fields that the server refuses by name."""
        while True:
            body = self._body(request, parameter)
            try:
                reply = self._patiently(body, shown, request.deadline)
            except Refused as error:
                field = self._named(str(error), body)
                if field is None:
                    raise
                self._left_out.add(field)
                continue
            self._has_answered = True
            if is_full(parameter, reply.text, _longest_text(request)):
                reply = replace(reply, details={**reply.details, "full_text": _longest_text(request)})
            return replace(reply, text=restored(parameter, reply.text))

    def _patiently(self, body: dict[str, Any], shown: Shown, deadline: float | None) -> Reply:
        backoff = wait_random_exponential(multiplier=0.25, max=30.0, min=0.1)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.after_s if isinstance(error, Passing) else None
            return max(asked or 0.0, 0.0 if asked else backoff(state))

        def stop(state: RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            assert isinstance(error, Passing)
            then = time.monotonic() + state.upcoming_sleep
            if self._retries == 0 or (deadline is not None and then >= deadline):
                return True
            if error.busy:
                return (state.seconds_since_start or 0.0) + state.upcoming_sleep > self._timeout_s / 5
            return state.attempt_number > self._retries

        retrying = Retrying(retry=retry_if_exception_type(Passing), wait=wait, stop=stop, reraise=True)
        try:
            return retrying(self._once, body, shown, deadline)
        except Passing as error:
            raise error.fault from error.__cause__

    def _once(self, body: dict[str, Any], shown: Shown, deadline: float | None) -> Reply:
        started, answer, watchdog = time.perf_counter(), Answer(), self._watchdog
        whole = False
        watchdog.start(self._timeout_s, deadline)
        shown.begin()
        try:
            extensions = {"trace": watchdog.trace}
            with self._http.stream("POST", self._url, json=body, extensions=extensions) as response:
                self._check(response)
                for event in events(response, lambda: self._fed(answer)):
                    if event is not None and event.get("error"):
                        raise self._safe(of_error(str(self._url), event["error"], response.headers))
                    shown.add(answer.feed(event))
                    if answer.done or answer.cut:
                        break
                if self._watchdog.why and not answer.done:
                    raise httpx.ReadTimeout("time is up")  # the connection may look as if it had ended in order
                whole = answer.done or _has_end(response)
        except (httpx.HTTPError, httpx.StreamError, ModelProtocolError) as error:
            self._broke(error, answer)
        finally:
            watchdog.stop()
        return self._reply(answer, whole, time.perf_counter() - started)

    def _fed(self, answer: Answer) -> None:
        if self._watchdog.expired():
            raise httpx.ReadTimeout("time is up")
        if answer.pieces:
            self._watchdog.fed(self._timeout_s / 4)

    def _broke(self, error: Exception, answer: Answer) -> NoReturn:
        """What it means that an answer came to no good end."""
        where, limit = self._url, f"{self._timeout_s:g} s"
        if self._watchdog.expired():
            why = self._watchdog.why
            if why == "deadline":
                raise OutOfTime(f"{where}: the time of the run was up before the answer was whole") from error
            words = {
                "silent": f"no answer within {limit}",
                "stalled": f"the answer stopped: nothing came for {self._timeout_s / 4:g} s",
                "slow": f"the answer was not whole within {limit}",
            }
            raise ModelUnavailable(
                f"{where}: {words[why]}", hint="--timeout allows more seconds, --max-tokens bounds the answer."
            ) from error
        if isinstance(error, ModelProtocolError):
            raise type(error)(f"{where}: {self._plain(str(error))}") from error
        told = self._plain(str(error)) or type(error).__name__
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
            fault = ModelUnavailable(f"{where}: cannot be reached ({told})", hint="Is the server running?")
            # One that has answered before is likely to be starting again.
            raise Passing(fault, busy=self._has_answered) from error
        if isinstance(error, httpx.TimeoutException):
            raise ModelUnavailable(f"{where}: no answer within {limit} ({type(error).__name__})") from error
        if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol | httpx.StreamError):
            raise ModelProtocolError(f"{where}: the request cannot be sent ({told})") from error
        raise Passing(ModelUnavailable(f"{where}: the connection broke ({told})")) from error

    def _reply(self, answer: Answer, whole: bool, seconds: float) -> Reply:
        text = answer.text()
        if answer.finish in _BROKEN or not (answer.finish or answer.cut or (whole and text)):
            told = f"the answer broke off after {answer.pieces} pieces"
            if answer.finish:
                told += f" (finish_reason {one_line(answer.finish, 40)!r})"
            if whole and not answer.done:
                told = "the answer broke off: it holds no choice"
            raise Passing(ModelProtocolError(f"{self._url}: {told}"))
        ended = answer.finish.lower()
        return Reply(
            text,
            answer.usage,
            wall_s=seconds,
            finish_reason="length" if ended in _CUT or answer.cut else "stop",
            details={} if ended in ("", "stop", "length") else {"finish_reason": one_line(answer.finish, 40)},
        )

    def _body(self, request: Request, parameter: str) -> dict[str, Any]:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [content_of(message) for message in request.messages],
            "max_tokens": sampling.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.chat_template_kwargs:
            body["chat_template_kwargs"] = dict(request.chat_template_kwargs)
        for key in ("temperature", "top_p", "seed"):
            if (value := getattr(sampling, key)) is not None:
                body[key] = value
        if "max_tokens" in self._left_out:  # what OpenAI's newer models call it
            body["max_completion_tokens"] = sampling.max_tokens
        left_out = self._left_out | ({"stream_options"} if "stream" in self._left_out else set())
        body = {key: value for key, value in body.items() if key not in left_out}
        told, asked = body.get("chat_template_kwargs"), self._extra.get("chat_template_kwargs")
        body |= given(parameter, request.schema, _longest_text(request)) | self._extra
        if told and isinstance(asked, Mapping):
            body["chat_template_kwargs"] = {**told, **asked}
        return body

    def _named(self, complaint: str, body: dict[str, Any]) -> str | None:
        """The field of `body` that a complaint names, where it can be left out."""
        for field in _OPTIONAL:
            if field in body and field not in self._extra and re.search(rf"\b{field}\b", complaint):
                return field
        return None

    # -- what the server said -------------------------------------------------------------------------------

    def _check(self, response: httpx.Response) -> None:
        kind = response.headers.get("content-type", "")
        if response.status_code == 200 and "html" not in kind:
            return
        if response.status_code == 200:
            raise ModelProtocolError(f"answered with {kind[:60]!r}, not with JSON. Does the address end in /v1?")
        self._watchdog.fed(_COMPLAINT_S)
        text = self._body_of(response, 1 << 16)
        hint = self._hint(response)
        raise self._safe(of_status(str(self._url), response.status_code, text, response.headers, hint))

    def _hint(self, response: httpx.Response) -> str:
        status = response.status_code
        if status in (401, 403):
            return _SET_KEY
        if status == 404:
            with suppress(ModelUnavailable):
                if names := self.served():
                    return f"Is {self.name!r} served there? It lists {one_line(', '.join(names[:8]))}."
            return f"Is {self.name!r} served there? Does the address end in /v1?"
        if status in (301, 302, 303, 307, 308) and (moved := response.headers.get("location")):
            return f"It has moved to {one_line(moved, 200)}: give that address."
        return ""

    def _body_of(self, response: httpx.Response, most: int) -> str:
        """The beginning of a body that may never end, or break off: what has come is told."""
        held = b""
        with suppress(httpx.TransportError):
            for chunk in response.iter_bytes():
                held += chunk
                if len(held) > most:
                    break
        return held[:most].decode("utf-8", "replace")

    def _safe(self, error: Exception) -> Exception:
        """The same complaint; servers like to repeat the key that they refuse."""
        fault = error.fault if isinstance(error, Passing) else error
        assert isinstance(fault, ModelFault)
        if self._key and self._key in str(fault):
            clean = type(fault)(str(fault).replace(self._key, "(the key)"))
            if isinstance(error, Passing):
                return Passing(clean, after_s=error.after_s, busy=error.busy)
            return clean
        return error

    def _plain(self, text: str) -> str:
        return one_line(text.replace(self._key, "(the key)") if self._key else text)


def _longest_text(request: Request) -> int:
    """Characters of a text in a bounded answer: a token is rarely more than a character where a model rambles."""
    return max(64, min(1000, request.sampling.max_tokens // 4))


def _has_end(response: httpx.Response) -> bool:
    """Whether the end of the body shows that it is whole; a connection that is simply closed does not."""
    headers = response.headers
    return "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower()


__all__ = ["SCHEMA_PARAMETERS", "TIMEOUT_S", "ServerModel"]
