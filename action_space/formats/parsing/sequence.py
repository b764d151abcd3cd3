"""Every action that a piece of pyautogui code, or a computer_13 action, asks for; not only the first.

OSWorld's environments take what an agent says as a stream of mouse and key events: where the pointer is, and what
is held down, lasts from one step to the next. `Sequence` keeps that between calls, so that `moveTo` in one step
and `click()` in the next mean a click there, and what one step presses a later one lets go of.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from action_space import schema
from action_space.actions import BaseAction
from action_space.formats import computer13, pyautogui
from action_space.formats.base import FormatError
from action_space.formats.parsing.event_folding import Event, Pixel, at_pointer, unfold
from action_space.formats.parsing.python_calls import read_calls
from action_space.geometry import Frame

_AT_MOST = 200  # events in one step


class Sequence:
    """The events of one episode, as actions."""

    def __init__(self) -> None:
        self._pointer: Pixel | None = None
        self._copied: str | None = None  # what `pyperclip.copy` was given, until it is pasted

    def pyautogui(self, code: str, frame: Frame) -> list[BaseAction]:
        """The actions of some code, which is parsed, never run. `keyDown` alone is one too.

        Raises:
            FormatError: it holds more than calls with literal arguments, or one of them cannot be done.
        """
        calls, _, _ = read_calls(code)
        return self._actions([event for call in calls for event in pyautogui._events(call, frame, [])], frame)

    def computer13(self, action: dict[str, Any], frame: Frame) -> list[BaseAction]:
        """The actions of one computer_13 action.

        Raises:
            FormatError: it is none.
        """
        try:
            items, _, _ = computer13._items(json.dumps(action))
        except (TypeError, ValueError) as wrong:
            raise wrong if isinstance(wrong, FormatError) else FormatError(f"no action: {wrong}") from None
        return self._actions([event for item in items for event in computer13._events(item, frame, [])], frame)

    def _actions(self, events: list[Event], frame: Frame) -> list[BaseAction]:
        if len(events) > _AT_MOST:
            raise FormatError(f"{len(events)} events in one step; allowed: at most {_AT_MOST}")
        placed = at_pointer([made for event in events for made in self._exact(event)], self._pointer)
        actions = [schema.validate(data, frame.screen) for data in unfold(placed)]
        for event in placed:
            if event.kind == "drag_by" and self._pointer is not None and event.point is not None:
                self._pointer = self._pointer[0] + event.point[0], self._pointer[1] + event.point[1]
            elif event.point is not None:
                self._pointer = event.point
        return actions

    def _exact(self, event: Event) -> list[Event]:
        """What is typed as the keys that it is: a tab is the Tab key. What is pasted stays a text."""
        if event.kind == "copy":
            self._copied = event.text
            return []
        if event.kind == "press" and event.keys in (("ctrl", "v"), ("meta", "v")) and self._copied is not None:
            return [
                replace(event, kind="copy", text=self._copied, number=1),
                replace(event, number=1),
            ] * event.number
        if event.kind == "press" and event.keys in (("ctrl", "c"), ("ctrl", "x"), ("ctrl", "insert")):
            self._copied = None  # the program's own is what a later paste means
        if event.kind != "write" or "\t" not in event.text:
            return [event]
        out: list[Event] = []
        for number, part in enumerate(event.text.split("\t")):
            if number:
                out.append(Event("press", keys=("tab",)))
            if part:
                out.append(replace(event, text=part))
        return out
