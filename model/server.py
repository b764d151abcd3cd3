"""Any OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp, Ollama, LM Studio, `transformers serve`.

Protocol: `POST {base_url}/chat/completions` with `stream: true`, pictures as PNG data URIs, server-sent events
back.
"""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from PIL import Image

from model.base import Message, ModelProtocolError, ModelUnavailable, Reply, Request, Usage

SCHEMA_PARAMETERS = ("response_format", "structured_outputs", "guided_json", "format", "none")
"""Ways to tell a server the JSON Schema, in the order in which they are tried: OpenAI's own, vLLM's, older vLLM's,
Ollama's, and not at all. A server that ignores one silently is found out by `model.probe`."""

RETRY_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class ServerModel:
    """A model behind an endpoint.

    Args:
        name: the model's name as the server knows it.
        base_url: address up to and including `/v1`.
        api_key: sent as a bearer token; None: none is sent.
        family: row of `model.families`.
        timeout_s: seconds without a byte after which the server counts as hung.
        retries: further attempts after an error that may pass (busy, overloaded, cut connection), with back-off.
        schema_parameter: one of `SCHEMA_PARAMETERS`; "": the first that the server does not refuse.

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
        timeout_s: float = 120.0,
        retries: int = 3,
        schema_parameter: str = "",
    ) -> None:
        self.name, self.family = name, family
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._retries = retries
        self.schema_parameter = schema_parameter
        self._proven = False
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx.Client(headers=headers, timeout=httpx.Timeout(timeout_s, connect=10.0))

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """See `model.base.Model`.

        Raises:
            ModelUnavailable: the server cannot be reached, refuses, or stays busy.
            ModelProtocolError: it answers with something else than the protocol has.
        """
        if request.schema is None:
            return self._patiently(self._body(request, "none"), on_text)
        first = self.schema_parameter or SCHEMA_PARAMETERS[0]
        others = () if self._proven else (name for name in SCHEMA_PARAMETERS if name != first)
        refusal: _Refused | None = None
        for parameter in (first, *others):
            try:
                reply = self._patiently(self._body(request, parameter), on_text)
            except _Refused as error:
                # Perhaps it is the parameter that the server does not like, perhaps something else.
                refusal = refusal or error
                continue
            self.schema_parameter, self._proven = parameter, True
            return reply
        assert refusal is not None
        raise refusal

    def _patiently(self, body: dict[str, Any], on_text: Callable[[str], None] | None) -> Reply:
        for attempt in range(self._retries + 1):
            try:
                return self._once(body, on_text)
            except _Retry as error:
                if attempt == self._retries:
                    raise error.fault from error.__cause__
                # Waiting is the point here: the server asked for it, or is overloaded.
                time.sleep(error.after_s if error.after_s is not None else 0.25 * 2**attempt)
        raise AssertionError("unreachable")

    def close(self) -> None:
        self._http.close()

    def _body(self, request: Request, schema_parameter: str) -> dict[str, Any]:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [_message(message) for message in request.messages],
            "max_tokens": sampling.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        for key in ("temperature", "top_p", "seed"):
            if (value := getattr(sampling, key)) is not None:
                body[key] = value
        if request.schema is not None:
            body |= _with_schema(schema_parameter, request.schema)
        return body

    def _once(self, body: dict[str, Any], on_text: Callable[[str], None] | None) -> Reply:
        started = time.perf_counter()
        pieces: list[str] = []
        finish, usage, thinking = "", Usage(), False
        try:
            with self._http.stream("POST", self._url, json=body) as response:
                self._check(response)
                for event in _events(response):
                    if event.get("error"):
                        raise ModelProtocolError(f"{self._url}: {str(event['error'])[:300]}")
                    if isinstance(event.get("usage"), dict):
                        usage = _usage(event["usage"])
                    delta, ended = self._choice(event)
                    piece, thinking = _piece(delta, thinking)
                    if piece:
                        pieces.append(piece)
                        if on_text:
                            on_text(piece)
                    finish = ended or finish
        except httpx.ConnectError as error:
            fault = ModelUnavailable(f"{self._url}: cannot be reached ({error})", hint="Is the server running?")
            raise _Retry(fault) from error
        except httpx.TimeoutException as error:
            raise ModelUnavailable(f"{self._url}: no answer in time ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise _Retry(ModelUnavailable(f"{self._url}: the connection broke ({error})")) from error
        if not finish:
            raise _Retry(ModelProtocolError(f"{self._url}: the answer broke off after {len(pieces)} pieces"))
        text = "".join(pieces) + ("</think>" if thinking else "")
        if not text:
            raise ModelProtocolError(f"{self._url}: an empty answer (finish_reason {finish!r})")
        seconds = time.perf_counter() - started
        return Reply(text, usage, wall_s=seconds, finish_reason="length" if finish == "length" else "stop")

    def _choice(self, event: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Text of the first choice, which is the only one that was asked for, and why it ended."""
        choices = event.get("choices") or [{}]
        choice = choices[0] if isinstance(choices, list) else None
        delta = (choice.get("delta") or choice.get("message") or {}) if isinstance(choice, dict) else None
        texts = [delta.get(name) or "" for name in _TEXTS] if isinstance(delta, dict) else [None]
        if not all(isinstance(text, str) for text in texts):
            raise ModelProtocolError(f"{self._url}: a choice that holds no text: {str(event)[:200]}")
        assert isinstance(choice, dict)
        assert isinstance(delta, dict)
        return delta, str(choice.get("finish_reason") or "")

    def _check(self, response: httpx.Response) -> None:
        kind = response.headers.get("content-type", "")
        if response.status_code == 200 and "html" not in kind:
            return
        said = " ".join(response.read().decode("utf-8", "replace").split())[:300]
        if response.status_code == 200:
            raise ModelProtocolError(
                f"{self._url}: answered with {kind}, not with JSON", hint="Does the address end in /v1?"
            )
        message = f"{self._url}: HTTP {response.status_code}: {said or 'no text'}"
        if response.status_code in RETRY_STATUS:
            after = response.headers.get("retry-after", "")
            raise _Retry(ModelUnavailable(message), min(float(after), 30.0) if after.isdecimal() else None)
        hints = {401: "Set AGENT_API_KEY.", 403: "Set AGENT_API_KEY.", 404: f"Is {self.name!r} served there?"}
        fault = _Refused if response.status_code in (400, 422) else ModelUnavailable
        raise fault(message, hint=hints.get(response.status_code, ""))


