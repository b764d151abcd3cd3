"""Task files in OSWorld's JSON format: loading, checking and starting them.

Beside OSWorld's keys a file may have `tags` and `oracle` (see docs/tasks.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from envs.tasks.base import SetupFailed
from envs.tasks.getters import GETTERS
from envs.tasks.metrics import METRICS
from envs.tasks.registry import TaskFileError, explain
from envs.tasks.setup import SETUP
from envs.tasks.stage import Stage

if TYPE_CHECKING:
    from envs.tasks.episode import FileEpisode


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
    options: dict[str, Any] | list[dict[str, Any]] | None = None
    conj: Literal["and", "or"] = "and"
    postconfig: list[Step] = []


class OracleStep(_Part):
    """One thing that the oracle does: click, type into a field, choose in a list box or set a slider.

    Elements are named by CSS selectors; of several the first visible one is taken. `when`: only if that is
    visible.
    """

    click: str | None = None
    type: str | None = None
    choose: str | None = None
    slide: int | None = None
    into: str | None = None
    submit: bool = False
    when: str | None = None


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


def load(path: Path | str, suite: str = "file") -> FileTask:
    """The task of one file.

    Raises:
        TaskFileError: it cannot be read, is no JSON, or names a field or function that is not known.
    """
    path = Path(path)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TaskFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise TaskFileError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise TaskFileError(
            f"{path}: is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from None
    try:
        return parse(raw, suite)
    except TaskFileError as error:
        raise TaskFileError(f"{path}: {error}") from None


def parse(raw: Any, suite: str = "file") -> FileTask:
    """The task that decoded JSON describes.

    Raises:
        TaskFileError: a field or function that is not known.
    """
    if not isinstance(raw, dict):
        raise TaskFileError(f"a JSON object is expected, not {type(raw).__name__}")
    try:
        file = TaskFile.model_validate(raw)
    except ValidationError as error:
        raise TaskFileError(explain(error, "", _accepted(error))) from None
    for where, steps in (("config", file.config), ("evaluator.postconfig", file.evaluator.postconfig)):
        for i, step in enumerate(steps):
            SETUP.get(step.type, f"{where}.{i}.type")
            SETUP.check(step.type, step.parameters, f"{where}.{i}.parameters")
    rows(file.evaluator)
    return FileTask(file.id, suite, tuple(file.tags), file.instruction, file)


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


def rows(evaluator: Evaluator) -> list[Row]:
    """The metrics of an evaluator; single values and lists alike, as OSWorld has them.

    Raises:
        TaskFileError: lists of unequal length, or an unknown name.
    """
    many = isinstance(evaluator.func, list)
    funcs = [evaluator.func] if isinstance(evaluator.func, str) else evaluator.func
    columns: dict[str, list[Any]] = {}
    for name in ("result", "expected", "options"):
        given = getattr(evaluator, name)
        column = given if isinstance(given, list) else [given] * len(funcs) if given is None else [given]
        if isinstance(given, list) != many and given is not None:
            wanted = f"a list of {len(funcs)}" if many else "one object"
            raise TaskFileError(f"evaluator.{name}: {type(given).__name__} is not accepted: func needs {wanted}")
        if len(column) != len(funcs):
            raise TaskFileError(f"evaluator.{name}: has {len(column)} entries, func has {len(funcs)}")
        columns[name] = column
    found = []
    for i, func in enumerate(funcs):
        spot = f".{i}" if many else ""
        METRICS.get(func, f"evaluator.func{spot}")
        result = _getter(columns["result"][i], f"evaluator.result{spot}")
        expected = _getter(columns["expected"][i], f"evaluator.expected{spot}")
        options = METRICS.check(func, columns["options"][i] or {}, f"evaluator.options{spot}")
        if func != "infeasible":
            if result is None:
                raise TaskFileError(f"evaluator.result{spot}: missing")
            if expected is None and METRICS.positional(func) > 1:
                raise TaskFileError(f"evaluator.expected{spot}: missing, {func} needs it")
        found.append(Row(func, result, expected, options))
    return found


def _getter(given: dict[str, Any] | None, field: str) -> tuple[str, dict[str, Any]] | None:
    if not given:
        return None
    if not isinstance(given.get("type"), str):
        raise TaskFileError(f"{field}.type: missing; accepted: {', '.join(GETTERS.names())}")
    name = given["type"]
    GETTERS.get(name, f"{field}.type")
    return name, GETTERS.check(name, {key: value for key, value in given.items() if key != "type"}, field)


@dataclass(frozen=True)
class FileTask:
    """A task from a file. Picklable."""

    id: str
    suite: str
    tags: tuple[str, ...]
    instruction: str
    file: TaskFile = field(repr=False)

    def start(self, seed: int, options: dict[str, Any] | None = None) -> FileEpisode:
        """Set the task up and open the browser.

        Args:
            seed: of the site.
            options: fields of `envs.browser.BrowserConfig`; None leaves a field as it is. Also `site`: options for
                the bundled site, and `environment`: an open browser to use, which then stays open.

        Raises:
            SetupFailed: it cannot be set up.
            EnvironmentFault: the browser does not start.
        """
        from envs.tasks.episode import FileEpisode

        stage = Stage(seed, dict(options or {}))
        try:
            for step in self.file.config:
                SETUP.get(step.type, "config")(stage, **step.parameters)
            if stage.site is not None:
                stage.before = stage.site.state()
            return FileEpisode(self.file, stage)
        except BaseException as error:
            stage.close()
            if isinstance(error, OSError):
                raise SetupFailed(str(error)) from error
            raise
