"""Task files, judges and oracles."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envs.tasks.base import Task
    from envs.tasks.task_file import FileTask

__all__ = ["find", "load", "suite"]

_DEMO = Path(__file__).parent / "suites" / "store"
_DESKTOP = Path(__file__).parent / "suites" / "desktop"
SUITES = ("demo", "miniwob", "desktop", "apps")


def suite(name: str) -> list[Task]:
    """All tasks of a bundled suite, sorted by id.

    Raises:
        ValueError: no such suite.
        SetupFailed: what the suite needs is not installed.
    """
    if name == "demo":
        return list(_demo())
    if name == "miniwob":
        from envs.tasks.suites.miniwob import tasks as miniwob

        return list(miniwob.tasks())
    if name == "desktop":
        return list(_desktop())
    if name == "apps":
        from envs.tasks.suites.apps import tasks as apps

        return list(apps.tasks())
    raise ValueError(f"suite: {name!r} is not one of {', '.join(SUITES)}")


def load(path: Path | str, *, trust: bool = False) -> FileTask:
    """The task of one file.

    Args:
        trust: it may run commands on this computer and reach its files, as you. Without, `start` refuses a file
            that would; the bundled ones are trusted.

    Raises:
        TaskFileError: it is not right; the message names the field, the value and what is accepted.
    """
    from envs.tasks import task_file

    return task_file.load(path, trust=trust)


def find(instruction: str) -> FileTask | None:
    """The bundled task with this wording, whatever the case, spaces and punctuation; None: there is none."""
    wanted = _folded(instruction)
    return next((task for task in _demo() if _folded(task.instruction) == wanted), None)


@cache
def _demo() -> tuple[FileTask, ...]:
    from envs.tasks import task_file

    return tuple(task_file.load(path, "demo") for path in sorted(_DEMO.glob("*.json")))


@cache
def _desktop() -> tuple[FileTask, ...]:
    from envs.tasks import task_file

    return tuple(task_file.load(path, "desktop") for path in sorted(_DESKTOP.glob("*.json")))


def _folded(text: str) -> str:
    """Letters, digits and symbols alone, so that "wish list." and "wishlist" are the same."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if unicodedata.category(char)[0] not in "PZC")