_TEXTS = ("content", "reasoning_content", "reasoning")


class _Refused(ModelUnavailable):
    """The server does not take the request as it is."""


class _Retry(Exception):
    """Something that may pass. `after_s` is what the server asked for."""

    def __init__(self, fault: ModelUnavailable | ModelProtocolError, after_s: float | None = None) -> None:
        self.fault, self.after_s = fault, after_s
        super().__init__(str(fault))


def _with_schema(parameter: str, schema: dict[str, Any]) -> dict[str, Any]:
    if parameter == "response_format":
        wrapped = {"name": "action", "schema": schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": wrapped}}
    if parameter == "structured_outputs":
        return {"structured_outputs": {"json": schema}}
    return {} if parameter == "none" else {parameter: schema}


def _piece(delta: dict[str, Any], thinking: bool) -> tuple[str, bool]:
    """The text of one event, with think tags around what the server calls reasoning; whether a tag is open."""
    thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
    content = delta.get("content") or ""
    piece = ("<think>" if thought and not thinking else "") + thought
    thinking = thinking or bool(thought)
    if content and thinking:
        return f"{piece}</think>\n{content}", False
    return piece + content, thinking


def _events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """The JSON objects of a stream of server-sent events, or the one object of a plain answer."""
    if "event-stream" not in response.headers.get("content-type", ""):
        yield _json(response.read().decode("utf-8", "replace"))
        return
    for line in response.iter_lines():
        if line.startswith("data:"):
            data = line.removeprefix("data:").strip()
            if data == "[DONE]":
                return
            yield _json(data)


def _json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ModelProtocolError(f"the server answered with something that is no JSON object: {text[:200]!r}")
    return data


def _message(message: Message) -> dict[str, Any]:
    parts = [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": data_uri(part)}}
        for part in message.parts
    ]
    plain = len(parts) == 1 and parts[0]["type"] == "text"
    return {"role": message.role, "content": message.parts[0] if plain else parts}


def data_uri(image: Image.Image) -> str:
    """The picture as a PNG data URI: lossless, so that the server sees what we resized."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _usage(data: dict[str, Any]) -> Usage:
    details = data.get("prompt_tokens_details")
    return Usage(
        prompt_tokens=_count(data.get("prompt_tokens")),
        cached_tokens=_count(details.get("cached_tokens")) if isinstance(details, dict) else 0,
        completion_tokens=_count(data.get("completion_tokens")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
