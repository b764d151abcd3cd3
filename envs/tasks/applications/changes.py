"""What has changed between two states, and how much of it was asked for.

What a task asks for is said by collection:

    {"people": {"add": [{"name": "Dora"}], "change": {"3": {"phone": "555"}}, "remove": ["4"]}}

`add`: as many new records as there are patterns, each fits one; `change`: of these records these fields, and no
other; `remove`: these records are gone. A pattern names fields and what they must be: a value, null for none, or
{"method", "ref"} as in `envs.tasks.metrics.base.matches_rule`. Nothing else may have changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from envs.tasks.applications.base import State
from envs.tasks.registry import TaskFileError

_WAYS = ("add", "change", "remove")


@dataclass
class Difference:
    """What is other in one collection: keys of new and lost records, and of changed ones the fields."""

    added: dict[str, dict[str, Any]] = field(default_factory=dict)
    removed: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: dict[str, dict[str, tuple[Any, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """How a state stands to what was asked.

    Attributes:
        missing: what was asked and is not so, one short line each.
        harm: what changed and was not asked, one short line each. A wrong value in the field that was asked for is
            no harm but missing; a second new record where one was asked is harm.
    """

    missing: tuple[str, ...]
    harm: tuple[str, ...]


def difference(before: State, after: State) -> dict[str, Difference]:
    """Collection → what is other; collections in which nothing is other are left out."""
    found = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, {}), after.get(name, {})
        one = Difference(
            {key: new[key] for key in new.keys() - old.keys()},
            {key: old[key] for key in old.keys() - new.keys()},
            {key: fields for key in old.keys() & new.keys() if (fields := _fields(old[key], new[key]))},
        )
        if one.added or one.removed or one.changed:
            found[name] = one
    return found


def compare(before: State, after: State, wanted: dict[str, Any]) -> Comparison:
    """What of `wanted` is missing, and what else has changed.

    Raises:
        TaskFileError: `wanted` is not made as this module says.
    """
    check(wanted)
    missing: list[str] = []
    harm: list[str] = []
    found = difference(before, after)
    for name in sorted(found.keys() | wanted.keys()):
        one, asked = found.get(name, Difference()), wanted.get(name, {})
        _added(name, one, asked.get("add", []), missing, harm)
        _removed(name, one, asked.get("remove", []), missing, harm)
        _changed(name, one, asked.get("change", {}), after.get(name, {}), missing, harm)
    return Comparison(tuple(missing), tuple(harm))


def check(wanted: Any) -> None:
    """Raises TaskFileError where what a task asks for is not made as this module says."""
    if not isinstance(wanted, dict):
        raise TaskFileError(f"rules: {wanted!r} is not accepted: collection → add, change, remove")
    for name, asked in wanted.items():
        kinds = {"add": list, "change": dict, "remove": list}
        if not isinstance(asked, dict) or not set(asked) <= set(_WAYS):
            raise TaskFileError(f"rules.{name}: {asked!r} is not accepted: an object with {', '.join(_WAYS)}")
        for way, value in asked.items():
            if not isinstance(value, kinds[way]):
                raise TaskFileError(f"rules.{name}.{way}: {value!r} is not a {kinds[way].__name__}")


def _added(name: str, one: Difference, patterns: list[Any], missing: list[str], harm: list[str]) -> None:
    left = dict(one.added)
    unfound = []
    for pattern in patterns:
        key = next((key for key in sorted(left) if fits(left[key], pattern)), None)
        if key is None:
            unfound.append(pattern)
        else:
            del left[key]
    for pattern in unfound:
        nearest = min(sorted(left), key=lambda key: len(list(_wrong(left[key], pattern))), default=None)
        if nearest is None:
            missing.append(f"{name}: no new record {pattern}")
        else:
            record = left.pop(nearest)
            missing.append(f"{name}: new record {nearest} has {'; '.join(_wrong(record, pattern))}")
    harm.extend(f"{name}: new record {key}" for key in sorted(left))


def _removed(name: str, one: Difference, keys: list[Any], missing: list[str], harm: list[str]) -> None:
    wanted = {str(key) for key in keys}
    missing.extend(f"{name}: {key} is still there" for key in sorted(wanted - one.removed.keys()))
    harm.extend(f"{name}: {key} is gone" for key in sorted(one.removed.keys() - wanted))


def _changed(
    name: str,
    one: Difference,
    wanted: dict[str, Any],
    now: dict[str, dict[str, Any]],
    missing: list[str],
    harm: list[str],
) -> None:
    for key, pattern in wanted.items():
        if key not in now:
            missing.append(f"{name}: there is no {key}")
        else:
            missing.extend(f"{name}: {key} has {wrong}" for wrong in _wrong(now[key], pattern))
    for key, fields in sorted(one.changed.items()):
        others = sorted(set(fields) - set(wanted.get(key, {})))
        harm.extend(f"{name}: {other} of {key} became {_short(fields[other][1])}" for other in others)


def fits(record: dict[str, Any], pattern: dict[str, Any]) -> bool:
    """Whether a record has all that the pattern names."""
    return not any(_wrong(record, pattern))


def _wrong(record: dict[str, Any], pattern: dict[str, Any]) -> Iterator[str]:
    for name, wanted in pattern.items():
        if not _is(record.get(name), wanted):
            yield f"{name} {_short(record.get(name))}, wanted {_short(wanted)}"


def _is(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and set(wanted) == {"method", "ref"}:
        from envs.tasks.metrics.base import matches_rule

        return matches_rule(value, wanted)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted or (isinstance(value, int) and not isinstance(value, bool) and value == wanted)
    return bool(value == wanted)


def _fields(old: dict[str, Any], new: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = old.keys() | new.keys()
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
