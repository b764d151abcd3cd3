"""A small real web site on loopback, and one browser for the tests of the loop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment

COUNTER = """<!doctype html><title>Counter</title><style>body{margin:0;font:20px sans-serif}</style>
<button id=b style="position:absolute;left:40px;top:40px;width:200px;height:60px"
 onclick="n.textContent=++count">Count</button><p id=n style="position:absolute;left:40px;top:120px">0</p>
<a href=/other style="position:absolute;left:40px;top:200px">Other</a>
<button style="position:absolute;left:40px;top:260px;width:200px;height:60px"
 onclick="window.name === 'pop' ? window.close() : window.open(location, 'pop')">Pop up, then bye</button>
<script>var count=0</script>"""
PAGES = {"/": COUNTER, "/other": "<!doctype html><title>Other</title><h1>Another page</h1>"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = PAGES.get(self.path)
        self.send_response(200 if page else 404)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((page or "nothing here").encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def counter_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(viewport=(640, 400))) as environment:
        yield environment


@pytest.fixture
def counter(browser: BrowserEnvironment, counter_url: str) -> BrowserEnvironment:
    """The shared browser, on a fresh counter page."""
    browser.goto(counter_url)
    return browser
