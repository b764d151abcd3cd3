"""Which computers a browser may talk to: the decision alone, without a connection.

Two questions, asked of every connection. May this name be used (`Sites.by_name`)? And of the addresses that the
name stands for at this moment, which may be (`Sites.by_address`)? A name that was harmless when it was looked at
and stands for a computer of the private network a second later fails the second question.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"(?:\*\.)?[\w](?:[\w.-]*[\w])?\.?", re.UNICODE)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Forbidden(Exception):
    """A connection that the rules do not allow; the message says why, without an address's path."""


@dataclass(frozen=True)
class SiteRules:
    """Which sites a browser may talk to. Picklable.

    A site is written `example.com` (that host), `*.example.com` (it and all below it), with `:PORT` where only one
    port is meant, as an address (`https://example.com`), or as a network (`10.1.0.0/16`).

    Attributes:
        allow: only these; empty: every site of the public network. What is written here may be private.
        block: none of these, whatever else says.
        named: addresses that the person chose (a start page, a task's own site): they may be private, and need not
            stand in `allow`.
        private: the whole private network may be used.
    """

    allow: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    private: bool = False

    def __post_init__(self) -> None:
        for name in ("allow", "block"):
            for site in getattr(self, name):
                try:
                    Pattern.read(site)
                except ValueError as problem:
                    raise ValueError(f"{name}: {site!r}: {problem}") from None


