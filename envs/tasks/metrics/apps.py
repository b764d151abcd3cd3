"""The state of a real application."""

from __future__ import annotations

from typing import Any

from envs.tasks.applications.changes import compare
from envs.tasks.metrics.base import METRICS


@METRICS
def only_asked_changes(result: dict[str, Any], rules: dict[str, Any]) -> float:
    """Everything that was asked is so, and nothing else has changed.

    Args:
        result: "before" and "after", from the getter `app_changes`.
        rules: collection → `add`, `change`, `remove`; see `envs.tasks.applications.changes`.
    """
    found = compare(result["before"], result["after"], rules)
    return float(not found.missing and not found.harm)


ASKED = only_asked_changes.__name__
"""The metric whose rules say what a task asks to be changed."""


@METRICS
def answer_says(result: str | None, rules: dict[str, Any]) -> float:
    """The answer holds every text of `rules["all"]` and none of `rules["none"]`, whatever the case and the spaces.

    A text counts where no letter or digit goes on before or behind it: "12" is not in "120".
    """
    import re

    text = " ".join((result or "").casefold().split())

    def said(words: str) -> bool:
        pattern = re.escape(" ".join(words.casefold().split()))
        return re.search(rf"(?<!\w){pattern}(?!\w)(?!\.\d)", text) is not None

    wanted, unwanted = rules["all"], rules.get("none", [])
    return float(bool(wanted) and all(map(said, wanted)) and not any(map(said, unwanted)))
