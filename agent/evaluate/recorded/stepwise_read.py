"""The layouts of recorded phone episodes.

* AITZ and CAGUI: `**/EPISODE/EPISODE.json`, a list of steps with `image_path`, `instruction`, `result_action_type`
  (AITW's numbers, see `_KINDS`), `result_touch_yx`, `result_lift_yx`, `result_action_text`, `ui_positions`. Points
  and boxes are shares of the screen, vertical first; boxes are top, left, height, width.
* AndroidControl: its TFRecords `android_control-*` (see `tfrecords`), and `splits.json`; or `episodes.jsonl`, or a
  JSON file for each episode, with the same fields: `episode_id`, `goal`, `step_instructions`, `actions`,
  `screenshots` naming files; `boxes` may list the boxes of each screen as left, top, right, bottom in pixels.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from action_space.formats.base import FormatError
from action_space.schema import validate
from agent.evaluate.datasets.base import BadData, BadItem, Item, Sides, picture_size
from agent.evaluate.datasets.records import Gathering, Record, files_of, read_records
from agent.evaluate.recorded.stepwise import ANDROID_CONTROL, CAGUI, Past, Rule, Step, swiped
from agent.evaluate.recorded.tfrecords import read_episodes

TAP = 0.04
"""Touches that moved by less, width and height of the screen as 1, are taps."""

_KINDS = {
    0: "long press",
    1: "wait",
    3: "type",
    4: "touch",
    5: "back",
    6: "home",
    7: "enter",
    10: "done",
    11: "no",
}
_PLAIN: dict[str, dict[str, Any]] = {
    "wait": {"action": "wait"},
    "back": {"action": "back"},
    "home": {"action": "press", "keys": ["home"]},
    "enter": {"action": "press", "keys": ["enter"]},
    "done": {"action": "finished"},
    "no": {"action": "finished", "status": "infeasible"},
}


def read_stepwise(folder: Path, variant: str, into: Gathering[Item]) -> None:
    """CAGUI, AITZ and alike; variant android-control: with AndroidControl's narrower rule."""
    if variant not in ("", "cagui", "android-control"):
        raise BadData(f"variant: {variant!r} of stepwise; accepted: cagui, android-control")
    rule = ANDROID_CONTROL if variant == "android-control" else CAGUI
    for path in files_of(folder, "**/*.json", what="recorded episode (EPISODE/EPISODE.json)"):
        past: list[Past] = []
        into.read(read_records(path), partial(_aitw_step, folder=folder, past=past, rule=rule))


def _aitw_step(record: Record, folder: Path, past: list[Past], rule: Rule) -> Step:
    goal, episode = record.text("instruction"), record.label("episode_id", default=record.file.stem)
    number = record.integer("step_id") if "step_id" in record.data else record.number
    names = [record.text("image_path"), Path(record.text("image_path")).name]
    beside = Record(record.file, record.number, {**record.data, "image_path": names[1]})
    try:
        picture = record.picture("image_path", folder)
    except BadItem:
        picture = beside.picture("image_path", record.file.parent)  # the paths of some copies start elsewhere
    size = picture_size(picture)
    action = checked(record, "result_action_type", _aitw_action(record, size))
    step = Step(
        f"{episode}-{number:03d}",
        goal,
        picture,
        action,
        episode,
        number,
        _aitw_boxes(record),
        tuple(past),
        rule,
        groups={
            "subset": record.label("subset", default=record.file.parent.parent.name),
            "action": kind_of(action),
        },
    )
    past.append(Past(picture, action, record.label("coat_action_desc", "low_instruction")))
    return step


def _aitw_action(record: Record, size: tuple[int, int]) -> dict[str, Any]:
    code = record.integer("result_action_type")
    if code not in _KINDS:
        raise record.bad("result_action_type", f"{code}; accepted: {', '.join(map(str, _KINDS))}")
    kind = _KINDS[code]
    if kind == "type":
        return {"action": "input", "text": record.text("result_action_text", empty=True)}
    if kind not in ("touch", "long press"):
        return _PLAIN[kind]
    touch = _share(record, "result_touch_yx")
    lift = _share(record, "result_lift_yx") if kind == "touch" else touch
    point = _pixel(touch, size)
    if kind == "long press":
        return {"action": "longpress", "start_point": point}
    if math.dist(touch, lift) <= TAP:
        return {"action": "click", "start_point": point}
    return {"action": "scroll", "direction": swiped(lift[0] - touch[0], lift[1] - touch[1])}


def _share(record: Record, field: str) -> tuple[float, float]:
    y, x = record.numbers(field, 2)
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise record.bad(field, f"[{y:g}, {x:g}] lies outside the screen; accepted: shares of it, 0–1, y first")
    return x, y


def _pixel(share: tuple[float, float], size: tuple[int, int]) -> list[int]:
    return [min(int(part * side), side - 1) for part, side in zip(share, size, strict=True)]


def _aitw_boxes(record: Record) -> tuple[Sides, ...]:
    value = record.data.get("ui_positions")
    if value in (None, ""):
        return ()
    try:
        boxes = json.loads(value) if isinstance(value, str) else value
        return tuple((x, y, x + width, y + height) for y, x, height, width in boxes)
    except (ValueError, TypeError) as error:
        raise record.bad("ui_positions", f"accepted: a list of [y, x, height, width] ({error})") from None


