"""An answer as it comes: server-sent events (through httpx-sse), or one JSON object, put together to one text.

Field names: OpenAI's chat completions; `reasoning_content` (vLLM before 0.12, DeepSeek, SGLang) and `reasoning`
(vLLM, OpenRouter, Ollama) are the model's thinking, which comes before its answer in think tags.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from httpx_sse import EventSource

from model.base import ModelProtocolError, Usage
from model.servers.complaints import one_line

MAX_BYTES = 64 << 20
"""Bytes of one answer at most, as they come over the wire."""

MAX_CHARACTERS = 500_000
"""Characters of an answer's text; what is longer is cut, as at the limit of tokens."""

_DONE = "[DONE]"


class TooLarge(ModelProtocolError):
    """The answer has more than `MAX_BYTES`."""


def events(response: httpx.Response, fed: Callable[[], None]) -> Iterator[dict[str, Any] | None]:
    """The JSON objects of an answer; None stands for `[DONE]`.

    Args:
        fed: called whenever bytes have come.

    Raises:
        ModelProtocolError: it is neither a stream of events nor JSON, or too large.
        httpx.HTTPError: the connection broke.
    """
    chunks = _bounded(response.iter_bytes(), fed)
    head = b""
    for chunk in chunks:
        head += chunk
        if head.strip():
            break
    kind = response.headers.get("content-type", "")
    # Some servers call their streams text/plain.
    if "event-stream" in kind or head.lstrip().startswith((b"data:", b":", b"event:", b"id:", b"retry:")):
        for event in _event_source(head, chunks).iter_sse():
            yield from _data(event.data)
        return
    yield _object((head + b"".join(chunks)).decode("utf-8", "replace"))


