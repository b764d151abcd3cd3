"""What a run was made of: versions, machine, data, prompt. Enough to say why two figures differ."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from agent.text import command_line
from agent.trace.writer import versions
from envs.tasks.base import Task

PACKAGES = ("gymnasium", "llguidance", "miniwob", "numpy", "opencv-python-headless", "pillow", "ray", "rapidfuzz")
"""What a result may depend on besides that which a trace names."""

COMPARED = ("versions", "machine", "prompt")
"""Parts that should not change when a run goes on; where one did, the summary says so."""


def session(tasks: Iterable[Task] | None = None) -> dict[str, Any]:
    """What takes part from now on: the record of one call of `evaluate`. The prompt joins when a model is open.

    Args:
        tasks: that are played; None: the items that are asked have a record of their own.
    """
    return {
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": command_line([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "versions": packages(),
        "machine": machine(),
        **({} if tasks is None else {"data": data(tasks)}),
    }


def packages() -> dict[str, str]:
    """Versions of the packages that a result may depend on, as far as they are installed."""
    found = versions()
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Facts of this machine. No name and no path: reports are shown to others."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory(),
    }


def data(tasks: Iterable[Task]) -> dict[str, Any]:
    """How many tasks, and a hash over all that they hold; the same tasks in another order have the same."""
    prints = sorted(fingerprint(task) for task in tasks)
    return {"tasks": len(prints), "sha256": hashlib.sha256("\n".join(prints).encode()).hexdigest()}


def fingerprint(task: Task) -> str:
    """A hash of what a task holds: its file where it comes from one, else its fields."""
    file = getattr(task, "file", None)
    text = str(file.model_dump_json()) if file is not None and hasattr(file, "model_dump_json") else repr(task)
    return hashlib.sha256(f"{task.suite}/{task.id}\n{text}".encode()).hexdigest()


def prompt_record(prompt: dict[str, Any]) -> dict[str, Any]:
    """The prompt with its hash."""
    text = json.dumps(prompt, sort_keys=True, ensure_ascii=False)
    return {"sha256": hashlib.sha256(text.encode()).hexdigest(), **prompt}


def changed(sessions: Sequence[dict[str, Any]]) -> list[str]:
    """Names of the parts in which the sessions of one run differ, as far as the sessions know them."""
    found = []
    for name in COMPARED:
        texts = {json.dumps(one[name], sort_keys=True) for one in sessions if one.get(name) is not None}
        if len(texts) > 1:
            found.append(name)
    # More tasks may be added to a run; none may become another one under the same name.
    return [*found, "data"] if any(one.get("tasks_changed") for one in sessions) else found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None
