"""What goes wrong between here and a machine: each fault has its own words, and nothing is done twice."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from action_space.actions import Click
from envs.machine.base import MachineFault
from envs.osworld.server import OsworldServer, main
from envs.remote import NoAnswer, RemoteEnvironment, RemoteMachine, Unreachable, WrongService

Act = Callable[["Odd"], None]


HOME = b'{"status": "success", "output": "/home/user\\n", "error": "", "returncode": 0}'


class Odd(BaseHTTPRequestHandler):
    """A server whose answers are given by path; what is asked is written down."""

    server: Any

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.asked.append(self.path)
        answers: dict[str, Any] = self.server.answers
        answer = answers.get(self.path, (404, "text/plain", b"nothing"))
        if callable(answer):
            answer = answer(self.server.asked.count(self.path))
        if answer is None:  # never answer
            self.server.stop.wait(30)
            return
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    server.daemon_threads, server.block_on_close = True, False
    server.asked, server.answers, server.stop = [], {}, threading.Event()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.answers |= {
        "/platform": (200, "text/html; charset=utf-8", b"Linux"),
        "/execute": (200, "application/json", HOME),
        "/screen_size": (200, "application/json", b'{"width": 10, "height": 10}'),
    }  # fmt: skip
    yield server
    server.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port} cannot be reached"):
        RemoteMachine(f"127.0.0.1:{port}")


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "/path"])
def test_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="machine: "):
        RemoteMachine(url)


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", b"<!DOCTYPE html><html>Welcome"),
        (404, "text/html", b"<html>no"),
        (200, "text/plain", b"BeOS"),
        (200, "application/json", b'{"models": []}'),
    ],
)
def test_another_service(odd: Any, answer: tuple[int, str, bytes]) -> None:
    odd.answers["/platform"] = answer
    with pytest.raises(WrongService, match="OSWorld's server"):
        RemoteMachine(odd.url)


def test_questions_are_asked_again(odd: Any) -> None:
    odd.answers["/screenshot"] = lambda time: (503, "text/plain", b"") if time < 3 else (200, "image/png", PNG)
    with RemoteMachine(odd.url) as machine:
        assert machine.screenshot() == PNG
    assert odd.asked.count("/screenshot") == 3


PNG = b"\x89PNG\r\n\x1a\nrest"


def test_a_click_is_never_sent_twice(odd: Any) -> None:
    with RemoteMachine(odd.url) as machine:
        odd.asked.clear()
        odd.answers["/execute"] = (503, "application/json", b'{"status": "error", "message": "overloaded"}')
        with pytest.raises(MachineFault, match="overloaded"):
            machine.run(["xdotool", "click", "1"])
        odd.answers["/execute"] = lambda _: None
        with pytest.raises(NoAnswer, match=r"did not answer /execute within 0\.2 s"):
            machine.run(["xdotool", "click", "1"], timeout_s=0.2)
    assert odd.asked == ["/execute", "/execute"]


def test_a_late_answer_is_an_error_of_the_action(odd: Any) -> None:
    from PIL import Image

    picture = _png(Image.new("RGB", (10, 10)))
    odd.answers["/screenshot"] = (200, "image/png", picture)
    with RemoteMachine(odd.url) as machine:
        environment = RemoteEnvironment(machine)
        seen = environment.observe()
        machine.hands = lambda *_, **__: machine.run(["true"], timeout_s=0.2)  # type: ignore[method-assign]
        odd.answers["/execute"] = lambda _: None
        odd.asked.clear()
        error = environment.execute(Click(start_point=(1, 1)), seen).error
    assert error is not None
    assert error.kind == "timeout"
    assert "not known" in error.message
    assert odd.asked.count("/execute") == 1


def _png(image: Any) -> bytes:
    import io

    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_no_picture(odd: Any) -> None:
    odd.answers["/screenshot"] = (200, "text/plain", b"hello")
    with RemoteMachine(odd.url) as machine, pytest.raises(WrongService, match="not a picture"):
        machine.screenshot()


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://example.com"}, {"Host": "evil.example:5000"}, {"Host": "localhost.example"}]
)
def test_web_pages_cannot_reach_the_server(server: OsworldServer, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/screenshot"), ("POST", "/execute")):
        answer = httpx.request(method, server.url + path, json={"command": ["id"]}, headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/execute", b"{", 400),
        ("/execute", b"[]", 400),
        ("/execute", b'{"command": 5}', 500),
        ("/execute", b'{"command": []}', 500),
        ("/execute", b'{"command": ["no-such-program"]}', 500),
        ("/setup/open_file", b'{"path": "/no/such"}', 404),
        ("/setup/activate_window", b"{}", 400),
        ("/list_directory", b"{}", 400),
        ("/nothing", b"{}", 404),
    ],
)
def test_wrong_requests_are_answered(server: OsworldServer, path: str, body: bytes, status: int) -> None:
    answer = httpx.post(server.url + path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.text


def test_a_taken_port_is_said(server: OsworldServer, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OSError, match="in use"):
        OsworldServer(server._server.machine, port=server.port)


def test_a_display_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--display", ":98765", "--port", "0"]) == 3
    assert "cannot be" in capsys.readouterr().err


def test_the_command_serves_until_it_is_ended() -> None:
    command = [
        sys.executable,
        "-m",
        "envs.osworld.server",
        "--host",
        "0.0.0.0",
        "--port",
        "0",
        "--size",
        "640x480",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        try:
            with RemoteMachine(url) as machine:
                assert machine.screen_size() == (640, 480)
                home = Path(machine.home)
                assert (home / "Desktop").is_dir()
        finally:
            process.terminate()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "WARNING: listening on 0.0.0.0. Whoever can reach port" in errors
    assert not home.exists()
