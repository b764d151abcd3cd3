"""OSWorld's result trees: `…/DOMAIN/ID/` with `traj.jsonl`, one picture after each action, and `result.txt`.

The files do not say what the task was: `--tasks` names the folder of the task files. A picture stands *after*
its action, so an action answers the picture of the line before; the first answers `initial_state.png` or
`step_0*.png` where there is one, and is left out where there is none. Of an answer with several actions the
first may be learned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from action_space.formats.base import FormatError
from action_space.formats.pyautogui import PyautoguiFormat
from action_space.geometry import Frame, Size
from agent.data.reading import BadSource, Found, LeftOut, Options
from model.training.data.dataset import FolderData
from model.training.data.records import Episode, Picture, Step

ACTIONS = ("click", "scroll", "input", "drag", "press", "longpress", "hover", "wait", "finished")


def read_osworld(source: Path, target: FolderData, options: Options) -> Iterator[Found]:
    """Every `traj.jsonl` below the folder. No variants."""
    folders = sorted(path.parent for path in source.rglob("traj.jsonl"))
    if not folders:
        raise BadSource(f"{source}: holds no traj.jsonl of OSWorld")
    if options.tasks is None:
        raise BadSource(
            "tasks: OSWorld's results do not say what the task was; accepted: --tasks FOLDER of task files"
        )
    instructions = _instructions(options.tasks)
    for folder in folders:
        where = "/".join(folder.relative_to(source).parts) or folder.name
        record_id = f"osworld/{where}"
        if record_id in options.have:
            continue
        try:
            score = float((folder / "result.txt").read_text("utf-8").split()[0])
        except (OSError, ValueError, IndexError):
            yield LeftOut(where, "result.txt: missing or no number: the run was cut off")
            continue
        verdict = "verified" if score >= 1 else "failed"
        if verdict not in options.verdicts:
            yield LeftOut(where, f"scored {score:g}; --verdict any takes it")
            continue
        if folder.name not in instructions:
            yield LeftOut(where, f"{folder.name}: no task file of that name in {options.tasks}", fault=True)
            continue
        try:
            steps, missed = _steps(folder, target)
        except (ValueError, OSError, RecursionError) as error:
            yield LeftOut(where, str(error), fault=True)
            continue
        if missed:
            yield LeftOut(f"{where}, first action", "answers a picture that OSWorld did not keep")
        if not steps:
            yield LeftOut(where, "no step with a picture is left")
            continue
        task = instructions[folder.name]
        yield Episode(
            id=record_id,
            origin=options.origin("osworld", text=task, platform="linux"),
            task=task,
            steps=tuple(steps),
            verdict="verified" if verdict == "verified" else "failed",
            reward=min(max(score, 0.0), 1.0),
            actions=ACTIONS,
        )


def _instructions(folder: Path) -> dict[str, str]:
    """Task id → what the agent was told."""
    found = {}
    for path in folder.rglob("*.json"):
        try:
            data = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            continue  # another file: a missing task is told of where it is needed
        if isinstance(data, dict) and isinstance(data.get("instruction"), str) and data["instruction"].strip():
            found[str(data.get("id") or path.stem)] = data["instruction"]
    if not found:
        raise BadSource(f"{folder}: holds no task file with id and instruction")
    return found


def _steps(folder: Path, target: FolderData) -> tuple[list[Step], bool]:
    """The steps, and whether the first action had to go."""
    lines = [json.loads(line) for line in (folder / "traj.jsonl").read_text("utf-8").splitlines() if line.strip()]
    steps: list[Step] = []
    shown = _initial(folder)
    missed, answered = False, object()
    for place, line in enumerate(lines, 1):
        if not isinstance(line, dict):
            raise ValueError(f"traj.jsonl: line {place}: accepted: an object")
        if "action" not in line:
            continue  # what some runners note of an error
        if shown is None:
            missed = True
        else:
            first = line.get("step_num") != answered
            steps.append(_step(line, target.add_picture(shown), first))
        answered = line.get("step_num")
        file = line.get("screenshot_file")
        if not isinstance(file, str) or Path(file).name != file:
            raise ValueError(
                f"traj.jsonl: line {place}: screenshot_file: {file!r}; accepted: a file of the folder"
            )
        shown = folder / file
    return steps, missed


def _initial(folder: Path) -> Path | None:
    names = ("initial_state.png", "step_0.png", "step_0_*.png", "step_reset_*.png")
    return next((path for name in names for path in sorted(folder.glob(name))), None)


def _step(line: dict[str, Any], picture: Picture, first: bool) -> Step:
    answer, code = str(line.get("response") or ""), line.get("action")
    try:
        parsed = PyautoguiFormat().parse(str(code), Frame(Size(picture.width, picture.height)))
    except FormatError as error:
        return Step(picture=picture, answer=answer, action=None, error=f"no action of ours: {error}", learn=False)
    return Step(
        picture=picture,
        thought="",
        answer=answer,
        action=parsed.action.to_json(),
        outcome="done",
        learn=first,
    )
