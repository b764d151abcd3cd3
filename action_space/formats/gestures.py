"""Low-level input events, and how a sequence of them folds into one action.

Formats that speak in mouse and key events (pyautogui, OSWorld's computer_13) make events of what they read; `fold`
finds the action that the first of them mean together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from action_space import keys as key_names
from action_space import schema
from action_space.formats.base import FormatError, Parsed
from action_space.geometry import Frame

Kind = Literal[
    "move", "click", "down", "up", "drag", "drag_by", "scroll",
    "write", "copy", "press", "key_down", "key_up", "sleep", "end",
]  # fmt: skip
Pixel = tuple[int, int]


@dataclass(frozen=True)
class Event:
    """One event. `point` is in screenshot pixels; None: where the pointer is.

    `keys` are canonical; `text` is what `write` and `copy` carry; `number` is clicks, or milliseconds of a pause;
    `data` holds the fields of an action that needs no folding.
    """

    kind: Kind
    point: Pixel | None = None
    button: str = "left"
    keys: tuple[str, ...] = ()
    text: str = ""
    number: int = 1
    data: dict[str, Any] = field(default_factory=dict)


def fold(events: list[Event], repairs: list[str]) -> dict[str, Any]:
    """Canonical JSON of the action that the events at the head mean together; what is left over is noted.

    Raises:
        FormatError: they mean no action.
    """
    folder = Folder(events)
    data = folder.action(repairs)
    if folder.at < len(folder.events):
        left = len(folder.events) - folder.at
        repairs.append(f"{left} more call{'s' if left > 1 else ''} left out; the first action was taken")
    return data


def parsed(events: list[Event], frame: Frame, thought: str, repairs: list[str]) -> Parsed:
    """The one validated action that `events` together mean.

    Raises:
        FormatError: they mean none, or it is not valid.
    """
    data = fold(events, repairs)
    return Parsed(schema.validate(data, frame.screen), thought, tuple(dict.fromkeys(repairs)))


class Folder:
    """Takes events from the head of a list, an action at a time; `at` is how many are taken."""

    def __init__(self, events: list[Event]) -> None:
        pressed = False
        self.events: list[Event] = []
        self.paused = 0
        for event in events:
            pressed = event.kind == "down" or (pressed and event.kind != "up")
            # Pauses matter only while a button is held; the loop waits for rest by itself.
            if event.kind != "sleep" or pressed:
                self.events.append(event)
            else:
                self.paused += 1
        if not self.events and events:
            self.events, self.paused = events[:1], len(events) - 1
        self.at = 0

    def peek(self, *kinds: Kind) -> Event | None:
        if self.at < len(self.events) and self.events[self.at].kind in kinds:
            return self.events[self.at]
        return None

    def take(self, *kinds: Kind) -> Event | None:
        event = self.peek(*kinds)
        if event:
            self.at += 1
        return event

    def action(self, repairs: list[str]) -> dict[str, Any]:
        if self.paused:
            repairs.append("pauses left out")
        held = self.held()
        if held:
            return self.with_held(held, repairs)
        pointer: Pixel | None = None
        moves = 0
        while move := self.take("move"):
            pointer, moves = move.point, moves + 1
        if moves > 1:
            repairs.append(f"{moves} moves; the last was taken")
        if data := self.pointer_action(pointer, repairs):
            return data
        if moves:
            return {"action": "hover", **_at(pointer)}
        if (event := self.take("end", "sleep")) is not None:
            return event.data or {"action": "wait", "duration_ms": event.number}
        if data := self.typing(None, repairs):
            return data
        if event := self.take("press"):
            if event.number > 1:
                repairs.append(f"{event.number} presses; one was taken")
            return {"action": "press", "keys": list(event.keys)}
        raise FormatError(
            "the calls mean no action; allowed: click, moveTo, dragTo, scroll, write, press, hotkey, sleep, "
            "WAIT, DONE, FAIL"
        )

    def held(self) -> list[str]:
        held: list[str] = []
        while event := self.take("key_down"):
            held += event.keys
        return held

    def with_held(self, held: list[str], repairs: list[str]) -> dict[str, Any]:
        """Keys are down: a chord, or a click with modifiers."""
        move = self.take("move")
        if click := self.take("click"):
            modifiers = [key for key in held if key in key_names.MODIFIERS]
            if modifiers != held:
                raise FormatError(
                    f"a click with {', '.join(held)} held down; allowed: {', '.join(key_names.MODIFIERS)}"
                )
            data = {**_click(click, move.point if move else None), "modifiers": modifiers}
        elif move or self.peek("drag", "drag_by", "scroll", "write", "down"):
            raise FormatError("keys held down during something that is no click or key; allowed: a click, or keys")
        else:
            while event := self.take("press"):
                held += event.keys
            data = {"action": "press", "keys": held}
        if not self.take("key_up"):
            repairs.append("the keys held down are released")
        while self.take("key_up"):
            pass
        return data

    def pointer_action(self, pointer: Pixel | None, repairs: list[str]) -> dict[str, Any] | None:
        if event := self.take("click"):
            data = _click(event, pointer)
            if (
                event.button == "left"
                and event.number != 2
                and (typed := self.typing(data["start_point"], repairs))
            ):
                if event.number == 3:
                    repairs.append("a triple click before typing read as emptying the field")
                    typed["clear"] = True
                return typed
            return data
        if event := self.take("drag", "drag_by"):
            start = _needed(pointer, "dragTo")
            if event.button != "left":
                raise FormatError(f"a drag with the {event.button} button; allowed: left")
            end = _needed(event.point, "dragTo")
            if event.kind == "drag_by":
                end = (start[0] + end[0], start[1] + end[1])
            return {"action": "drag", "start_point": list(start), "end_point": list(end)}
        if event := self.take("scroll"):
            return {**event.data, **_at(event.point or pointer)}
        if event := self.take("down"):
            return self.button_held(event, pointer, repairs)
        return None

    def button_held(self, down: Event, pointer: Pixel | None, repairs: list[str]) -> dict[str, Any]:
        start = _needed(down.point or pointer, "mouseDown")
        end, pause = start, 0
        while event := self.take("move", "sleep"):
            if event.kind == "sleep":
                pause += event.number
            else:
                end = event.point or end
        up = self.take("up")
        if up is None:
            repairs.append("the button held down is released")
        end = (up.point if up else None) or end
        if end != start and down.button == "left":
            return {"action": "drag", "start_point": list(start), "end_point": list(end)}
        if end == start and down.button == "left" and pause >= 100:
            return {"action": "longpress", "start_point": list(start), "duration_ms": pause}
        if end == start:
            return {"action": "click", "start_point": list(start), "button": down.button}
        raise FormatError(f"a drag with the {down.button} button; allowed: left")

    def typing(self, point: Pixel | list[int] | None, repairs: list[str]) -> dict[str, Any] | None:
        """[select all [delete]] text [enter], or None with nothing taken."""
        begin = self.at
        clear = bool(self.press_of(("ctrl", "a"), ("meta", "a")))
        emptied = clear and bool(self.press_of(("delete",), ("backspace",)))
        text, written = "", 0
        while event := self.take("write", "copy"):
            if event.kind == "copy" and not self.press_of(("ctrl", "v"), ("meta", "v")):
                self.at -= 1
                break
            text, written = text + event.text, written + 1
        if not written and not emptied:
            self.at = begin
            return None
        submit = bool(self.press_of(("enter",)))
        data: dict[str, Any] = {"action": "input", "text": text}
        if point is not None:
            data["start_point"] = list(point)
        if clear:
            data["clear"] = True
        if submit:
            data["submit"] = True
        return data

    def press_of(self, *chords: tuple[str, ...]) -> Event | None:
        event = self.peek("press")
        return self.take("press") if event and event.keys in chords and event.number == 1 else None


def _click(event: Event, pointer: Pixel | None) -> dict[str, Any]:
    data: dict[str, Any] = {"action": "click", "start_point": list(_needed(event.point or pointer, "click"))}
    if event.button != "left":
        data["button"] = event.button
    if event.number != 1:
        data["clicks"] = event.number
    return data


def _at(point: Pixel | None) -> dict[str, Any]:
    return {"start_point": list(point)} if point is not None else {}


def _needed(point: Pixel | None, call: str) -> Pixel:
    if point is None:
        raise FormatError(f"{call}: no point is given; allowed: x and y", field="start_point")
    return point