@dataclass(frozen=True)
class Pattern:
    """One site of a list."""

    host: str = ""
    port: int | None = None
    below: bool = False
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None

    @classmethod
    def read(cls, text: str) -> Pattern:
        """The site that a person wrote.

        Raises:
            ValueError: it is none.
        """
        text = text.strip()
        accepted = "write HOST, *.HOST, HOST:PORT, http(s)://HOST or a network such as 10.1.0.0/16"
        try:
            return cls(network=ipaddress.ip_network(text.strip("[]"), strict=False))
        except ValueError:
            pass
        scheme, separator, rest = text.rpartition("://")
        if separator and scheme not in ("http", "https"):
            raise ValueError(f"{scheme}: addresses are never opened; {accepted}")
        try:
            parts = urlsplit(f"//{rest.split('/')[0]}" if separator else f"//{text}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError(accepted) from None
        if "@" in parts.netloc or parts.path.strip("/") or not (_HOST.fullmatch(host) or ":" in host):
            raise ValueError(accepted)
        below = host.startswith("*.")
        return cls(plain_host(host[2:] if below else host), port or _PORTS.get(scheme), below)

    def covers(self, host: str, port: int, address: Address | None = None) -> bool:
        """Whether the site is meant, by name or, for a network, by address."""
        if self.network is not None:
            found = address or literal(host)
            return found is not None and found.version == self.network.version and found in self.network
        if self.port is not None and port != self.port:
            return False
        same = same_host(host, self.host)
        return same or (self.below and host.endswith(f".{self.host}"))


class Sites:
    """The rules of one browser, and what was named since it started."""

    def __init__(self, rules: SiteRules) -> None:
        self._allow = [Pattern.read(site) for site in rules.allow]
        self._block = [Pattern.read(site) for site in rules.block]
        self._private = rules.private
        self._named: dict[
            tuple[str, int], set[Address] | None
        ] = {}  # the private addresses that it first stood for
        for url in rules.named:
            self.name(url)

    def name(self, url: str) -> None:
        """The person chose this address: its host and port may be private. Other addresses are left out."""
        found = endpoint(url)
        if found is not None:
            self._named.setdefault(_key(*found), None)

    def begin(self, url: str) -> None:
        """The person starts at this address: it is named, unless the rules themselves say no to it.

        Raises:
            Forbidden: it is blocked, or there is a list and it does not stand in it.
        """
        found = endpoint(url)
        if found is None or _key(*found) in self._named:
            return
        if any(pattern.covers(*found) for pattern in self._block):
            raise Forbidden(f"{shown(*found)} is blocked")
        if self._allow and not any(pattern.network for pattern in self._allow) and not self._listed(*found):
            raise Forbidden(f"{shown(*found)} is none of the sites that may be used")
        self.name(url)

    def by_name(self, host: str, port: int) -> None:
        """Raises Forbidden where the rules say no to this name."""
        host = plain_host(host)
        where = shown(host, port)
        if any(pattern.covers(host, port) for pattern in self._block):
            raise Forbidden(f"{where} is blocked")
        if _key(host, port) in self._named:
            return
        listed = self._listed(host, port)
        # A network in the list is looked for among the addresses that the name stands for.
        if self._allow and not listed and not any(pattern.network for pattern in self._allow):
            raise Forbidden(f"{where} is none of the sites that may be used")
        address = literal(host)
        if address is not None:
            self.by_address(host, port, [str(address)])
        elif not self._private and not listed and (host == "localhost" or host.endswith(".localhost")):
            raise Forbidden(f"{where} is this computer, and nobody named it")

    def by_address(self, host: str, port: int, addresses: Iterable[str]) -> list[str]:
        """Of the addresses that a name stands for now, those that may be used, in the same order.

        Raises:
            Forbidden: none of them.
        """
        host, where = plain_host(host), shown(plain_host(host), port)
        key = _key(host, port)
        found = [(text, actual(ipaddress.ip_address(text.partition("%")[0]))) for text in addresses]
        found = [one for one in found if not any(pattern.covers(host, port, one[1]) for pattern in self._block)]
        if not found:
            raise Forbidden(f"{where} is blocked")
        if key in self._named:
            private = {address for _, address in found if not is_public(address)}
            pinned = self._named[key]
            if pinned is None:
                self._named[key] = pinned = private
            usable = [text for text, address in found if is_public(address) or address in pinned or self._private]
            if not usable:
                raise Forbidden(f"{where} stands for another private address than when it was first used")
            return usable
        if self._allow:
            listed = self._listed(host, port)
            found = [
                one
                for one in found
                if listed or any(pattern.covers(host, port, one[1]) for pattern in self._allow)
            ]
            if not found:
                raise Forbidden(f"{where} is none of the sites that may be used")
        usable = [
            text
            for text, address in found
            if self._private or is_public(address) or self._may_be_private(host, port, address)
        ]
        if not usable:
            raise Forbidden(f"{where} is in the private network, and nobody named it")
        return usable

    def forbidden(self, url: str) -> str | None:
        """Why a browser may not go to a web address, as far as its name tells; None: it may."""
        found = endpoint(url)
        if found is None:
            return None
        try:
            self.by_name(*found)
        except Forbidden as problem:
            return str(problem)
        return None

    def _listed(self, host: str, port: int) -> bool:
        return any(pattern.covers(host, port) for pattern in self._allow)

    def _may_be_private(self, host: str, port: int, address: Address) -> bool:
        """Whether the list names this very host, or a network with this address; `*.` names no private host."""
        return any(
            not (pattern.below and not same_host(host, pattern.host)) and pattern.covers(host, port, address)
            for pattern in self._allow
        )


def endpoint(url: str) -> tuple[str, int] | None:
    """Host and port of a web address; None for any other."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in _PORTS or not parts.hostname:
            return None
        return plain_host(parts.hostname), parts.port or _PORTS[parts.scheme]
    except ValueError:
        return None


def plain_host(host: str) -> str:
    """The host as browsers write it: lower case, no dot at the end, no brackets, numbers in four parts."""
    host = host.strip("[]").rstrip(".").lower()
    with contextlib.suppress(UnicodeError):
        host = host if host.isascii() else host.encode("idna").decode()
    return str(literal(host) or host)


def literal(host: str) -> Address | None:
    """The address that a host is written as, also in the old ways (`2130706433`, `0x7f.1`); None: it is a name."""
    try:
        return actual(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    parts = host.split(".")
    if len(parts) > 4 or not all(re.fullmatch(r"0x[0-9a-f]*|\d+", part) for part in parts):
        return None
    try:
        numbers = [
            int(part, 16 if part.startswith("0x") else 8 if part[0] == "0" and len(part) > 1 else 10)
            if part != "0x"
            else 0
            for part in parts
        ]
    except ValueError:
        return None
    *first, last = numbers
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    value = last + sum(number << (24 - 8 * place) for place, number in enumerate(first))
    return ipaddress.IPv4Address(value)


def actual(address: Address) -> Address:
    """The address that is meant: IPv4 inside IPv6 is that IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address


def is_public(address: Address) -> bool:
    """Whether it is a computer of the public network: not loopback, link-local, private, reserved or a group."""
    return address.is_global and not address.is_multicast and not address.is_reserved


def same_host(one: str, other: str) -> bool:
    """Whether two hosts are the same computer by what they are called; the names of this one are all the same."""
    return one == other or (one in _LOOPBACK_NAMES and other in _LOOPBACK_NAMES)


def shown(host: str, port: int) -> str:
    """host:port for a message; the port only where it is no usual one."""
    return host if port in (80, 443) else f"{host}:{port}"


def _key(host: str, port: int) -> tuple[str, int]:
    return ("localhost" if host in _LOOPBACK_NAMES else host), port
