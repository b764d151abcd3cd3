"""ScreenAgent's recorded desktop sessions (Niu et al. 2024), as their repository holds them.

`SESSION/TIME_translate.json` is one turn on one picture (`SESSION/images/` + `saved_image_name`): it plans,
acts, or judges the last sub-task. A session becomes an episode; the sub-task of a turn is its thought. The first
action of a turn answers its picture and may be learned; further actions of it were done without looking, and are
history only. So are the actions of a try that the next judgement rejects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from action_space.formats.base import FormatError
from action_space.keys import chord
from action_space.schema import validate
from agent.data.reading import BadSource, Found, LeftOut, Options
from agent.evaluate.recorded.screenagent import subtask
from model.training.data.dataset import FolderData
from model.training.data.pictures import PictureFault
from model.training.data.records import Episode, Picture, Step

ACTIONS = ("click", "longpress", "scroll", "drag", "input", "press", "hover", "wait", "finished")

_SYSTEM = re.compile(r"\b(Windows|Linux)\b")


@dataclass
class _Session:
    name: str
    task: str = ""
    platform: str = "unknown"
    steps: list[Step] = field(default_factory=list)
    tried: int = 0  # steps that were judged already
    pointer: list[int] | None = None
    verdict: str = "unknown"


def read_screenagent(source: Path, target: FolderData, options: Options) -> Iterator[Found]:
    """Variant en (as without one) or zh: language of task and sub-tasks."""
    language = options.variant or "en"
    if language not in ("en", "zh"):
        raise BadSource(f"variant: {language!r} of screenagent; accepted: en, zh")
    sessions = sorted(
        {path.parent for path in source.glob("*/*.json")} | {p.parent for p in source.glob("*.json")}
    )
    if not sessions:
        raise BadSource(f"{source}: holds no session of ScreenAgent; looked for SESSION/TIME_translate.json")
    for folder in sessions:
        if f"screenagent/{language}/{folder.name}" in options.have:
            continue
        session = _Session(folder.name)
        for path in sorted(folder.glob("*.json")):
            try:
                _turn(path, session, language, target)
            except (_Bad, PictureFault) as problem:
                yield LeftOut(f"{folder.name}/{path.name}", str(problem), fault=True)
        if not session.steps:
            yield LeftOut(folder.name, "holds no mouse or keyboard action")
            continue
        origin = options.origin("screenagent", platform=session.platform.lower(), licence="Apache-2.0")
        yield Episode(
            id=f"screenagent/{language}/{session.name}",
            origin=origin.model_copy(update={"language": options.language or "mixed"}),
            task=session.task,
            steps=tuple(session.steps),
            verdict="claimed" if session.verdict == "sub_task_success" else "unknown",
            actions=ACTIONS,
        )


class _Bad(ValueError):
    """A turn that is not as published."""


def _turn(path: Path, session: _Session, language: str, target: FolderData) -> None:
    try:
        turn = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise _Bad(f"cannot be read ({error})") from error
    said = turn.get("actions") if isinstance(turn, dict) else None
    if not isinstance(said, list) or not all(isinstance(one, Mapping) for one in said):
        raise _Bad("actions: accepted: a list of actions; another layout?")
    prompt, task = (_text(turn, f"{name}_{language}") for name in ("send_prompt", "task_prompt"))
    session.task = session.task or task
    if found := _SYSTEM.search(str(turn.get("send_prompt_en", ""))):
        session.platform = found[1]
    for one in said:
        if one.get("action_type") == "EvaluateSubTaskAction":
            _judge(session, str(one.get("situation")))
    hands = _paired(one for one in said if one.get("action_type") in _HANDS)
    if not hands:
        return
    name = turn.get("saved_image_name")
    if not isinstance(name, str) or not name or Path(name).name != name:
        raise _Bad(f"saved_image_name: {name!r}; accepted: the name of a file in images/")
    picture = target.add_picture(path.parent / "images" / name)
    thought = subtask(prompt)
    actions = [_action(one, picture, session) for one in hands]  # all of the turn, or none
    session.steps += [
        Step(picture=picture, thought="" if number else thought, action=action, learn=not number)
        for number, action in enumerate(actions)
    ]


def _judge(session: _Session, situation: str) -> None:
    """What the recording says of the actions since the last judgement."""
    session.verdict = situation
    failed = situation in ("need_retry", "need_reformulate")
    outcome = "failed" if failed else "done"
    for number in range(session.tried, len(session.steps)):
        step = session.steps[number]
        change = {"outcome": outcome, "learn": step.learn and not failed}
        session.steps[number] = step.model_copy(update=change)
    session.tried = len(session.steps)


def _paired(actions: Any) -> list[dict[str, Any]]:
    """Press and release, and a move before a drag, are one drag each."""
    found: list[dict[str, Any]] = []
    for one in actions:
        kind, before = one.get("mouse_action_type"), found[-1].get("mouse_action_type") if found else None
        if (kind, before) in (("up", "down"), ("drag", "move")):
            found[-1] = {**one, "mouse_action_type": "drag", "from": found[-1].get("mouse_position")}
        else:
            found.append(dict(one))
    return found


def _action(said: Mapping[str, Any], picture: Picture, session: _Session) -> dict[str, Any]:
    """The canonical action, in its shortest form."""
    try:
        return validate(_HANDS[str(said["action_type"])](said, picture, session)).to_json()
    except FormatError as error:
        raise _Bad(f"actions: {error}") from None


def _mouse(said: Mapping[str, Any], picture: Picture, session: _Session) -> dict[str, Any]:
    kind = str(said.get("mouse_action_type"))
    if kind in ("scroll_up", "scroll_down"):
        return {"action": "scroll", "direction": kind.removeprefix("scroll_")}
    point, start = _place(said.get("mouse_position"), picture), session.pointer
    session.pointer = point
    if kind == "move":
        return {"action": "hover", "start_point": point}
    if kind in ("click", "double_click"):
        clicks = 2 if kind == "double_click" else 1
        return {
            "action": "click",
            "start_point": point,
            "button": said.get("mouse_button", "left"),
            "clicks": clicks,
        }
    if kind == "drag":
        start = _place(said["from"], picture) if "from" in said else start
        if start is None:
            raise _Bad("actions: a drag from wherever the pointer is, which the recording does not say")
        return {"action": "drag", "start_point": start, "end_point": point}
    raise _Bad(
        f"actions: mouse_action_type {kind!r}; accepted: click, double_click, move, drag, down and up, "
        "scroll_up, scroll_down"
    )


def _keys(said: Mapping[str, Any], picture: Picture, session: _Session) -> dict[str, Any]:
    if isinstance(said.get("keyboard_text"), str):
        return {"action": "input", "text": said["keyboard_text"]}
    keys = said.get("keyboard_key")
    if isinstance(keys, str):  # also "Ctrl+S"
        keys = keys.split("+") if len(keys) > 1 else [keys]
    if not isinstance(keys, list) or not keys:
        raise _Bad("actions: a keyboard action needs keyboard_key or keyboard_text")
    try:
        return {"action": "press", "keys": list(chord([str(key) for key in keys]))}
    except ValueError as error:
        raise _Bad(f"actions: keyboard_key: {error}") from None


def _wait(said: Mapping[str, Any], picture: Picture, session: _Session) -> dict[str, Any]:
    seconds = said.get("wait_time")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 60:
        raise _Bad(f"actions: wait_time: {seconds!r}; accepted: seconds from 0 to 60")
    return {"action": "wait", "duration_ms": round(1000 * seconds)}


def _place(place: Any, picture: Picture) -> list[int]:
    try:
        x, y = int(place["width"]), int(place["height"])
    except (KeyError, TypeError, ValueError):
        raise _Bad(f"actions: mouse_position {place!r}; accepted: width and height in pixels") from None
    if not (0 <= x <= picture.width and 0 <= y <= picture.height):
        raise _Bad(
            f"actions: mouse_position [{x}, {y}] lies outside the picture, {picture.width}×{picture.height}"
        )
    return [min(x, picture.width - 1), min(y, picture.height - 1)]


def _text(turn: Mapping[str, Any], name: str) -> str:
    value = turn.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _Bad(f"{name}: {value!r} is not a text; another layout?")
    return value


_HANDS = {"MouseAction": _mouse, "KeyboardAction": _keys, "WaitAction": _wait}
