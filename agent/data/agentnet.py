"""AgentNet's recordings (Wang et al. 2025, OpenCUA): JSON Lines, one task a line, pictures in folders beside them.

A step has `image` and in `value` its `thought`, the pyautogui `code` with coordinates as shares of the screen,
and `last_step_correct` and `last_step_redundant`: what a judge said of this step (as the set's card has it).
Steps that it calls wrong or redundant are history only. `task_completed` is a judge's word too: `claimed`, not
`verified`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from action_space.formats.base import FormatError
from action_space.formats.pyautogui import PyautoguiFormat
from action_space.geometry import Frame, Size
from agent.data.reading import BadSource, Found, LeftOut, Options
from model.training.data.dataset import FolderData
from model.training.data.pictures import PictureFault
from model.training.data.records import Episode, Step

ACTIONS = ("click", "scroll", "input", "drag", "press", "longpress", "hover", "wait", "finished")
_SHARES = Size(1, 1)


def read_agentnet(source: Path, target: FolderData, options: Options) -> Iterator[Found]:
    """Variants: instruction (as without one), natural (`natural_language_task`), actual (`actual_task`)."""
    fields = {"": "instruction", "natural": "natural_language_task", "actual": "actual_task"}
    field = {**fields, "instruction": "instruction"}.get(options.variant)
    if field is None:
        raise BadSource(f"variant: {options.variant!r} of agentnet; accepted: instruction, natural, actual")
    files = [source] if source.is_file() else sorted(source.glob("*.jsonl"))
    if not files:
        raise BadSource(f"{source}: holds no *.jsonl of AgentNet")
    root = source.parent if source.is_file() else source
    for path in files:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                where = f"{path.name}, line {number}"
                try:
                    yield from _task(json.loads(line), field, root, target, options)
                except (ValueError, RecursionError) as error:  # the JSON, a picture, or what `_task` says
                    yield LeftOut(where, str(error), fault=True)


def _task(data: Any, field: str, root: Path, target: FolderData, options: Options) -> Iterator[Found]:
    if not isinstance(data, Mapping):
        raise ValueError("is no object; accepted: a task with task_id, instruction, traj")
    name, task, traj = data.get("task_id"), data.get(field), data.get("traj")
    if not isinstance(name, str) or not name:
        raise ValueError(f"task_id: {name!r}; accepted: a text")
    record_id = f"agentnet/{name}"
    if record_id in options.have:
        return
    if not isinstance(task, str) or not task.strip():
        raise ValueError(f"{field}: {task!r}; accepted: a text")
    if not isinstance(traj, list) or not traj:
        raise ValueError("traj: accepted: a list of steps")
    verdict = "claimed" if data.get("task_completed") is True else "failed"
    if verdict not in options.verdicts:
        yield LeftOut(name, f"task_completed is {data.get('task_completed')!r}; --verdict any takes it too")
        return
    steps = tuple(_step(number, one, root, target) for number, one in enumerate(traj))
    yield Episode(
        id=record_id,
        origin=options.origin("agentnet", text=task, platform=_platform(root, data), licence="MIT"),
        task=task,
        steps=steps,
        verdict=verdict,
        actions=ACTIONS,
    )


def _step(number: int, said: Any, root: Path, target: FolderData) -> Step:
    where = f"traj.{number}"
    value = said.get("value") if isinstance(said, Mapping) else None
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: accepted: an object with image and value")
    image, code = said.get("image"), value.get("code")
    if not isinstance(image, str) or not image or ".." in Path(image).parts or Path(image).is_absolute():
        raise ValueError(f"{where}.image: {image!r}; accepted: the name of a picture")
    try:
        picture = target.add_picture(_found(root, image))
    except PictureFault as error:
        raise ValueError(f"{where}.image: {error}") from error
    frame = Frame(Size(picture.width, picture.height)).with_model(_SHARES)
    try:
        action = PyautoguiFormat().parse(str(code), frame).action.to_json()
    except FormatError as error:
        raise ValueError(f"{where}.value.code: {error}") from error
    wrong, redundant = value.get("last_step_correct") is False, value.get("last_step_redundant") is True
    return Step(
        picture=picture,
        thought=str(value.get("thought") or value.get("action") or ""),
        answer=str(code),
        action=action,
        outcome="failed" if wrong else "done",
        learn=not (wrong or redundant),
    )


def _found(root: Path, image: str) -> Path:
    """The picture, in the folder of the file or one named for pictures."""
    for folder in (root, root / "images", *sorted(path for path in root.glob("*images*") if path.is_dir())):
        if (folder / image).is_file():
            return folder / image
    return root / "images" / image


def _platform(root: Path, data: Mapping[str, Any]) -> str:
    system = str(data.get("system") or data.get("platform") or "").lower()
    return {"darwin": "macos", "ubuntu": "linux"}.get(system, system)
