"""What metrics share: the registry, files that cannot be read, and OSWorld's small rule language."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

from envs.tasks.metrics.limits import Unreadable, check_file
from envs.tasks.registry import Registry

__all__ = ["METRICS", "Unreadable"]

METRICS = Registry("metric")


def of_files(function: Callable[..., Any]) -> Callable[..., float]:
    """Register a metric that gives 0 where a value is missing (None) or a file is `Unreadable` (decorator).

    A file too large or nested too deep for this computer is one that cannot be read, too.
    """

    @wraps(function)
    def checked(*values: Any, **options: Any) -> float:
        if any(value is None for value in values):
            return 0.0
        try:
            for path in _files(values):
                check_file(path)
            return float(function(*values, **options))
        except (Unreadable, MemoryError, RecursionError):
            return 0.0

    return METRICS(checked)


def _files(values: Any) -> Iterator[str]:
    """The files among the values that a metric gets."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from _files(value)
        elif isinstance(value, str) and 0 < len(value) < 4096 and "\n" not in value and "\0" not in value:
            with suppress(OSError):
                if Path(value).is_file():
                    yield value


def text_of(path: str | None) -> str:
    """The text of a file: UTF-8 with or without a mark, UTF-16 with one, otherwise Latin-1.

    Raises:
        Unreadable: there is no such file.
    """
    data = bytes_of(path)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").replace("\r\n", "\n")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n")


def bytes_of(path: str | None) -> bytes:
    """The content of a file.

    Raises:
        Unreadable: there is no such file.
    """
    if not path:
        raise Unreadable("no file")
    try:
        check_file(path)
        return Path(path).read_bytes()
    except OSError as error:
        raise Unreadable(str(error)) from error


def listed(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def paired(result: Any, expected: Any) -> list[tuple[Any, Any]]:
    """Results with what is expected of them.

    Raises:
        Unreadable: there are not equally many.
    """
    results, wanted = listed(result), listed(expected)
    if len(results) != len(wanted):
        raise Unreadable(f"{len(results)} results for {len(wanted)} expected")
    return list(zip(results, wanted, strict=True))


def squeezed(text: str) -> str:
    """Runs of white space as one space, none at the ends."""
    return re.sub(r"\s+", " ", text).strip()


def matches_record(pattern: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether a record has every value of the pattern."""
    return all(key in record and record[key] == value for key, value in pattern.items())


def expected_only(records: list[dict[str, Any]], rules: dict[str, Any]) -> bool:
    """Whether each pattern of `rules["expect"]` fits some record, and none of `rules["unexpect"]` fits any."""
    found = all(any(matches_record(one, record) for record in records) for one in rules.get("expect") or [])
    return found and not any(
        matches_record(one, record) for one in rules.get("unexpect") or [] for record in records
    )


def matches_rule(value: Any, rule: dict[str, Any]) -> bool:
    """Whether a value fits {"method": …, "ref": …}.

    Methods: `eq`, `ne`, `le`, `lt`, `ge`, `gt`; `re` with flags (`re.S.I`): found anywhere in the text;
    `approx:0.1`: a number at most so far from `ref`; `range.te`: between the two numbers of `ref`, each side `t`
    (without) or `e` (with the end); `str_list_eq`, `str_set_eq`: text parted at commas; `spreadsheet_range`:
    cells that hold the first range of `ref` and lie in the second.

    Raises:
        ValueError: no such method.
    """
    method, ref = str(rule["method"]), rule["ref"]
    if method in ("eq", "ne", "le", "lt", "ge", "gt"):
        try:
            return bool(getattr(operator, method)(value, ref))
        except TypeError:
            return False
    if method == "re" or method.startswith("re."):
        flags = re.RegexFlag(0)
        for name in method.split(".")[1:]:
            if name not in re.RegexFlag.__members__:
                raise ValueError(f"method: {method!r} has the flag {name!r}; accepted: A, I, L, M, S, U, X")
            flags |= re.RegexFlag[name]
        return isinstance(value, str) and re.search(ref, value, flags) is not None
    if method.startswith("approx:"):
        number = as_number(value)
        return number is not None and abs(number - float(ref)) <= float(method.partition(":")[2])
    if re.fullmatch(r"range\.[te][te]", method):
        number = as_number(value)
        return number is not None and _below(method[6], ref[0], number) and _below(method[7], number, ref[1])
    if method in ("str_list_eq", "str_set_eq"):
        parts = str(value).strip("\"'").split(",")
        return parts == list(ref) if method == "str_list_eq" else set(parts) == set(ref)
    if method == "spreadsheet_range":
        from openpyxl.worksheet.cell_range import MultiCellRange

        inner, outer = MultiCellRange(ref[0]), MultiCellRange(ref[1])
        return all(one in value for one in inner) and all(one in outer for one in value)
    raise ValueError(
        f"method: {method!r} is not known; accepted: eq, ne, le, lt, ge, gt, re, approx:N, range.te, str_list_eq, "
        "str_set_eq, spreadsheet_range"
    )


def _below(side: str, low: float, high: float) -> bool:
    return low < high if side == "t" else low <= high


def as_number(value: Any) -> float | None:
    """A number, or a text that is one; None: it is neither."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
