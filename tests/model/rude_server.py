"""A real endpoint on loopback with the manners, good and bad, that servers have been seen to have.

Each manner is one function: it gets the request and writes what it likes, headers included. `n` counts requests,
from 1. It stands on HTTP/1.0, where only the end of the connection ends an answer, unless a manner says otherwise.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DONE = '{"action": "finished", "status": "success", "answer": "42"}'
Manner = Callable[["Call"], None]


class Call:
    """One request, and the means to answer it."""

    def __init__(
        self, handler: BaseHTTPRequestHandler, body: dict[str, Any], n: int, stop: threading.Event
    ) -> None:
        self.body, self.n, self.stop, self._handler = body, n, stop, handler

    def write(self, data: bytes | str) -> None:
        self._handler.wfile.write(data if isinstance(data, bytes) else data.encode())
        self._handler.wfile.flush()

    def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def plain(self, status: int, data: object, kind: str = "application/json", **headers: str) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        self.head(status, kind, Content_Length=str(len(text.encode())), **headers)
        self.write(text)

    def event(self, data: object) -> None:
        self.write(f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n")

    def delta(self, finish: str | None = None, **delta: object) -> None:
        self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def stream(self, text: str = DONE, finish: str | None = "stop", *, done: bool = True) -> None:
        for start in range(0, len(text), 7):
            self.delta(content=text[start : start + 7])
        if finish:
            self.delta(finish)
        if done:
            self.event("[DONE]")

    def good(self) -> None:
        self.head()
        self.stream()

    def hang(self) -> None:
        """Say nothing until the client or the test has gone."""
        self.stop.wait()

    def cut(self) -> None:
        self._handler.connection.shutdown(socket.SHUT_RDWR)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients hang up on it; that is what it is for


@contextmanager
def serving(manner: Manner, models: object = None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a server of that manner, and the requests that it has got. `models`: what GET answers."""
    asked: list[dict[str, Any]] = []
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            Call(self, {}, 0, stop).plain(200 if models else 404, models or {"detail": "Not Found"})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append(body)
            with suppress(OSError):
                manner(Call(self, body, len(asked), stop))

        def log_message(self, *args: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def busy(status: int, times: int = 2, data: object = "", **headers: str) -> Manner:
    """Answers after `times` complaints."""
    return lambda call: call.plain(status, data, **headers) if call.n <= times else call.good()


def refusing(field: str, words: str) -> Manner:
    """Complains while `field` is in the request."""
    return lambda call: call.plain(400, {"error": {"message": words}}) if field in call.body else call.good()


def _chunked_without_end_mark(call: Call) -> None:
    call._handler.protocol_version = "HTTP/1.1"
    call.head(Transfer_Encoding="chunked", Connection="close")
    data = f"data: {json.dumps({'choices': [{'delta': {'content': DONE}}]})}\n\n".encode()
    call.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data))


def _events_without_blank_lines(call: Call) -> None:
    call.head()
    for piece in (DONE[:20], DONE[20:]):
        call.write(f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}\n")
    call.write("data: [DONE]")


def _beginning_with(text: bytes) -> Manner:
    def manner(call: Call) -> None:
        call.head()
        call.write(text)
        call.stream()

    return manner


def _breaks_first(call: Call) -> None:
    call.head()
    call.delta(content=DONE[:20])
    if call.n < 3:
        call.cut()
    else:
        call.stream(DONE[20:])


def _error_in_stream(code: object, until: Callable[[Call], bool]) -> Manner:
    def manner(call: Call) -> None:
        call.head()
        if until(call):
            call.stream()
        else:
            call.delta(content=DONE[:9])
            call.event({"error": {"message": "no", "code": code, "type": "BadRequestError"}})
            call.event("[DONE]")

    return manner


def _message(call: Call, content: object, **more: object) -> None:
    message = {"role": "assistant", "content": content, **more}
    call.plain(200, {"choices": [{"message": message, "finish_reason": "stop"}]})


def _last_event_repeats_all(call: Call) -> None:
    call.head()
    call.delta(content=DONE)
    whole = {"role": "assistant", "content": DONE}
    call.event({"choices": [{"delta": {}, "message": whole, "finish_reason": "stop"}]})
    call.event("[DONE]")


def _new_name_for_max_tokens(call: Call) -> None:
    if "max_tokens" in call.body:
        words = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
        call.plain(400, {"error": {"message": words, "param": "max_tokens", "code": "unsupported_parameter"}})
    else:
        assert "max_completion_tokens" in call.body
        call.good()


def _only_strict(call: Call) -> None:
    """OpenAI's strict mode, as far as our schema is concerned."""
    unknown = {"structured_outputs", "guided_json", "format"} & set(call.body)
    given = call.body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    if unknown or (given and given.get("type") != "object"):
        words = (
            "Invalid schema for response_format 'action': schema must have type 'object'" if given else "unknown"
        )
        call.plain(400, {"error": {"message": words, "type": "invalid_request_error"}})
        return
    call.head()
    call.stream(json.dumps({**dict.fromkeys(given["properties"]), **json.loads(DONE)}) if given else DONE)


