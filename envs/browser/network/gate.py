"""The gate: the one way out of a guarded browser. A proxy on loopback that decides on every single connection.

Whatever makes a browser talk (a page, a redirect, a pop-up, a frame, a worker, a WebSocket, a service worker, a
prefetch, the browser itself) passes it. It looks the name up, asks the rules about what it found, and connects to
that very address: between the question and the connection nobody can change what the name stands for. The browser
itself looks up nothing.

Only heads are read, of plain HTTP; what goes through a tunnel (https, WebSockets) stays as it is.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import html
import socket
import urllib.request
from collections import deque
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from envs.browser.network.sites import Forbidden, Sites, endpoint, shown

_HEAD_LIMIT, _CHUNK = 256 << 10, 256 << 10
_CONNECT_S = 30.0
_REMEMBERED = 200
_HOP_BY_HOP = (b"proxy-connection", b"proxy-authorization", b"connection", b"keep-alive")
_OWN = "X-Agent-Gate"
REFUSED = f"{_OWN}: refused"
"""Header of the answer in place of a page that may not be had."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Problem:
    """A connection that was not made: `refused` by the rules, or because it could not be."""

    host: str
    port: int
    why: str
    refused: bool

    @property
    def url(self) -> str:
        """The computer as an address."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


class Unreachable(Exception):
    """A connection that could not be made; the message says why."""


async def look_up(host: str, port: int) -> list[str]:
    """The addresses that a name stands for at this moment.

    Raises:
        OSError: none is known.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Refusals:
    """The connections of one browser that were not made.

    Attributes:
        problems: the latest of them.
        told: how many there were, also those that are forgotten.
    """

    def __init__(self) -> None:
        self.problems: deque[Problem] = deque(maxlen=_REMEMBERED)
        self.told = 0

    def note(self, host: str, port: int, why: str, *, refused: bool) -> None:
        """Remember one."""
        found = endpoint(f"http://{f'[{host}]' if ':' in host else host}:{port}") or (host, port)
        self.problems.append(Problem(*found, why, refused))
        self.told += 1

    def problem_of(self, url: str) -> Problem | None:
        """The latest problem with the computer of an address."""
        found = endpoint(url)
        return next((one for one in reversed(self.problems) if (one.host, one.port) == found), None)

    def since(self, told: int) -> list[Problem]:
        """The refusals since `told` was read, each computer once."""
        new = self.told - told
        return list(dict.fromkeys(one for one in list(self.problems)[-new:] if one.refused)) if new > 0 else []


class Gate(Refusals):
    """One browser's gate. Lives on one event loop.

    Args:
        sites: the rules.
        upstream: proxy through which everything goes on, `http://[NAME:PASSWORD@]HOST:PORT`; None: as the
            environment says (HTTP_PROXY, HTTPS_PROXY, NO_PROXY).
    """

    def __init__(self, sites: Sites, upstream: str | None = None) -> None:
        super().__init__()
        self.sites = sites
        self._upstream = upstream
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._at_work: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to listen; `address` is known afterwards."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_HEAD_LIMIT)

    @property
    def address(self) -> str:
        """Where browsers find it: host:port."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """End every connection. Never raises."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.close()
        for task in list(self._at_work):
            task.cancel()
        if self._at_work:
            await asyncio.wait(list(self._at_work), timeout=2)

    # -- one connection -------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
                head = await reader.readuntil(b"\r\n\r\n")
                await self._answer(head, reader, writer)
        except asyncio.CancelledError:
            pass  # the gate closes
        finally:
            self._at_work.discard(task)
            self._open.discard(writer)
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *fields = head[:-4].split(b"\r\n")
        method, target, _ = line.decode("latin-1").split(" ", 2)
        if method == "CONNECT":
            host, _, number = target.rpartition(":")
            host, port = host.strip("[]"), int(number)
        else:
            parts = urlsplit(target)
            if parts.scheme != "http" or not parts.hostname:
                writer.write(_page(400, "Bad request", "This is no request to a proxy."))
                await writer.drain()
                return
            host, port = parts.hostname, parts.port or 80
        try:
            onward, proxied = await self._connect(host, port, tunnel=method == "CONNECT")
        except Forbidden as refusal:
            self.note(host, port, str(refusal), refused=True)
            writer.write(_page(403, "Not allowed here", f"The rules of this run do not allow this: {refusal}."))
            await writer.drain()
            return
        except Unreachable as problem:
            self.note(host, port, str(problem), refused=False)
            writer.write(_page(502, "Not reachable", f"{shown(host, port)}: {problem}."))
            await writer.drain()
            return
        self._open.add(onward[1])
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await _both_ways((reader, writer), onward)
            else:
                await _exchange((reader, writer), onward, _onward_head(line, fields, host, proxied), fields)
        finally:
            self._open.discard(onward[1])
            onward[1].close()

    async def _connect(self, host: str, port: int, *, tunnel: bool) -> tuple[Streams, str | None]:
        """A connection to an address that may be used, or to the proxy beyond, and that proxy's authorisation.

        Raises:
            Forbidden: the rules say no.
            Unreachable: nobody is there.
        """
        self.sites.by_name(host, port)
        beyond = self._proxy_for(host, "https" if tunnel else "http")
        try:
            addresses = await asyncio.wait_for(look_up(host, port), _CONNECT_S)
        except (OSError, UnicodeError, TimeoutError):
            if beyond is None:
                raise Unreachable("its host name is not known (DNS)") from None
            addresses = []  # only the proxy beyond knows names
        if addresses or beyond is None:
            addresses = self.sites.by_address(host, port, addresses)
        if beyond is not None:
            return await _through(beyond, host, port, tunnel=tunnel)
        problem = "nothing listens there (connection refused)"
        for address in addresses:
            try:
                return await _open(address, port), None
            except ConnectionRefusedError:
                continue
            except (OSError, TimeoutError) as error:
                problem = f"its host cannot be reached ({getattr(error, 'strerror', None) or 'no answer'})"
        raise Unreachable(problem)

    def _proxy_for(self, host: str, scheme: str) -> str | None:
        if self._upstream:
            return self._upstream
        found = urllib.request.getproxies().get(scheme)
        # What is meant for this computer, or for those that the environment names, goes there directly.
        local = host in ("localhost", "127.0.0.1", "::1")
        return None if not found or local or urllib.request.proxy_bypass(host) else found


