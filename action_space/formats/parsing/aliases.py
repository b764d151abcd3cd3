"""Other words for the same thing: names of actions and fields that models borrow from other tools.

`to_canonical` turns a JSON object with such names into one with ours, and notes each change. What is canonical
already passes untouched. Points stay in the model's space.
"""

from __future__ import annotations

import re
from typing import Any

from action_space.actions import ACTIONS
from action_space.formats.parsing.points import BOXES
from action_space.formats.parsing.scalars import number
from action_space.formats.parsing.statuses import status_of
from action_space.formats.parsing.values import flip, rewrite_values, scroll_deltas, turn

# Name without case, blanks, hyphens and underscores → canonical action and the fields that the name implies.
_WORDS: dict[str, str] = {
    "click": "leftclick singleclick leftsingle tap mouseclick clickat clickelement 点击",
    "scroll": "scrollat wheel mousewheel scrollpage mousescroll 滚动",
    "input": "type inputtext write typewrite fill entertext typetext settext inserttext typein 输入",
    "drag": "dragto leftclickdrag draganddrop mousedrag leftdrag swipe dragdrop slide 拖拽 拖动",
    "open": "openapp launch launchapp startapp openapplication",
    "press": "key keypress hotkey sendkeys keyboardpress presskey keyboard shortcut keycombination keycombo 按键",
    "finished": "finish done complete completed terminate taskcomplete end stop answer finishtask 完成 结束",
    "longpress": "longclick longtap pressandhold holdclick 长按",
    "hover": "move mousemove moveto movemouse hoverover hoverat 悬停",
    "select": "selectoption choose selecttext dropdown choiceselect 选择",
    "wait": "sleep pause 等待",
    "appswitch": "switchapp activateapp switchtoapp",
    "navigate": "goto visit visiturl gotourl openurl navigateto loadurl browse opensite openwebsite",
    "back": "goback historyback navigateback pressback 返回",
    "new_tab": "opentab createtab tabnew newpage opennewtab",
    "switch_tab": "switchtotab changetab tabfocus selecttab focustab activatetab",
    "close_tab": "tabclose closepage",
    "upload": "uploadfile uploadfiles setinputfiles filechooser",
    "dialog": "handledialog jsdialog alert handlealert",
    "key_down": "holdkey",
    "key_up": "releasekey",
    "mouse_down": "leftmousedown pressmouse",
    "mouse_up": "leftmouseup releasemouse",
    "ask_user": "calluser ask askquestion requestuser askhuman askforhelp",
}
_ACTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    word: (name, {}) for name, words in _WORDS.items() for word in words.split()
}
_ACTIONS |= {name.replace("_", ""): (name, {}) for name in ACTIONS}
_ACTIONS |= {word: ("click", {"button": "right"}) for word in ("rightclick", "rightsingle", "contextclick")}
_ACTIONS |= {
    word: ("click", {"clicks": 2}) for word in ("doubleclick", "leftdouble", "dblclick", "doubletap", "双击")
}
_ACTIONS |= {f"scroll{to}": ("scroll", {"direction": to}) for to in ("up", "down", "left", "right")}
_ACTIONS |= {f"swipe{to}": ("swipe", {"direction": to}) for to in ("up", "down", "left", "right")}
_ACTIONS |= {
    "hscroll": ("scroll", {}),
    "middleclick": ("click", {"button": "middle"}),
    "tripleclick": ("click", {"clicks": 3}),
    "fail": ("finished", {"status": "failed"}),
    "reportinfeasible": ("finished", {"status": "infeasible"}),
    "infeasible": ("finished", {"status": "infeasible"}),
    "impossible": ("finished", {"status": "infeasible"}),
    "acceptdialog": ("dialog", {"response": "accept"}),
    "dismissdialog": ("dialog", {"response": "dismiss"}),
    "swipe": ("swipe", {}),
}