ANSWERED: dict[str, Manner] = {
    "well": Call.good,
    "429 with seconds": busy(429, Retry_After="0.2"),
    "429 with milliseconds": busy(429, retry_after_ms="150"),
    "429 with a date": lambda call: busy(429, Retry_After=formatdate(usegmt=True))(call),
    "429 with nonsense": busy(429, Retry_After="soon"),
    "408": busy(408),
    "425": busy(425),
    "500": busy(500),
    "502 of a proxy": busy(502, 2, "<html>Bad Gateway</html>"),
    "503": busy(503, 2, {"error": {"message": "Loading model"}}),
    "504": busy(504),
    "524 of Cloudflare": busy(524, 2, "<html>timeout</html>"),
    "529": busy(529, 2, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "error in a 200, code 429": busy(200, 2, {"error": {"message": "Provider returned error", "code": 429}}),
    "error in a 200, in words": busy(200, 2, {"error": "upstream overloaded, try again"}),
    "error in mid-stream, code 502": _error_in_stream(502, lambda call: call.n > 2),
    "error in mid-stream, code as text": _error_in_stream("503", lambda call: call.n > 2),
    "schema refused in mid-stream": _error_in_stream(400, lambda call: "response_format" not in call.body),
    "schema broken with 500 in mid-stream": _error_in_stream(500, lambda call: "response_format" not in call.body),
    "schema refused with 500": lambda call: (
        call.plain(500, {"error": "grammar"}) if "response_format" in call.body else call.good()
    ),
    "only OpenAI's strict mode": _only_strict,
    "no stream_options": refusing("stream_options", "Unrecognized request argument supplied: stream_options"),
    "no seed": refusing("seed", "[{'loc': ('body', 'seed'), 'msg': 'Extra inputs are not permitted'}]"),
    "no temperature": refusing("temperature", "'temperature' does not support 0.3 with this model."),
    "max_completion_tokens": _new_name_for_max_tokens,
    "no streams": lambda call: (
        call.plain(400, {"error": {"message": "stream is not supported"}})
        if call.body.get("stream")
        else _message(call, DONE)
    ),
    "breaks off twice": _breaks_first,
    "cut before the headers": lambda call: call.cut() if call.n < 3 else call.good(),
    "no finish_reason": lambda call: (call.head(), call.stream(finish=None))[0],
    "no end mark, but a whole body": _chunked_without_end_mark,
    "events without blank lines": _events_without_blank_lines,
    "comments": _beginning_with(b": PROCESSING\n\nevent: message\nid: 1\nretry: 100\n"),
    "empty heartbeats": _beginning_with(b"data:\n\ndata: \n\n\n\n"),
    "carriage returns": _beginning_with(b'data: {"choices": []}\r\n\r\n: x\r\r'),
    "a byte order mark of blanks": _beginning_with(b"\n\n  \n\n"),
    "stream as text/plain": lambda call: (call.head(kind="text/plain"), call.stream())[0],
    "one object": lambda call: _message(call, DONE),
    "one object without finish_reason": lambda call: call.plain(
        200, {"choices": [{"message": {"content": DONE}}]}
    ),
    "content as parts": lambda call: _message(call, [{"type": "text", "text": DONE[:9]}, {"text": DONE[9:]}]),
    "delta as parts": lambda call: (
        call.head(),
        call.delta(content=[{"type": "text", "text": DONE}]),
        call.delta("stop"),
    )[0],
    "last event repeats all": _last_event_repeats_all,
    "a refused key is null": lambda call: _message(call, DONE, refusal=None, tool_calls=None, reasoning=None),
}
"""Manner → how it is written. All of them have DONE for an answer, if one asks on."""


def tool_call(call: Call) -> None:
    call.head()
    call.delta(role="assistant", content=None)
    function = {"index": 0, "id": "1", "type": "function", "function": {"name": "computer_use", "arguments": ""}}
    call.delta(tool_calls=[function])
    arguments = '{"action": "terminate", "status": "success"}'
    for start in range(0, len(arguments), 9):
        call.delta(tool_calls=[{"index": 0, "function": {"arguments": arguments[start : start + 9]}}])
    call.delta("tool_calls")
    call.event("[DONE]")


def _thought_that_is_cut(call: Call) -> None:
    call.head()
    for _ in range(5):
        call.delta(reasoning_content="Let me think about the page. ")
    call.delta("length")
    call.event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 128}})
    call.event("[DONE]")


