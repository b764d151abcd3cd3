"""UI-TARS: ``Thought: …`` and ``Action: click(start_box='(640,400)')``.

Points are in the model's space: pixels of the resized picture (1.5) or 0–1000 (1.0, 2, Doubao); all their ways of
writing a point are read, one is written. A line break at the end of the typed text presses Enter, so it stands for
`submit` and is not typed a second time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from action_space import schema
from action_space.actions import BaseAction
from action_space.formats.base import CannotExpress, FormatError, Parsed
from action_space.formats.parsing import json_action as wire
from action_space.formats.parsing.chords import split_chord, struck
from action_space.formats.parsing.points import read_point
from action_space.formats.parsing.python_calls import Call, read_calls
from action_space.formats.parsing.scalars import number, text_of
from action_space.formats.parsing.statuses import confessed
from action_space.geometry import Frame

_ACTION = re.compile(r"(?:\A|\n)\s*Action\s*[:：]\s*")
_THOUGHT = re.compile(r"\A\s*(?:Thought|Reflection)\s*[:：]\s*")
_POINTS = ("start_box", "point", "start_point")
_ENDS = ("end_box", "end_point")


@dataclass(eq=False)
class UitarsFormat:
    """`point` writes a point: ``(x,y)`` in a box for 1.0 and 1.5, ``<point>x y</point>`` for 2 and Doubao."""

    name: str
    field: str
    end_field: str
    point: Callable[[Any, Any], str]

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        thought, code = "", text
        if len(text) <= 1_000_000 and (label := _ACTION.search(text)):
            thought = _THOUGHT.sub(
                "", text[: label.start()].replace("<think>", "").replace("</think>", "")
            ).strip()
            code = text[label.end() :]
        calls, more, repairs = read_calls(code)
        if not calls:
            raise FormatError("no action in the answer; allowed: Action: click(start_box='(x,y)') …")
        if len(calls) > 1:
            repairs.append(f"{len(calls)} actions; the first was taken")
        data = _read(calls[0], repairs)
        for field in ("start_point", "end_point"):
            if field in data:
                said: list[str] = []
                data[field] = list(read_point(f"{data['action']}.{field}", data[field], frame, said))
                repairs += [note for note in said if note not in ("point rewritten as [x, y]",)]
        return Parsed(schema.validate(data, frame.screen), thought or more, tuple(dict.fromkeys(repairs)))

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        wire.plain(self.name, action, "press.repeat")
        data = wire.to_model(action, frame)
        data.pop("reason", None)
        if data["action"] == "click":
            data.pop("text", None)
        call = self._call(data)
        if call is None:
            raise CannotExpress(f"{self.name} has no words for {action.to_json()}"[:200])
        return f"Action: {call}"

    def schema(self, frame: Frame) -> None:
        """Code, not JSON."""
        return

    def _call(self, data: dict[str, Any]) -> str | None:
        name = data.pop("action")
        points = [
            f"{field}={self.point(*data.pop(key))!r}"
            for key, field in (("start_point", self.field), ("end_point", self.end_field))
            if key in data
        ]
        at = ", ".join(points)
        if name == "click" and (word := _CLICK_WORDS.get((data.pop("button", "left"), data.pop("clicks", 1)))):
            return f"{word}({at})" if not data else None
        if name == "drag":
            return f"drag({at})"
        if name == "longpress" and not data:
            return f"long_press({at})"
        if name == "scroll" and at and "scroll_distance" not in data:
            return f"scroll({at}, direction={data['direction']!r})"
        if name == "press" and all(len(key) > 1 or key.isalnum() for key in data["keys"]):
            again = data.get("repeat", 1) - 1
            return f"hotkey(key={' '.join([*data['keys'], *data['keys'][-1:] * again])!r})" if again < 20 else None
        if (
            name == "input"
            and not at
            and not data.get("clear")
            and (data.get("submit") or data["text"][-1:] != "\n")
        ):
            content = data["text"] + ("\n" if data.get("submit") else "")
            return f"type(content={content!r})"
        if name == "finished" and data.get("status", "success") == "success":
            return f"finished(content={data['answer']!r})" if "answer" in data else "finished()"
        if name == "open":
            return f"open_app(app_name={data['app']!r})"
        return "wait()" if name == "wait" and not data else None


_CLICK_WORDS = {("left", 1): "click", ("left", 2): "left_double", ("right", 1): "right_single"}
_CLICKS: dict[str, dict[str, Any]] = {
    "click": {},
    "left_single": {},
    "left_double": {"clicks": 2},
    "right_single": {"button": "right"},
    "left_click": {},
    "double_click": {"clicks": 2},
    "right_click": {"button": "right"},
    "middle_click": {"button": "middle"},
    "triple_click": {"clicks": 3},
}
_HALVES = {
    "keydown": "key_down",
    "key_down": "key_down",
    "keyup": "key_up",
    "key_up": "key_up",
    "release": "key_up",
}


def _read(call: Call, repairs: list[str]) -> dict[str, Any]:
    name = call.name
    if name in _CLICKS:
        return {"action": "click", **_CLICKS[name], "start_point": _start(call)}
    if name in ("drag", "select"):
        bound = call.bind(*(n for n in (*_POINTS, *_ENDS) if n in call.kwargs or n in ("start_box", "end_box")))
        ends = [bound[n] for n in _ENDS if n in bound]
        if not ends:
            raise call.error("no point is given", "start_box and end_box")
        start = [bound[n] for n in _POINTS if n in bound]
        return {"action": "drag", "start_point": start[0] if start else None, "end_point": ends[0]}
    if name == "long_press":
        rest, lasts = _without(call, "time", "duration")
        return {"action": "longpress", "start_point": _start(rest), **_lasting(call, lasts)}
    if name == "scroll":
        rest, given = _without(call, "direction", *_ENDS)
        at = {"start_point": _start(rest)} if rest.kwargs or rest.args else {}
        way = given.get("direction")
        ends = [given[n] for n in _ENDS if given.get(n)]
        if ends and at and not way:  # on a phone: the finger moves from one point to the other
            return {"action": "drag", **at, "end_point": ends[0]}
        return {"action": "scroll", "direction": way.strip().lower() if isinstance(way, str) else way, **at}
    if name in ("hotkey", "press"):
        chord, often = struck(split_chord(_text(call, "key", "hotkey", "keys")), "press.keys")
        return {"action": "press", "keys": list(chord), **({"repeat": often} if often > 1 else {})}
    if name in _HALVES:
        return {"action": _HALVES[name], "keys": split_chord(_text(call, "key", "hotkey", "keys"))}
    if name in ("hover", "mouse_move", "move"):
        return {"action": "hover", "start_point": _start(call)}
    if name == "type":
        text = _text(call, "content", "text")
        return {
            "action": "input",
            "text": text.removesuffix("\n"),
            **({"submit": True} if text.endswith("\n") else {}),
        }
    if name == "finished":
        words = _text(call, "content", "answer") if call.args or call.kwargs else ""
        status = confessed(words, repairs)
        if status != "success":
            return {"action": "finished", "status": status, "reason": words[:10_000]}
        return {"action": "finished", **({"answer": words} if call.args or call.kwargs else {})}
    if name == "open_app":
        return {"action": "open", "app": _text(call, "app_name")}
    if name in ("press_home", "press_back"):
        return {"action": "press", "keys": [name.removeprefix("press_")]}
    if name == "call_user":
        return {"action": "ask_user", "question": "The agent cannot go on alone. What shall it do?"}
    if name == "wait":
        return {"action": "wait", **_lasting(call, call.bind("time", "seconds", "duration"))}
    raise call.error(
        "is no known call", "click, left_double, right_single, drag, hotkey, type, scroll, wait, finished"
    )


def _without(call: Call, *names: str) -> tuple[Call, dict[str, Any]]:
    """The call without these named arguments, and they."""
    rest = {name: value for name, value in call.kwargs.items() if name not in names}
    return Call(call.name, call.args, rest), {n: v for n, v in call.kwargs.items() if n in names}


def _lasting(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """How long it lasts, in seconds on the wire; "" is what a template leaves there."""
    for name, value in given.items():
        if value in ("", None):
            continue
        seconds = number(value)
        if seconds is None and isinstance(value, str) and re.fullmatch(r"\s*\d{1,5}(?:\.\d{1,3})?\s*s?\s*", value):
            seconds = float(value.strip().removesuffix("s"))
        if seconds is None or seconds < 0:
            raise call.error(f"{name}={schema.shorten(value)}", "seconds")
        return {"duration_ms": round(min(seconds, 60) * 1000)}
    return {}


def _start(call: Call) -> Any:
    bound = call.bind(*(n for n in _POINTS if n in call.kwargs or (n == "start_box" and call.args)))
    if not bound:
        raise call.error("no point is given", "start_box='(x,y)'")
    return next(iter(bound.values()))


def _text(call: Call, *names: str) -> str:
    value = text_of(next(iter(call.bind(*names).values()), None))
    if value is None:
        raise call.error(f"{schema.shorten(value)} is not a text", f"{names[0]}='…'")
    return value


UITARS = UitarsFormat("uitars", "start_box", "end_box", lambda x, y: f"({x},{y})")
DOUBAO = UitarsFormat("doubao", "point", "end_point", lambda x, y: f"<point>{x} {y}</point>")
