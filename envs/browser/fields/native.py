"""Values of the fields that read typed text in a way of their own: dates, times, numbers, colours, sliders.

A date field takes keys segment by segment, in an order that depends on the language; a number field drops what
it does not know. So the text is read here, and its value is given to the field as HTML writes it
(https://html.spec.whatwg.org/multipage/common-microsyntaxes.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time

KINDS = frozenset({"date", "time", "datetime-local", "month", "week", "number", "range", "color"})
EXAMPLES = {
    "date": "2024-05-17",
    "time": "14:30",
    "datetime-local": "2024-05-17T14:30",
    "month": "2024-05",
    "week": "2024-W20",
    "number": "3.5",
    "range": "50",
    "color": "#336699",
}

_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y")
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y年%m月%d号", "%d.%m.%Y",
    "%B %d, %Y", "%B %d %Y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d. %B %Y",
)  # fmt: skip
_TIMES = (
    "%H:%M",
    "%H:%M:%S",
    "%H:%M:%S.%f",
    "%I:%M %p",
    "%I:%M:%S %p",
    "%I:%M%p",
    "%I %p",
    "%I%p",
    "%H.%M",
    "%H%M",
    "%H时%M分",
    "%H点%M分",
)
_MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y", "%m.%Y", "%B %Y", "%b %Y", "%B, %Y", "%Y年%m月")
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
# Countries that write the month first, by the region of the language tag.
_MONTH_FIRST_REGIONS = frozenset({"US", "PH", "FM", "MH", "PW"})


def value_of(kind: str, text: str, locale: str = "en-US") -> str | None:
    """The value that `text` means to a field of this type, as HTML writes it; None: it means none.

    Args:
        kind: the field's `type`, one of `KINDS`.
        locale: language tag; tells 5/6/2024 in America from elsewhere.
    """
    text = " ".join(text.split())
    if kind == "date":
        day = _date(text, locale)
        return day.isoformat() if day else None
    if kind == "time":
        clock = _time(text)
        return _clock(clock) if clock else None
    if kind == "datetime-local":
        return _moment(text, locale)
    if kind == "month":
        return _month(text, locale)
    if kind == "week":
        return _week(text, locale)
    if kind == "color":
        return _colour(text)
    return _number(text)


def equal(kind: str, value: str, wanted: str) -> bool:
    """Whether the field's value is the wanted one: numbers by their size, everything else by its text."""
    if kind in ("number", "range"):
        with suppress(ValueError):
            return float(value) == float(wanted)
    if kind in ("time", "datetime-local"):  # a field may write seconds of zero, or leave them out
        return re.sub(r"(:00)?(\.0+)?$", "", value) == re.sub(r"(:00)?(\.0+)?$", "", wanted) or value == wanted
    return value == wanted


def _parsed(text: str, formats: tuple[str, ...]) -> Iterator[datetime]:
    for form in formats:
        with suppress(ValueError):
            yield datetime.strptime(text, form)


def _date(text: str, locale: str) -> date | None:
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text)
    region = locale.replace("_", "-").rpartition("-")[2].upper()
    american = region in _MONTH_FIRST_REGIONS or region == "EN"
    order: tuple[str, ...] = (*_MONTH_FIRST, *_DAY_FIRST) if american else (*_DAY_FIRST, *_MONTH_FIRST)
    if re.fullmatch(r"\d{8}", text):  # without separators, as keys for the field's segments or as ISO 8601 has it
        order = ("%Y%m%d",) if text[:2] in ("19", "20") else ("%m%d%Y" if american else "%d%m%Y",)
    found = next(_parsed(text, (*_DATES, *order)), None)
    return found.date() if found else None


def _time(text: str) -> time | None:
    text = re.sub(r"\b([ap])\.?m\.?", lambda half: f"{half[1]}m", text, flags=re.IGNORECASE)
    found = next(_parsed(text.removesuffix(" Uhr"), _TIMES), None)
    return found.time() if found else None


def _clock(clock: time) -> str:
    if clock.microsecond:
        return clock.isoformat("milliseconds")
    return clock.isoformat("seconds" if clock.second else "minutes")


def _moment(text: str, locale: str) -> str | None:
    text = text.removesuffix("Z").replace(" at ", " ")
    # The blank that ends the date may be any of those in the text.
    for cut in re.finditer(r",? |T|(?<=[日号])", text):
        day, clock = _date(text[: cut.start()], locale), _time(text[cut.end() :].strip())
        if day and clock:
            return f"{day.isoformat()}T{_clock(clock)}"
    return None


def _month(text: str, locale: str) -> str | None:
    found = next(_parsed(text, _MONTHS), None)
    day = found.date() if found else _date(text, locale)
    return f"{day.year:04}-{day.month:02}" if day else None


def _week(text: str, locale: str) -> str | None:
    for pattern in (
        r"(?P<y>\d{4})-?\s?W(?P<w>\d{1,2})",
        r"W(?:eek)?\s?(?P<w>\d{1,2})(?:,| of|/)?\s?(?P<y>\d{4})",
        r"(?P<y>\d{4})年第?(?P<w>\d{1,2})[周週]",
    ):
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            year, week = int(match["y"]), int(match["w"])
            with suppress(ValueError):
                date.fromisocalendar(year, week, 1)
                return f"{year:04}-W{week:02}"
            return None
    if day := _date(text, locale):
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return None


def _colour(text: str) -> str | None:
    from PIL import ImageColor

    with suppress(ValueError):
        red, green, blue = ImageColor.getrgb(text)[:3]
        return f"#{red:02x}{green:02x}{blue:02x}"
    if re.fullmatch(r"[0-9a-fA-F]{6}", text):
        return f"#{text.lower()}"
    return None


def _number(text: str) -> str | None:
    text = text.replace("−", "-").removeprefix("+")
    if _NUMBER.fullmatch(text):
        return text
    text = re.sub(r"[\s\u00a0\u202f']", "", text)
    bare = re.sub(r"^[^\d.,-]+|[^\d.,]+$", "", text)  # without a currency or a unit
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        return bare.replace(",", "")
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+,\d+|-?\d{1,3}(\.\d{3}){2,}", bare):
        return bare.replace(".", "").replace(",", ".")
    if re.fullmatch(r"-?\d+,\d+", bare):  # no thousands: a comma before other than three digits, or after a zero
        return bare.replace(",", ".")
    return bare if _NUMBER.fullmatch(bare) else None
