"""Every action that a piece of pyautogui code, or a computer_13 action, asks for; not only the first.

OSWorld's environments take what an agent says as a stream of mouse and key events: where the pointer is, and what
is held down, lasts from one step to the next. `Sequence` keeps that between calls, so that `moveTo` in one step
and `click()` in the next mean a click there, and a button may be let go of in a later step.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from action_space import schema
from action_space.actions import BaseAction
from action_space.formats import computer13, pyautogui
from action_space.formats.base import FormatError
from action_space.formats.calls import read_calls
from action_space.formats.gestures import Event, Folder, Pixel
from action_space.geometry import Frame

_AT_MOST = 200  # events in one step
_POINTED = ("click", "down", "up", "scroll")


class Sequence:
    """The events of one episode, folded into actions as they become whole."""

    def __init__(self) -> None:
        self._pointer: Pixel | None = None
        self._waiting: list[Event] = []

    def pyautogui(self, code: str, frame: Frame) -> list[BaseAction]:
        """The actions of some code, which is parsed, never run.

        Raises:
            FormatError: it holds more than calls with literal arguments, or they mean no action.
        """
        calls, _, _ = read_calls(code)
        return self._actions([event for call in calls for event in pyautogui._events(call, frame, [])], frame)

    def computer13(self, action: dict[str, Any], frame: Frame) -> list[BaseAction]:
        """The actions of one computer_13 action.

        Raises:
            FormatError: it is none.
        """
        items, _, _ = computer13._items(json.dumps(action))
        return self._actions([computer13._event(item, frame, []) for item in items], frame)

    def _actions(self, events: list[Event], frame: Frame) -> list[BaseAction]:
        if len(events) > _AT_MOST:
            raise FormatError(f"{len(events)} events in one step; allowed: at most {_AT_MOST}")
        placed = [made for event in events for made in self._placed(event)]
        whole, self._waiting = _whole([*self._waiting, *placed])
        actions = []
        for part in _apart(whole):
            folder = Folder(part)
            while folder.at < len(folder.events):
                actions.append(schema.validate(folder.action([]), frame.screen))
        return actions

    def _placed(self, event: Event) -> list[Event]:
        """The event with the point that the pointer is at; presses one by one."""
        if event.kind == "press":
            return [replace(event, number=1)] * min(event.number, _AT_MOST)
        made = [event]
        if event.kind in ("drag", "drag_by") and self._pointer is not None:
            made = [Event("move", self._pointer), event]
        elif event.kind in _POINTED and event.point is None:
            made = [replace(event, point=self._pointer)]
        if event.kind == "drag_by" and self._pointer is not None and event.point is not None:
            self._pointer = self._pointer[0] + event.point[0], self._pointer[1] + event.point[1]
        elif event.point is not None:
            self._pointer = event.point
        return made


def _whole(events: list[Event]) -> tuple[list[Event], list[Event]]:
    """What can be done now, and the tail from where a button or key went down that is still held."""
    held: set[str] = set()
    begun = len(events)
    for number, event in enumerate(events):
        free = not held
        if event.kind in ("down", "up"):
            (held.add if event.kind == "down" else held.discard)(f"button {event.button}")
        elif event.kind in ("key_down", "key_up"):
            (held.update if event.kind == "key_down" else held.difference_update)(event.keys)
        if held and free:
            begun = number
    return (events[:begun], events[begun:]) if held else (events, [])


def _apart(events: list[Event]) -> list[list[Event]]:
    """Parts that fold each for itself: three clicks select a line, which is not what `clear` empties."""
    parts: list[list[Event]] = [[]]
    for event in events:
        parts[-1].append(event)
        if event.kind == "click" and event.number == 3:
            parts.append([])
    return [part for part in parts if part]
