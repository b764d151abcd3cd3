"""Reward models behind HTTP: real servers, good ones and bad ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from PIL import Image

from model.training.rewards import parse_rewards
from model.training.rewards.remote import Remote, Router
from model.training.rewards.server import RewardServer, shorter
from tests.training.rl.answers import asked


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def rude(answer: Callable[[BaseHTTPRequestHandler, int], None]) -> Iterator[str]:
    """A server whose every answer is `answer(handler, number of the request from 1)`."""
    count = [0]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            count[0] += 1
            self.close_connection = True
            answer(self, count[0])

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with running(server):
        yield f"http://127.0.0.1:{server.server_address[1]}/score"


def says(text: str, status: int = 200) -> Callable[[BaseHTTPRequestHandler, int], None]:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text.encode())

    return answer


CASES = [asked("(120,50)", task="point"), asked("somewhere", task="chat"), asked("", task="point")]


def test_batches_go_out_and_numbers_come_back_in_order() -> None:
    seen: list[list[dict[str, Any]]] = []

    def score(items: Any) -> list[float | None]:
        seen.append(items)
        return [float(item["answer"]) / 10 for item in items]

    with running(RewardServer(score)) as server:
        remote = Remote(server.url, batch=3)
        assert remote([asked(str(n)) for n in range(8)]) == [n / 10 for n in range(8)]
    assert [len(items) for items in seen] == [3, 3, 2]
    assert seen[0][0] == {
        "id": "item", "task": "", "answer": "0", "tokens": 1, "instruction": "the button",
        "boxes": [[100, 40, 140, 60]], "absent": False,
    }  # fmt: skip


def test_another_range_is_brought_to_0_to_1() -> None:
    with running(RewardServer(lambda items: [-1.0, 0.0, 1.0])) as server:
        assert Remote(server.url, low=-1, high=1)(CASES) == [0, 0.5, 1]


def test_pictures_travel_where_they_are_wanted() -> None:
    sizes: list[int] = []

    def score(items: Any) -> list[float | None]:
        sizes.extend(len(item.get("picture", "")) for item in items)
        return [1.0] * len(items)

    case = asked("(1,2)", picture=Image.new("RGB", (28, 28), "red"))
    with running(RewardServer(score)) as server:
        Remote(server.url, pictures=True)([case])
        Remote(server.url)([case])
    assert sizes[0] > 50
    assert sizes[1] == 0


def test_the_reference_server_likes_short_answers_and_survives_nonsense() -> None:
    with running(RewardServer(shorter)) as server:
        long, short = Remote(server.url)([asked("a" * 300), asked("a")])
        assert long is not None
        assert short is not None
        assert 0 < long < short <= 1
        with httpx.Client(trust_env=False) as client:
            for body in (b"nonsense", b"[1]", b'{"items": 3}', b""):
                assert client.post(server.url, content=body).status_code == 400
        assert Remote(server.url)([asked("a")]) == [short]


@pytest.mark.parametrize(
    ("text", "expected", "fault"),
    [
        ('{"rewards": [3, 0.5, 1]}', [None, 0.5, 1], "outside its range"),
        ('{"rewards": [-0.01, 0.5, 1]}', [None, 0.5, 1], "outside its range"),
        ('{"rewards": [NaN, 0.5, 1]}', [None, 0.5, 1], "not a number"),
        ('{"rewards": [Infinity, 0.5, 1]}', [None, 0.5, 1], "not a number"),
        ('{"rewards": [1e999, 0.5, 1]}', [None, 0.5, 1], "not a number"),
        ('{"rewards": ["0.5", true, 1]}', [None, None, 1], "not a number"),
        ('{"rewards": [null, 0.5, 1]}', [None, 0.5, 1], "the server has none"),
        ('{"rewards": [0.5, 1]}', [None] * 3, "another number of rewards than of answers"),
        ('{"rewards": [0.5, 1, 1, 1]}', [None] * 3, "another number of rewards than of answers"),
        ('{"rewards": 0.5}', [None] * 3, "the answer has no list of rewards"),
        ("[0.5, 0.5, 0.5]", [None] * 3, "the answer has no list of rewards"),
        ("very good, very good, bad", [None] * 3, "the answer is no JSON"),
        ("", [None] * 3, "the answer is no JSON"),
        ("[" * 100_000, [None] * 3, "the answer is no JSON"),
    ],
)
def test_what_is_no_number_in_its_range_is_no_reward(text: str, expected: list[Any], fault: str) -> None:
    with rude(says(text)) as url:
        remote = Remote(url)
        assert remote(CASES) == expected
    assert set(remote.faults) == {fault}
    assert remote.faults[fault] == sum(value is None for value in expected)


def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not() -> None:
    asked_of: list[int] = []

    def busy(handler: BaseHTTPRequestHandler, number: int) -> None:
        asked_of.append(number)
        says('{"rewards": [1, 1, 1]}' if number == 3 else "later", 200 if number == 3 else 503)(handler, number)

    with rude(busy) as url:
        assert Remote(url, retries=2)(CASES) == [1, 1, 1]
        assert asked_of == [1, 2, 3]
    with rude(says("no", 403)) as url:
        remote = Remote(url, retries=2)
        assert remote(CASES) == [None] * 3
        assert remote.faults == {"HTTP 403": 3}
    with rude(says("oh", 500)) as url:
        remote = Remote(url, retries=1)
        assert remote(CASES) == [None] * 3
        assert remote.faults == {"HTTP 500": 3}


def test_a_dead_server_gives_no_rewards() -> None:
    with rude(says("")) as url:
        pass  # gone
    remote = Remote(url, retries=1)
    assert remote(CASES) == [None] * 3
    assert remote.faults == {"it cannot be reached, or hung up": 3}


@pytest.mark.parametrize("drips", [False, True])
def test_a_slow_server_is_not_waited_for(drips: bool) -> None:
    over = threading.Event()

    def slow(handler: BaseHTTPRequestHandler, number: int) -> None:
        if drips:  # a byte now and then, for ever
            handler.send_response(200)
            handler.end_headers()
            while not over.is_set():
                try:
                    handler.wfile.write(b" ")
                except OSError:
                    return
                time.sleep(0.02)
        over.wait(60)

    with rude(slow) as url:
        remote = Remote(url, timeout_s=0.3)
        assert remote(CASES) == [None] * 3
        over.set()
    assert remote.faults == {"no answer in time": 3}


def test_an_answer_without_end_is_left() -> None:
    def flood(handler: BaseHTTPRequestHandler, number: int) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b" " * (1 << 20))
        except OSError:
            return

    with rude(flood) as url:
        remote = Remote(url)
        assert remote(CASES) == [None] * 3
    assert remote.faults == {"the answer is too large": 3}


def test_answers_go_to_the_reward_of_their_task() -> None:
    router = Router({"point": lambda cases: [1.0] * len(cases), "*": lambda cases: [0.25] * len(cases)})
    assert router(CASES) == [1, 0.25, 1]
    assert Router({"point": lambda cases: [1.0] * len(cases)})(CASES) == [1, None, 1]


def test_a_mix_with_a_server_leaves_missing_what_the_server_has_not() -> None:
    with rude(says('{"rewards": [0.5, 7]}')) as url:
        mix = parse_rewards(f"point_in_box:1,{url}:1")
        scored = mix([asked("(120,50)"), asked("(121,50)"), asked("")])
    assert [one.reward for one in scored] == [0.75, None, 0]
    assert mix.missing[url] == 1
    assert scored[2].guard == "empty"
