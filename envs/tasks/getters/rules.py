"""What a file says itself: rules, and rules about a day that is counted from today."""

from __future__ import annotations

import calendar
import copy
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from envs.tasks.context import TaskContext
from envs.tasks.getters.base import GETTERS

Rules = dict[str, Any] | Annotated[list[Any], Field(min_length=1)]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_LATER = {"four": 4, "eight": 8}


@GETTERS
def rule(stage: TaskContext, *, rules: Rules) -> Rules:
    """The rules as they stand in the file."""
    return rules


@GETTERS
def time_diff_range(stage: TaskContext, *, diff_range_in_minutes: str | int | float) -> float:
    """A span in minutes."""
    return float(diff_range_in_minutes)


@GETTERS
def rule_relativeTime(stage: TaskContext, *, rules: dict[str, Any]) -> dict[str, Any]:
    """The rules with their day filled in.

    `relativeTime` names a day (`from`), or two (`from`, `to`), see `day_of`; the words of `expected` may hold
    {DoW}, {Month}, {MonthFull}, {month}, {MonthD}, {Month0D}, {DayD}, {Day0D}, {Year}. The first day fills
    `time`, or of two `from` (split: puDay, puMonth, puYear), the second `to` (split: doDay, doMonth, doYear).
    `timezone`: of today.
    """
    filled = copy.deepcopy(rules)
    asked, expected = filled["relativeTime"], filled["expected"]
    today = _today(filled.get("timezone"))
    first = day_of(asked["from"], today)
    if "to" not in asked:
        _fill(expected, ("time",), first)
        return filled
    start = asked["from"].removesuffix(" split")
    _fill(expected, ("puDay", "puMonth", "puYear") if asked["from"].endswith(" split") else ("from",), first)
    second = day_of(asked["to"], today, after=(start, first))
    _fill(expected, ("doDay", "doMonth", "doYear") if asked["to"].endswith(" split") else ("to",), second)
    return filled


def _today(timezone: str | None) -> date:
    if not timezone:
        return date.today()
    try:
        return datetime.now(ZoneInfo(timezone)).date()
    except (ZoneInfoNotFoundError, ValueError):
        return date.today()


def day_of(words: str, today: date, after: tuple[str, date] | None = None) -> date:
    """The day that OSWorld's words name.

    Words: `tomorrow`, `this month`, `5th next month` (any number), `this Saturday`, `next Monday`, `next week
    Friday` (any weekday), `first monday four months later`; ` split` at the end changes nothing here.

    Args:
        words: the day asked for.
        today: the day to count from.
        after: words and day of the start, which a "next" weekday follows within the same week.

    Raises:
        ValueError: other words.
    """
    words = words.removesuffix(" split").strip()
    number, _, rest = words.partition(" ")
    if words == "tomorrow":
        return today + timedelta(days=1)
    if words == "this month":
        return today
    if rest == "next month" and number[:-2].isdigit():
        return _later(today, 1, int(number[:-2]))
    if words.startswith("first monday ") and words.endswith(" months later"):
        count = words.split()[2]
        months = _MONTHS_LATER.get(count) or (int(count) if count.isdigit() else 0)
        if months:
            first = _later(today, months, 1)
            return first + timedelta(days=-first.weekday() % 7)
    if (name := words.rpartition(" ")[2]) in WEEKDAYS:
        wanted = WEEKDAYS.index(name)
        if words == f"this {name}":
            return today + timedelta(days=wanted - today.weekday())
        if words == f"next week {name}":
            return today + timedelta(days=7 - today.weekday() + wanted)
        if words == f"next {name}":
            if after is not None and after[0].startswith("next ") and after[1].weekday() <= wanted:
                return after[1] + timedelta(days=wanted - after[1].weekday())
            return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)
    raise ValueError(f"relativeTime: {words!r} is not known; accepted: tomorrow, 5th next month, next Monday, …")


def _later(today: date, months: int, day: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))


def _fill(expected: dict[str, Any], keys: tuple[str, ...], day: date) -> None:
    full = calendar.month_name[day.month]
    words = {
        "{DoW}": calendar.day_abbr[day.weekday()], "{Month}": calendar.month_abbr[day.month],
        "{MonthFull}": full, "{month}": full.lower(), "{MonthD}": str(day.month), "{Month0D}": f"{day.month:02}",
        "{DayD}": str(day.day), "{Day0D}": f"{day.day:02}", "{Year}": str(day.year),
    }  # fmt: skip
    for key in keys:
        if isinstance(expected.get(key), list):
            expected[key] = [_filled(one, words) for one in expected[key]]
        elif key in expected:
            expected[key] = _filled(expected[key], words)


def _filled(text: Any, words: dict[str, str]) -> Any:
    for name, value in words.items():
        text = text.replace(name, value) if isinstance(text, str) else text
    return text
