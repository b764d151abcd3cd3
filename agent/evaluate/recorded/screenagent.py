"""ScreenAgent's recorded desktop sessions (Niu et al. 2024), as their repository holds them.

`SESSION/TIME_translate.json` is one turn: the task, the prompt with the sub-task, and the corrected `actions`;
the picture is `SESSION/images/` + `saved_image_name`. Turns that plan or judge hold no mouse or keyboard action
and are no items. Of a turn that holds several, the first is compared: that is what a model is asked for here.

Their own score compares whole sequences with clickable areas, which these files lack. So a click is right within
0.14 of the screen of the recorded point, as in `stepwise`; `distance` says how far off it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from action_space.keys import chord
from agent.evaluate.datasets.base import BadData, Item, picture_size
from agent.evaluate.datasets.records import Gathering, Record, files_of, read_records
from agent.evaluate.recorded.stepwise import DESKTOP, Past, Step
from agent.evaluate.recorded.stepwise_read import checked, kind_of

# The quotation mark that ends the line, or the sentence, ends the sub-task: it may quote a name itself.
_SUBTASK = re.compile(
    r"(?:sub-?\s?task(?:\s+now)?\s+is\s*:?\s*(?:to\s+)?|子任务\s*(?:是|为)\s*[:：]?\s*)"
    r"[\"“”'‘「](.+?)[\"”“'’」](?:\s*[.。;；](?=\s|\Z|[\u4e00-\u9fff])|\s*[.。,，;；]?[ \t]*(?:\r?\n|\Z)"
    r"|\s*[,，]?\s*(?=please\b|could\b|请))",
    re.DOTALL | re.IGNORECASE,
)


def subtask(prompt: str) -> str:
    """The sub-task that a prompt names; "" where it names none. In English or Chinese."""
    found = _SUBTASK.search(prompt)
    return found[1].strip() if found else ""


def read_screenagent(folder: Path, variant: str, into: Gathering[Item]) -> None:
    """ScreenAgent; variant en (as without one) or zh: language of the task."""
    if variant not in ("", "en", "zh"):
        raise BadData(f"variant: {variant!r} of screenagent; accepted: en, zh")
    language = variant or "en"
    pasts: dict[str, list[Past]] = {}
    for path in files_of(folder, "*/*_translate.json", "*/*.json", what="session of ScreenAgent"):
        past = pasts.setdefault(path.parent.name, [])
        into.read(read_records(path), partial(_turn, past=past, language=language))


def _turn(record: Record, past: list[Past], language: str) -> Step | None:
    said = record.data.get("actions")
    if not isinstance(said, list):
        raise record.bad("actions", "accepted: a list of actions; another layout?")
    done = [one for one in said if isinstance(one, Mapping) and one.get("action_type") in _HANDS]
    if not done:
        return None
    session, picture = record.file.parent.name, record.picture("saved_image_name", record.file.parent / "images")
    size, number = picture_size(picture), len(past)
    start = _position(record, done[0], size) or (size[0] // 2, size[1] // 2)
    meant = _dragged(record, done, size) or _HANDS[str(done[0]["action_type"])](record, done[0], size, start)
    action = checked(record, "actions", meant)
    task = record.text(f"task_prompt_{language}")
    told = subtask(record.text(f"send_prompt_{language}"))
    step = Step(
        f"{session}-{record.file.stem.removesuffix('_translate')}",
        told or task,
        picture,
        action,
        session,
        number,
        (),
        tuple(past),
        actions=DESKTOP,
        groups={"action": kind_of(action), "told": "sub-task" if told else "task"},
    )
    past.append(Past(picture, action, told))
    return step


def _dragged(record: Record, done: list[Mapping[str, Any]], size: tuple[int, int]) -> dict[str, Any] | None:
    """The drag that several mouse actions together are: a move to where it begins, or down, move and up."""
    kinds = [one.get("mouse_action_type") for one in done if one.get("action_type") == "MouseAction"][:3]
    if len(kinds) < min(len(done), 2) or kinds[:2] not in (["move", "drag"], ["down", "move"], ["down", "drag"]):
        return None
    start, end = _position(record, done[0], size), _position(record, done[1], size)
    return {"action": "drag", "start_point": list(start), "end_point": list(end)} if start and end else None


def _mouse(
    record: Record, said: Mapping[str, Any], size: tuple[int, int], start: tuple[int, int]
) -> dict[str, Any]:
    kind = str(said.get("mouse_action_type"))
    if kind in ("scroll_up", "scroll_down"):
        return {"action": "scroll", "direction": kind.removeprefix("scroll_")}
    if kind == "move":
        return {"action": "hover", "start_point": list(start)}
    if kind in ("click", "double_click", "down", "up"):
        clicks = 2 if kind == "double_click" else 1
        return {"action": "click", "start_point": list(start), "button": said["mouse_button"], "clicks": clicks}
    if kind == "drag":  # from wherever the pointer is, which the files do not say
        middle = [size[0] // 2, size[1] // 2]
        return {"action": "drag", "start_point": middle, "end_point": list(start)}
    accepted = "click, double_click, down, up, move, drag, scroll_up, scroll_down"
    raise record.bad("actions", f"mouse_action_type {kind!r}; accepted: {accepted}")


def _keys(
    record: Record, said: Mapping[str, Any], size: tuple[int, int], start: tuple[int, int]
) -> dict[str, Any]:
    if said.get("keyboard_text") is not None:
        return {"action": "input", "text": str(said["keyboard_text"])}
    keys = said.get("keyboard_key")
    if isinstance(keys, str):  # also "Ctrl+S"
        keys = keys.split("+") if len(keys) > 1 else [keys]
    if not isinstance(keys, list) or not keys:
        raise record.bad("actions", "a keyboard action needs keyboard_key or keyboard_text")
    try:
        return {"action": "press", "keys": list(chord([str(key) for key in keys]))}
    except ValueError as error:
        raise record.bad("actions", f"keyboard_key: {error}") from None


def _position(record: Record, said: Mapping[str, Any], size: tuple[int, int]) -> tuple[int, int] | None:
    place = said.get("mouse_position")
    if place is None:
        return None
    try:
        x, y = int(place["width"]), int(place["height"])
    except (KeyError, TypeError, ValueError):
        raise record.bad("actions", f"mouse_position {place!r}; accepted: width and height in pixels") from None
    record.within("actions", (x, y), size)
    return min(max(x, 0), size[0] - 1), min(max(y, 0), size[1] - 1)


_HANDS = {"MouseAction": _mouse, "KeyboardAction": _keys}
