"""Dates that are chosen: a field is typed into, an open calendar is turned and clicked."""

from __future__ import annotations

from dataclasses import replace

from model.embedded.language.goals import Pick, Target
from model.embedded.language.values import find_date, month_number, numbers
from model.embedded.language.words import fold
from model.embedded.matching.fields import field_for
from model.embedded.matching.match import find
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.paging import next_page
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import FIELDS, Thing


def pick(goal: Pick, now: Now) -> Answer:
    """In an open calendar: turn to the month, click the day. Without one: open it, else type."""
    year, month, day = map(int, goal.date.split("-"))
    shown = _calendar(now)
    clicks = [s for s in now.past if s.kind == "click" and not s.error]
    if shown is not None:
        if shown == (year, month):
            cells = [
                t
                for t in now.scene.things
                if t.text.strip() == str(day) and t.kind not in FIELDS and t.box.center[1] > _calendar_top(now)
            ]
            if cells:
                cell = cells[0] if day < 16 else cells[-1]
                return Move(click_at(cell.point, cell.text), f"I pick the {day}.", 0.93)
            return Lost("the day is not in the calendar", None)
        back = (year, month) < shown
        arrow = _turner(now, back=back)
        if arrow is None:
            return Lost("the calendar has no arrow", None)
        return Move(
            click_at(arrow.point, "previous" if back else "next"),
            f"The calendar shows {shown[1]}/{shown[0]}, I turn {'back' if back else 'on'}.",
            0.9,
            last=False,
        )
    if any(s.mark == "·" and not s.idle for s in now.past):
        return Done("the date was entered", 0.85)
    field = field_for(replace(goal.field, kinds=("field",)), now)
    if field is None:
        icon = [c for c in find(Target(text="calendar"), now.scene) if c.score >= 0.8 and not now.tried(c.point)]
        if icon:
            return Move(click_at(icon[0].point, "calendar"), "I open the calendar.", icon[0].score, last=False)
        return Lost("there is no field for a date", Target(kinds=("field",)))
    if not clicks:
        return Move(
            click_at(field.point, field.thing.text),
            f"I open {name_of(field.thing)} for the date.",
            field.score,
            last=False,
        )
    text = _as_asked(now.goal.said, goal.date)
    return Move(
        {"action": "input", "text": text, "start_point": list(field.point), "clear": True},
        f"I type the date {text}.",
        field.score,
    )


def _as_asked(said: str, iso: str) -> str:
    """The date as the task writes it, else month/day/year."""
    import re

    year, month, day = iso.split("-")
    written = re.search(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}", said)
    return (
        written[0]
        if written and (d := find_date(written[0])) and d.isoformat() == iso
        else f"{month}/{day}/{year}"
    )


def _calendar(now: Now) -> tuple[int, int] | None:
    """(year, month) of the calendar that is open: a line "March 2016" above many small numbers."""
    days = [t for t in now.scene.things if t.text.strip().isdigit() and 1 <= int(t.text) <= 31]
    row_days = sum(
        len(numbers(line.text)) for _, line in now.scene.lines if all(1 <= n <= 31 for n in numbers(line.text))
    )
    if len(days) < 14 and row_days < 14:
        return None
    for _, line in now.scene.lines:
        words = line.text.replace(",", " ").split()
        months = [month_number(w) for w in words if month_number(w)]
        years = [int(n) for n in numbers(line.text) if 1900 <= n <= 2200]
        if months and years and len(words) <= 4:
            return years[0], months[0]
    names = [month_number(t.text) for t in now.scene.things if month_number(t.text)]
    years = [int(t.text) for t in now.scene.things if t.text.strip().isdigit() and 1900 <= int(t.text) <= 2200]
    return (years[0], names[0]) if names and years else None


def _calendar_top(now: Now) -> float:
    heads = [
        line.box.bottom
        for _, line in now.scene.lines
        if any(month_number(w) for w in line.text.replace(",", " ").split())
    ]
    return min(heads, default=0.0)


def _turner(now: Now, *, back: bool) -> Thing | None:
    """The arrow of the calendar: by its sign, else the outermost control beside the month's name."""
    words = ("prev", "previous", "<", "‹", "«", "◀", "◄") if back else ("next", ">", "›", "»", "▶", "►")
    names = ("arrow-left", "chevron-left", "left", "back") if back else ("arrow-right", "chevron-right", "right")
    for thing in now.scene.things:
        if fold(thing.text) in words or thing.name in names:
            return thing
    head = next(
        (
            line
            for _, line in now.scene.lines
            if any(month_number(w) for w in line.text.replace(",", " ").split()) and numbers(line.text)
        ),
        None,
    )
    if head is None:
        return None if back else next_page(now.scene)
    side = [
        t
        for t in now.scene.row_of(head.box)
        if t.kind in ("icon", "button", "shape", "text")
        and (t.box.center[0] < head.box.left if back else t.box.center[0] > head.box.right)
    ]
    return (min if back else max)(side, key=lambda t: t.box.left, default=None)
