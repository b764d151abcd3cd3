"""Calendars and fields in parts: a month grid by its geometry, native date and time fields by their segments."""

from __future__ import annotations

import calendar
import re
from datetime import date

from action_space.geometry import Box
from model.embedded.language.goals import Pick
from model.embedded.language.values import find_date, month_number, numbers
from model.embedded.language.words import fold
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.scene import Scene, Thing
from model.embedded.screen import Line
from model.embedded.skills.means import calendars

_DAYS = ("su", "mo", "tu", "we", "th", "fr", "sa")
_PARTS = re.compile(r"\b(?:mm|dd|yyyy|jj|tt)\b.*\b(?:mm|dd|yyyy)\b|\b[mdy]{2,4}\s?[/.-]\s?[mdy]{2,4}", re.I)


def pick(goal: Pick, now: Now) -> Answer:
    """A field in parts is typed into; an open month grid is turned and clicked; else as `calendars.pick` does."""
    year, month, day = map(int, goal.date.split("-"))
    head = _head(now.scene)
    if head is None and any(find_date(line.text) == date(year, month, day) for _, line in now.scene.lines):
        return Done("the date is entered", 0.95)
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    parts = [t for t in now.scene.things if _PARTS.search(t.text) and t.kind not in ("panel", "listbox")]
    if parts and not typed and head is None:
        return _type_parts(parts[0], f"{month:02}{day:02}{year}", f"{month:02}/{day:02}/{year}", now)
    if head is None:
        return calendars.pick(goal, now)
    line, shown_year, shown_month = head
    if (shown_year, shown_month) != (year, month):
        back = (year, month) < (shown_year, shown_month)
        if len([s for s in now.past if s.kind == "click"]) > 40:
            return Lost("the calendar does not turn to the month")
        arrow = _arrow(now.scene, line, back=back)
        spot = arrow.point if arrow else _end_of_bar(now.scene, line, back=back)
        if spot is None or (arrow is None and [s.idle for s in now.past[-2:]] == [True, True]):
            return Lost("the calendar has no arrow")
        why = f"The calendar shows {shown_month}/{shown_year}, I turn {'back' if back else 'on'}."
        return Move(click_at(spot, "previous" if back else "next"), why, 0.9 if arrow else 0.85, last=False)
    point = _cell(now.scene, line, year, month, day)
    if point is None:
        return calendars.pick(goal, now)
    return Move(click_at(point, str(day)), f"I pick the {day}.", 0.92)


def _type_parts(field: Thing, keys: str, shown: str, now: Now) -> Move:
    spot = [int(field.box.left + 0.9 * now.scene.scale), field.point[1]]
    return Move({"action": "input", "text": keys, "start_point": spot}, f"I type {shown} into its parts.", 0.92)


def time_parts(text: str, now: Now) -> Move | None:
    """A time typed into a native field of parts ("--:-- --"), None where there is none or no time is meant."""
    said = re.fullmatch(r"(\d{1,2}):(\d{2})\s*([ap])?\.?m?\.?", fold(text))
    if not said or any(s.kind == "input" and not s.error for s in now.past):
        return None
    fields = [
        t for t in now.scene.things if re.search(r"[-–—_]{1,2}\s?:\s?[-–—_]{1,2}", t.text) and t.kind != "panel"
    ]
    if not fields:
        panels = [t for t in now.scene.of("panel", "button", "field", "select") if not t.text]
        fields = [p for p in panels if p.box.height < 4 * now.scene.scale and _dashes(p, now.scene) >= 4]
    if not fields:
        return None
    keys = f"{int(said[1]):02}{said[2]}" + (f"{said[3].upper()}M" if said[3] else "")
    return _type_parts(fields[0], keys, text, now)


def _dashes(frame: Thing, scene: Scene) -> int:
    """Flat marks inside a frame: the blanks of a field in parts."""
    flat = [
        t
        for t in scene.things
        if t != frame and frame.box.contains(*t.box.center) and t.box.height < 0.35 * scene.scale
    ]
    return len(flat)


def _head(scene: Scene) -> tuple[Line, int, int] | None:
    """The line with month and year above the names of the days, with both as numbers."""
    if len(_weekdays(scene)) < 4:
        return None
    for _, line in scene.lines:
        words = re.sub(r"[,<>‹›«»◀▶]", " ", line.text).split()
        months = [month_number(w) for w in words if month_number(w)]
        years = [int(n) for n in numbers(line.text) if 1900 <= n <= 2200]
        if months and years and len(words) <= 4:
            return line, years[0], months[0]
    return None


