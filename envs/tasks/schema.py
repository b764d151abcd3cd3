"""Task files in OSWorld's JSON format: loading, checking and starting them.

Beside OSWorld's keys a file may have `tags` and `oracle` (see docs/tasks.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from envs.tasks.getters import GETTERS
from envs.tasks.metrics import METRICS
from envs.tasks.registry import TaskFileError, UnknownFunction, explain
from envs.tasks.setup import SETUP


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Step(_Part):
    """One set-up step."""

    type: str
    parameters: dict[str, Any] = {}


_Getter = dict[str, Any]


class Evaluator(_Part):
    """How the end is judged: each metric gets its result, and its expected value where there is one."""

    func: str | list[str]
    result: _Getter | list[_Getter] | None = None
    expected: _Getter | list[_Getter | None] | None = None
    options: dict[str, Any] | list[dict[str, Any] | None] | None = None
    conj: Literal["and", "or"] = "and"
    postconfig: list[Step] = []


class OracleStep(_Part):
    """One thing that the oracle does: click, type into a field, choose in a list box or set a slider.

    In a browser, elements are named by CSS selectors; of several the first visible one is taken, with
    "css >> words" the first that says exactly these. `when`: only if that is visible;
    `dialog` answers one of the page's own.

    On a desktop, they are named as the bundled programs name them; `type` without `into` types where the focus is.
    There it may also `open` an application, `press` chords one after the other, wait for a `window` with that in
    its title and raise it, wait until one is `closed`, and `drag` from one element to another.
    """

    click: str | None = None
    type: str | None = None
    choose: str | None = None
    slide: int | None = None
    into: str | None = None
    submit: bool = False
    when: str | None = None
    open: str | None = None
    press: list[str] | None = None
    window: str | None = None
    closed: str | None = None
    drag: list[str] | None = Field(None, min_length=2, max_length=2)
    dialog: Literal["accept", "dismiss"] | None = None
    clicks: int = Field(1, ge=1, le=3)


class Oracle(_Part):
    """How to reach the right ending and a wrong one. `{name}` in a step stands for the fact of that name."""

    facts: dict[str, dict[str, Any]] = {}
    solve: list[OracleStep] = []
    answer: str | None = None
    status: Literal["success", "infeasible"] = "success"
    spoil: list[OracleStep] = []
    wrong_answer: str | None = None


class TaskFile(_Part):
    """The whole file."""

    id: str = Field(min_length=1)
    snapshot: str = ""
    instruction: str = Field(min_length=1)
    source: str | list[str] = ""
    config: list[Step] = []
    trajectory: str = ""
    related_apps: list[str] = []
    evaluator: Evaluator
    proxy: bool = False
    fixed_ip: bool = False
    possibility_of_env_change: str = ""
    tags: list[str] = []
    oracle: Oracle | None = None


def raw_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        TaskFileError: it cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TaskFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise TaskFileError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise TaskFileError(
            f"{path}: is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from None


def shape(raw: Any) -> TaskFile:
    """The fields of a task, whatever functions they name.

    Raises:
        TaskFileError: a field that is not known, is missing, or has a value of the wrong kind.
    """
    if not isinstance(raw, dict):
        raise TaskFileError(f"a JSON object is expected, not {type(raw).__name__}")
    try:
        return TaskFile.model_validate(raw)
    except ValidationError as error:
        raise TaskFileError(explain(error, "", _accepted(error))) from None


def faults(file: TaskFile) -> Iterator[TaskFileError]:
    """All that is wrong with the functions that a file names, and with what it gives them."""
    for where, steps in (("config", file.config), ("evaluator.postconfig", file.evaluator.postconfig)):
        for i, step in enumerate(steps):
            try:
                SETUP.get(step.type, f"{where}.{i}.type")
                SETUP.check(step.type, step.parameters, f"{where}.{i}.parameters")
            except TaskFileError as error:
                yield error
    try:
        columns = _columns(file.evaluator)
    except TaskFileError as error:
        yield error
        return
    for parts in columns:
        missing = False
        for part in (_metric, _result, _expected):
            try:
                part(parts)
            except TaskFileError as error:
                missing = missing or isinstance(error, UnknownFunction)
                yield error
        if not missing:
            try:
                _complete(parts)
            except TaskFileError as error:
                yield error


_PARTS: dict[str, type[_Part]] = {
    "config": Step,
    "postconfig": Step,
    "evaluator": Evaluator,
    "oracle": Oracle,
    "solve": OracleStep,
    "spoil": OracleStep,
}


def _accepted(error: ValidationError) -> tuple[str, ...]:
    """The fields of the part that the first error is in."""
    names = [part for part in error.errors()[0]["loc"][:-1] if part in _PARTS]
    return tuple((_PARTS[str(names[-1])] if names else TaskFile).model_fields)


@dataclass(frozen=True)
class Row:
    """One metric with what it gets: names and checked arguments of its getters, and its options."""

    func: str
    result: tuple[str, dict[str, Any]] | None
    expected: tuple[str, dict[str, Any]] | None
    options: dict[str, Any]


@dataclass(frozen=True)
class _Parts:
    """What a file says about one metric; `spot` is its place in the lists, such as ".0"."""

    func: str
    result: _Getter | None
    expected: _Getter | None
    options: dict[str, Any]
    spot: str


def rows(evaluator: Evaluator) -> list[Row]:
    """The metrics of an evaluator; single values and lists alike, as OSWorld has them.

    Raises:
        TaskFileError: lists of unequal length, or an unknown name.
    """
    found = []
    for parts in _columns(evaluator):
        options = _metric(parts)
        result, expected = _result(parts), _expected(parts)
        _complete(parts)
        found.append(Row(parts.func, result, expected, options))
    return found


def _columns(evaluator: Evaluator) -> list[_Parts]:
    many = isinstance(evaluator.func, list)
    funcs = [evaluator.func] if isinstance(evaluator.func, str) else evaluator.func
    columns: dict[str, list[Any]] = {}
    for name in ("result", "expected", "options"):
        given = getattr(evaluator, name)
        if given in ([], {}) or funcs == ["infeasible"]:
            given = None  # nothing is said; of an infeasible task nothing is read
        column = given if isinstance(given, list) else [given] * len(funcs) if given is None else [given]
        if isinstance(given, list) != many and given is not None:
            wanted = f"a list of {len(funcs)}" if many else "one object"
            raise TaskFileError(f"evaluator.{name}: {type(given).__name__} is not accepted: func needs {wanted}")
        if len(column) != len(funcs):
            raise TaskFileError(f"evaluator.{name}: has {len(column)} entries, func has {len(funcs)}")
        columns[name] = column
    return [
        _Parts(
            func,
            columns["result"][i],
            columns["expected"][i],
            columns["options"][i] or {},
            f".{i}" if many else "",
        )
        for i, func in enumerate(funcs)
    ]


def _metric(parts: _Parts) -> dict[str, Any]:
    """The checked options."""
    METRICS.get(parts.func, f"evaluator.func{parts.spot}")
    return METRICS.check(parts.func, parts.options, f"evaluator.options{parts.spot}")


def _result(parts: _Parts) -> tuple[str, dict[str, Any]] | None:
    return _getter(parts.result, f"evaluator.result{parts.spot}")


def _expected(parts: _Parts) -> tuple[str, dict[str, Any]] | None:
    return _getter(parts.expected, f"evaluator.expected{parts.spot}")


def _complete(parts: _Parts) -> None:
    """Raises TaskFileError where a metric does not get what it needs."""
    if parts.func == "infeasible":
        return
    if not parts.result:
        raise TaskFileError(f"evaluator.result{parts.spot}: missing")
    if not parts.expected and METRICS.positional(parts.func) > 1:
        raise TaskFileError(f"evaluator.expected{parts.spot}: missing, {parts.func} needs it")


def _getter(given: dict[str, Any] | None, field: str) -> tuple[str, dict[str, Any]] | None:
    if not given:
        return None
    if not isinstance(given.get("type"), str):
        raise TaskFileError(f"{field}.type: missing: the name of a getter, see docs/tasks.md")
    name = given["type"]
    GETTERS.get(name, f"{field}.type")
    return name, GETTERS.check(name, {key: value for key, value in given.items() if key != "type"}, field)