def read_android_control(folder: Path, variant: str, into: Gathering[Item]) -> None:
    """AndroidControl; variant high: the model is told the goal (as without a variant); low: what the step is.

    Where `splits.json` stands beside the files, only its test part is read.
    """
    if variant not in ("", "high", "low"):
        raise BadData(f"variant: {variant!r} of android-control; accepted: high, low")
    wanted = _test_part(folder / "splits.json")
    patterns = ("android_control-*", "*.tfrecord*", "episodes.jsonl", "*.jsonl", "**/*.json")
    for path in files_of(folder, *patterns, what="episode of AndroidControl"):
        episodes = read_records(path) if path.suffix in (".json", ".jsonl") else read_episodes(path)
        into.files.append(path)
        for episode in episodes:
            if wanted is not None and str(episode.data.get("episode_id")) not in wanted:
                continue
            try:
                steps = _android_records(episode)
            except BadItem as problem:
                into.complaints.append(str(problem))
                continue
            past: list[Past] = []
            into.read(steps, partial(_android_step, folder=folder, past=past, variant=variant))


def _test_part(path: Path) -> set[str] | None:
    """Ids of the test episodes; None: there is no such file."""
    if not path.is_file():
        return None
    try:
        return set(map(str, json.loads(path.read_text("utf-8"))["test"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadData(f"{path}: cannot be read ({error!r}); accepted: an object with a list 'test'") from error


def _android_records(episode: Record) -> list[Record]:
    """A record for each action of an episode."""
    actions, screens = episode.data.get("actions"), episode.data.get("screenshots")
    if not isinstance(actions, list):
        raise episode.bad("actions", "accepted: a list of actions; another layout?")
    if not isinstance(screens, list) or len(screens) < len(actions):
        raise episode.bad("screenshots", f"accepted: a list with a file for each of the {len(actions)} actions")
    steps, boxes = episode.data.get("step_instructions") or [], episode.data.get("boxes") or []
    name = episode.label("episode_id", default=str(episode.number))
    return [
        Record(
            episode.file,
            episode.number,
            {
                "id": f"{name}-{number:03d}",
                "episode": name,
                "number": number,
                "goal": episode.data.get("goal"),
                "step_instruction": steps[number] if number < len(steps) else None,
                "screenshot": screens[number],
                "action": action,
                "boxes": boxes[number] if number < len(boxes) else [],
            },
        )
        for number, action in enumerate(actions)
    ]


def _android_step(record: Record, folder: Path, past: list[Past], variant: str) -> Step:
    picture = record.picture("screenshot", folder, folder / "images", record.file.parent)
    size = picture_size(picture)
    action = checked(record, "action", _android_action(record, size))
    instruction = record.text("step_instruction" if variant == "low" else "goal")
    boxes = record.data["boxes"]
    try:
        shares = tuple((a / size[0], b / size[1], c / size[0], d / size[1]) for a, b, c, d in boxes)
    except (TypeError, ValueError):
        raise record.bad("boxes", "accepted: a list of [left, top, right, bottom] in pixels") from None
    step = Step(
        record.text("id"),
        instruction,
        picture,
        action,
        record.text("episode"),
        record.integer("number"),
        shares,
        tuple(past),
        ANDROID_CONTROL,
        groups={"action": kind_of(action)},
    )
    past.append(Past(picture, action, record.label("step_instruction")))
    return step


def _android_action(record: Record, size: tuple[int, int]) -> dict[str, Any]:
    said = record.data.get("action")
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except ValueError:
            said = None
    if not isinstance(said, Mapping) or "action_type" not in said:
        raise record.bad("action", "accepted: an object with action_type")
    kind = said["action_type"]
    try:
        if kind in ("click", "long_press"):
            name = "click" if kind == "click" else "longpress"
            return {"action": name, "start_point": [int(said["x"]), int(said["y"])]}
        if kind == "scroll":
            return {"action": "scroll", "direction": said["direction"]}
        if kind in ("input_text", "type"):
            return {"action": "input", "text": said["text"]}
        if kind == "open_app":
            return {"action": "open", "app": said["app_name"]}
    except (KeyError, TypeError, ValueError) as error:
        raise record.bad("action", f"{kind!r} lacks or spoils {error}") from None
    if kind in _ANDROID_PLAIN:
        return _PLAIN[_ANDROID_PLAIN[kind]]
    accepted = "click, long_press, scroll, input_text, type, open_app, " + ", ".join(_ANDROID_PLAIN)
    raise record.bad("action", f"action_type {kind!r}; accepted: {accepted}")


_ANDROID_PLAIN = {"navigate_home": "home", "navigate_back": "back", "wait": "wait", "status": "done"}


def checked(record: Record, field: str, action: dict[str, Any]) -> dict[str, Any]:
    """The action in its shortest form. Raises BadItem: it is no action of ours."""
    try:
        return validate(action).to_json()
    except FormatError as error:
        raise record.bad(field, str(error)) from None


def kind_of(action: Mapping[str, Any]) -> str:
    """The kind of action, as figures are grouped by."""
    return "press" if action["action"] == "back" else str(action["action"])
