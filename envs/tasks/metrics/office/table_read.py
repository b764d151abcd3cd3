"""Workbooks as the spreadsheet metrics read them: values and formulas side by side."""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from envs.tasks.metrics.base import text_of
from envs.tasks.metrics.limits import Unreadable, check_cells, check_file


class Book:
    """An .xlsx workbook.

    Attributes:
        path: the file.
        names: of its sheets, in order.
    """

    def __init__(self, path: str | None) -> None:
        """Open it.

        Raises:
            Unreadable: it is none.
        """
        if not path:
            raise Unreadable("no workbook")
        self.path = path
        self.names: list[str] = self._formulas.sheetnames

    @cached_property
    def _formulas(self) -> Any:
        return _loaded(self.path, data_only=False)

    @cached_property
    def _values(self) -> Any:
        return _loaded(self.path, data_only=True)

    def named(self, name: str) -> Sheet | None:
        """The sheet of that name; None: there is none."""
        if name not in self.names or not hasattr(self._formulas[name], "cell"):
            return None
        return Sheet(self.path, name, self._formulas[name], self._values[name])

    def at(self, index: int) -> Sheet | None:
        """The sheet at that place, from 0; None: there is none."""
        return self.named(self.names[index]) if 0 <= index < len(self.names) else None

    @property
    def first(self) -> Sheet:
        """The first sheet.

        Raises:
            Unreadable: it has none.
        """
        sheet = self.at(0)
        if sheet is None:
            raise Unreadable(f"{self.path}: no sheet")
        return sheet


def _loaded(path: str, *, data_only: bool) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl does not know is not compared either
            check_file(path)
            book = openpyxl.load_workbook(path, data_only=data_only)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
        raise Unreadable(f"{path}: {error}") from error
    for sheet in book.worksheets:
        check_cells(sheet, path)
    return book


@dataclass(frozen=True)
class Sheet:
    """One sheet: `formulas` as written, `values` as last calculated; both are openpyxl's."""

    path: str
    name: str
    formulas: Any
    values: Any

    def cell_value(self, row: int, column: int) -> Any:
        """The value of a cell, from 1, as the file has it: dates and times are numbers; None: it is empty."""
        from openpyxl.utils.datetime import to_excel

        value = self.values.cell(row, column).value
        return to_excel(value) if isinstance(value, (date, time, timedelta)) else value


def grid(sheet: Any, fold: bool = False) -> list[list[Any]]:
    """The values from A1 to the last that is not empty; rows have equal lengths.

    Args:
        sheet: openpyxl's.
        fold: letters are folded.
    """
    rows = [
        [_plain(value, fold) for value in row] for row in sheet.iter_rows(min_row=1, min_col=1, values_only=True)
    ]
    width = max((column + 1 for row in rows for column, value in enumerate(row) if value is not None), default=0)
    while rows and all(value is None for value in rows[-1]):
        rows.pop()
    return [row[:width] for row in rows]


def _plain(value: Any, fold: bool) -> Any:
    if isinstance(value, str):
        return (value.lower() if fold else value) or None
    return value


def printed(sheet: Sheet) -> list[str]:
    """The lines of the CSV file "BOOK-SHEET.csv" beside a workbook, without white space at the ends of lines and
    without empty lines at the end.

    Raises:
        Unreadable: there is none.
    """
    book = Path(sheet.path)
    lines = [line.strip() for line in text_of(str(book.with_name(f"{book.stem}-{sheet.name}.csv"))).splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines
