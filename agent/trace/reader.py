"""Reads a trace folder back, whatever state a crash, a full disk or another tool left it in.

Nothing here raises for a damaged trace: what is missing or cut becomes a line in `Trace.problems`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.files import read_file
from agent.text import loads
from agent.trace.writer import TraceError


@dataclass(frozen=True)
class Trace:
    """One run as its folder tells it (`docs/trace.md`).

    Attributes:
        folder: where it lies.
        run: run.json, {} when it is missing or damaged.
        steps: the readable lines of traj.jsonl, in order.
        result: result.json; None: it is missing, the run did not end in order.
        problems: what is missing or damaged, one line each.
    """

    folder: Path
    run: dict[str, Any]
    steps: tuple[dict[str, Any], ...]
    result: dict[str, Any] | None
    problems: tuple[str, ...] = field(default=())


def read_trace(folder: Path) -> Trace:
    """The run in `folder`.

    Raises:
        TraceError: there is none.
    """
    folder = Path(folder)
    if not any((folder / name).is_file() for name in ("run.json", "traj.jsonl", "result.json")):
        raise TraceError(f"{folder} is not a trace folder: it has neither run.json nor traj.jsonl")
    problems: list[str] = []
    run = read_object(folder / "run.json", problems)
    steps = _lines(folder / "traj.jsonl", problems)
    result = None
    if (folder / "result.json").exists():
        result = read_object(folder / "result.json", problems) or None
    else:
        problems.append("result.json is missing: the run was cut off, or is still going on.")
    return Trace(folder, run, tuple(steps), result, tuple(problems))


def read_object(path: Path, problems: list[str]) -> dict[str, Any]:
    """A JSON file that holds an object; {} where it is missing or damaged, which `problems` then says."""
    try:
        value = loads(read_file(path, within=path.parent).decode("utf-8", "replace"))
    except FileNotFoundError:
        problems.append(f"{path.name} is missing.")
        return {}
    except (OSError, ValueError) as problem:
        problems.append(f"{path.name} cannot be read: {getattr(problem, 'strerror', None) or problem}")
        return {}
    if not isinstance(value, dict):
        problems.append(f"{path.name} holds no JSON object.")
        return {}
    return value


def _lines(path: Path, problems: list[str]) -> list[dict[str, Any]]:
    try:
        lines = read_file(path, within=path.parent).decode("utf-8", "replace").split("\n")
    except FileNotFoundError:
        problems.append("traj.jsonl is missing: the run ended before its first step.")
        return []
    except OSError as problem:
        problems.append(f"traj.jsonl cannot be read: {problem.strerror or problem}")
        return []
    steps: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = loads(line)
        except ValueError:
            last = not any(rest.strip() for rest in lines[number:])
            problems.append(
                f"traj.jsonl: line {number} is {'cut off' if last else 'damaged'}; its step is left out."
            )
            continue
        if isinstance(value, dict):
            steps.append(value)
        else:
            problems.append(f"traj.jsonl: line {number} holds no JSON object; it is left out.")
    return steps
