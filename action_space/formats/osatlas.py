"""OS-Atlas-Pro: ``thoughts:`` and ``actions:`` with ``CLICK <point>[[640, 400]]</point>``, ``TYPE [text]`` …

Points are 0–1000 there, here in the model's space. A scroll direction is the direction of the view.
"""

from __future__ import annotations

import re
from typing import Any

from action_space import schema
from action_space.actions import BaseAction
from action_space.formats.base import CannotExpress, FormatError, Parsed
from action_space.formats.parsing import json_action as wire
from action_space.formats.parsing.extract_json import MAX_CHARACTERS
from action_space.formats.parsing.points import read_point
from action_space.geometry import Frame

_LABEL = re.compile(r"(?:\A|\n)[ \t#*]*actions?[ \t*]*[:：][ \t*]*\n?", re.IGNORECASE)
_THOUGHTS = re.compile(r"\A\s*thoughts?\s*[:：]\s*", re.IGNORECASE)
_WORDS = "CLICK|LONG_PRESS|TYPE|SCROLL|OPEN_APP|PRESS_BACK|PRESS_HOME|ENTER|WAIT|COMPLETE|IMPOSSIBLE"
_LINE = re.compile(rf"(?:\A|\n)[ \t]*({_WORDS})\b[ \t]*")
_POINT = re.compile(r"<point>\s*(\[.{1,60}?\])\s*</point>|(\[[^\n]{1,60}?\]+)", re.DOTALL)
_PLAIN: dict[str, dict[str, Any]] = {
    "PRESS_BACK": {"action": "back"},
    "PRESS_HOME": {"action": "press", "keys": ["home"]},
    "ENTER": {"action": "press", "keys": ["enter"]},
    "WAIT": {"action": "wait"},
    "COMPLETE": {"action": "finished", "status": "success"},
    "IMPOSSIBLE": {"action": "finished", "status": "infeasible"},
}


class OsAtlasFormat:
    """Expresses clicks, long presses, typing, scrolling, apps, three keys, waiting and the end of a task."""

    name = "osatlas"

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        if len(text) > MAX_CHARACTERS:
            raise FormatError(f"the answer has {len(text)} characters; allowed: at most {MAX_CHARACTERS}")
        label = _LABEL.search(text)
        code = text[label.end() :] if label else text
        line = _LINE.search(code)
        if line is None:
            allowed = _WORDS.replace("|", ", ")
            raise FormatError(f"no action in the answer {schema.shorten(text.strip())}; allowed: {allowed}")
        repairs = [] if label else ["the label 'actions:' is missing"]
        head = text[: label.start()] if label else code[: line.start()]
        thought = _THOUGHTS.sub("", re.sub(r"</?think>", "", head)).strip()
        data = _read(line[1], code[line.end() :], frame, repairs)
        return Parsed(schema.validate(data, frame.screen), thought, tuple(dict.fromkeys(repairs)))

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        wire.plain(self.name, action)
        data = wire.to_model(action, frame)
        data.pop("reason", None)
        if data["action"] == "click":
            data.pop("text", None)
        written = _write(data)
        if written is None:
            raise CannotExpress(f"osatlas has no words for {action.to_json()}"[:200])
        return f"actions:\n{written}"

    def schema(self, frame: Frame) -> None:
        """Text, not JSON."""
        return


def _read(word: str, rest: str, frame: Frame, repairs: list[str]) -> dict[str, Any]:
    if word in _PLAIN:
        return dict(_PLAIN[word])
    if word in ("CLICK", "LONG_PRESS"):
        place = _POINT.match(rest.strip()[:200])
        if place is None:
            raise FormatError(f"{word}: no point is given; allowed: <point>[[x, y]]</point>", field="start_point")
        said: list[str] = []
        name = "click" if word == "CLICK" else "longpress"
        point = read_point(f"{name}.start_point", place[1] or place[2], frame, said)
        repairs += [note for note in said if note != "point rewritten as [x, y]"]
        return {"action": name, "start_point": list(point)}
    inner = _bracketed(word, rest)
    if word == "TYPE":
        return {"action": "input", "text": inner}
    if word == "OPEN_APP":
        return {"action": "open", "app": inner}
    return {"action": "scroll", "direction": inner.strip().lower()[:20]}


def _bracketed(word: str, rest: str) -> str:
    start, end = rest.find("["), rest.rfind("]")
    if start < 0 or rest[:start].strip():
        raise FormatError(f"{word}: no text in brackets; allowed: {word} [text]")
    if end < start:
        raise FormatError(f"{word}: the answer breaks off; allowed: {word} [text]")
    return rest[start + 1 : end]


def _write(data: dict[str, Any]) -> str | None:
    name = data.pop("action")
    point = data.pop("start_point", None)
    if name in ("click", "longpress") and not data:
        return f"{'CLICK' if name == 'click' else 'LONG_PRESS'} <point>[[{point[0]}, {point[1]}]]</point>"
    if name == "input" and point is None and set(data) == {"text"}:
        return f"TYPE [{data['text']}]"
    if name == "scroll" and point is None and set(data) == {"direction"}:
        return f"SCROLL [{data['direction'].upper()}]"
    if name == "open":
        return f"OPEN_APP [{data['app']}]"
    if name == "finished" and data == {}:
        return "COMPLETE"
    return next((word for word, plain in _PLAIN.items() if plain == {"action": name, **data}), None)
