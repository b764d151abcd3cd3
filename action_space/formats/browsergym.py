"""BrowserGym's coordinate actions: ``mouse_click(640, 400)``, ``keyboard_type('SU7')``, ``scroll(0, 400)``.

The code is parsed, never run; calls that together mean one action fold into it. Points are in the model's space,
scroll distances in CSS pixels, which for the usual pixel ratio of 1 are screenshot pixels. `send_msg_to_user` ends
a task with its answer; an end without an answer has no word there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from action_space import keys as key_names
from action_space import schema
from action_space.actions import BaseAction
from action_space.formats.base import CannotExpress, FormatError, Parsed
from action_space.formats.parsing import json_action as wire
from action_space.formats.parsing.chords import split_chord, struck
from action_space.formats.parsing.event_folding import Event, parsed
from action_space.formats.parsing.points import read_point, write_point
from action_space.formats.parsing.python_calls import Call, read_calls
from action_space.formats.parsing.scalars import number, text_of
from action_space.formats.parsing.statuses import confessed
from action_space.geometry import Frame

_SIGNS = {"down": 1, "right": 1, "up": -1, "left": -1}


class BrowserGymFormat:
    """Expresses mouse, keyboard, tabs, navigation and uploads by point."""

    name = "browsergym"

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        calls, thought, repairs = read_calls(text)
        events = [event for call in calls[:200] for event in _events(call, frame, repairs)]
        return parsed(events, frame, thought, repairs)

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        wire.plain(self.name, action, "press.repeat", "mouse_down", "mouse_up", "key_down", "key_up")
        lines = _write(action.to_json(), frame)
        if lines is None:
            raise CannotExpress(f"browsergym has no words for {action.to_json()}"[:200])
        return "\n".join(lines)

    def schema(self, frame: Frame) -> None:
        """Code, not JSON."""
        return


def _events(call: Call, frame: Frame, repairs: list[str]) -> list[Event]:
    name = call.name
    if name in ("mouse_click", "mouse_dblclick"):
        bound = call.bind("x", "y", "button")
        number = 2 if name == "mouse_dblclick" else 1
        return [Event("click", _point(call, bound, frame, repairs), button=_button(call, bound), number=number)]
    if name == "mouse_move":
        return [Event("move", _point(call, call.bind("x", "y"), frame, repairs))]
    if name in ("mouse_down", "mouse_up"):
        bound = call.bind("x", "y", "button")
        kind: Any = "down" if name == "mouse_down" else "up"
        return [Event(kind, _point(call, bound, frame, repairs), button=_button(call, bound))]
    if name == "mouse_drag_and_drop":
        bound = call.bind("from_x", "from_y", "to_x", "to_y")
        ends = [
            _point(call, {"x": bound.get(f"{end}_x"), "y": bound.get(f"{end}_y")}, frame, repairs)
            for end in ("from", "to")
        ]
        return [Event("move", ends[0]), Event("drag", ends[1])]
    if name in _SIMPLE:
        return [_SIMPLE[name](call)]
    if name == "send_msg_to_user":
        return [_message(call, repairs)]
    if name == "scroll":
        return _scroll(call, repairs)
    if name == "scroll_at":
        bound = call.bind("x", "y", "delta_x", "delta_y")
        deltas = Call(name, (), {key: bound[key] for key in ("delta_x", "delta_y") if key in bound})
        return [Event("move", _point(call, bound, frame, repairs)), *_scroll(deltas, repairs)]
    if name == "mouse_upload_file":
        bound = call.bind("x", "y", "file")
        paths = bound.get("file")
        point = _point(call, bound, frame, repairs)
        data = {"action": "upload", "paths": paths if isinstance(paths, list) else [paths]}
        return [Event("end", data={**data, "start_point": list(point)})]
    allowed = "mouse_click, mouse_move, keyboard_type, keyboard_press, scroll, goto, noop, send_msg_to_user …"
    raise call.error("is no known call", allowed)


def _scroll(call: Call, repairs: list[str]) -> list[Event]:
    bound = call.bind("delta_x", "delta_y")
    dx, dy = number(bound.get("delta_x", 0)), number(bound.get("delta_y", 0))
    if dx is None or dy is None or max(abs(dx), abs(dy)) > 1e9:
        raise call.error(
            f"dx={schema.shorten(bound.get('delta_x'))}, dy={schema.shorten(bound.get('delta_y'))}", "pixels"
        )
    if not dx and not dy:
        repairs.append("a scroll by 0 left out")
    return [
        Event("scroll", data={"action": "scroll", "direction": way, "scroll_distance": _pixels(delta, repairs)})
        for delta, way in ((dy, "down" if dy > 0 else "up"), (dx, "right" if dx > 0 else "left"))
        if delta
    ]


def _pixels(delta: float, repairs: list[str]) -> int:
    if abs(delta) > 65535:
        repairs.append("scroll distance cut to 65535 pixels")
    return min(max(1, round(abs(delta))), 65535)


def _text(call: Call, *names: str) -> str:
    value = text_of(next(iter(call.bind(*names).values()), None))
    if value is None:
        raise call.error(f"{schema.shorten(value)} is not a text", f"{names[0]}='…'")
    return value


def _typed(call: Call) -> Event:
    return Event("write", text=_text(call, "text", *(("delay",) if call.name == "keyboard_type" else ())))


def _press(call: Call) -> Event:
    keys, often = struck(split_chord(_text(call, "key")), f"{call.name}.key")
    return Event("press", keys=keys, number=often)


def _hold(call: Call) -> Event:
    kind: Any = "key_down" if call.name == "keyboard_down" else "key_up"
    return Event(kind, keys=_chord(call, _text(call, "key")))


def _chord(call: Call, said: str) -> tuple[str, ...]:
    try:
        return key_names.chord(split_chord(said))
    except ValueError as error:
        raise FormatError(f"{call.name}: {error}", field="key", value=schema.shorten(said)) from None


def _noop(call: Call) -> Event:
    said = call.bind("wait_ms").get("wait_ms", 1000)
    wait = number(said)
    if wait is None or not 0 <= wait < 1e9:
        raise call.error(f"wait_ms={schema.shorten(said)}", "0 to 60000")
    return Event("sleep", number=round(min(wait, 60_000)))


def _message(call: Call, repairs: list[str]) -> Event:
    words = _text(call, "text")
    status = confessed(words, repairs)
    if status != "success":
        return Event("end", data={"action": "finished", "status": status, "reason": words[:10_000]})
    return Event("end", data={"action": "finished", "answer": words})


def _infeasible(call: Call) -> Event:
    reason = _text(call, "reason") if call.args or call.kwargs else ""
    return Event(
        "end", data={"action": "finished", "status": "infeasible", **({"reason": reason} if reason else {})}
    )


def _tab(call: Call) -> Event:
    index = call.bind("index").get("index")
    return Event("end", data={"action": "switch_tab", "index": index})


def _is(data: dict[str, Any]) -> Callable[[Call], Event]:
    def read(call: Call) -> Event:
        call.bind()
        return Event("end", data=dict(data))

    return read


_SIMPLE: dict[str, Callable[[Call], Event]] = {
    "keyboard_type": _typed,
    "keyboard_insert_text": _typed,
    "keyboard_press": _press,
    "keyboard_down": _hold,
    "keyboard_up": _hold,
    "noop": _noop,
    "report_infeasible": _infeasible,
    "report_infeasible_instructions": _infeasible,
    "goto": lambda call: Event("end", data={"action": "navigate", "url": _text(call, "url")}),
    "go_back": _is({"action": "back"}),
    "go_forward": _is({"action": "press", "keys": ["forward"]}),
    "new_tab": _is({"action": "new_tab"}),
    "tab_focus": _tab,
    "tab_close": _is({"action": "close_tab"}),
}


def _point(call: Call, bound: dict[str, Any], frame: Frame, repairs: list[str]) -> tuple[int, int]:
    return read_point(f"{call.name}.start_point", [bound.get("x"), bound.get("y")], frame, repairs)


def _button(call: Call, bound: dict[str, Any]) -> str:
    button = bound.get("button", "left")
    if button not in ("left", "middle", "right"):
        raise call.error(f"button={schema.shorten(button)}", "left, middle, right")
    return str(button)


# Writing


def _write(data: dict[str, Any], frame: Frame) -> list[str] | None:
    name = data["action"]
    at = ", ".join(map(str, write_point(data["start_point"], frame))) if "start_point" in data else ""
    if name in _WORDS:
        return _WORDS[name](data)
    if name == "click":
        clicks, button = data.get("clicks", 1), data.get("button", "left")
        if clicks > 2:
            return None
        held = [repr(_key(key)) for key in data.get("modifiers", ())]
        call = f"mouse_{'dbl' if clicks == 2 else ''}click({at}{'' if button == 'left' else f', {button!r}'})"
        return [*(f"keyboard_down({k})" for k in held), call, *(f"keyboard_up({k})" for k in reversed(held))]
    if name == "drag":
        return [f"mouse_drag_and_drop({at}, {', '.join(map(str, write_point(data['end_point'], frame)))})"]
    if name == "scroll":
        across = data["direction"] in ("left", "right")
        length = data.get("scroll_distance") or round(2 / 3 * (frame.view.width if across else frame.view.height))
        delta = length * _SIGNS[data["direction"]]
        return [*([f"mouse_move({at})"] if at else []), f"scroll({delta}, 0)" if across else f"scroll(0, {delta})"]
    if name == "input":
        clear = ["keyboard_press('Control+a')", "keyboard_press('Delete')"] if data.get("clear") else []
        text = data["text"]
        # keyboard_type sends key events, which many characters do not have.
        call = "keyboard_type" if text.isascii() and text.isprintable() else "keyboard_insert_text"
        submit = ["keyboard_press('Enter')"] if data.get("submit") else []
        return [*([f"mouse_click({at})"] if at else []), *clear, f"{call}({text!r})", *submit]
    if name == "longpress":
        return [f"mouse_down({at})", f"noop({data.get('duration_ms', 800)})", f"mouse_up({at})"]
    if name in ("mouse_down", "mouse_up") and at:
        button = data.get("button", "left")
        return [f"{name}({at}{'' if button == 'left' else f', {button!r}'})"]
    if name in ("key_down", "key_up"):
        return [f"keyboard_{name.removeprefix('key_')}({_key(key)!r})" for key in data["keys"]]
    if name == "hover" and at:
        return [f"mouse_move({at})"]
    if name == "upload" and at:
        paths = data["paths"]
        return [f"mouse_upload_file({at}, {(paths if len(paths) > 1 else paths[0])!r})"]
    return None


def _write_press(data: dict[str, Any]) -> list[str] | None:
    said = "+".join(_key(key) for key in data["keys"])
    # A key may be the plus sign itself, or a word that stands for another key here.
    try:
        same = key_names.chord(split_chord(said)) == tuple(data["keys"])
    except ValueError:
        same = False
    return [f"keyboard_press({said!r})"] * data.get("repeat", 1) if same else None


def _write_finished(data: dict[str, Any]) -> list[str] | None:
    status = data.get("status", "success")
    if status == "success" and "answer" in data:
        return [f"send_msg_to_user({data['answer']!r})"]
    return (
        [f"report_infeasible({data.get('reason', '')!r})"]
        if status == "infeasible" and "answer" not in data
        else None
    )


_WORDS: dict[str, Callable[[dict[str, Any]], list[str] | None]] = {
    "press": _write_press,
    "finished": _write_finished,
    "wait": lambda data: [f"noop({data['duration_ms']})" if "duration_ms" in data else "noop()"],
    "navigate": lambda data: [f"goto({data['url']!r})"],
    "back": lambda data: ["go_back()"],
    "new_tab": lambda data: None if "url" in data else ["new_tab()"],
    "switch_tab": lambda data: [f"tab_focus({data['index']})"],
    "close_tab": lambda data: None if "index" in data else ["tab_close()"],
}


def _key(key: str) -> str:
    try:
        return key_names.playwright(key)
    except ValueError as error:
        raise CannotExpress(f"press.keys: {error}") from None
