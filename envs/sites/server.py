"""Serves one bundled site on 127.0.0.1.

A site is a class with `render(Request) -> Response`, `snapshot() -> dict` and `viewport`; what it remembers lives
in that object. No address gives the state away: judges read it through `Site.state()`.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

SITES = {"store": "envs.sites.store:Store"}
MAX_BODY = 1 << 20  # bytes; forms here are far smaller


class SiteError(ValueError):
    """A site's name, option or preparation is not one that exists. The message says what is accepted."""


@dataclass(frozen=True)
class Request:
    """One request: `query` holds every value of every parameter, `body` the decoded JSON of a POST."""

    method: str
    path: str
    query: dict[str, list[str]] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Response:
    """What goes back to the browser."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200


class App(Protocol):
    """What a bundled site implements. Calls are serialised by the server."""

    viewport: tuple[int, int]

    def render(self, request: Request) -> Response:
        """Answer one request."""

    def snapshot(self) -> dict[str, Any]:
        """The whole state, as JSON values."""

    def prepare(self, changes: dict[str, Any]) -> None:
        """Change the state before the visitor comes. Raises SiteError."""

    def fact(self, name: str, arguments: dict[str, Any]) -> Any:
        """Something that is true of this instance, for judges. Raises SiteError."""


class Site:
    """A running site.

    Attributes:
        url: address of its first page.
        viewport: a size in CSS pixels that suits this seed.
        faults: exceptions raised while answering; a test asserts that there are none.
    """

    def __init__(self, name: str, app: App) -> None:
        self.name = name
        self._app = app
        self.viewport = app.viewport
        self.faults: list[BaseException] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name=f"site-{name}", daemon=True
        )
        self._thread.start()
        self._closed = False

    def state(self) -> dict[str, Any]:
        """A copy of the state, for judges."""
        with self._lock:
            return copy.deepcopy(self._app.snapshot())

    def prepare(self, changes: dict[str, Any]) -> None:
        """Change the state before the visitor comes.

        Raises:
            SiteError: an unknown field or value.
        """
        with self._lock:
            self._app.prepare(changes)

    def fact(self, name: str, **arguments: Any) -> Any:
        """Something that is true of this instance (a price, the cheapest product), for judges.

        Raises:
            SiteError: an unknown fact or argument.
        """
        with self._lock:
            return self._app.fact(name, arguments)

    def answer(self, request: Request) -> Response:
        """Answer one request; a fault becomes status 500 and is kept in `faults`."""
        with self._lock:
            try:
                return self._app.render(request)
            except Exception as error:  # the visitor gets a page, the test gets the fault
                self.faults.append(error)
                return Response(b"Internal error", "text/plain", 500)

    def close(self) -> None:
        """Stop serving. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, site: Site) -> None:
        self.site = site
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that a browser keeps alive."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is no fault of the site."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._reply({})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            self._send(Response(b"Too long", "text/plain", 413))
            return
        try:
            body = json.loads(self.rfile.read(int(length)) or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            self._send(Response(b"A JSON object is expected", "text/plain", 400))
            return
        self._reply(body)

    def _reply(self, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        self._send(self.server.site.answer(Request(self.command, unquote(parts.path), query, body)))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.send_header("Cache-Control", "no-store")
        # Nothing is ever loaded from anywhere else.
        self.send_header(
            "Content-Security-Policy",
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'",
        )
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def open_site(name: str, seed: int = 0, **options: Any) -> Site:
    """Serve a bundled site until `close()`.

    Args:
        name: one of `SITES`.
        seed: chooses what `options` leave open: language, theme, order, wording, prices.
        options: as the site documents them; for the store, the fields of `envs.sites.store.look.Look`.

    Raises:
        SiteError: no such site or option.
    """
    if name not in SITES:
        raise SiteError(f"site: {name!r} is not one of {', '.join(sorted(SITES))}")
    module, cls = SITES[name].split(":")
    return Site(name, getattr(importlib.import_module(module), cls)(seed, **options))