def _bounded(chunks: Iterable[bytes], fed: Callable[[], None]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            raise TooLarge(f"the answer is larger than {MAX_BYTES >> 20} MB")
        fed()
        yield chunk


def _event_source(head: bytes, rest: Iterable[bytes]) -> EventSource:
    def all_of_it() -> Iterator[bytes]:
        yield head
        yield from rest
        yield b"\n\n"  # the end of the stream ends its last event, whatever the server left out

    class Chain(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return all_of_it()

    return EventSource(httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Chain()))


def _data(data: str) -> Iterator[dict[str, Any] | None]:
    """What one event holds: an object, the end, nothing (a heartbeat), or several lines that should be events."""
    data = data.strip()
    if not data:
        return
    if data == _DONE:
        yield None
        return
    try:
        yield _object(data)
    except ModelProtocolError:
        lines = data.splitlines()
        if len(lines) < 2:
            raise
        for line in lines:
            yield from _data(line)


def _object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise ModelProtocolError(f"the answer is not a JSON object: {one_line(text, 200)!r}")
    return data


@dataclass
class Answer:
    """One answer, put together from its events.

    Attributes:
        finish: why it ended, as the server says; "": not said.
        done: the stream said that it is over.
        pieces: how many pieces of text have come.
        cut: it grew beyond `MAX_CHARACTERS`, and was left.
    """

    usage: Usage = field(default_factory=Usage)
    finish: str = ""
    done: bool = False
    pieces: int = 0
    cut: bool = False
    _texts: list[str] = field(default_factory=list)
    _length: int = 0
    _thinking: bool = False
    _half: str = ""
    _calls: dict[int, dict[str, str]] = field(default_factory=dict)

    def feed(self, event: dict[str, Any] | None) -> str:
        """Take in one event; returns the text that it adds.

        Raises:
            ModelProtocolError: it is no event of a chat completion.
        """
        if event is None:
            self.done = True
            return ""
        if isinstance(event.get("usage"), dict):
            self.usage = _usage(event["usage"])
        choices = event.get("choices")
        if choices is None or choices == []:
            return ""
        choice = choices[0] if isinstance(choices, list) else None
        if not isinstance(choice, dict):
            raise ModelProtocolError(f"a choice that holds no text: {one_line(str(event), 200)}")
        # A last event may repeat the whole as "message" beside an empty "delta".
        delta = choice["delta"] if "delta" in choice else choice.get("message")
        if not isinstance(delta, dict | None):
            raise ModelProtocolError(f"a choice that holds no text: {one_line(str(event), 200)}")
        if choice.get("finish_reason"):
            self.finish = str(choice["finish_reason"])
        elif "message" in choice and "delta" not in choice:
            self.done = True  # an answer in one piece is whole
        return self._add(delta or {})

    def text(self) -> str:
        """The whole text: thinking in its tags, the answer, calls of tools as models write them."""
        text = "".join(self._texts) + (_mended(self._half) if self._half else "")
        if self._thinking:
            text += "</think>"
        calls = [_call(call) for _, call in sorted(self._calls.items())]
        return "\n".join(filter(None, (text, *calls)))

    def _add(self, delta: dict[str, Any]) -> str:
        thought = next(filter(None, (_text(delta.get(name)) for name in ("reasoning_content", "reasoning"))), "")
        parts = delta.get("content")
        if isinstance(parts, list):  # thinking as parts of their own (Mistral)
            thought += "".join(_text(part.get("thinking")) for part in parts if _is(part, "thinking"))
        content = _text(parts) + _text(delta.get("refusal"))
        self._take_calls(delta)
        piece = ("<think>" if thought and not self._thinking else "") + thought
        self._thinking = self._thinking or bool(thought)
        if content and self._thinking:
            piece, self._thinking = f"{piece}</think>\n{content}", False
        else:
            piece += content
        return self._keep(piece)

    def _keep(self, piece: str) -> str:
        if not piece:
            return ""
        piece, self._half = self._half + piece, ""
        if "\ud800" <= piece[-1] <= "\udbff":  # half a character; the other half comes next
            piece, self._half = piece[:-1], piece[-1]
        piece = _mended(piece)
        if self._length + len(piece) > MAX_CHARACTERS:
            piece, self.cut = piece[: MAX_CHARACTERS - self._length], True
        self._texts.append(piece)
        self._length += len(piece)
        self.pieces += 1
        return piece

    def _take_calls(self, delta: dict[str, Any]) -> None:
        calls = delta.get("tool_calls")
        old = delta.get("function_call")
        given = calls if isinstance(calls, list) else []
        for place, call in enumerate([*given, *([{"function": old}] if old else [])]):
            function = call.get("function") if isinstance(call, dict) else None
            if not isinstance(function, dict):
                continue
            index = call.get("index") if isinstance(call.get("index"), int) else place
            held = self._calls.setdefault(index, {"name": "", "arguments": ""})
            for name in held:
                value = function.get(name)
                more = value if isinstance(value, str) else json.dumps(value) if value else ""
                if len(held[name]) + len(more) > MAX_CHARACTERS:
                    more, self.cut = "", True
                held[name] += more
            self.pieces += 1


def _is(part: object, kind: str) -> bool:
    return isinstance(part, dict) and part.get("type") == kind


def _text(value: object) -> str:
    """A text, or the texts of a list of parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(
            part if isinstance(part, str) else _text(part.get("text")) if isinstance(part, dict) else ""
            for part in value
        )
    return ""


def _mended(text: str) -> str:
    """The text with the halves of characters that two events carried put together; a lone half is replaced."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _call(call: dict[str, str]) -> str:
    """A call of a tool as the models that know tools write it, so that their formats can read it."""
    try:
        arguments = json.loads(call["arguments"] or "{}")
    except (ValueError, RecursionError):
        arguments = call["arguments"]
    body = json.dumps({"name": call["name"], "arguments": arguments}, ensure_ascii=False)
    return _mended(f"<tool_call>\n{body}\n</tool_call>")


def _usage(data: dict[str, Any]) -> Usage:
    details = data.get("prompt_tokens_details")
    return Usage(
        prompt_tokens=_count(data.get("prompt_tokens")),
        cached_tokens=_count(details.get("cached_tokens")) if isinstance(details, dict) else 0,
        completion_tokens=_count(data.get("completion_tokens")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


class Shown:
    """Hands text on as it comes. After a broken attempt, only what was not shown before."""

    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self._on_text = on_text
        self._shown = self._now = ""

    def begin(self) -> None:
        """A new attempt begins."""
        self._now = ""

    def add(self, piece: str) -> None:
        """The next piece of this attempt."""
        if not piece or self._on_text is None:
            return
        self._now += piece
        if self._shown.startswith(self._now):
            return
        # Another answer than the one that broke off: it is told from its beginning, on a line of its own.
        more = self._now[len(self._shown) :] if self._now.startswith(self._shown) else f"\n{self._now}"
        self._shown = self._now
        self._on_text(more)
