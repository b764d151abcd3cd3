"""Computer-use tools that take one JSON object: Qwen's `computer_use`, Anthropic's and OpenAI's computer tools.

Each is a pair of translations between the tool's fields and the canonical ones; reading, points and validation are
shared (`wire`). Points are in the model's space, so one format serves absolute pixels and 0–1000 alike. Wheel
notches are `NOTCH` units of that space. An absent scroll distance is written out, two thirds of the view.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from action_space import keys, schema
from action_space.actions import BaseAction, Finished, Hover
from action_space.formats.base import CannotExpress, FormatError, Parsed
from action_space.formats.parsing import aliases
from action_space.formats.parsing import json_action as wire
from action_space.formats.parsing.extract_json import MAX_CHARACTERS
from action_space.geometry import Frame

NOTCH = 100

Json = dict[str, Any]
_TOOL_CALL = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
# Qwen3.5's own manner of a tool call, and its parameters.
_FUNCTION = re.compile(r"<function=([\w.]{1,60})>(.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([\w.]{1,60})>(.*?)</parameter>", re.DOTALL)
_MARKS = ("</parameter>", "</function>", "</tool_call>", "<tool_call>", "<function=", "<parameter=")
# Qwen3-VL's prompt has the answer begin with "Action: …": the label is no part of the thought.
_AROUND = re.compile(r"</?think>|\A\s*(?:<think>\s*)?Action:")
_INFEASIBLE = re.compile(r"\[INFEASIBLE\]")  # how OSWorld asks Anthropic's models to give up
SIGNS = {"down": 1, "right": 1, "up": -1, "left": -1}
CLICKS: dict[str, Json] = {
    "left_click": {},
    "right_click": {"button": "right"},
    "middle_click": {"button": "middle"},
    "double_click": {"clicks": 2},
    "triple_click": {"clicks": 3},
}
NOT_ACTIONS = ("screenshot", "zoom", "cursor_position")


@dataclass(eq=False)
class ToolFormat:
    """One tool: `read` and `write` translate fields, `shape` is what `write` may write.

    Attributes:
        wrapped: the call stands in tags.
        xml: inside the tags it is written as ``<function=…><parameter=…>``, not as JSON.
        anywhere: a click may leave out where: it is done where the pointer is.
        said: what it has words for besides the usual (`wire.plain`).
    """

    name: str
    read: Callable[[Json, list[str]], Json]
    write: Callable[[Json], Json | None]
    shape: Callable[[Frame], Json]
    wrapped: bool = False
    xml: bool = False
    anywhere: bool = False
    said: tuple[str, ...] = ()
    is_action: Callable[[Json], bool] = aliases.is_action

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        calls = _calls(text) if self.wrapped and len(text) <= MAX_CHARACTERS else []
        if not calls:
            if _INFEASIBLE.search(text[:MAX_CHARACTERS]) and "{" not in text:
                thought = _INFEASIBLE.sub("", text).strip()
                return Parsed(Finished(status="infeasible"), thought, ("'[INFEASIBLE]' read as the end",))
            return self._one(text, frame)
        if len(calls) > 1:
            return self._several(text, calls, frame)
        start, body, notes = calls[0]
        parsed = self._one(body, frame)
        before = _thought(text[:start])
        repairs = tuple(dict.fromkeys((*notes, *parsed.repairs)))
        return replace(parsed, thought=parsed.thought or before, repairs=repairs)

    def _one(self, text: str, frame: Frame) -> Parsed:
        return wire.parse(text, frame, accepted=self.read, is_action=self.is_action, anywhere=self.anywhere)

    def _several(self, text: str, calls: list[_Call], frame: Frame) -> Parsed:
        """The first action of several calls; a move before a click without a point belongs to it."""
        thought = _thought(text[: calls[0][0]])
        at, moved = frame, 0
        parsed = self._one(calls[0][1], at)
        while isinstance(parsed.action, Hover) and parsed.action.start_point and moved + 1 < len(calls):
            at = replace(at, pointer=parsed.action.start_point)
            try:
                following = self._one(calls[moved + 1][1], at)
            except FormatError:
                break
            if following.action.points().get("start_point") not in (parsed.action.start_point,):
                break
            moved, parsed = moved + 1, following
        left = len(calls) - moved - 1
        notes = [note for _, _, said in calls[: moved + 1] for note in said]
        if left:
            notes.append(f"{left} more call{'s' if left > 1 else ''} left out; the first action was taken")
        if moved:
            notes.append("a move and what follows it read as one")
        repairs = tuple(dict.fromkeys((*notes, *parsed.repairs)))
        return replace(parsed, thought=parsed.thought or thought, repairs=repairs)

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        wire.plain(self.name, action, *self.said)
        data = wire.to_model(action, frame)
        if data["action"] == "scroll" and "scroll_distance" not in data:
            side = frame.model_size.width if data["direction"] in ("left", "right") else frame.model_size.height
            data["scroll_distance"] = max(1, round(2 / 3 * side))
        # What is only for the record has no field.
        data.pop("reason", None)
        if data["action"] == "click":
            data.pop("text", None)
        written = self.write(data)
        if written is None:
            raise CannotExpress(f"{self.name} has no words for {action.to_json()}"[:200])
        body = _xml(self.name, written) if self.xml else json.dumps(written, ensure_ascii=False)
        return f"<tool_call>\n{body}\n</tool_call>" if self.wrapped else body

    def schema(self, frame: Frame) -> Json | None:
        """See `Format.schema`. It is the JSON inside the tags, where the tool has tags."""
        return None if self.xml else self.shape(frame)


def _thought(before: str) -> str:
    """What stands before a call, without its marks."""
    return _AROUND.sub("", before).strip()


_Call = tuple[int, str, tuple[str, ...]]
"""Index in the text, the call as JSON, and notes."""


def _calls(text: str) -> list[_Call]:
    """The tool calls in a text."""
    found: list[_Call] = []
    for call in _TOOL_CALL.finditer(text):
        inner = _FUNCTION.search(call[1])
        found.append((call.start(), _json_of(inner), ()) if inner else (call.start(), call[1], ()))
    if not found:
        found = [
            (call.start(), _json_of(call), ("the tags around the call are missing",))
            for call in _FUNCTION.finditer(text)
        ]
    return found[:20]


def _json_of(function: re.Match[str]) -> str:
    """``<function=…><parameter=…>…`` as the same call in JSON. A value that is JSON is that, any other a text."""
    arguments: Json = {}
    for name, value in _PARAMETER.findall(function[2]):
        value = value.removeprefix("\n").removesuffix("\n")
        arguments[name] = value
        if name not in ("text", "action", "status"):
            try:
                arguments[name] = json.loads(value)
            except (ValueError, RecursionError):
                continue
    return json.dumps({"name": function[1], "arguments": arguments})


def _xml(form: str, call: Json) -> str:
    """A call as Qwen3.5 writes it: texts as they are, everything else as JSON."""
    lines = [f"<function={call['name']}>"]
    for name, value in call["arguments"].items():
        written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if mark := next((mark for mark in _MARKS if mark in written), None):
            raise CannotExpress(f"{form} has no words for a text that holds {mark}")
        lines += [f"<parameter={name}>", written, "</parameter>"]
    return "\n".join([*lines, "</function>"])


def only(data: Json, *fields: str) -> bool:
    """No field besides these."""
    return not set(data) - {"action", *fields}


def click_name(data: Json) -> str | None:
    shape = {field: data[field] for field in ("button", "clicks") if field in data}
    return next((name for name, implied in CLICKS.items() if implied == shape), None)


def refuse(name: object) -> FormatError:
    return FormatError(f"'{name}' asks for no action on the screen; allowed: clicks, keys, scroll, type, wait …")


def modifiers(names: list[Any]) -> list[str]:
    """Canonical modifiers.

    Raises:
        FormatError: one of them is none.
    """
    try:
        found = [keys.canonical(str(name)) for name in names]
    except ValueError:
        found = [""]
    if not set(found) <= set(keys.MODIFIERS):
        raise FormatError(
            f"{schema.shorten(names)} held during it; allowed: {', '.join(keys.MODIFIERS)}", field="modifiers"
        )
    return found
