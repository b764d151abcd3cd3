"""Our own traces (docs/trace.md) as episodes.

Only runs that a check verified are taken over, unless one asks for more. Learned is what led there: steps that
failed, that were taken back, or that typed a secret stay as history. Secrets never leave (`agent.data.hiding`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from action_space.actions import ACTIONS
from action_space.formats.base import FormatError
from action_space.geometry import Size
from action_space.schema import validate
from agent.data.hiding import Hider, is_secret, typed_secret
from agent.data.reading import BadSource, Found, LeftOut, Options
from agent.trace.reader import Trace, read_trace
from agent.trace.writer import TRACE_VERSION, TraceError
from model.training.data.dataset import FolderData
from model.training.data.pictures import PictureFault
from model.training.data.records import Episode, Step

VERDICTS = {"verified": "verified", "claimed": "claimed", "failed": "failed"}
LOOKING = ("scroll", "hover", "wait")
"""Actions that only look: to look and to look back is no error that was taken back."""

_PLATFORMS = {"browser": "web", "desktop": "linux"}


def read_runs(source: Path, target: FolderData, options: Options) -> Iterator[Found]:
    """One trace folder, or a folder of them. No variants."""
    folders = sorted({path.parent for name in ("run.json", "traj.jsonl") for path in source.rglob(name)})
    if not folders:
        raise BadSource(f"{source}: holds no trace: there is no run.json in it or below it")
    for folder in folders:
        yield from read_run(folder, target, options)


def read_run(
    folder: Path,
    target: FolderData,
    options: Options,
    *,
    name: str = "",
    verdict: str = "",
    reward: float | None = None,
) -> Iterator[Found]:
    """The episode of one trace folder.

    Args:
        name: its id; "": made from the trace.
        verdict, reward: what a judge outside the trace said; "" and None: what the trace says.
    """
    try:
        trace = read_trace(folder)
    except TraceError as error:
        yield LeftOut(folder.name, str(error), fault=True)
        return
    version = trace.run.get("trace_version")
    if version is not None and (not isinstance(version, int) or version > TRACE_VERSION):
        problem = f"run.json: trace_version: {version!r}; accepted: up to {TRACE_VERSION}"
        yield LeftOut(folder.name, problem, fault=True)
        return
    name = name or _name(trace)
    if name in options.have:
        return
    verdict = verdict or VERDICTS.get(str((trace.result or {}).get("status")), "unknown")
    if verdict not in options.verdicts:
        told = "claimed" if verdict == "claimed" else "any"
        yield LeftOut(
            folder.name, f"is {verdict}, not {' or '.join(sorted(options.verdicts))}; --verdict {told} takes it"
        )
        return
    task = trace.run.get("task")
    if not isinstance(task, str) or not task.strip() or not trace.steps:
        yield LeftOut(folder.name, "holds no task or no step", fault=True)
        return
    # A trace that lost a line would teach a step that nothing led to.
    if damage := [one for one in trace.problems if not one.startswith("result.json is missing")]:
        yield LeftOut(folder.name, damage[0], fault=True)
        return
    try:
        yield _episode(trace, name, task, verdict, reward, target, options)
    except (PictureFault, FormatError, ValueError) as error:
        yield LeftOut(folder.name, str(error), fault=True)


def _name(trace: Trace) -> str:
    """Unique for a run, whatever its folder is called now."""
    text = json.dumps(trace.run, sort_keys=True, ensure_ascii=True)
    return f"runs/{trace.run.get('id') or trace.folder.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _episode(
    trace: Trace,
    name: str,
    task: str,
    verdict: Any,
    reward: float | None,
    target: FolderData,
    options: Options,
) -> Episode:
    hider = Hider({secret for step in trace.steps if (secret := typed_secret(step))})
    steps = [_step(trace.folder, line, hider, target) for line in trace.steps]
    for number in taken_back(trace.steps, steps):
        steps[number] = steps[number].model_copy(update={"learn": False})
    environment = str(_part(trace.run, "environment").get("name") or "")
    score = _part(trace.result or {}, "verdict").get("score")
    if reward is None and isinstance(score, int | float) and 0 <= score <= 1:
        reward = float(score)
    actions = trace.run.get("actions")
    return Episode(
        id=name,
        origin=options.origin("runs", text=task, platform=_PLATFORMS.get(environment, environment)),
        task=hider.text(task),
        steps=tuple(steps),
        verdict=verdict,
        reward=reward,
        actions=tuple(one for one in actions if one in ACTIONS) if isinstance(actions, list) else (),
    )


def _step(folder: Path, line: dict[str, Any], hider: Hider, target: FolderData) -> Step:
    file = line.get("screenshot_file")
    if not isinstance(file, str) or Path(file).name != file:
        raise ValueError(f"step {line.get('step_num')}: screenshot_file: {file!r}; accepted: a file of the folder")
    picture = target.add_picture(folder / file, scale=_scale(line))
    raw, error, effect = line.get("action"), _part(line, "error"), _part(line, "effect")
    action: dict[str, Any] | None = None
    hidden = is_secret(line)
    if raw is not None:
        action = validate(raw, Size(picture.width, picture.height)).to_json()
        clean = hider.value(action)
        if hidden and action["action"] == "input":
            clean = {**clean, "text": hider.text(str(clean["text"]))}
        hidden, action = hidden or clean != action, validate(clean).to_json()
    told = line.get("told")
    return Step(
        picture=picture,
        frame=line["frame"] if isinstance(line.get("frame"), dict) else None,
        notes=tuple(hider.text(str(note)) for note in told) if isinstance(told, list) else (),
        thought=hider.text(str(line.get("thought") or "")),
        answer=hider.text(str(line.get("response") or "")),
        action=action,
        outcome="failed" if error or action is None else "done",
        effect=hider.text(str(effect.get("text") or "")),
        error=hider.text(str(error.get("message") or "")),
        learn=not (error or action is None or hidden),
    )


def taken_back(lines: Mapping[int, Any] | tuple[dict[str, Any], ...], steps: list[Step]) -> set[int]:
    """Numbers of the steps that the run itself undid: it went a step and the next one led exactly back.

    Exactly: the same picture at the same address as before the first of the two. What lies inside such a pair is
    taken back with it, as a menu in a menu that was closed again.
    """
    found: set[int] = set()
    open_steps: list[int] = []
    for number, step in enumerate(steps):
        here = step.picture.sha256, _address(lines[number])
        while len(open_steps) >= 2:
            first = open_steps[-2]
            before = steps[first].picture.sha256, _address(lines[first])
            between = steps[open_steps[-1]].picture.sha256
            name = (steps[first].action or {}).get("action")
            if before != here or between == step.picture.sha256 or name in LOOKING:
                break
            found.update(open_steps[-2:])
            del open_steps[-2:]
        open_steps.append(number)
    return found


def _address(line: Any) -> Any:
    return line.get("url") if isinstance(line, Mapping) else None


def _part(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _scale(line: dict[str, Any]) -> float:
    """Screenshot pixels per device point, across."""
    ratio = _part(line, "frame").get("pixel_ratio")
    first = ratio[0] if isinstance(ratio, list) and ratio else 1.0
    return float(first) if isinstance(first, int | float) and first > 0 else 1.0
