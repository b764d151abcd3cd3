"""The endpoint client against real servers on loopback, well-behaved and not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

from model.base import Message, ModelProtocolError, ModelUnavailable, Request, Sampling
from model.servers.openai import SCHEMA_PARAMETERS, ServerModel

REQUEST = Request(
    (Message("system", ("Be brief.",)), Message("user", (Image.new("RGB", (64, 48), "red"), "What now?"))),
    schema={"type": "object"},
    sampling=Sampling(temperature=0.3, seed=7),
)
Answer = tuple[int, str, bytes]


def stream(*pieces: str, finish: str | None = "stop", done: bool = True) -> Answer:
    events = [{"choices": [{"delta": {"content": piece}, "finish_reason": None}]} for piece in pieces]
    if finish:
        events.append({"choices": [{"delta": {}, "finish_reason": finish}]})
        events.append({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 5}})  # type: ignore[dict-item]
    lines = [f"data: {json.dumps(event)}\n\n" for event in events] + (["data: [DONE]\n\n"] if done else [])
    return 200, "text/event-stream", "".join(lines).encode()


@contextmanager
def serving(*answers: Answer) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that gives the answers in order (the last one for ever); what it was asked is collected."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append({"path": self.path, "key": self.headers.get("authorization"), **json.loads(body)})
            status, kind, data = answers[min(len(asked), len(answers)) - 1]
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("retry-after", "0")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(url: str, **options: Any) -> Any:
    model = ServerModel("some-vlm", url, **options)
    try:
        return model.generate(REQUEST)
    finally:
        model.close()


def test_streams_text_and_sends_what_the_protocol_wants() -> None:
    pieces: list[str] = []
    with serving(stream('{"action"', ': "wait"}')) as (url, asked):
        model = ServerModel("some-vlm", url, api_key="secret")
        reply = model.generate(REQUEST, pieces.append)
        model.close()
    assert reply.text == '{"action": "wait"}'
    assert pieces == ['{"action"', ': "wait"}']
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (11, 5)
    sent = asked[0]
    assert sent["path"] == "/v1/chat/completions"
    assert sent["key"] == "Bearer secret"
    assert (sent["temperature"], sent["seed"], "top_p" in sent) == (0.3, 7, False)
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    kinds = [part["type"] for part in sent["messages"][1]["content"]]
    assert kinds == ["image_url", "text"], "the picture comes before the text"
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_the_way_to_give_a_schema_is_found_once() -> None:
    no = (400, "application/json", b'{"error": "unknown field"}')
    with serving(no, no, stream("ok")) as (url, asked):
        model = ServerModel("some-vlm", url)
        assert model.generate(REQUEST).text == "ok"
        assert model.schema_parameter == "guided_json"
        model.generate(REQUEST)
        model.close()
    given = [[name for name in SCHEMA_PARAMETERS if name in body] for body in asked]
    assert given == [["response_format"], ["structured_outputs"], ["guided_json"], ["guided_json"]]
    assert asked[1]["structured_outputs"] == {"json": {"type": "object"}}
    assert asked[3]["guided_json"] == {"type": "object"}


def test_a_remembered_way_is_tried_first_and_given_up_when_refused() -> None:
    with serving((422, "text/plain", b"no"), stream("ok")) as (url, asked):
        model = ServerModel("some-vlm", url, schema_parameter="format")
        assert model.generate(REQUEST).text == "ok"
        model.close()
    assert ["format" in body for body in asked] == [True, False]
    assert model.schema_parameter == "response_format"


def test_a_refusal_that_is_not_about_the_schema_is_told_as_the_server_told_it_first() -> None:
    with serving((400, "text/plain", b"the picture is too large")) as (url, asked):
        with pytest.raises(ModelUnavailable, match="the picture is too large"):
            ask(url, retries=0)
        assert len(asked) == len(SCHEMA_PARAMETERS)


def test_a_request_without_schema_names_no_parameter() -> None:
    with serving(stream("ok")) as (url, asked):
        model = ServerModel("some-vlm", url)
        model.generate(Request(REQUEST.messages))
        model.close()
    assert not set(SCHEMA_PARAMETERS) & set(asked[0])


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thinking_that_comes_apart_is_put_before_the_answer(field: str) -> None:
    events = [
        {"choices": [{"delta": {field: "Hm, "}}]},
        {"choices": [{"delta": {field: "yes."}}]},
        {"choices": [{"delta": {"content": '{"a"'}}]},
        {"choices": [{"delta": {"content": ": 1}"}, "finish_reason": "stop"}]},
    ]
    data = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    with serving((200, "text/event-stream", data)) as (url, _):
        assert ask(url).text == '<think>Hm, yes.</think>\n{"a": 1}'


@pytest.mark.parametrize("status", [429, 500, 503])
def test_retries_what_may_pass(status: int) -> None:
    with serving((status, "text/plain", b"busy"), stream("ok")) as (url, asked):
        assert ask(url).text == "ok"
    assert len(asked) == 2


def test_a_plain_answer_instead_of_a_stream_is_read() -> None:
    data = {"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]}
    with serving((200, "application/json", json.dumps(data).encode())) as (url, _):
        assert ask(url).text == "ok"


@pytest.mark.parametrize(
    ("answer", "fault", "words"),
    [
        ((429, "text/plain", b"slow down"), ModelUnavailable, "429"),
        ((404, "text/plain", b"no such model"), ModelUnavailable, "some-vlm"),
        ((401, "text/plain", b"who?"), ModelUnavailable, "AGENT_API_KEY"),
        ((200, "text/html", b"<html>hello</html>"), ModelProtocolError, "/v1"),
        ((200, "application/json", b""), ModelProtocolError, "not a JSON"),
        ((200, "text/event-stream", b"data: {oops\n\n"), ModelProtocolError, "not a JSON"),
        (stream("half", finish=None, done=False), ModelProtocolError, "broke off"),
    ],
)
def test_a_bad_answer_is_a_clear_error(answer: Answer, fault: type[Exception], words: str) -> None:
    with serving(answer) as (url, _), pytest.raises(fault, match=words):
        ask(url, retries=1, timeout_s=5.0)


def test_a_server_that_is_not_there() -> None:
    with serving(stream("ok")) as (url, _):
        pass
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        ask(url, retries=0)


def test_variables_of_the_chat_template_are_sent_and_the_persons_win() -> None:
    request = replace(REQUEST, chat_template_kwargs={"enable_thinking": True, "other": 1})
    with serving(stream("{}")) as (url, asked):
        for extra in (None, {"chat_template_kwargs": {"enable_thinking": False}}, {"chat_template_kwargs": None}):
            model = ServerModel("some-vlm", url, extra_body=extra)
            model.generate(request)
            model.close()
        ask(url)
    assert [body.get("chat_template_kwargs", "absent") for body in asked] == [
        {"enable_thinking": True, "other": 1},
        {"enable_thinking": False, "other": 1},
        None,
        "absent",
    ]


def test_a_server_that_knows_no_such_variables_is_asked_without_them() -> None:
    refusal = json.dumps({"error": {"message": "Unrecognized request argument supplied: chat_template_kwargs"}})
    request = replace(REQUEST, schema=None, chat_template_kwargs={"enable_thinking": True})
    with serving((400, "application/json", refusal.encode()), stream("wait")) as (url, asked):
        model = ServerModel("some-vlm", url)
        assert model.generate(request).text == "wait"
        model.close()
    assert ["chat_template_kwargs" in body for body in asked] == [True, False]
