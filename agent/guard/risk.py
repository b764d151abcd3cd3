"""What could not be taken back: paying, sending, deleting, signing in, installing, passwords, uploads.

Judged from the action and from what stands around its point on the screen, never from what the model says of it.
The words around a point are read with the eyes of the embedded model, where that is installed; without it only
what the action itself says is left (`Click.text`, an address, a path), and a dialog's own words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from action_space import actions as act
from action_space.actions import BaseAction
from action_space.geometry import Box
from envs.base import Observation

if TYPE_CHECKING:
    from PIL import Image

    from model.embedded.screen import Screen

Kind = str


def _patterns(table: str, end: str) -> dict[Kind, re.Pattern[str]]:
    """Kind → what tells of it, from one table of `risk.toml`."""
    told = tomllib.loads(files("agent.guard").joinpath("risk.toml").read_text("utf-8"))
    return {
        kind: re.compile(rf"(?i)(?<![^\W_])(?:{'|'.join(words)}){end}|{'|'.join(told[f'{table}_zh'][kind])}")
        for kind, words in told[table].items()
    }


_FOUND, _ASKED = _patterns("found", r"(?![^\W_])"), _patterns("asked", "")
_LONGEST_LABEL = 40
"""Characters of a button's label; a longer line of text is a sentence in which such a word says little."""
IRREVERSIBLE = frozenset({"pay", "send", "delete"})

Look = Callable[["Image.Image"], "Screen"]


@dataclass(frozen=True)
class Risk:
    """What makes an action risky.

    Attributes:
        kind: pay, send, delete, sign in, install, password, upload, leave.
        words: what was read, for the person.
    """

    kind: Kind
    words: str

    @property
    def told(self) -> str:
        """For a message: «delete (“Delete account”)»."""
        return f"{self.kind} (“{self.words}”)" if self.words else self.kind


class RiskJudge:
    """One run's judge. Reads only around the point, and only for actions that could do something.

    Args:
        task: what the person asked for.
        look: reads a picture; None: the embedded model's eyes where they are installed.
    """

    def __init__(self, task: str, look: Look | None = None) -> None:
        self.task = task
        self._look = look or _eyes()
        self.names = record_names(task)
        self._last: tuple[int, int] | None = None  # where the last click or text went

    def judge(self, action: BaseAction, seen: Observation) -> Risk | None:
        """The risk of an action on this screen; None: none, or none that can be seen."""
        point = getattr(action, "start_point", None)
        if isinstance(action, act.Upload):
            return Risk("upload", ", ".join(action.paths)[:200])
        if isinstance(action, act.Navigate | act.NewTab) and action.url:
            return self._leaving(action.url, seen.url)
        if isinstance(action, act.Dialog):
            dialog = seen.dialog
            return self._in_words([dialog.message]) if dialog is not None and action.response == "accept" else None
        if isinstance(action, act.Click | act.LongPress | act.MouseDown):
            point, self._last = point or self._last, point or self._last
            return self._in_words([*self.label(seen, point), getattr(action, "text", None) or ""])
        if isinstance(action, act.Input):
            self._last = point or self._last
            if "<secret:" in action.text:
                return None  # the person bound it to the places where it may be typed
            return self._typing(action, seen)
        if isinstance(action, act.Press) and "enter" in action.keys:
            return self._in_words(self.around(seen, self._last), ("pay", "send", "delete"))
        return None

    def named(self, risk: Risk) -> bool:
        """Whether the task itself asks for this kind of act, or names what is acted on."""
        asked = _ASKED.get(risk.kind)
        if asked is not None and asked.search(self.task):
            return True
        words = risk.words.strip().lower()
        if risk.kind == "leave":
            return any(len(part) > 2 and part in self.task.lower() for part in words.split(".")[-3:-1] or [words])
        return len(words) > 2 and words in self.task.lower()

    # -- what stands there ----------------------------------------------------------------------------------

    def label(self, seen: Observation, point: tuple[int, int] | None) -> list[str]:
        """The texts of what lies under the point: a button's label, an icon's name."""
        if point is None or self._look is None:
            return []
        part, (left, top) = _cut(seen, point, 320, 48)
        screen = self._look(part)
        x, y = point[0] - left, point[1] - top
        slack = 0.6 * screen.scale
        under = [line.text for line in screen.lines if _near(line.box, x, y, slack)]
        named = [f"{one.text} {one.name}".strip() for one in screen.elements if _near(one.box, x, y, 0)]
        return [text for text in dict.fromkeys((*under, *named)) if 0 < len(text) <= _LONGEST_LABEL]

    def around(self, seen: Observation, point: tuple[int, int] | None) -> list[str]:
        """The short texts of the same part of the screen, such as the button below a field."""
        if point is None or self._look is None:
            return []
        part, _ = _cut(seen, point, 420, 110)
        return [line.text for line in self._look(part).lines if len(line.text) <= _LONGEST_LABEL]

    def whole(self, seen: Observation) -> Screen | None:
        """The whole screen as it was read; None: nobody can read it."""
        return self._look(seen.screenshot) if self._look is not None else None

    def _typing(self, action: act.Input, seen: Observation) -> Risk | None:
        if not action.text:
            return None
        texts = self.around(seen, self._last) if action.submit else self._beside(seen)
        found = self._in_words(texts, ("password",))
        return found or (self._in_words(texts, ("pay", "send", "delete")) if action.submit else None)

    def _beside(self, seen: Observation) -> list[str]:
        """What labels a field: in it, above it, or to its left."""
        if self._last is None or self._look is None:
            return []
        part, (left, top) = _cut(seen, self._last, 320, 60)
        screen = self._look(part)
        x, y = self._last[0] - left, self._last[1] - top
        reach = 2.6 * screen.scale
        return [
            line.text
            for line in screen.lines
            if len(line.text) <= _LONGEST_LABEL and line.box.top - y < 0.8 * screen.scale
            if y - line.box.bottom < reach and line.box.left <= x
        ]

    @staticmethod
    def _in_words(texts: list[str], kinds: tuple[Kind, ...] = tuple(_FOUND)) -> Risk | None:
        for kind in kinds:
            for text in texts:
                if _FOUND[kind].search(text):
                    return Risk(kind, text.strip()[:120])
        return None

    @staticmethod
    def _leaving(url: str, now: str | None) -> Risk | None:
        there, here = (urlsplit(one or "").hostname or "" for one in (url, now))
        if not here or not there or _site(there) == _site(here):
            return None
        return Risk("leave", there)


