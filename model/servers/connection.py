"""The way to a server: its address, the key, the proxies and certificates of the environment, and the clock.

All that a person can get wrong about it is found here, before anything is sent, and said with the name of the
setting or variable that holds it.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, Literal
from urllib.request import getproxies, proxy_bypass

import httpx

from model.base import BadModelOption

CONNECT_S = 10.0
"""Seconds to wait for a connection."""

_ACCEPTED = "accepted: an address such as http://127.0.0.1:8000/v1"
Why = Literal["", "silent", "stalled", "slow", "deadline"]


def address(base_url: str) -> httpx.URL:
    """`base_url` as an address that can be asked.

    Raises:
        BadModelOption: it is none; the message names the field.
    """
    text = base_url.strip()
    if not text.isprintable() or any(character.isspace() for character in text):
        raise BadModelOption(f"base_url: {text!r} holds a blank or a control character; {_ACCEPTED}")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        shown = text.rpartition("@")[2]
        raise BadModelOption(f"base_url: {shown!r} is not an address ({error}); {_ACCEPTED}") from error
    if not _is_port(url.port):
        shown = text.rpartition("@")[2]
        raise BadModelOption(f"base_url: {shown!r} is not an address (port {url.port}); {_ACCEPTED}")
    if url.userinfo:
        raise BadModelOption(
            f"base_url: the address of {url.host} holds a user name or a password, which would end up in records; "
            "accepted: an address without them, and a key in api_key (AGENT_API_KEY)"
        )
    if url.scheme not in ("http", "https") or not url.host:
        raise BadModelOption(f"base_url: {text!r} is not an address of a server; {_ACCEPTED}")
    path = url.path.rstrip("/").removesuffix("/chat/completions")
    return url.copy_with(path=path or "/", fragment=None)


def _is_port(port: int | None) -> bool:
    return port is None or 0 < port < 65536


def below(url: httpx.URL, name: str) -> httpx.URL:
    """The address of the resource `name` of the server; what stands after a question mark stays."""
    return url.copy_with(path=f"{url.path.rstrip('/')}/{name}")


def bearer(api_key: str | None) -> dict[str, str]:
    """The header that carries the key.

    Raises:
        BadModelOption: no header can hold it; the key itself is not shown.
    """
    # A key that was read from a file often ends in a line break.
    key = (api_key or "").strip()
    if not key:
        return {}
    wrong = next((character for character in key if not "\x20" < character < "\x7f"), None)
    if wrong is not None:
        kind = "a line break or blank" if wrong.isspace() else f"the character U+{ord(wrong):04X}"
        raise BadModelOption(
            f"api_key: holds {kind} at position {key.index(wrong) + 1}; accepted: one line of ASCII characters"
        )
    return {"Authorization": f"Bearer {key}"}


def open_client(url: httpx.URL, api_key: str | None, timeout_s: float) -> httpx.Client:
    """A client for the server at `url`.

    Args:
        timeout_s: bound for a single wait for bytes. `Watchdog` is what bounds a whole answer.

    Raises:
        BadModelOption: key, proxy or certificates cannot be used.
    """
    proxy = proxy_for(url)
    secure = url.scheme == "https" or (proxy is not None and proxy.url.scheme == "https")
    return httpx.Client(
        # Packed answers could swell; the event stream is small anyway.
        headers={**bearer(api_key), "Accept-Encoding": "identity"},
        timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s)),
        # The environment is read here, where what is wrong with it can be said.
        trust_env=False,
        proxy=proxy,
        verify=_certificates() if secure else False,
    )


def _certificates() -> Any:
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        names = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE") if os.environ.get(name)]
        told = ", ".join(f"{name}={os.environ[name]!r}" for name in names) or "the certificates of this machine"
        raise BadModelOption(
            f"{told}: cannot be used ({error.strerror or error}); accepted: readable PEM files"
        ) from error


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return bool(mapped.is_loopback or mapped.is_unspecified)


def proxy_for(url: httpx.URL) -> httpx.Proxy | None:
    """The proxy that environment or system name for `url`; never one for this machine itself.

    Raises:
        BadModelOption: there is one, but it cannot be used; the message names the variable.
    """
    if is_loopback(url.host):
        return None
    found = getproxies()
    scheme = next((name for name in (url.scheme, "all") if found.get(name, "").strip()), None)
    if scheme is None or _excepted(url, found.get("no", "")):
        return None
    value, variable = found[scheme].strip(), f"{scheme.upper()}_PROXY"
    value = value if "://" in value else f"http://{value}"
    kind, _, rest = value.partition("://")
    kind = {"socks": "socks5"}.get(kind.lower(), kind.lower())
    shown = f"{kind}://{rest.rpartition('@')[2]}"  # without a password
    accepted = "accepted: http://host:port, https://host:port or socks5://host:port"
    if kind not in ("http", "https", "socks5", "socks5h"):
        raise BadModelOption(f"{variable}: {shown!r} is no kind of proxy that can be used; {accepted}")
    if kind.startswith("socks") and find_spec("socksio") is None:
        raise BadModelOption(
            f"{variable}: {shown!r} is a SOCKS proxy, which needs the package socksio",
            hint=f'pip install "httpx[socks]", or NO_PROXY={url.host} to go without it.',
        )
    try:
        proxy = httpx.Proxy(f"{kind}://{rest}")
    except (httpx.InvalidURL, ValueError) as error:
        raise BadModelOption(f"{variable}: {shown!r} is not a proxy's address ({error}); {accepted}") from error
    if not proxy.url.host or not _is_port(proxy.url.port):
        raise BadModelOption(f"{variable}: {shown!r} names no host and port; {accepted}")
    return proxy


def _excepted(url: httpx.URL, listed: str) -> bool:
    """Whether NO_PROXY excepts the host. Forms: *, host, host:port, .domain, *.domain, address, network."""
    host = url.host.strip("[]").lower()
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    for entry in listed.lower().replace(",", " ").split():
        name = entry.partition("://")[2] or entry
        if name == "*":
            return True
        with suppress(ValueError):
            if ipaddress.ip_address(host) in ipaddress.ip_network(name.strip("[]"), strict=False):
                return True
        bare, colon, number = name.rpartition(":")
        if colon and number.isdecimal() and (bare.startswith("[") or ":" not in bare):
            if int(number) != port:
                continue
            name = bare
        name = name.strip("[]").removeprefix("*").lstrip(".")
        if name and (host == name or host.endswith(f".{name}")):
            return True
    try:
        return bool(proxy_bypass(url.host))  # the settings of macOS and Windows
    except (OSError, ValueError):
        return False


class Watchdog:
    """Breaks a connection off when its time is up.

    A read time-out alone cannot do it: a server that sends a byte now and then never reaches it, not even before
    its headers are whole. So a thread watches the clock and shuts the socket down, which ends the read.

    Attributes:
        why: what was missed: nothing came at all (silent), it stopped half-way (stalled), it was not whole in time
            (slow), or the caller's own time was up (deadline); "" while all is well.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._due, self._last, self._stop = 0.0, 0.0, threading.Event()
        self._final: Why = "slow"
        self._kind: Why = "silent"
        self.why: Why = ""

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """What `httpx` tells of its connection (its "trace" extension): the socket, when there is a new one."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")

    def start(self, seconds: float, deadline: float | None) -> None:
        """Begin to watch one answer, that may take `seconds` and no longer than until `deadline` (monotonic)."""
        self.why, self._kind, self._final = "", "silent", "slow"
        self._last = time.monotonic() + seconds
        if deadline is not None and deadline <= self._last:
            self._last, self._kind, self._final = deadline, "deadline", "deadline"
        self._due, self._stop = self._last, threading.Event()
        threading.Thread(target=self._watch, args=(self._stop,), daemon=True).start()

    def fed(self, patience_s: float) -> None:
        """Something came; more has to come within `patience_s`."""
        soon = time.monotonic() + patience_s
        self._kind = "stalled" if soon < self._last else self._final
        self._due = min(soon, self._last)

    def stop(self) -> None:
        """The answer is there, or given up."""
        self._stop.set()

    def expired(self) -> bool:
        """Whether time is up; also notices it by itself, where the thread has not yet."""
        if not self.why and time.monotonic() >= self._due:
            self.why = self._kind
        return bool(self.why)

    def _watch(self, stop: threading.Event) -> None:
        # A due time moves while this sleeps, so it never sleeps long.
        while not stop.wait(max(0.001, min(self._due - time.monotonic(), 0.5))):
            if self.expired():
                held = self._socket
                if held is not None:
                    with suppress(OSError):
                        # Of the plain class: TLS's own would take the encryption away under the reader.
                        socket.socket.shutdown(held, socket.SHUT_RDWR)
                if stop.wait(0.1):
                    return
