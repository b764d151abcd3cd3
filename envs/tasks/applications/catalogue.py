"""The applications that there are, by name; other packages add theirs by an entry point."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from action_space.plugins import Registry
from envs.tasks.applications.base import HALVES, Application, Half

SUITE = Path(__file__).parent.parent / "suites" / "apps"
"""A folder for each half; in it an application is one Python file with `APPLICATION`, and its tasks beside it."""


@cache
def task_files() -> dict[str, Path]:
    """Application → the file of its tasks."""
    found = {}
    for half in HALVES:
        for path in sorted((SUITE / half).glob("*.json")):
            found[_head(path)["application"]] = path
    return found


def half_of(name: str) -> Half:
    """Which half an application belongs to.

    Raises:
        KeyError: it has no tasks in the suite.
    """
    half: Half = _head(task_files()[name])["half"]
    return half


def find(name: str) -> Application:
    """The application of that name.

    Raises:
        ValueError: there is none.
    """
    if name in APPLICATIONS:
        return APPLICATIONS[name]
    path = task_files().get(name)
    if path is None:
        known = sorted({*task_files(), *APPLICATIONS})
        raise ValueError(f"application: {name!r} is not known; accepted: {', '.join(known)}")
    module = import_module(f"envs.tasks.suites.apps.{path.parent.name}.{path.stem}")
    found: Application = module.APPLICATION
    return found


APPLICATIONS: Registry[Application] = Registry(
    {}, "gui_agent.applications", lambda row: isinstance(row, Application)
)
"""Those of other packages."""


def _head(path: Path) -> dict[str, Any]:
    head: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return head
