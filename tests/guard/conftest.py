"""Two real servers on loopback: the shop, which the person named, and the stranger, which nobody named and which
records whatever reaches it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Server = self.server  # type: ignore[assignment]
        server.seen.append(self.path)
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        if path == "/go":
            self.send_response(302)
            self.send_header("Location", unquote(query))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = server.pages.get(path, "<title>Empty</title>").encode()
        self.send_response(200)
        kind = "text/javascript" if path.endswith(".js") else "text/html; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[str] = []
        self.pages: dict[str, str] = {}

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"


def _served() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def shop() -> Iterator[Server]:
    yield from _served()


@pytest.fixture(scope="session")
def stranger() -> Iterator[Server]:
    yield from _served()


@pytest.fixture(scope="session")
def browser(shop: Server) -> Iterator[BrowserEnvironment]:
    config = BrowserConfig(url=f"{shop.url}/", viewport=(640, 400), settle_limit_s=1.5)
    with BrowserEnvironment(config) as env:
        yield env
