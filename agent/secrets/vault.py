"""The secrets of one run: their values, and the places that each is bound to."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, quote_plus, urlsplit

from agent.text import hide
from envs.base import ActionRefused, Environment
from envs.browser.network.sites import Pattern, endpoint
from envs.secrets import DESKTOP, MENTION

SHORTEST = 4
"""Characters of the shortest value: a shorter one is like ordinary text, and cannot be kept out of it."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PREFIX = 3  # characters of a value that a field with a longest length may show of it


class SecretError(ValueError):
    """A secret that cannot be, or that is not there. The message holds no value."""


@dataclass(frozen=True)
class Secret:
    """One secret.

    Args:
        value: what is typed; of kind totp the seed, in base 32.
        places: sites as in `envs.browser.network.sites.SiteRules` (`shop.example`, `*.shop.example`, with a port,
            a network), or `desktop`. Plain http is used only on this computer, or where a site says `http://`.
        kind: text: the value itself; totp: the code of this half minute (RFC 6238).

    Raises:
        SecretError: it is too short, bound to nothing or to no site, or no seed.
    """

    value: str = field(repr=False)
    places: tuple[str, ...]
    kind: Literal["text", "totp"] = "text"

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", tuple(self.places))
        if len(self.value) < SHORTEST:
            raise SecretError(f"the value has {len(self.value)} characters; it needs at least {SHORTEST}")
        if not self.places:
            raise SecretError("is bound to no place; name sites such as shop.example, or desktop")
        for place in self.places:
            try:
                if place != DESKTOP:
                    Pattern.read(place)
            except ValueError as problem:
                raise SecretError(f"place {place!r}: {problem}, or desktop") from None
        if self.kind == "totp":
            _code(self.value)

    def allows(self, place: str) -> bool:
        """Whether it may be typed there: `DESKTOP`, or an address."""
        if place == DESKTOP:
            return DESKTOP in self.places
        at = endpoint(place)
        if at is None:
            return False
        secure = urlsplit(place).scheme == "https" or at[0] in _LOOPBACK
        sites = [site for site in self.places if site != DESKTOP and (secure or site.startswith("http://"))]
        return any(Pattern.read(site).covers(*at) for site in sites)


class Secrets:
    """All secrets of a run, by name.

    From now on `agent.text.redacted` takes their values out of everything that is written.

    Raises:
        SecretError: a name is none.
    """

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        self._secrets = dict(secrets)
        self._values: dict[str, str] = {}  # every form that a value is written in: its name
        for name, secret in self._secrets.items():
            if not NAME.fullmatch(name):
                raise SecretError(f"{name[:64]!r} is no name; write letters, digits, _ . and -, a letter first")
            self._remember(name, secret.value)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(self._secrets)})"

    @property
    def names(self) -> tuple[str, ...]:
        """Names, in the order in which they were given."""
        return tuple(self._secrets)

    def note(self) -> str:
        """What the model is told of them."""
        told = ", ".join(f"<secret:{name}> (for {', '.join(one.places)})" for name, one in self._secrets.items())
        return (
            f"Secrets that you can type without knowing them: {told}. Write the name with its angle brackets as "
            "the text of input; what it stands for is typed."
        )

    def check(self, text: str) -> None:
        """Whether all that a text names is there.

        Raises:
            SecretError: it is not.
        """
        check_task(text, self)

    def fill(self, text: str, places: Iterable[str]) -> str:
        """See `envs.secrets.SecretSource`."""
        where = list(places)

        def value(found: re.Match[str]) -> str:
            name = found[1]
            secret = self._secrets.get(name)
            if secret is None:
                raise ActionRefused("refused", f"text: {_missing(name, self.names)}")
            for place in where:
                if not secret.allows(place):
                    at = place if place == DESKTOP else _site(place)
                    bound = ", ".join(secret.places)
                    raise ActionRefused(
                        "refused",
                        f"text: <secret:{name}> is bound to {bound}; it is not typed on {at}",
                    )
            if secret.kind == "text":
                return secret.value
            code = _code(secret.value)
            self._remember(name, code)
            return code

        return MENTION.sub(value, text)

    def clean(self, text: str) -> str:
        """See `envs.secrets.SecretSource`."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, f"<secret:{self._values[value]}>")
        return text

    def positions(self, texts: list[str]) -> set[int]:
        """See `envs.secrets.SecretSource`. Case, spaces and punctuation between the characters do not count, and a
        value may go over several texts, as a code does that has a field for each digit."""
        found: set[int] = set()
        for bare in (_bare, str):
            parts = [bare(text) for text in texts]
            whole, owner = "".join(parts), [index for index, part in enumerate(parts) for _ in part]
            for value in {bare(value) for value in self._values}:
                if len(value) < SHORTEST:
                    continue
                at = whole.find(value)
                while at >= 0:
                    found.update(owner[at : at + len(value)])
                    at = whole.find(value, at + 1)
                found.update(i for i, part in enumerate(parts) if len(part) >= _PREFIX and value.startswith(part))
        return found

    def _remember(self, name: str, value: str) -> None:
        forms: list[Callable[[str], str]] = [
            str,
            str.strip,
            lambda v: quote(v, safe=""),
            quote,
            quote_plus,
            html.escape,
        ]
        for form in forms:
            if len(written := form(value)) >= SHORTEST:
                self._values[written] = name
                hide(written, shortest=SHORTEST)


def check_task(task: str, secrets: Secrets | None) -> None:
    """Whether every secret that a task names was given.

    Raises:
        SecretError: one was not.
    """
    given = secrets.names if secrets else ()
    for name in MENTION.findall(task):
        if name not in given:
            raise SecretError(f"task: {_missing(name, given)}")


def _missing(name: str, given: Iterable[str]) -> str:
    known = ", ".join(given) or "none"
    return f"there is no secret <secret:{name}>; those that were given: {known} (--secrets FILE)"


def _site(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else f"{parts.scheme}:"


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _code(seed: str) -> str:
    """The code of this moment."""
    try:
        import pyotp
    except ImportError:
        raise SecretError("codes need pyotp: install the extra 'secrets'") from None

    class Code(pyotp.TOTP):  # type: ignore[misc,unused-ignore]
        min_secret_length_bits = 40  # many services still give seeds of 80 bits, and these are theirs to choose

    try:
        return str(Code(seed.replace(" ", "").upper()).now())
    except (ValueError, TypeError):
        raise SecretError("the seed of totp: is no base 32 (letters A to Z and digits 2 to 7)") from None


def lend(environment: Environment, secrets: Secrets) -> None:
    """Let an environment type secrets.

    Raises:
        SecretError: it cannot keep them.
    """
    keep = getattr(environment, "keep_secrets", None)
    if keep is None:
        raise SecretError(f"secrets: the environment {environment.name} cannot type them; browser and desktop can")
    keep(secrets)
