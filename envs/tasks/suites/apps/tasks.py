"""The tasks of the suite, read from the file that each application has."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from envs.tasks import task_file
from envs.tasks.applications.base import HALVES
from envs.tasks.applications.catalogue import task_files
from envs.tasks.registry import TaskFileError, UnknownFunction
from envs.tasks.schema import raw_json
from envs.tasks.task_file import FileTask
from envs.tasks.trust import is_bundled

_HEAD = {"application", "half", "tasks"}


@dataclass(frozen=True)
class AppTask(FileTask):
    """A task on a real application.

    Attributes:
        groups: "application", "half" and "tag", by which figures are counted apart.
    """

    groups: dict[str, Any] = field(default_factory=dict)

    @property
    def application(self) -> str:
        """Name of the application."""
        return str(self.groups["application"])

    @property
    def blind(self) -> bool:
        """Whether nobody is to look at more than the figure."""
        return bool(self.groups["half"] == "blind")


def tasks() -> list[AppTask]:
    """All tasks, by half, application and their order in the file."""
    return [task for path in task_files().values() for task in load(path)]


@cache
def load(path: Path) -> tuple[AppTask, ...]:
    """The tasks of one application.

    Raises:
        TaskFileError: the file, or one of its tasks, is not right.
    """
    raw = raw_json(path)
    if not isinstance(raw, dict) or set(raw) != _HEAD or raw["half"] not in HALVES:
        raise TaskFileError(
            f"{path}: an object with application, half ({', '.join(HALVES)}) and tasks is expected"
        )
    found = []
    for number, given in enumerate(raw["tasks"]):
        try:
            task = task_file.parse(given, "apps", trust=is_bundled(path))
        except UnknownFunction as error:
            raise UnknownFunction(error.what, error.name, f"{path}: tasks.{number}: {error}") from None
        except TaskFileError as error:
            raise TaskFileError(f"{path}: tasks.{number}: {error}") from None
        groups = {"half": raw["half"], "application": raw["application"], "tag": list(task.tags)}
        found.append(AppTask(**{**vars(task), "groups": groups}))
    return tuple(found)


def chosen(found: list[AppTask], apps: str | None = None, half: str | None = None) -> list[AppTask]:
    """Those of one half, and of the applications that `apps` (separated by commas) lists.

    Raises:
        ValueError: no such half or application, or none is left.
    """
    if half is not None and half not in HALVES:
        raise ValueError(f"half: {half!r} is not one of {', '.join(HALVES)}")
    names = None if apps is None else {part.strip() for part in apps.split(",") if part.strip()}
    if names is not None and (unknown := sorted(names - task_files().keys())):
        raise ValueError(f"apps: {unknown[0]!r} is not one of {', '.join(task_files())}")
    left = [
        task
        for task in found
        if (half is None or task.groups["half"] == half) and (names is None or task.application in names)
    ]
    if not left:
        raise ValueError(f"apps: none of {apps} is in the half {half}")
    return left


def absent(found: list[AppTask]) -> list[str]:
    """Applications of these tasks that are not installed."""
    from envs.tasks.applications import catalogue, install

    names = dict.fromkeys(task.application for task in found)
    return [name for name in names if install.installed(catalogue.find(name)) is None]
