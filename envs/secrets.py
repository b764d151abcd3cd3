"""Values that a person lends to a run: typed by the environment, never shown to the model.

An action names one as `<secret:shop_password>`. What stands behind the name, and where it may be typed, is decided
by a `SecretSource`, which the environment asks at the moment of typing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import quote

from action_space.actions import AskUser, BaseAction, Finished, Input, Navigate, NewTab
from envs.base import ActionRefused

MENTION = re.compile(r"<secret:([^<>\s]*)>")
"""How a text names a secret."""
DESKTOP = "desktop"
"""The place of everything that is typed on a desktop."""


class SecretSource(Protocol):
    """Whoever keeps the values."""

    def fill(self, text: str, places: Iterable[str]) -> str:
        """The text with values in place of names.

        Args:
            places: where it is typed: the address of the frame and of all that it stands in, or `DESKTOP`. All of
                them must be bound to every secret of the text.

        Raises:
            ActionRefused: there is no such secret, or it is not bound to a place.
        """

    def clean(self, text: str) -> str:
        """The text with names in place of values, also of those that are written as in an address."""

    def positions(self, texts: list[str]) -> set[int]:
        """Which of these texts, that stand one after the other on a screen, hold a value, or a part of one."""


def mentioned(text: str | None) -> bool:
    """Whether a text names a secret."""
    return bool(text and MENTION.search(text))


def fill_address(source: SecretSource, url: str) -> str:
    """The address with the values of the secrets that it names, escaped; its site is bound to each of them.

    Raises:
        ActionRefused: see `SecretSource.fill`; or the address could be read in two ways.
    """
    if not mentioned(url):
        return url
    bare = MENTION.sub("x", url)
    # What browsers and our own reading might take for different sites.
    if "\\" in bare or "@" in bare.partition("://")[2].partition("/")[0] or not bare.isprintable() or " " in bare:
        raise ActionRefused("refused", "url: an address with a secret may hold no backslash, space or credentials")
    return MENTION.sub(lambda found: quote(source.fill(found[0], [url]), safe=""), url)


def check_mentions(action: BaseAction) -> None:
    """Secrets can be typed, and stand in an address: nothing else.

    Raises:
        ActionRefused: another action names one.
    """
    if isinstance(action, Input | Navigate | NewTab | AskUser | Finished):
        return
    if any(mentioned(part) for part in _texts(action.to_json())):
        raise ActionRefused(
            "refused", f"{action.action}: a secret can only be typed with input, or stand in the url of navigate"
        )


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
