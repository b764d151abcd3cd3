"""Keeps secrets out of a data set: what was typed as one, and whatever `agent.text.redacted` takes for one."""

from __future__ import annotations

import re
from typing import Any

from agent.text import HIDDEN, redacted

SHORTEST = 4
"""Characters of a secret that is looked for in other texts: shorter ones would be found everywhere."""

_NAMED = re.compile(r"<secret:[\w.-]+>")


class Hider:
    """Replaces secrets in texts.

    Args:
        typed: texts that were typed as secrets.
    """

    def __init__(self, typed: set[str]) -> None:
        # Longer ones first: one secret may begin with another.
        self._typed = sorted((one for one in typed if len(one) >= SHORTEST), key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without secrets."""
        for one in self._typed:
            text = text.replace(one, HIDDEN)
        return str(redacted(text))

    def value(self, value: Any) -> Any:
        """The JSON value with the secrets taken out of every text in it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.value(one) for key, one in value.items()}
        return [self.value(one) for one in value] if isinstance(value, list) else value


def is_secret(step: dict[str, Any]) -> bool:
    """Whether a line of a trace says that its action typed a secret (docs/data-format.md)."""
    return step.get("secret") is True


def typed_secret(step: dict[str, Any]) -> str:
    """The secret that a step typed; "": none, or one that the trace knows by its name only."""
    action = step.get("action")
    if not is_secret(step) or not isinstance(action, dict):
        return ""
    text = str(action.get("text") or "")
    return "" if _NAMED.fullmatch(text) else text
