"""Loopback servers and browsers shared by the tests of a module."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from envs.browser import BrowserConfig, BrowserEnvironment

from .pages import PAGES

DELAYS = {"/slow-500": 0.5, "/slow-200": 0.2, "/slow-page": 0.8}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        stop: threading.Event = self.server.stop  # type: ignore[attr-defined]
        if path in DELAYS and stop.wait(DELAYS[path]):
            return
        if path == "/endless":
            self.send_response(200)
            self.end_headers()
            while not stop.wait(0.1):
                try:
                    self.wfile.write(b"tick\n")
                except OSError:
                    return
            return
        if path == "/hangs":
            stop.wait(30)
            return
        body = PAGES.get(path, "" if path.startswith("/slow") else None)
        if path == "/report.bin":
            body = "cargo"
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        data = (body or "").encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stop = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a browser that closes a connection is no news

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.url
    server.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(viewport=(1000, 700))) as env:
        yield env