_NAME_FIELDS = ("action", "action_type", "actiontype", "action_name", "name", "type", "function", "tool", "动作")
_NESTED_FIELDS = ("arguments", "args", "parameters", "params", "action_input", "input", "kwargs")
_THOUGHT_FIELDS = ("thought", "thoughts", "reasoning", "think", "rationale", "explanation", "思考")
_NOTE_FIELDS = (
    "description",
    "desc",
    "label",
    "element",
    "element_description",
    "target",
    "step",
    "confidence",
    "id",
)
_START = (
    "coordinate",
    "coordinates",
    "position",
    "pos",
    "point",
    "location",
    "start",
    "start_coordinate",
    "start_coordinates",
    "start_position",
    "start_box",
    "start_coords",
    "from",
    "from_point",
    "bbox",
    "bbox_2d",
    "box",
    "click_point",
    "xy",
    "source",
    "coord",
    "coords",
    "center",
)
_END = (
    "end",
    "to",
    "end_coordinate",
    "end_coordinates",
    "end_position",
    "end_box",
    "to_point",
    "target_point",
    "end_coords",
    "destination",
    "coordinate2",
    "target_coordinate",
)
_TEXT = ("content", "value", "input_text", "string", "input", "message", "query", "typed_text")

_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "click": {"clicks": ("num_clicks", "count", "click_count", "times"), "button": ("mouse_button",)},
    "scroll": {
        "direction": ("scroll_direction", "dir", "to"),
        "scroll_distance": ("distance", "pixels", "amount_px"),
    },
    "input": {
        "text": _TEXT,
        "submit": ("enter", "press_enter", "press_enter_after", "hit_enter"),
        "clear": ("clear_first", "clear_before", "clear_before_typing", "overwrite", "replace"),
    },
    "open": {"app": ("app_name", "application", "app_id", "package", "text", "value")},
    "appswitch": {"app": ("app_name", "application", "app_id", "package", "text", "value")},
    "press": {
        "repeat": ("presses", "times", "count"),
        "keys": ("key", "keys_to_press", "hotkey", "combo", "combination", "key_comb", "text", "value"),
    },
    "finished": {"answer": ("text", "content", "value", "return", "result"), "reason": ("message",)},
    "select": {"text": (*_TEXT, "option")},
    "navigate": {"url": ("link", "address", "href", "text", "value")},
    "new_tab": {"url": ("link", "address", "href")},
    "switch_tab": {"index": ("tab", "tab_index", "tab_id", "page_id")},
    "close_tab": {"index": ("tab", "tab_index", "tab_id", "page_id")},
    "upload": {"paths": ("path", "files", "file", "file_path", "filename", "file_paths")},
    "dialog": {"response": ("answer",), "text": ("prompt_text", "value")},
    "ask_user": {"question": ("text", "content", "message", "prompt", "value")},
}


def is_action(data: dict[str, Any]) -> bool:
    """`data` names an action, in whatever words."""
    return bool(_name_of(data)) or (len(data) == 1 and _known(next(iter(data))) and _is_object(data))


def to_canonical(data: dict[str, Any], repairs: list[str], *, finger: bool = False) -> tuple[dict[str, Any], str]:
    """`data` with our names, and the thought that stood among its fields.

    Args:
        repairs: gets a phrase for each change.
        finger: directions on the wire are MiMo-VL's (`values.turn`); they stay so.
    """
    data = dict(data)
    if len(data) == 1 and not _name_of(data) and _is_object(data) and _known(name := next(iter(data))):
        repairs.append("action name taken from the field name")
        data = {"action": name, **data[name]}
    data = _flat(data, repairs)
    thought = _take_thought(data, repairs)
    known, implied = _action_of(data, repairs)
    if known is None:
        return data, thought
    name = known
    for field, value in implied.items():
        if field == "status" and field in data:  # {"action": "fail", "status": "success"} tells of no success
            repairs.append(f"status read as '{value}', as the action is named")
            data[field] = value
        data.setdefault(field, value)
    if name == "swipe":
        name = _swipe(data, repairs, finger)
    data["action"] = name
    cls = ACTIONS[name]
    _rename_points(name, data, repairs)
    if name == "scroll":
        scroll_deltas(data, repairs, finger)
    if name == "finished" and status_of(data.get("result")):
        _rename(data, "status", ("result",), repairs)
    for field, others in _FIELDS.get(name, {}).items():
        _rename(data, field, others, repairs)
    rewrite_values(name, data, repairs)
    for field in _NOTE_FIELDS:
        if field in data and field not in cls.model_fields:
            repairs.append(f"field '{field}' left out")
            del data[field]
    return data, thought


def _squeezed(name: str) -> str:
    return re.sub(r"[\s_.-]", "", name[:60]).lower().removeprefix("pyautogui").removeprefix("browser")


def _known(name: object) -> bool:
    return isinstance(name, str) and _squeezed(name) in _ACTIONS


def _is_object(data: dict[str, Any]) -> bool:
    return isinstance(next(iter(data.values())), dict)


