"""Values: text, lists, JSON objects and the accessibility tree (OSWorld's metrics/general)."""

from __future__ import annotations

import json
from typing import Any

from envs.tasks.metrics.base import METRICS, of_files

ACCESSIBILITY = {
    prefix: f"uri:deskat:{name}.at-spi.gnome.org"
    for prefix, name in {
        "st": "state", "attr": "attributes", "cp": "component", "doc": "document",
        "docattr": "attributes.document", "txt": "text", "val": "value", "act": "action",
    }.items()
}  # fmt: skip
"""Name spaces of OSWorld's accessibility tree."""


@METRICS
def infeasible(result: Any = None) -> float:
    """Passed by the status "infeasible" alone; the episode sees to that."""
    return 0.0


@METRICS
def exact_match(result: Any, rules: dict[str, Any]) -> float:
    """The result equals `rules["expected"]`."""
    return float(result == rules["expected"])


@METRICS
def match_in_list(result: Any, rules: dict[str, Any]) -> float:
    """The result is one of `rules["expected"]`."""
    return float(result in rules["expected"])


@of_files
def is_in_list(result: Any, rules: dict[str, Any]) -> float:
    """`rules["expected"]` is among the result's entries."""
    return float(rules["expected"] in result)


@of_files
def fuzzy_match(result: str, rules: dict[str, Any]) -> float:
    """How alike the result and `rules["expected"]` are: 1 less the share of characters to insert or delete."""
    from rapidfuzz import fuzz

    return fuzz.ratio(result, rules["expected"]) / 100


@of_files
def literal_match(result: Any, expected: Any, *, type: str = "str", ignore_case: bool = False) -> float:
    """Result and expected are the same as text, or with `type` "list" as lists of texts.

    Raises:
        ValueError: another `type`.
    """

    def shown(value: Any) -> str:
        return str(value).lower() if ignore_case else str(value)

    if type == "str":
        return float(shown(result) == shown(expected))
    if type != "list":
        raise ValueError(f"options.type: {type!r} is not one of str, list")
    if not isinstance(result, (list, tuple)) or not isinstance(expected, (list, tuple)):
        return 0.0
    return float([shown(one) for one in result] == [shown(one) for one in expected])


@of_files
def check_include_exclude(result: Any, rules: dict[str, Any]) -> float:
    """The result holds every text of `rules["include"]` and none of `rules["exclude"]`."""
    include, exclude = rules.get("include") or [], rules.get("exclude") or []
    return float(all(one in result for one in include) and not any(one in result for one in exclude))


@of_files
def check_direct_json_object(result: Any, rules: dict[str, Any]) -> float:
    """An object has the values `rules["expected"]`.

    With `expect_in_result`, an expected text must be part of the value, and of an expected list one entry must
    be in the list that is the value. Text is read as JSON, with single quotes too.
    """
    if isinstance(result, str):
        try:
            result = json.loads(result.strip().replace("'", '"'))
        except json.JSONDecodeError:
            return 0.0
    if not isinstance(result, dict):
        return 0.0
    expected = rules["expected"]
    if not rules.get("expect_in_result", False):
        return float(all(result.get(key) == value for key, value in expected.items()))
    for key, value in expected.items():
        got = result.get(key)
        if isinstance(value, list):
            if not isinstance(got, list) or not any(one in got for one in value):
                return 0.0
        elif not isinstance(value, str) or not isinstance(got, (str, list)) or value not in got:
            return 0.0
    return 1.0


@of_files
def check_accessibility_tree(result: str, rules: list[dict[str, Any]] | dict[str, Any]) -> float:
    """Every rule finds an element in the accessibility tree.

    A rule has `xpath` or a list of CSS `selectors` (name spaces st, attr, cp, doc, docattr, txt, val, act). With
    `text` an element must also hold that text; with `exact` false the likeness of the two counts.

    Raises:
        ValueError: a rule has neither.
    """
    from lxml import etree
    from lxml.cssselect import CSSSelector
    from rapidfuzz import fuzz

    tree = etree.fromstring(result.encode())
    score = 1.0
    for rule in rules if isinstance(rules, list) else [rules]:
        if "xpath" in rule:
            found = tree.xpath(rule["xpath"], namespaces=ACCESSIBILITY)
        elif "selectors" in rule:
            found = CSSSelector(", ".join(rule["selectors"]), namespaces=ACCESSIBILITY)(tree)
        else:
            raise ValueError("rules: neither xpath nor selectors is given")
        if not found:
            return 0.0
        if "text" in rule:
            texts = [one.text or "" for one in found]
            if rule.get("exact", True):
                score *= float(rule["text"] in texts)
            else:
                score *= max(fuzz.ratio(rule["text"], text) for text in texts) / 100
    return score
