"""Thunderbird's settings, filters and folders (OSWorld's metrics/thunderbird)."""

from __future__ import annotations

import json
import re
from typing import Any

from envs.tasks.metrics.base import expected_only, matches_rule, of_files, paired, text_of

_PREF = re.compile(r'^user_pref\("((?:[^"\\]|\\.)+)",\s*(.+)\);$')
_CONDITION = re.compile(r"""\b(?:AND|OR) \([\w ]+,[\w ']+,(?:"(?:[^"\\]|\\.)*"|[^)]+)\)|\bALL\b""")


@of_files
def check_thunderbird_prefs(result: str, rules: dict[str, Any]) -> float:
    """prefs.js: each key of `expect` fits its method and ref (see `matches_rule`), none of `unexpect` does."""
    prefs: dict[str, Any] = {}
    for line in text_of(result).splitlines():
        if found := _PREF.match(line.strip()):
            try:
                prefs[found[1]] = json.loads(found[2])
            except json.JSONDecodeError:
                continue
    wanted, unwanted = rules.get("expect") or {}, rules.get("unexpect") or {}
    if not all(key in prefs and matches_rule(prefs[key], rule) for key, rule in wanted.items()):
        return 0.0
    return float(not any(key in prefs and matches_rule(prefs[key], rule) for key, rule in unwanted.items()))


def filters(text: str) -> list[dict[str, Any]]:
    """The filters of a msgFilterRules.dat: name, enabled, type, action, actionValue, and the list `condition`."""
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        key, _, value = line.strip().partition("=")
        value = re.sub(r"\\(.)", r"\1", value.strip().removeprefix('"').removesuffix('"'))
        if key == "name":
            found.append({"name": value})
        elif found and key in ("enabled", "type", "action", "actionValue"):
            found[-1][key] = value
        elif found and key == "condition":
            found[-1][key] = _CONDITION.findall(value)
    return found


@of_files
def check_thunderbird_filter(result: str, rules: dict[str, Any]) -> float:
    """msgFilterRules.dat: each filter of `expect` is there, none of `unexpect` is; `condition` is a list."""
    return float(expected_only(filters(text_of(result)), rules))


@of_files
def check_thunderbird_folder(
    result: str | list[str],
    expected: str | list[str],
    *,
    ignore_status: bool = False,
    ignore_keys: bool = False,
    remove_deleted: bool = True,
    remove_duplicate: bool = True,
) -> float:
    """Mail folders (mbox) hold the same messages.

    Args:
        result, expected: one file each, or lists of them.
        ignore_status: the headers X-Mozilla-Status and X-Mozilla-Status2 do not count.
        ignore_keys: the header X-Mozilla-Keys does not count.
        remove_deleted: messages marked as deleted do not count.
        remove_duplicate: a message counts once.
    """

    def messages(path: str) -> list[str]:
        found = []
        for mail in re.split(r"(?m)^From - .*$|^FROM - .*$", text_of(path)):
            if not mail.strip() or (remove_deleted and re.search(r"X-Mozilla-Status: 000[89]", mail)):
                continue
            if ignore_status:
                mail = re.sub(r"(?m)^X-Mozilla-Status\d?:.*\n", "", mail)
            if ignore_keys:
                mail = re.sub(r"(?m)^X-Mozilla-Keys:.*\n", "", mail)
            found.append(mail.strip())
        return sorted(set(found) if remove_duplicate else found)

    return float(all(messages(one) == messages(other) for one, other in paired(result, expected)))
