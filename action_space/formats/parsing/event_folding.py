"""Low-level input events, and how a sequence of them folds into actions.

Formats that speak in mouse and key events (pyautogui, OSWorld's computer_13, BrowserGym) make events of what they
read. `unfold` says exactly what they ask for, action by action; nothing is inferred, left out or added. `fold`
gives the one action that an answer begins with, for an agent that looks at the screen after each: there a click,
"select all" and a text are one input, and a short pause between them is the wait that the loop makes by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
Json = dict[str, Any]

_POINTED = ("click", "scroll", "longpress", "mouse_down", "drag")
_SHORT_MS = 1000  # a pause below it, between the parts of one input, waits for nothing that the loop does not
_HOLD_MS = 100  # a button held longer is a long press
_PASTES = (("ctrl", "v"), ("meta", "v"), ("ctrl", "shift", "v"), ("shift", "insert"))


@dataclass(frozen=True)
class Event:
    """One event. `point` is in screenshot pixels; None: where the pointer is.

    `keys` are canonical; `text` is what `write` and `copy` carry; `number` is clicks, presses, or milliseconds
    of a pause; `data` holds the fields of an action that needs no folding.
    """

    kind: Kind
    point: Pixel | None = None
    button: str = "left"
    keys: tuple[str, ...] = ()
    text: str = ""
    number: int = 1
    data: Json = field(default_factory=dict)


def fold(events: list[Event], repairs: list[str], pointer: Pixel | None = None) -> Json:
    """Canonical JSON of the action that the events at the head mean together; what is left over is noted.

    Raises:
        FormatError: they mean no action.
    """
    done = unfold(at_pointer(events, pointer))
    if not done:
        raise FormatError(
            "the calls mean no action; allowed: click, moveTo, dragTo, scroll, write, press, hotkey, sleep, "
            "WAIT, DONE, FAIL"
        )
    moves = 0
    while len(done) > 1 and done[0]["action"] == "hover" and done[1]["action"] in ("hover", *_POINTED):
        done, moves = done[1:], moves + 1
    if moves:
        repairs.append(f"{moves} move{'s' if moves > 1 else ''} of the pointer left out")
    data, taken = _input(done, repairs)
    if any(more["action"] == "wait" for more in done[taken:]):
        repairs.append("pauses left out")
    if left := sum(more["action"] != "wait" for more in done[taken:]):
        repairs.append(f"{left} more call{'s' if left > 1 else ''} left out; the first action was taken")
    return data


def parsed(events: list[Event], frame: Frame, thought: str, repairs: list[str]) -> Parsed:
    """The one validated action that `events` begin with.

    Raises:
        FormatError: they mean none, or it is not valid.
    """
    data = fold(events, repairs, frame.pointer)
    return Parsed(schema.validate(data, frame.screen), thought, tuple(dict.fromkeys(repairs)))


def unfold(events: list[Event]) -> list[Json]:
    """Canonical JSON of every action that the events ask for, in order.

    Raises:
        FormatError: one of them cannot be done.
    """
    out: list[Json] = []
    at = 0
    while at < len(events):
        data, taken = _next(events[at:])
        at += taken
        if data is None:
            continue
        before = out[-1] if out else None
        if before and data["action"] == "press" == before["action"] and before["keys"] == data["keys"]:
            before["repeat"] = before.get("repeat", 1) + data.get("repeat", 1)
        elif before and data["action"] in ("key_down", "key_up") and before["action"] == data["action"]:
            before["keys"] += data["keys"]
        elif before and before["action"] == "hover" and _goes_on(before, data):
            out[-1] = {**before, **data}
        else:
            out.append(data)
    return out


def _next(events: list[Event]) -> tuple[Json | None, int]:
    """The action at the head, and how many events it takes."""
    first = events[0]
    match first.kind:
        case "down":
            return _button(events)
        case "key_down":
            return _held(events)
        case "copy":
            if (
                len(events) > 1
                and events[1].kind == "press"
                and events[1].keys in _PASTES
                and events[1].number == 1
            ):
                return {"action": "input", "text": first.text}, 2
            return None, 1
        case "write":
            return _typed(events)
        case "move" if len(events) > 1 and events[1].kind in ("drag", "drag_by"):
            (x, y), (to_x, to_y) = _needed(first.point, "drag"), _needed(events[1].point, "drag")
            end = (x + to_x, y + to_y) if events[1].kind == "drag_by" else (to_x, to_y)
            return {**_single(replace(events[1], kind="drag", point=end)), "start_point": [x, y]}, 2
    return _single(first), 1


def _single(event: Event) -> Json:
    """The action that one event is by itself."""
    at = {"start_point": list(event.point)} if event.point is not None else {}
    button = {"button": event.button} if event.button != "left" else {}
    match event.kind:
        case "move":
            return {"action": "hover", **at}
        case "click":
            return {"action": "click", **at, **button, **({"clicks": event.number} if event.number != 1 else {})}
        case "drag" | "drag_by":
            if event.kind == "drag_by":
                raise FormatError(
                    "drag: it goes from where the pointer is, which is not known; allowed: dragTo(x, y)"
                )
            return {"action": "drag", "end_point": list(_needed(event.point, "dragTo")), **button}
        case "scroll":
            return {**event.data, **at}
        case "down" | "up":
            return {"action": f"mouse_{event.kind}", **at, **button}
        case "key_down" | "key_up":
            return {"action": event.kind, "keys": list(event.keys)}
        case "press":
            return {"action": "press", "keys": list(event.keys), **_times(event.number)}
        case "sleep":
            return {"action": "wait", "duration_ms": event.number}
        case "end":
            return dict(event.data)
    raise AssertionError(event.kind)


def _typed(events: list[Event]) -> tuple[Json, int]:
    """Texts typed one after the other."""
    taken = 0
    while taken < len(events) and events[taken].kind == "write":
        taken += 1
    return {"action": "input", "text": "".join(event.text for event in events[:taken])}, taken


def _button(events: list[Event]) -> tuple[Json, int]:
    """A button goes down: a drag, a long press or a click where nothing else happens until it comes up."""
    down = events[0]
    path: list[Pixel] = []
    held = pause = 0
    for number, event in enumerate(events[1:], 1):
        if event.kind == "sleep":
            pause += event.number
        elif event.kind == "move" and event.point is not None and not held:
            held, pause = pause, 0
            path.append(event.point)
        elif event.kind == "move" and event.point is not None:
            break  # pauses on the way are part of what was asked
        elif event.kind == "up" and event.button == down.button:
            if event.point is not None and event.point != (path[-1] if path else down.point):
                path.append(event.point)
            return _pressed(down, path, held, pause), number + 1
        else:
            break
    return _single(down), 1


def _pressed(down: Event, path: list[Pixel], held: int, pause: int) -> Json:
    at = {"start_point": list(down.point)} if down.point is not None else {}
    button = {"button": down.button} if down.button != "left" else {}
    if path and (len(path) > 1 or path[0] != down.point):
        between = {"path": [list(point) for point in path[:-1]]} if len(path) > 1 else {}
        return {"action": "drag", **at, "end_point": list(path[-1]), **between, **button}
    if held + pause >= _HOLD_MS and not button:
        return {"action": "longpress", **at, "duration_ms": held + pause}
    return {"action": "click", **at, **button}


def _held(events: list[Event]) -> tuple[Json, int]:
    """Keys go down: a chord, or one action with modifiers, where they come up right after it."""
    held: list[str] = []
    at = 0
    while at < len(events) and events[at].kind == "key_down":
        held += events[at].keys
        at += 1
    inner: list[Json] = []
    pause = 0
    while at < len(events) and events[at].kind not in ("key_down", "key_up", "end"):
        if events[at].kind == "sleep":
            pause += events[at].number
            at += 1
            continue
        data, taken = _next(events[at:])
        at += taken
        if data is not None:
            inner.append(data)
    begun = at
    released: set[str] = set()
    while at < len(events) and events[at].kind == "key_up" and released != set(held):
        released |= set(events[at].keys)
        at += 1
    if at > begun and released == set(held) and (whole := _together(held, inner, pause)) is not None:
        return whole, at
    return _single(events[0]), 1


def _together(held: list[str], inner: list[Json], pause: int) -> Json | None:
    """What is done while `held` is down as one action, None where it takes more."""
    if not inner:
        return {"action": "press", "keys": held, **({"duration_ms": pause} if pause else {})}
    moves = {}
    if len(inner) == 2 and inner[0]["action"] == "hover" and _goes_on(inner[0], inner[1]):
        moves, inner = inner[0], inner[1:]
    if pause or len(inner) > 1 or not all(key in key_names.MODIFIERS for key in held):
        strokes = {tuple(data["keys"]) for data in inner if data["action"] == "press"}
        if pause or len(strokes) != 1 or any(data["action"] != "press" for data in inner):
            return None
    only = inner[0]
    if only["action"] == "press":
        often = sum(data.get("repeat", 1) for data in inner)
        return {"action": "press", "keys": [*held, *only["keys"]], **_times(often)}
    if only["action"] in ("click", "drag", "scroll") and "modifiers" not in only:
        return {**moves, **only, "modifiers": held}
    return None


def at_pointer(events: list[Event], pointer: Pixel | None) -> list[Event]:
    """The events with the point that the pointer is at, as far as it is known."""
    out: list[Event] = []
    for event in events:
        if event.kind in ("drag", "drag_by"):
            if pointer is not None and not (out and out[-1].kind == "move"):
                out.append(Event("move", pointer))
        elif event.kind in ("click", "down", "up", "scroll") and event.point is None and pointer is not None:
            event = replace(event, point=pointer)
        out.append(event)
        if event.kind == "drag_by" and pointer is not None and event.point is not None:
            pointer = pointer[0] + event.point[0], pointer[1] + event.point[1]
        elif event.point is not None and event.kind != "drag_by":
            pointer = event.point
    return out


def _goes_on(move: Json, data: Json) -> bool:
    """Whether a move of the pointer is only the way to the action after it."""
    here = move.get("start_point")
    return data["action"] in _POINTED and here is not None and data.get("start_point", here) == here


def _input(done: list[Json], repairs: list[str]) -> tuple[Json, int]:
    """The input that a click, "select all", a text and Enter at the head are; else the first action alone.

    "Select all" and "delete" count as emptying a field only with a text after them: by themselves they are keys.
    """
    at = pauses = 0
    first = done[0]

    def here(kind: str) -> Json | None:
        """The next action if it is of that kind; short pauses before it are passed."""
        nonlocal at, pauses
        ahead = at
        while at and ahead < len(done) and done[ahead]["action"] == "wait":
            if done[ahead].get("duration_ms", 1000) >= _SHORT_MS:
                return None
            ahead += 1
        if ahead >= len(done) or done[ahead]["action"] != kind:
            return None
        at, pauses = ahead, pauses + ahead - at
        return done[at]

    point, clear = {}, False
    plain = first["action"] == "click" and first.get("button", "left") == "left" and "modifiers" not in first
    if plain and first.get("clicks", 1) != 2 and "start_point" in first:
        point, clear, at = {"start_point": first["start_point"]}, first.get("clicks") == 3, 1
    if (press := here("press")) and press["keys"] in (["ctrl", "a"], ["meta", "a"]) and len(press) == 2:
        clear, at = True, at + 1
        if (press := here("press")) and press["keys"] in (["delete"], ["backspace"]) and len(press) == 2:
            at += 1
    text, written = "", 0
    while typed := here("input"):
        text, written, at = text + typed["text"], written + 1, at + 1
    if not written:
        return first, 1
    whole: Json = {"action": "input", "text": text, **point}
    if clear:
        whole["clear"] = True
        if first.get("clicks") == 3:
            repairs.append("a triple click before typing read as emptying the field")
    if (press := here("press")) and press["keys"] == ["enter"] and len(press) == 2:
        whole["submit"], at = True, at + 1
    if pauses:
        repairs.append("pauses left out")
    return whole, at


def _times(number: int) -> Json:
    return {"repeat": number} if number != 1 else {}


def _needed(point: Pixel | None, call: str) -> Pixel:
    if point is None:
        raise FormatError(f"{call}: no point is given; allowed: x and y", field="start_point")
    return point
