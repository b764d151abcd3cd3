"""What getters share: the registry, and files fetched into the stage's folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from envs.tasks.registry import Registry

if TYPE_CHECKING:
    from envs.machine.base import Machine
    from envs.tasks.context import TaskContext

GETTERS = Registry("getter")


class Fetched(str):
    """Path of a file in the stage's folder, which remembers the machine of the task (None: a browser alone).

    A metric that has to run a file runs it there, never in this process.
    """

    machine: Machine | None = None


def fetched(stage: TaskContext, path: Path) -> Fetched:
    """A path of this computer as getters give it to metrics."""
    found = Fetched(path)
    found.machine = stage.machine
    return found


def kept_path(stage: TaskContext, dest: str) -> Path:
    """Where the stage's folder keeps `dest`; folders in it are made, and it never leads out of the folder.

    Raises:
        ValueError: `dest` is absolute, empty or climbs.
    """
    name = PurePosixPath(dest.replace("\\", "/"))
    if not dest or name.is_absolute() or ".." in name.parts:
        raise ValueError(f"dest: {dest!r} is not accepted: it is a file name within the task's folder")
    path = stage.folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def keep(stage: TaskContext, dest: str, data: bytes | None) -> Fetched | None:
    """Write content into the stage's folder and give its path; None stays None."""
    path = kept_path(stage, dest)
    if data is None:
        path.unlink(missing_ok=True)  # what an earlier judging fetched is not there any more
        return None
    path.write_bytes(data)
    return fetched(stage, path)


def keep_file(stage: TaskContext, dest: str, path: str) -> Fetched | None:
    """A file of the task's machine, copied into the stage's folder; None: it is not there.

    Of an SQLite database, the log beside it comes too: the newest rows may stand there alone.
    """
    machine = stage.opened_machine()
    data = machine.read(path)
    log = machine.read(f"{path}-wal") if data is not None and data.startswith(b"SQLite format 3\0") else None
    keep(stage, f"{dest}-wal", log)
    return keep(stage, dest, data)