def _weekdays(scene: Scene) -> dict[int, tuple[float, float, float]]:
    """Weekday (Sunday is 0) → middle, top, bottom of its name in the row of names."""
    found: dict[int, tuple[float, float, float]] = {}
    for _, line in scene.lines:
        words = line.text.split()
        days = [_DAYS.index(fold(w)[:2]) for w in words if len(w) <= 3 and fold(w)[:2] in _DAYS]
        if len(days) != len(words):
            continue
        width = line.box.width / len(words)
        for at, weekday in enumerate(days):
            found[weekday] = (line.box.left + width * (at + 0.5), line.box.top, line.box.bottom)
    return found


def _cell(scene: Scene, head: Line, year: int, month: int, day: int) -> tuple[int, int] | None:
    """Where the day lies: its column by the names of the days, its row by equal parts of the frame below them."""
    names = _weekdays(scene)
    order = sorted(names, key=lambda d: names[d][0])
    monday = order[0] == 1 or (names.get(0, (0.0,))[0] > names.get(6, (1e9,))[0])
    place = {d: (d - 1) % 7 if monday else d for d in names}
    low, high = min(names, key=lambda d: place[d]), max(names, key=lambda d: place[d])
    if place[high] == place[low]:
        return None
    pitch = (names[high][0] - names[low][0]) / (place[high] - place[low])
    first = date(year, month, 1).weekday()  # Monday is 0
    offset = first if monday else (first + 1) % 7
    weeks = -(-(offset + calendar.monthrange(year, month)[1]) // 7)
    row, column = divmod(offset + day - 1, 7)
    x = names[low][0] + (column - place[low]) * pitch
    read = [t for t in scene.things if t.text.strip() == str(day) and abs(t.box.center[0] - x) < 0.45 * pitch
            and t.box.top > names[low][2] and t.kind not in ("field", "panel")]  # fmt: skip
    top = max(n[2] for n in names.values())
    frame = _frame(scene, Box(names[low][0], head.box.top, names[high][0], top + 1))
    if frame is None:
        return read[0].point if len(read) == 1 else None
    height = (frame.bottom - top - 0.5 * scene.scale) / weeks
    y = top + 0.25 * scene.scale + (row + 0.5) * height
    if len(read) == 1 and abs(read[0].box.center[1] - y) < 0.6 * height:
        return read[0].point
    return int(x), int(y)


def _frame(scene: Scene, inside: Box) -> Box | None:
    """The smallest frame around the head of the calendar that reaches well below it."""
    frames = [
        e.box for e in scene.screen.elements
        if e.kind in ("panel", "listbox", "textarea", "image") and e.box.contains(*inside.center)
        and e.box.bottom > inside.bottom + 5 * scene.scale and e.box.width < 2.5 * inside.width
    ]  # fmt: skip
    return min(frames, key=lambda b: b.area, default=None)


def _arrow(scene: Scene, head: Line, *, back: bool) -> Thing | None:
    """The control before or behind the name of the month, the outermost at its height."""
    side = [
        t for t in scene.things
        if abs(t.box.center[1] - head.box.center[1]) < 1.2 * scene.scale and t.box.width < 4 * scene.scale
        and t.kind in ("icon", "button", "shape", "text", "link") and t.text.strip() != head.text.strip()
        and (t.box.right <= head.box.left + 2 if back else t.box.left >= head.box.right - 2)
        and head.box.left - 8 * scene.scale < t.box.center[0] < head.box.right + 8 * scene.scale
    ]  # fmt: skip
    names = _weekdays(scene).values()
    row = Box(min(n[0] for n in names), head.box.top, max(n[0] for n in names), max(n[2] for n in names) + 1)
    if frame := _frame(scene, row):
        side = [t for t in side if frame.contains(*t.box.center)]  # not what the calendar half covers
    near = min if back is False else max
    return near(side, key=lambda t: t.box.left, default=None)


def _end_of_bar(scene: Scene, head: Line, *, back: bool) -> tuple[int, int] | None:
    """Where an arrow that was not seen must lie: at the end of the bar that has the month in its middle."""
    bars = [
        e.box for e in scene.screen.elements
        if e.box.contains(*head.box.center) and e.box.height < 3 * head.box.height
        and e.box.width > head.box.width + 3 * scene.scale
        and abs(e.box.center[0] - head.box.center[0]) < 0.1 * e.box.width
    ]  # fmt: skip
    if bars:
        bar = min(bars, key=lambda b: b.area)
        inset, y = bar.height / 2, bar.center[1]
        return int(bar.left + inset if back else bar.right - inset), int(y)
    middles = [x for x, _, _ in _weekdays(scene).values()]  # without a bar, above the outermost names of days
    if abs((min(middles) + max(middles)) / 2 - head.box.center[0]) > 2 * scene.scale:
        return None
    return int(min(middles) if back else max(middles)), int(head.box.center[1])