async def _open(host: str, port: int) -> Streams:
    return await asyncio.wait_for(asyncio.open_connection(host, port, limit=_HEAD_LIMIT), _CONNECT_S)


async def _through(proxy: str, host: str, port: int, *, tunnel: bool) -> tuple[Streams, str | None]:
    """A connection to a proxy; for a tunnel, to what lies behind it."""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    given = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    known = f"Basic {base64.b64encode(given.encode()).decode()}" if given else None
    try:
        reader, writer = await _open(parts.hostname or "", parts.port or 80)
        if not tunnel:
            return (reader, writer), known or ""
        where = f"{f'[{host}]' if ':' in host else host}:{port}"
        extra = f"Proxy-Authorization: {known}\r\n" if known else ""
        writer.write(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{extra}\r\n".encode("latin-1"))
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _CONNECT_S)
    except (OSError, EOFError, TimeoutError):
        raise Unreachable("the proxy of this computer does not answer") from None
    if answer.split(b" ", 2)[1:2] != [b"200"]:
        writer.close()
        raise Unreachable("the proxy of this computer does not reach it")
    return (reader, writer), known


def _onward_head(line: bytes, fields: list[bytes], host: str, proxied: str | None) -> bytes:
    """The head as the computer itself wants it: its path alone, and one answer for one connection.

    Args:
        proxied: authorisation for a proxy beyond, "" for none; None: there is no such proxy.
    """
    method, target, version = line.split(b" ", 2)
    if proxied is None:
        rest = target.split(b"/", 3)
        path = b"/" + rest[3] if len(rest) > 3 else b"/"
        if len(rest) <= 3 and b"?" in rest[-1]:
            path = b"/?" + rest[-1].split(b"?", 1)[1]
        target = path
    kept = [field for field in fields if field.split(b":", 1)[0].strip().lower() not in _HOP_BY_HOP]
    if proxied:
        kept.append(f"Proxy-Authorization: {proxied}".encode("latin-1"))
    return b"\r\n".join([b" ".join((method, target, version)), *kept, b"Connection: close", b"", b""])


async def _exchange(client: Streams, server: Streams, head: bytes, fields: list[bytes]) -> None:
    """One request with its body, one answer; nothing that the browser sends after it goes on."""
    named = {field.split(b":", 1)[0].strip().lower(): field.split(b":", 1)[-1].strip() for field in fields}
    if b"transfer-encoding" in named:
        client[1].write(_page(501, "Not implemented", "Requests without a length are not passed on."))
        await client[1].drain()
        return
    server[1].write(head)
    sending = asyncio.ensure_future(_send_body(client, server, int(named.get(b"content-length", b"0"))))
    answering = asyncio.ensure_future(_send_answer(server, client))
    try:
        await asyncio.wait([sending, answering], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _ended(sending, answering)


async def _send_body(client: Streams, server: Streams, length: int) -> None:
    """Pass the body on, then watch until the browser goes."""
    while length > 0:
        data = await client[0].read(min(length, _CHUNK))
        if not data:
            return
        with contextlib.suppress(OSError):  # it may have answered and closed already
            server[1].write(data)
            await server[1].drain()
        length -= len(data)
    while await client[0].read(_CHUNK):
        pass  # belongs to no request of this connection


async def _send_answer(server: Streams, client: Streams) -> None:
    reader, writer = server[0], client[1]
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as cut:
            writer.write(cut.partial)
            await writer.drain()
            return
        except asyncio.LimitOverrunError:
            break  # no head that is known here: as it comes
        interim = head[9:10] == b"1" and head[9:12] != b"101"
        lines = head[:-4].split(b"\r\n")
        kept = [line for line in lines[1:] if line.split(b":", 1)[0].strip().lower() not in _HOP_BY_HOP]
        writer.write(b"\r\n".join([lines[0], *kept, *([] if interim else [b"Connection: close"]), b"", b""]))
        if not interim:
            break
    await _pump(reader, writer)


async def _both_ways(one: Streams, other: Streams) -> None:
    there = asyncio.ensure_future(_pump(one[0], other[1], end=True))
    back = asyncio.ensure_future(_pump(other[0], one[1], end=True))
    try:
        await asyncio.wait([there, back])
    finally:
        await _ended(there, back)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, end: bool = False) -> None:
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if end and writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()  # one side broke: the other has to learn of it


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _page(status: int, title: str, text: str) -> bytes:
    """An answer of our own: words that a person, and a model that sees pixels, can read."""
    body = (
        f"<!doctype html><meta charset=utf-8><title>{title}</title>"
        f"<body style='font:20px sans-serif;margin:40px'><h1>{title}</h1><p>{html.escape(text)}</p>"
    ).encode()
    kind = "refused" if status == 403 else "problem"
    return (
        f"HTTP/1.1 {status} {title}\r\n{_OWN}: {kind}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    ).encode() + body