def record_names(task: str) -> tuple[str, ...]:
    """What a task calls a record by, in lower case: what stands in quotes, numbers, addresses, names."""
    quoted = re.findall(r"[“\"«'‘]([^“”\"«»'‘’]{2,60})[”\"»'’]", task)
    plain = re.sub(r"https?://\S+", " ", task)
    numbers = re.findall(r"(?<![\w.])#?\w*\d[\w.-]*\d\b|[\w.+-]+@[\w-]+\.[\w.]+", plain)
    names = re.findall(r"(?<=[a-z,] )[A-Z][\w-]+(?: [A-Z][\w-]+)*", plain)
    return tuple(dict.fromkeys(one.strip().strip(".").lower() for one in (*quoted, *numbers, *names)))


def _site(host: str) -> str:
    """The part of a host name that one owner has, roughly: its last two labels, three below a short second."""
    parts = host.split(".")
    if host.replace(".", "").isdigit() or len(parts) < 3:
        return host
    short = len(parts[-2]) <= 3 and len(parts[-1]) == 2  # co.uk, com.cn
    return ".".join(parts[-3 if short else -2 :])


def _cut(seen: Observation, point: tuple[int, int], across: int, down: int) -> tuple[Any, tuple[int, int]]:
    """The part of the screenshot around a point, half so wide and high in CSS pixels, and where it begins."""
    ratio = max(1.0, seen.frame.pixel_ratio[0])
    width, height = seen.screenshot.size
    left, top = max(0, round(point[0] - across * ratio)), max(0, round(point[1] - down * ratio))
    right, bottom = min(width, round(point[0] + across * ratio)), min(height, round(point[1] + down * ratio))
    if left >= right or top >= bottom:  # the point lies outside; the environment will say so
        return seen.screenshot.crop((0, 0, min(16, width), min(16, height))), (0, 0)
    return seen.screenshot.crop((left, top, right, bottom)), (left, top)


def _near(box: Box, x: float, y: float, slack: float) -> bool:
    return box.left - slack <= x <= box.right + slack and box.top - slack <= y <= box.bottom + slack


def _eyes() -> Look | None:
    """The embedded model's eyes; None where they are not installed."""
    if any(find_spec(name) is None for name in ("cv2", "onnxruntime", "numpy")):
        return None
    reader: Any = None

    def look(picture: Image.Image) -> Screen:
        nonlocal reader
        if reader is None:
            from model.embedded.eyes.reader import Reader

            reader = Reader()
        screen: Screen = reader.look(picture)
        return screen

    return look
