"""What a task file would do to the computer that it is started on, so that a person can say yes to it first.

Task files in OSWorld's format carry commands for the set-up and the check. They were written for virtual machines;
on a private display they run on this computer, as its user, with nothing but another home folder.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from envs.tasks.registry import TaskFileError
from envs.tasks.schema import TaskFile
from envs.tasks.targets import Place

BUNDLED = Path(__file__).parent / "suites"
_COMMANDS = ("command", "command_success")
_JUDGES_THAT_RUN = {"check_python_file_by_test_suite": "a test suite, with the files that the agent left"}
_HOME = ("/home/user/", "~/")


class Untrusted(TaskFileError):
    """A task file would run commands here, or reach files outside its home folder, and nobody has allowed it."""


def demands(file: TaskFile) -> tuple[str, ...]:
    """What a file would run, open, read and write, in order, one short line each."""
    found: list[str] = []
    for step in (*file.config, *file.evaluator.postconfig):
        found += (f"runs {command}" for command in _commands(step.parameters))
        if step.type == "open":
            found.append(f"opens {step.parameters.get('path')}")
        found += _files(step.type, step.parameters)
    evaluator = file.evaluator
    for given in (evaluator.result, evaluator.expected):
        for getter in given if isinstance(given, list) else [given]:
            found += (f"runs {command}" for command in _commands(getter))
            found += (f"reads {url}" for url in _urls(getter) if url.startswith("file:"))
    for name in [evaluator.func] if isinstance(evaluator.func, str) else evaluator.func:
        if name in _JUDGES_THAT_RUN:
            found.append(f"runs {_JUDGES_THAT_RUN[name]}")
    return tuple(dict.fromkeys(found))


def ask_first(file: TaskFile, place: Place, name: str) -> None:
    """Refuse a file that nobody has allowed to do what it would do here.

    Args:
        file: the task.
        place: where it would run. A browser alone runs no commands; a remote machine runs them elsewhere.
        name: of the file, for the message.

    Raises:
        Untrusted: it would run commands on this computer, or reach files of it.
    """
    found = demands(file)
    if place == "browser":
        return
    if place == "remote":
        found = tuple(one for one in found if one.startswith("reads "))
    if found:
        more = f", and {len(found) - 3} more" if len(found) > 3 else ""
        shown = "; ".join(one if len(one) <= 120 else f"{one[:119]}…" for one in found[:3])
        raise Untrusted(
            f"{name}: acts on this computer, as you: {shown}{more}. --trust (in Python: trust=True) allows it, if "
            "you know the file; in a container that holds nothing else, AGENT_TRUST=1 allows it to every command. "
            "agent tasks check lists what a file does"
        )


def is_bundled(path: Path) -> bool:
    """Whether a task file comes with this package."""
    return path.resolve().is_relative_to(BUNDLED.resolve())


def _commands(value: Any) -> Iterator[str]:
    """Commands anywhere in the parameters of a step or getter."""
    if isinstance(value, list):
        for one in value:
            yield from _commands(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in _COMMANDS and isinstance(one, str | list):
                yield one if isinstance(one, str) else shlex.join(map(str, one))
            else:
                yield from _commands(one)


def _urls(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if "://" in value or value.startswith("file:"):
            yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _urls(one)


def _files(kind: str, parameters: dict[str, Any]) -> Iterator[str]:
    """Files of this computer that a step reads, and files that it writes outside its home folder."""
    files = parameters.get("files")
    for file in files if kind in ("download", "upload_file") and isinstance(files, list) else ():
        if not isinstance(file, dict):
            continue
        source, target = str(file.get("local_path") or file.get("url") or ""), str(file.get("path") or "")
        if kind == "upload_file" or source.startswith("file:"):
            yield f"reads {source}"
        inside = target.startswith(_HOME) or not target.startswith("/")
        if not inside or ".." in Path(target).parts or "$" in target:
            yield f"writes {target}"