SAID_NOTHING: dict[str, Manner] = {
    "an empty stream that ends": lambda call: (call.head(), call.stream(""))[0],
    "null": lambda call: _message(call, None),
    "empty": lambda call: _message(call, ""),
    "blank": lambda call: _message(call, " \n"),
    "no parts": lambda call: _message(call, []),
    "parts that are no texts": lambda call: _message(call, [1, None, {"type": "image_url"}, {"text": 5}]),
    "a refusal": lambda call: _message(call, None, refusal="I cannot help with that."),
    "an old call of a function": lambda call: _message(call, None, function_call={"name": "f", "arguments": "{"}),
    "a filter": lambda call: (call.head(), call.delta("content_filter"), call.event("[DONE]"))[0],
    "thinking alone": _thought_that_is_cut,
    "half an answer": lambda call: (call.head(), call.stream('{"action": "input", "text": "ab', "length"))[0],
    "half a character": lambda call: (call.head(), call.delta(content="\ud83d"), call.delta("stop"))[0],
    "a novel": lambda call: (call.head(), call.stream("word " * 130_000))[0],
}
"""Manner → an answer that is the model's own failure."""


def _for_ever(piece: str, pause_s: float = 0.0) -> Manner:
    def manner(call: Call) -> None:
        call.head()
        while not call.stop.wait(pause_s):
            call.write(piece)

    return manner


def _headers_for_ever(call: Call) -> None:
    call.write("HTTP/1.1 200 OK\r\nX-Slow: ")
    while not call.stop.wait(0.05):
        call.write("x")


def _stops_half_way(call: Call) -> None:
    call.head()
    call.delta(content=DONE[:20])
    call.hang()


_WORD = f"data: {json.dumps({'choices': [{'delta': {'content': 'hm '}}]})}\n\n"

TIRELESS: dict[str, Manner] = {
    "no headers": Call.hang,
    "headers that drip": _headers_for_ever,
    "headers and no more": lambda call: (call.head(), call.hang())[0],
    "a stream that stops": _stops_half_way,
    "words that drip": _for_ever(_WORD, 0.05),
    "heartbeats alone": _for_ever("data:\n\n", 0.05),
    "comments alone": _for_ever(": still here\n\n", 0.05),
    "thinking that drips": _for_ever(_WORD.replace("content", "reasoning"), 0.05),
    "a line without end, slowly": _for_ever("x", 0.05),
}
"""Manner → an answer that never comes, or never ends."""

GUSHING: dict[str, Manner] = {
    "a line without end": _for_ever("x" * 1_000_000),
    "events that say nothing": _for_ever("data: {}\n\n" * 100_000),
    "one event without end": _for_ever("data: " + "y" * 1_000_000),
    "a number without end": lambda call: (call.head(kind="application/json"), _for_ever("1" * 1_000_000)(call))[0],
}
"""Manner → an answer that would fill the memory."""

WRONG: dict[str, tuple[Manner, str]] = {
    "a page": (lambda call: call.plain(200, "<html>hello</html>", "text/html"), "Does the address end in /v1"),
    "a deep event": (lambda call: (call.head(), call.event("[" * 200_000))[0], "not a JSON object"),
    "a deep object": (lambda call: call.plain(200, '{"a":' * 200_000), "not a JSON object"),
    "a list": (lambda call: call.plain(200, []), "not a JSON object"),
    "broken JSON": (lambda call: (call.head(), call.event("{oops"))[0], "not a JSON object"),
    "choices that are a word": (lambda call: call.plain(200, {"choices": "none"}), "holds no text"),
    "a choice that is null": (lambda call: call.plain(200, {"choices": [None]}), "holds no text"),
    "a delta that is a word": (
        lambda call: (call.head(), call.event({"choices": [{"delta": "click"}]}))[0],
        "holds no text",
    ),
    "no choices": (lambda call: call.plain(200, {"choices": []}), "broke off"),
    "half a stream": (lambda call: (call.head(), call.stream('{"act', None, done=False))[0], "broke off after"),
    "an end of error": (lambda call: (call.head(), call.stream("x", "error"))[0], "broke off after"),
    "401": (lambda call: call.plain(401, {"error": {"message": "who?"}}), "AGENT_API_KEY"),
    "404": (lambda call: call.plain(404, {"detail": "Not Found"}), "Is 'some-vlm' served there?"),
    "301": (lambda call: call.plain(301, "", Location="https://host/v1"), "moved to https://host/v1"),
    "402 in words": (lambda call: call.plain(402, {"error": {"message": "pay first"}}), "pay first"),
    "no quota left": (
        lambda call: call.plain(429, {"error": {"message": "You exceeded your current quota", "code": "quota"}}),
        "exceeded your current quota",
    ),
    "an escape sequence": (lambda call: call.plain(400, {"error": "\x1b[31mred\x07"}), "[31mred"),
    "too long": (
        lambda call: call.plain(400, {"message": "This model's maximum context length is 4096 tokens."}),
        "maximum context length",
    ),
    "too large": (lambda call: call.plain(413, "Request Entity Too Large", "text/plain"), "HTTP 413"),
}
"""Manner → what is said about it."""
