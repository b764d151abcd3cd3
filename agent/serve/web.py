"""What stands in front of every web face: who may talk to it, from where, and how much at once.

Loopback is no wall: any page that a browser shows can send requests there, and a name of its own can be made to
lead there (DNS rebinding). So each request must name us in `Host`, come from no other site (`Origin`,
`Sec-Fetch-Site`), and carry the token.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 1 << 20
"""Of one request's body, unless a face says otherwise."""
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class CannotServe(Exception):
    """The address cannot be served at. The message says why, and what else to try."""


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def problem(kind: str, message: str, **more: Any) -> dict[str, Any]:
    """The body of every error: `{"error": {"type": …, "message": …}}`."""
    return {"error": {"type": kind, "message": message, **more}}


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. 0 is any free port.

    Raises:
        CannotServe: the port is taken, or the address is none of this computer.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(128)
    except (OSError, OverflowError) as error:
        opened.close()
        told = getattr(error, "strerror", None) or str(error)
        raise CannotServe(
            f"port: {host}:{port} cannot be served at ({told}); choose another with --port, or 0 for a free one"
        ) from error
    return opened


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach the address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Gate:
    """ASGI: lets only those through who may talk to `app`.

    Args:
        token: everybody must carry it, as `Authorization: Bearer …`.
        hosts: names under which we may be addressed, beside loopback's.
        open_paths: what needs no token: the page that asks for it, its scripts and styles.
        most_bytes: of a request's body.
    """

    def __init__(
        self,
        app: App,
        token: str,
        *,
        hosts: Iterable[str] = (),
        open_paths: Callable[[str], bool] = lambda path: False,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._app, self._token, self._most = app, token.encode(), most_bytes
        self._hosts = {*_LOOPBACK, *(host.lower() for host in hosts)}
        self._open = open_paths
        self._answering: set[asyncio.Task[None]] = set()
        self._ending = False

    def end(self) -> None:
        """Let go of everybody who still waits for something: the service ends."""
        self._ending = True
        for task in self._answering:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refusal(scope, headers)
        if refused is not None:
            await _answer(send, *refused)
            return
        if scope["method"] not in ("GET", "HEAD"):
            kept = await _whole(receive, self._most)
            if kept is None:
                await _answer(send, 413, _too_large(self._most))
                return
            receive = _again(kept, receive)
        await self._answered(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def told(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        task = asyncio.ensure_future(_run(self._app, scope, receive, told))
        self._answering.add(task)
        try:
            await task
        except asyncio.CancelledError:
            if not self._ending:
                task.cancel()
                raise
            if begun:
                await send({"type": "http.response.body", "body": b""})
            else:
                await _answer(send, 503, problem("ending", "the service ends"))
        finally:
            self._answering.discard(task)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, dict[str, Any]] | None:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            told = f"Host: {host[:100]!r} is not this service; address it as it was printed when it started"
            return 421, problem("wrong_host", told)
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site", "none")
        free = self._open(scope["path"])
        if free and scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate":
            site = "none"  # a link that leads here
        if (origin is not None and not self._ours(origin, host)) or site not in ("same-origin", "none"):
            told = f"Origin: {str(origin)[:100]!r} is another site; only this service's own page may ask"
            return 403, problem("cross_site", told)
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._most:
            return 413, _too_large(self._most)
        given = headers.get("authorization", "")
        kind, _, token = given.partition(" ")
        right = kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token)
        if not right and not free:
            told = "the token is wrong" if given else "a token is missing"
            return 401, problem(
                "unauthorized", f"{told}; send the one printed at the start: Authorization: Bearer …"
            )
        return None

    def _ours(self, origin: str, host: str) -> bool:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _name(host: str) -> str:
    """The host of a `Host` header, without its port."""
    host = host.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _too_large(most: int) -> dict[str, Any]:
    return problem("too_large", f"the body is larger than {most} bytes", most_bytes=most)


async def _run(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


async def _whole(receive: Receive, most: int) -> list[Message] | None:
    """The messages of a request's body; None: it is larger than that, whatever its headers say."""
    kept: list[Message] = []
    size = 0
    while True:
        message = await receive()
        kept.append(message)
        size += len(message.get("body", b""))
        if size > most:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return kept


def _again(kept: list[Message], receive: Receive) -> Receive:
    """Hands out what was received already, then what comes."""

    async def handed() -> Message:
        return kept.pop(0) if kept else await receive()

    return handed


async def _answer(send: Send, status: int, body: dict[str, Any]) -> None:
    data = json.dumps(body, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def serve(app: Gate, opened: socket.socket, started: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM, or until the task is cancelled."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=5,
        ws="none",
    )
    server = uvicorn.Server(config)
    original = server.startup

    async def startup(sockets: list[socket.socket] | None = None) -> None:
        await original(sockets)
        started()

    ending = server.shutdown

    async def shutdown(sockets: list[socket.socket] | None = None) -> None:
        app.end()
        await ending(sockets)

    server.startup, server.shutdown = startup, shutdown  # type: ignore[method-assign]
    await server.serve([opened])
