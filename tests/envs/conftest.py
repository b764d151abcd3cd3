"""Loopback servers and browsers shared by the tests of a module."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.browser.network.sites import SiteRules

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
        if path.startswith(("/hangs", "/never")):
            stop.wait()
            return
        if path == "/auth":
            self._auth()
            return
        if path.startswith("/download"):
            self._download()
            return
        if path.startswith("/status-"):
            self.send_response(int(path.rpartition("-")[2]))
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0" if self.path.endswith("?empty") else "9")
            self.end_headers()
            self.wfile.write(b"" if self.path.endswith("?empty") else b"<h1>No</h")
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

    def _auth(self) -> None:
        """HTTP authentication: ann, se:cret!pass."""
        wanted = "Basic " + base64.b64encode(b"ann:se:cret!pass").decode()
        known = self.headers.get("Authorization") == wanted
        body = b"<title>In</title><h1>Welcome</h1>" if known else b"<title>Out</title><h1>Who are you?</h1>"
        self.send_response(200 if known else 401)
        if not known:
            self.send_header("WWW-Authenticate", 'Basic realm="Intranet"')
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _download(self) -> None:
        """?name=…: the suggested name; ?mb=…: so many MB; ?slow: its end after `release`; ?cut: no end."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query, True).items()}
        megabytes = int(query.get("mb", 0))
        size = megabytes << 20 if megabytes else 8 + ("slow" in query) * 4096
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        name = quote(query.get("name", "a.csv"))
        self.send_header("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        server: Server = self.server  # type: ignore[assignment]
        try:
            if megabytes:
                for _ in range(megabytes):
                    self.wfile.write(bytes(1 << 20))
                return
            if "slow" in query:
                self.wfile.write(bytes(4096))  # enough for a browser to see that it is a download
            self.wfile.write(b"a,b\n")
            self.wfile.flush()
            if "slow" in query:
                server.release.wait()
            if "cut" in query:
                self.close_connection = True
                return
            self.wfile.write(b"1,2\n")
        except OSError:
            pass  # the browser has had enough

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stop = threading.Event()
        self.release = threading.Event()  # lets slow downloads go on

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a browser that closes a connection is no news

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.stop.set()
    server.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def site(server: Server) -> str:
    return server.url


@pytest.fixture(scope="module")
def browser(site: str) -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(viewport=(1000, 700), sites=SiteRules(named=(site,)))) as env:
        yield env
