"""The Skill: a text that tells coding agents how to use the command line (docs/skill.md)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from agent.files import write_file

NAME = "gui-agent"
FILE = "SKILL.md"
PLACES = (".agents/skills", ".claude/skills", ".github/skills")
"""Folders of a project in which coding agents look for skills."""


def text() -> str:
    """The skill, as it ships with this package."""
    return files("agent.skill").joinpath(FILE).read_text("utf-8")


def place(project: Path) -> Path:
    """Where a project keeps its skills: the first folder of `PLACES` that is there, else the first."""
    return next((project / one for one in PLACES if (project / one).is_dir()), project / PLACES[0])


def install(folder: Path) -> Path:
    """Write the skill into a folder of skills; an older one is replaced. Returns its file.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / NAME / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, text().encode())
    return path
