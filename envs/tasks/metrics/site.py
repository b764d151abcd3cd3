"""The state of the bundled site, and what the agent answered."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from envs.tasks.metrics.base import METRICS

_WATCHED = ("wishlist", "cart", "compare", "user", "newsletter", "language", "orders", "test_drives")
"""What a visitor would mind: must stay as it was, where a task does not name it."""

_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


@METRICS
def only_these_changes(result: dict[str, Any], rules: dict[str, Any]) -> float:
    """The site's state is as the rules say, and nothing else of consequence changed.

    Args:
        result: "before" and "after", from the getter `site_changes`.
        rules: field of the state → what it must be now. A list must hold exactly the given items, in any order.
            An object must have the given values; if it describes a product, its options must be the given ones and
            otherwise the standard ones, and its quantity 1 unless given.
    """
    before, after = result["before"], result["after"]
    for field in sorted({*_WATCHED, *rules}):
        wanted = rules.get(field, before.get(field))
        if not (_matches(after.get(field), wanted) if field in rules else after.get(field) == wanted):
            return 0.0
    return 1.0


def _matches(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        if not isinstance(value, list) or len(value) != len(wanted):
            return False
        left = list(value)
        for item in wanted:
            found = next((one for one in left if _matches(one, item)), None)
            if found is None:
                return False
            left.remove(found)
        return True
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            return False
        if "changed_options" in value:
            if not set(value["changed_options"]) <= set(wanted.get("configuration", {})):
                return False
            if value.get("quantity", 1) != wanted.get("quantity", 1):
                return False
        return all(key in value and _matches(value[key], one) for key, one in wanted.items())
    return bool(value == wanted)


@METRICS
def answer_number(result: str | None, rules: dict[str, Any]) -> float:
    """The answer holds one number, any times over, and it is `rules["expected"]`. "SU7" holds none."""
    numbers = {float(found.replace(",", "")) for found in _NUMBER.findall(result or "")}
    return float(numbers == {float(rules["expected"])})


@METRICS
def answer_names(result: str | None, rules: dict[str, Any]) -> float:
    """Of the names `rules["among"]`, the answer holds `rules["expected"]` and no other."""
    text = unicodedata.normalize("NFKC", result or "").casefold()
    names = sorted((name.casefold() for name in rules["among"]), key=len, reverse=True)
    pattern = "|".join(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])" for name in names)
    return float(set(re.findall(pattern, text)) == {rules["expected"].casefold()})
