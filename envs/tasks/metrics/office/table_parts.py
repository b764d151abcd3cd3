"""What a sheet has beside its values: charts, pivot tables, styles, filters, rows and columns."""

from __future__ import annotations

import itertools
import zipfile
from typing import Any

from envs.tasks.metrics.office.table_read import Sheet

_FONT = {
    "font_name": "name", "font_family": "family", "font_bold": "bold", "font_italic": "italic",
    "font_underline": "underline", "font_size": "size",
}  # fmt: skip
_X14 = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}"
_XM = "{http://schemas.microsoft.com/office/excel/2006/main}"


def charts(sheet: Sheet, rule: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Charts by their data ("values,categories" of each series).

    `chart_props`: title, legend, anchor, width, height, type, direction, xtitle, ytitle, ztitle.
    """
    wanted = set(rule.get("chart_props", ()))
    found = {}
    for chart in sheet.formulas._charts:
        series = ";".join(f"{_source(one.val)},{_source(one.cat)}" for one in chart.series)
        info = {
            "title": _title(chart),
            "legend": chart.legend.position if chart.legend is not None else None,
            "anchor": _anchor(chart.anchor),
            "width": chart.width,
            "height": chart.height,
            "type": chart.tagname,
            "direction": getattr(chart, "barDir", None),
            "xtitle": _title(getattr(chart, "x_axis", None)),
            "ytitle": _title(getattr(chart, "y_axis", None)),
            "ztitle": _title(getattr(chart, "z_axis", None)),
        }
        if unknown := wanted - set(info):
            raise ValueError(f"chart_props: {sorted(unknown)[0]!r} is not one of {', '.join(info)}")
        found[series] = {name: value for name, value in info.items() if name in wanted}
    return found


def _source(part: Any) -> str:
    for kind in ("numRef", "strRef"):
        reference = getattr(part, kind, None)
        if reference is not None and getattr(reference, "f", None):
            return str(reference.f).replace("'", "")  # 'Sheet 1'!A1 and Sheet1!A1 are quoted at will
    return ""


def _title(part: Any) -> str | None:
    title = getattr(part, "title", None)
    rich = getattr(getattr(title, "tx", None), "rich", None)
    if rich is None:
        return None
    return "".join(run.t or "" for paragraph in rich.p for run in paragraph.r or []) or None


def _anchor(anchor: Any) -> list[Any]:
    start, end = getattr(anchor, "_from", None), getattr(anchor, "to", None)
    return [getattr(anchor, "editAs", None)] + [
        getattr(spot, side, None) for spot in (start, end) for side in ("col", "row")
    ]


def pivots(sheet: Sheet, rule: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Pivot tables by their data source, without the columns at its ends that no field uses.

    `pivot_props`: name, show_total, show_empty_row, show_empty_col, show_headers, location, selection, ordered,
    filter, col_fields, row_fields, data_fields, data_fields_name.
    """
    from openpyxl.utils import coordinate_to_tuple

    wanted = set(rule.get("pivot_props", ()))
    found = {}
    for one in sheet.formulas._pivots:
        fields = [[(item.h, item.x) for item in field.items if item.x is not None] for field in one.pivotFields]
        left = sum(1 for _ in itertools.takewhile(lambda items: not items, fields))
        right = sum(1 for _ in itertools.takewhile(lambda items: not items, reversed(fields[left:])))
        source = one.cache.cacheSource
        start, _, end = (source.worksheetSource.ref or "A1:A1").partition(":")
        (top, first), (bottom, last) = coordinate_to_tuple(start), coordinate_to_tuple(end or start)
        key = f"{source.type};{top},{first + left}:{bottom},{last - right};{source.worksheetSource.sheet}"
        chosen = fields[left : len(fields) - right]
        info: dict[str, Any] = {
            "name": one.name,
            "show_total": one.visualTotals,
            "show_empty_row": one.showEmptyRow,
            "show_empty_col": one.showEmptyCol,
            "show_headers": one.showHeaders,
            "location": one.location.ref if one.location is not None else None,
            "col_fields": [field.x - left for field in one.colFields],
            "row_fields": [field.x - left for field in one.rowFields],
            "data_fields": [
                f"{field.fld - left};{field.name if 'data_fields_name' in wanted else ''}"
                f";{field.subtotal};{field.showDataAs}"
                for field in one.dataFields
            ],
        }
        info = {name: value for name, value in info.items() if name in wanted}
        if wanted & {"filter", "selection"}:
            info["selection"] = chosen if "ordered" in wanted else [set(items) for items in chosen]
        if "filter" in wanted:
            info["filter_fields"] = {field.fld - left for field in one.pageFields}
        found[key] = info
    return found


def style_of(name: str, cell: Any, instead: Any = None) -> Any:
    """One style of a cell; None for most where the cell is empty.

    Args:
        name: number_format, font_name, font_family, font_color, font_bold, font_italic, font_underline, font_size,
            fill_type, bgcolor, fgcolor, hyperlink; colours are ARGB in hexadecimal.
        cell: openpyxl's.
        instead: a conditional format that goes before the cell's own.

    Raises:
        ValueError: another name.
    """
    look = instead if instead is not None else cell
    font, fill = look.font, look.fill
    if name in ("fill_type", "bgcolor", "fgcolor"):
        if fill is None:
            return None
        if name == "fill_type":
            return fill.tagname
        colour = getattr(fill, "bgColor" if name == "bgcolor" else "fgColor", None)
        return _argb(colour)
    if name not in _FONT and name not in ("number_format", "font_color", "hyperlink"):
        accepted = ", ".join(
            [*_FONT, "number_format", "font_color", "fill_type", "bgcolor", "fgcolor", "hyperlink"]
        )
        raise ValueError(f"props: {name!r} is not one of {accepted}")
    if cell.value is None:
        return None
    if name == "number_format":
        if cell.data_type not in ("n", "d", "f"):
            return None
        own = getattr(look, "numFmt", None)
        return own.formatCode if own is not None else cell.number_format
    if name == "hyperlink":
        return (cell.hyperlink.target or cell.hyperlink.location) if cell.hyperlink is not None else ""
    if font is None:
        return None
    return _argb(font.color) if name == "font_color" else getattr(font, _FONT[name])


def _argb(colour: Any) -> str | None:
    """Colours of a theme or palette by name, so that they compare."""
    if colour is None:
        return None
    return str(colour.rgb) if colour.type == "rgb" else f"{colour.type} {colour.value} {colour.tint}"


def styles(sheet: Sheet, rule: dict[str, Any]) -> dict[str, list[Any]]:
    """The styles `props` of every cell that is not empty or has a fill, by its coordinate, conditional formats
    applied.

    A condition that compares a cell's value with a number or text is worked out; of any other, its formula stands.
    """
    wanted = list(rule.get("props", ()))
    found: dict[str, list[Any]] = {}
    for row in sheet.formulas.iter_rows():
        for cell in row:
            if cell.value is not None or getattr(cell.fill, "fill_type", "gradient") is not None:
                found[cell.coordinate] = [style_of(name, cell) for name in wanted]
    for area in sheet.formulas.conditional_formatting:
        for one in area.rules:
            for block in area.cells:
                for place in block.cells:
                    cell = sheet.formulas.cell(*place)
                    holds = _holds(one, sheet.cell_value(*place))
                    if holds is None:
                        found[cell.coordinate] = [*found.get(cell.coordinate, []), one.type, *one.formula]
                    elif holds and one.dxf is not None:
                        found[cell.coordinate] = [style_of(name, cell, one.dxf) for name in wanted]
    return found


def _holds(rule: Any, value: Any) -> bool | None:
    """Whether a conditional format applies to a value; None: it cannot be told here."""
    if rule.type != "cellIs" or not rule.formula:
        return None
    bounds = [_literal(one) for one in rule.formula]
    if None in bounds:
        return None
    if value is None or any(isinstance(value, str) != isinstance(one, str) for one in bounds):
        return False
    low, high = bounds[0], bounds[-1]
    within = low <= value <= high
    return {
        "equal": value == low, "notEqual": value != low, "greaterThan": value > low,
        "greaterThanOrEqual": value >= low, "lessThan": value < low, "lessThanOrEqual": value <= low,
        "between": within, "notBetween": not within,
    }.get(rule.operator)  # fmt: skip


def _literal(text: str) -> Any:
    if text[:1] == text[-1:] == '"' and len(text) > 1:
        return text[1:-1]
    try:
        return float(text)
    except ValueError:
        return None


def dimensions(sheet: Sheet, kind: str, rule: dict[str, Any]) -> dict[Any, dict[str, Any]]:
    """The properties `props` of each row (hidden, collapsed, height) or column (width, auto_size, hidden,
    collapsed, min, max) that has its own."""
    own = getattr(sheet.formulas, f"{kind}_dimensions")
    return {key: {name: getattr(one, name, None) for name in rule.get("props", ())} for key, one in own.items()}


def filters(sheet: Sheet) -> dict[str, Any]:
    """The automatic filter: its range, what each column lets through, and how it sorts."""
    own = sheet.formulas.auto_filter
    columns = []
    for one in own.filterColumn:
        custom = one.customFilters.customFilter if one.customFilters is not None else []
        columns.append(
            {
                "column": one.colId,
                "hidden": one.hiddenButton,
                "blank": one.filters.blank if one.filters is not None else None,
                "values": set(one.filters.filter) if one.filters is not None else None,
                "and": one.customFilters._and if one.customFilters is not None else None,
                "custom": {(part.operator, part.val) for part in custom},
            }
        )
    sort = own.sortState
    order = [(one.descending, one.ref, one.customList) for one in sort.sortCondition] if sort is not None else []
    return {"range": own.ref, "columns": sorted(columns, key=lambda one: one["column"]), "sort": order}


def sparklines(sheet: Sheet) -> dict[str, str]:
    """Sparklines: the cell that shows one → the range that it shows."""
    from lxml import etree
    from openpyxl.packaging.relationship import get_dependents

    with zipfile.ZipFile(sheet.path) as archive:
        book = etree.fromstring(archive.read("xl/workbook.xml"))
        places = {one.id: one.target for one in get_dependents(archive, "xl/_rels/workbook.xml.rels")}
        relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
        part = next(
            places[one.get(relation)]
            for one in book.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet")
            if one.get("name") == sheet.name
        )
        root = etree.fromstring(archive.read(part))
    return {
        one.findtext(f"{_XM}sqref") or "": one.findtext(f"{_XM}f") or "" for one in root.iter(f"{_X14}sparkline")
    }
