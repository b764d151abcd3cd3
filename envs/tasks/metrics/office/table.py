"""Spreadsheets against rules, and CSV files (OSWorld's metrics/table)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from envs.tasks.metrics.base import listed, matches_rule, of_files, text_of
from envs.tasks.metrics.office.table_parts import charts, dimensions, filters, pivots, sparklines, style_of, styles
from envs.tasks.metrics.office.table_read import Book, Sheet, grid, printed

Compare = Callable[[Sheet, Sheet, dict[str, Any]], bool]


@of_files
def compare_csv(
    result: str, expected: str | list[str], *, strict: bool = True, ignore_case: bool = False
) -> float:
    """A CSV file has the lines of the right one, or of one of several.

    Args:
        result, expected: the files.
        strict: false: white space at the ends of lines does not count.
        ignore_case: letters are folded.
    """

    def lines(path: str) -> list[str]:
        found = text_of(path).splitlines()
        if not strict:
            found = [line.strip() for line in found]
        return [line.lower() for line in found] if ignore_case else found

    got = lines(result)
    return float(any(got == lines(one) for one in listed(expected) if one is not None))


@of_files
def compare_conference_city_in_order(result: str, rules: dict[str, Any]) -> float:
    """The cells from C2 down hold the cities `rules["expected"]` in order; a list in it is of other spellings."""
    sheet = Book(result).first.values
    for row, wanted in enumerate(rules["expected"], start=2):
        got = str(sheet.cell(row, 3).value or "")
        if not any(one in got for one in listed(wanted)):
            return 0.0
    return 1.0


@of_files
def compare_table(
    result: str | list[str], expected: str | list[str] | None = None, *, rules: list[dict[str, Any]]
) -> float:
    """A workbook fits every rule.

    A rule names sheets by `sheet_idx0` and `sheet_idx1` (or one by `sheet_idx`): a number, `RI0` (by place) or
    `RNSheet1` (by name) of the result, `EI0` or `ENSheet1` of the expected workbook. Types:

    - `sheet_name`: the same sheets in the same order.
    - `sheet_data`: the same values, numbers to `precision` decimals (4), text with `ignore_case`.
    - `sheet_print`: the same as printed: a CSV file "BOOK-SHEET.csv" beside each book; `ignore_case`.
    - `sheet_fuzzy`: `rules`, each with `range` and `type` (includes, included_by, fuzzy_match with `threshold`,
      exact_match), after `normalization`, `trim_leadings`, `trim_trailings`, `ignore_chars`, `ignore_case`.
    - `chart`, `pivot_table`, `style`, `row_props`, `col_props`: what `chart_props`, `pivot_props` or `props` name.
    - `sparkline`, `freeze`, `filter`: the same.
    - `zoom`, `check_cell` (`coordinate`, `props`), `data_validation` (`dv_props`): fit a method, see
    `matches_rule`.

    Raises:
        ValueError: another type, or another way to name a sheet.
    """
    books = _Books(listed(result)[0], listed(expected)[0] if expected is not None else None)
    return float(all(books.fits(rule) for rule in rules))


class _Books:
    """The workbook that is judged, and the right one where there is one."""

    def __init__(self, result: str, expected: str | None) -> None:
        self.result = Book(result)
        self.expected = Book(expected) if expected is not None else None

    def fits(self, rule: dict[str, Any]) -> bool:
        kind = rule["type"]
        if kind == "sheet_name":
            return self.result.names == self._expected().names
        if kind in _ALONE:
            sheet = self.sheet(rule.get("sheet_idx", 0))
            return sheet is not None and _ALONE[kind](sheet, rule)
        if kind not in _BOTH:
            accepted = ", ".join(sorted(("sheet_name", *_ALONE, *_BOTH)))
            raise ValueError(f"rules.type: {kind!r} is not known; accepted: {accepted}")
        pair = self.sheet(rule.get("sheet_idx0", 0)), self.sheet(rule.get("sheet_idx1", "EI0"))
        return pair[0] is not None and pair[1] is not None and _BOTH[kind](pair[0], pair[1], rule)

    def _expected(self) -> Book:
        if self.expected is None:
            raise ValueError("expected: missing, a rule compares with it")
        return self.expected

    def sheet(self, index: int | str) -> Sheet | None:
        """The sheet that a rule names; None: the book has none such."""
        name = str(index)
        if name.lstrip("-").isdigit():
            return self.result.at(int(name))
        book = self.result if name[:1] == "R" else self._expected() if name[:1] == "E" else None
        if book is not None and name[1:2] == "N":
            return book.named(name[2:])
        if book is not None and name[1:2] == "I" and name[2:].lstrip("-").isdigit():
            return book.at(int(name[2:]))
        raise ValueError(f"sheet_idx: {index!r} is not accepted: 0, RI0, RNSheet1, EI0 or ENSheet1")


def _same_data(one: Sheet, other: Sheet, rule: dict[str, Any]) -> bool:
    fold, digits = bool(rule.get("ignore_case", False)), int(rule.get("precision", 4))
    first, second = grid(one.values, fold), grid(other.values, fold)
    return len(first) == len(second) and all(
        len(row) == len(wanted) and all(_same_value(a, b, digits) for a, b in zip(row, wanted, strict=True))
        for row, wanted in zip(first, second, strict=True)
    )


def _same_value(one: Any, other: Any, digits: int) -> bool:
    numbers = isinstance(one, (int, float)) and isinstance(other, (int, float))
    if numbers and isinstance(one, bool) == isinstance(other, bool):
        # Half a unit of rounding must not part 0.12345 and 0.1234500001.
        return abs(one - other) <= 0.5 * 10**-digits + 1e-12 * max(abs(one), abs(other))
    return bool(one == other)


def _same_print(one: Sheet, other: Sheet, rule: dict[str, Any]) -> bool:
    both = [printed(sheet) for sheet in (one, other)]
    if rule.get("ignore_case", False):
        both = [[line.lower() for line in lines] for lines in both]
    return both[0] == both[1]


def _fuzzy(one: Sheet, other: Sheet, rule: dict[str, Any]) -> bool:
    from openpyxl.worksheet.cell_range import MultiCellRange

    for part in rule["rules"]:
        for area in MultiCellRange(" ".join(listed(part["range"]))):
            for row, column in area.cells:
                values = [_cleaned(str(sheet.cell_value(row, column)), part) for sheet in (one, other)]
                if not _alike(values[0], values[1], part):
                    return False
    return True


def _cleaned(text: str, part: dict[str, Any]) -> str:
    for old, new in part.get("normalization", []):
        text = text.replace(old, new)
    if "trim_leadings" in part:
        text = text.lstrip(part["trim_leadings"])
    if "trim_trailings" in part:
        text = text.rstrip(part["trim_trailings"])
    text = "".join(char for char in text if char not in part.get("ignore_chars", ""))
    return text.lower() if part.get("ignore_case", False) else text


def _alike(one: str, other: str, part: dict[str, Any]) -> bool:
    from rapidfuzz import fuzz

    kind = part["type"]
    if kind == "includes":
        return other in one
    if kind == "included_by":
        return one in other
    if kind == "exact_match":
        return one == other
    if kind == "fuzzy_match":
        return bool(fuzz.ratio(one, other) >= float(part.get("threshold", 85)))
    raise ValueError(f"type: {kind!r} is not one of includes, included_by, fuzzy_match, exact_match")


def _zoom(sheet: Sheet, rule: dict[str, Any]) -> bool:
    return matches_rule(sheet.formulas.sheet_view.zoomScale or 100.0, rule)


def _cell(sheet: Sheet, rule: dict[str, Any]) -> bool:
    cell = sheet.formulas[rule["coordinate"]]
    for name, wanted in rule["props"].items():
        value = sheet.cell_value(cell.row, cell.column) if name == "value" else style_of(name, cell)
        if not matches_rule(value, wanted):
            return False
    return True


def _validation(sheet: Sheet, rule: dict[str, Any]) -> bool:
    """Every validation of the sheet fits one of `dv_props`, and there are at least as many."""
    found = sheet.formulas.data_validations.dataValidation

    def fits(one: Any, wanted: dict[str, Any]) -> bool:
        return all(matches_rule(getattr(one, name, None), how) for name, how in wanted.items())

    wanted = rule["dv_props"]
    return len(found) >= len(wanted) and all(any(fits(one, props) for props in wanted) for one in found)


_ALONE: dict[str, Callable[[Sheet, dict[str, Any]], bool]] = {
    "zoom": _zoom,
    "check_cell": _cell,
    "data_validation": _validation,
}
_BOTH: dict[str, Compare] = {
    "sheet_data": _same_data,
    "sheet_print": _same_print,
    "sheet_fuzzy": _fuzzy,
    "sparkline": lambda one, other, rule: sparklines(one) == sparklines(other),
    "chart": lambda one, other, rule: charts(one, rule) == charts(other, rule),
    "pivot_table": lambda one, other, rule: pivots(one, rule) == pivots(other, rule),
    "style": lambda one, other, rule: styles(one, rule) == styles(other, rule),
    "freeze": lambda one, other, rule: one.formulas.freeze_panes == other.formulas.freeze_panes,
    "row_props": lambda one, other, rule: dimensions(one, "row", rule) == dimensions(other, "row", rule),
    "col_props": lambda one, other, rule: dimensions(one, "column", rule) == dimensions(other, "column", rule),
    "filter": lambda one, other, rule: filters(one) == filters(other),
}