def _name_of(data: dict[str, Any]) -> str:
    """The field that names the action, "" if none does."""
    if "action" in data:
        return "action"
    return next((f for f in _NAME_FIELDS if f in data and (_known(data[f]) or _nested(data))), "")


def _nested(data: dict[str, Any]) -> str:
    return next((f for f in _NESTED_FIELDS if isinstance(data.get(f), dict)), "")


def _flat(data: dict[str, Any], repairs: list[str]) -> dict[str, Any]:
    """Without the nesting of a tool call: {"name": …, "arguments": {…}}, {"action": {"name": …, …}}."""
    inner = data.get("action")
    if isinstance(inner, dict):
        repairs.append("nested fields taken out")
        rest = {k: v for k, v in data.items() if k in _THOUGHT_FIELDS}
        named = inner if _name_of(inner) or len(inner) != 1 else {"action": next(iter(inner))}
        values = next(iter(inner.values())) if named is not inner else {}
        return _flat({**rest, **named, **(values if isinstance(values, dict) else {})}, repairs)
    if nested := _nested(data):
        repairs.append("nested fields taken out")
        inside = data.pop(nested)
        if _name_of(inside):  # the outer name is the tool's
            data = {k: v for k, v in data.items() if k not in _NAME_FIELDS}
        return {**data, **inside}
    return data


def _take_thought(data: dict[str, Any], repairs: list[str]) -> str:
    for field in _THOUGHT_FIELDS:
        if field in data:
            repairs.append(f"thought taken from the field '{field}'")
            thought = data.pop(field)
            return thought if isinstance(thought, str) else ""
    return ""


def _action_of(data: dict[str, Any], repairs: list[str]) -> tuple[str | None, dict[str, Any]]:
    field = _name_of(data)
    said = data.get(field)
    if not field or not _known(said):
        return None, {}
    assert isinstance(said, str)
    if field != "action":
        repairs.append(f"field '{field}' read as 'action'")
        del data[field]
    name, implied = _ACTIONS[_squeezed(said)]
    if name != said or name == "swipe":
        repairs.append(f"action '{said[:40]}' read as '{name if name != 'swipe' else 'drag'}'")
    return name, implied


def _swipe(data: dict[str, Any], repairs: list[str], finger: bool) -> str:
    """A swipe between two points is a drag; in a direction it moves the content, as a finger does."""
    to = data.get("direction", data.get("to"))
    if flip(to) == to:
        return "drag"
    data.pop("to", None)
    data["direction"] = turn(flip(to)) if finger else flip(to)
    repairs[-1] = f"swipe {to} read as scroll"
    return "scroll"


def _rename(data: dict[str, Any], field: str, others: tuple[str, ...] | list[str], repairs: list[str]) -> None:
    if field in data:
        return
    for other in others:
        if other in data:
            data[field] = data.pop(other)
            repairs.append(f"field '{other}' read as '{field}'")
            return


def _rename_points(name: str, data: dict[str, Any], repairs: list[str]) -> None:
    fields = ACTIONS[name].model_fields
    for field, pairs in (
        ("start_point", (("x", "y"), ("x1", "y1"), ("start_x", "start_y"), ("startX", "startY"))),
        ("end_point", (("x2", "y2"), ("end_x", "end_y"), ("endX", "endY"), ("to_x", "to_y"))),
    ):
        if field not in fields or field in data:
            continue
        if field == "start_point" and "end_point" not in fields:
            for box in BOXES:
                if all(number(data.get(side)) is not None for side in box):
                    data[field] = {side: data.pop(side) for side in box}
                    repairs.append(f"fields '{', '.join(box)}' read as a box")
                    break
        for x, y in pairs if field not in data else ():
            if x in data and y in data:
                data[field] = [data.pop(x), data.pop(y)]
                repairs.append(f"fields '{x}', '{y}' read as '{field}'")
                break
    if "end_point" in fields:
        path = data.get("path")
        if isinstance(path, list) and len(path) >= 2 and "end_point" not in data and "start_point" not in data:
            data["start_point"], *between, data["end_point"] = path
            data["path"] = between
            repairs.append("first and last point of 'path' taken")
        _rename(data, "end_point", _END, repairs)
        if "start_coordinate" in data and "end_point" not in data:  # then `coordinate` is where the drag ends
            _rename(data, "end_point", ["coordinate"], repairs)
        _rename(data, "start_point", ["start_coordinate", *_START], repairs)
    elif "start_point" in fields:
        _rename(data, "start_point", _START, repairs)
