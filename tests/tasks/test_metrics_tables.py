"""Metrics over workbooks that the tests make: what passes and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from envs.tasks.metrics import METRICS

Change = Callable[[Any], object]


def score(name: str, *values: Any, **options: Any) -> float:
    return float(METRICS.get(name, "func")(*values, **METRICS.check(name, options, "options")))


def book(path: Path, *changes: Change) -> str:
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Sheet1"
    for row in (["Name", "Value"], ["a", 1.00001], ["b", 2]):
        sheet.append(row)
    for change in changes:
        change(workbook)
    workbook.save(path)
    return str(path)


def _set(cell: str, value: Any) -> Change:
    return lambda workbook: workbook.active.__setitem__(cell, value)


def _chart(kind: type[Any], title: str = "T") -> Change:
    def change(workbook: Any) -> None:
        chart = kind()
        chart.title = title
        chart.add_data(Reference(workbook.active, min_col=2, min_row=2, max_row=3))
        workbook.active.add_chart(chart, "D2")

    return change


def _validation(formula: str) -> Change:
    def change(workbook: Any) -> None:
        rule = DataValidation(type="list", formula1=formula)
        rule.add("D2:D9")
        workbook.active.add_data_validation(rule)

    return change


def _conditional(workbook: Any) -> None:
    rule = CellIsRule(operator="greaterThan", formula=["1.5"], fill=PatternFill(bgColor="FFFF0000"))
    workbook.active.conditional_formatting.add("B2:B3", rule)


def _filter(workbook: Any) -> None:
    workbook.active.auto_filter.ref = "A1:B3"
    workbook.active.auto_filter.add_filter_column(0, ["a"])


def _attribute(path: str, value: Any) -> Change:
    def change(workbook: Any) -> None:
        *parents, last = path.split(".")
        part = workbook.active
        for name in parents:
            part = part[name] if name.isupper() else getattr(part, name)
        setattr(part, last, value)

    return change


def _hide(workbook: Any) -> None:
    workbook.active.row_dimensions[2].hidden = True


def _widen(workbook: Any) -> None:
    workbook.active.column_dimensions["A"].width = 30


NEAR_ONE = {"value": {"method": "approx:0.001", "ref": 1}}
ARIAL = {"font_name": {"method": "eq", "ref": "Arial"}}
CHOICES = {"formula1": {"method": "str_set_eq", "ref": ["Pass", "Fail"]}}
PLACES = {"ranges": {"method": "spreadsheet_range", "ref": ["D3:D5", "D1:D10"]}}
BOTH = {"sheet_idx0": 0, "sheet_idx1": "EI0"}
FUZZY = {"range": ["A2:A3"], "type": "exact_match", "ignore_case": True, "trim_leadings": " "}
TABLES: list[tuple[dict[str, Any], tuple[Change, ...], tuple[Change, ...], tuple[Change, ...]]] = [
    # rule, changes that pass, changes that do not, changes in the expected workbook
    ({"type": "sheet_name"}, (), (lambda w: w.create_sheet("More"),), ()),
    ({"type": "sheet_data", **BOTH}, (_set("B2", 1.000012),), (_set("B2", 1.01),), ()),
    ({"type": "sheet_data", **BOTH, "precision": 1}, (_set("B2", 1.01),), (_set("B2", 1.2),), ()),
    ({"type": "sheet_data", **BOTH, "ignore_case": True}, (_set("A2", "A"),), (_set("A2", "x"),), ()),
    ({"type": "sheet_data", "sheet_idx0": "RNSheet1", "sheet_idx1": "ENSheet1"}, (), (_set("C9", "x"),), ()),
    ({"type": "sheet_fuzzy", **BOTH, "rules": [FUZZY]}, (_set("A2", " A"),), (_set("A2", "ax"),), ()),
    (
        {"type": "sheet_fuzzy", **BOTH, "rules": [{"range": ["A1"], "type": "fuzzy_match", "threshold": 80}]},
        (_set("A1", "Names"),),
        (_set("A1", "x"),),
        (),
    ),
    (
        {"type": "sheet_fuzzy", **BOTH, "rules": [{"range": ["A1"], "type": "includes"}]},
        (_set("A1", "The Name"),),
        (_set("A1", "Nam"),),
        (),
    ),
    (
        {"type": "chart", **BOTH, "chart_props": ["type", "title"]},
        (_chart(BarChart),),
        (_chart(LineChart),),
        (_chart(BarChart),),
    ),
    (
        {"type": "chart", **BOTH, "chart_props": ["title"]},
        (_chart(BarChart),),
        (_chart(BarChart, "U"),),
        (_chart(BarChart),),
    ),
    (
        {"type": "style", **BOTH, "props": ["font_color", "font_bold"]},
        (_attribute("A1.font", Font(bold=True)),),
        (),
        (_attribute("A1.font", Font(bold=True)),),
    ),
    ({"type": "style", **BOTH, "props": ["bgcolor"]}, (_conditional,), (), (_conditional,)),
    ({"type": "freeze", **BOTH}, (_attribute("freeze_panes", "A2"),), (), (_attribute("freeze_panes", "A2"),)),
    ({"type": "filter", **BOTH}, (_filter,), (), (_filter,)),
    (
        {"type": "zoom", "sheet_idx": 0, "method": "lt", "ref": 100},
        (_attribute("sheet_view.zoomScale", 60),),
        (),
        (),
    ),
    ({"type": "check_cell", "sheet_idx": 0, "coordinate": "B2", "props": NEAR_ONE}, (), (_set("B2", 1.1),), ()),
    (
        {"type": "check_cell", "sheet_idx": 0, "coordinate": "A1", "props": ARIAL},
        (_attribute("A1.font", Font(name="Arial")),),
        (),
        (),
    ),
    (
        {"type": "data_validation", "sheet_idx": 0, "dv_props": [CHOICES]},
        (_validation('"Fail,Pass"'),),
        (_validation('"Yes,No"'),),
        (),
    ),
    ({"type": "data_validation", "sheet_idx": 0, "dv_props": [PLACES]}, (_validation('"a"'),), (), ()),
    ({"type": "row_props", **BOTH, "props": ["hidden"]}, (_hide,), (), (_hide,)),
    ({"type": "col_props", **BOTH, "props": ["width"]}, (_widen,), (), (_widen,)),
]


@pytest.mark.parametrize(("rule", "good", "bad", "expected"), TABLES)
def test_rules_of_a_workbook(
    rule: dict[str, Any],
    good: tuple[Change, ...],
    bad: tuple[Change, ...],
    expected: tuple[Change, ...],
    tmp_path: Path,
) -> None:
    gold = book(tmp_path / "gold.xlsx", *expected)
    assert score("compare_table", book(tmp_path / "good.xlsx", *good), gold, rules=[rule]) == 1
    assert score("compare_table", book(tmp_path / "bad.xlsx", *bad), gold, rules=[rule]) == 0
    assert score("compare_table", None, gold, rules=[rule]) == 0


def test_a_sheet_as_printed(tmp_path: Path) -> None:
    rule = {"type": "sheet_print", "sheet_idx0": 0, "sheet_idx1": "EI0"}
    one, other = book(tmp_path / "one.xlsx"), book(tmp_path / "gold.xlsx")
    (tmp_path / "gold-Sheet1.csv").write_text("1 M\n", encoding="utf-8")
    assert score("compare_table", one, other, rules=[rule]) == 0
    (tmp_path / "one-Sheet1.csv").write_text("1 M\n\n", encoding="utf-8")
    assert score("compare_table", one, other, rules=[rule]) == 1


def test_a_rule_of_another_type_is_named(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    with pytest.raises(ValueError, match="'colour' is not known; accepted: chart"):
        score("compare_table", path, path, rules=[{"type": "colour"}])
    with pytest.raises(ValueError, match="'XI0' is not accepted"):
        score("compare_table", path, path, rules=[{"type": "freeze", "sheet_idx0": "XI0", "sheet_idx1": 0}])


def test_cities_in_order(tmp_path: Path) -> None:
    path = book(tmp_path / "c.xlsx", _set("C2", "Lake Tahoe, NV"), _set("C3", "NYC"))
    assert score("compare_conference_city_in_order", path, {"expected": ["Lake Tahoe", ["New York", "NYC"]]}) == 1
    assert score("compare_conference_city_in_order", path, {"expected": ["NYC", "Lake Tahoe"]}) == 0
    assert load_workbook(path).active["C3"].value == "NYC"
