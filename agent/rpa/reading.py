"""Reading: the text of a region, what stands beside a label, a table as rows of cells."""

from __future__ import annotations

from collections.abc import Sequence

from action_space.geometry import Box
from model.embedded.screen import Line, Screen


def rows_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines whose middles are at one height, from top to bottom, each from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda one: one.box.center[1]):
        if rows and _in_row(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda one: one.box.left) for row in rows]


def text_in(screen: Screen, area: Box | None) -> str:
    """The text whose middle lies in the area, row by row; None: of the whole screen."""
    lines = [line for line in screen.lines if area is None or area.contains(*line.box.center)]
    return "\n".join(" ".join(line.text for line in row) for row in rows_of(lines))


def text_beside(screen: Screen, label: Box) -> str:
    """What belongs to a label: the text to its right in the same row, else the line below it; "": nothing."""
    middle = label.center[1]
    for line in screen.lines:  # the label is the beginning of a line: what follows it there
        if line.box.contains(*label.center) and line.box.right > label.right + 0.5 * screen.scale:
            from model.embedded.matching.match import split_words

            words = line.words or split_words(line)
            rest = " ".join(word.text for word in words if word.box.center[0] > label.right)
            if rest.strip(" :·-"):
                return rest.lstrip(" :·-")
    right = [
        line for line in screen.lines
        if line.box.left >= label.right - 2 and line.box.top <= middle < line.box.bottom
    ]  # fmt: skip
    if right:
        run = sorted(right, key=lambda line: line.box.left)
        kept = [run[0]]
        for line in run[1:]:
            if line.box.left - kept[-1].box.right > 3 * screen.scale:
                break  # another column
            kept.append(line)
        return " ".join(line.text for line in kept)
    below = [
        line for line in screen.lines
        if 0 <= line.box.top - label.bottom < 2.5 * screen.scale
        and line.box.left < label.right and line.box.right > label.left
    ]  # fmt: skip
    return min(below, key=lambda line: line.box.top).text if below else ""


def table_in(screen: Screen, area: Box | None) -> list[list[str]]:
    """The largest table in the area, the head first; empty cells are "", [] where there is no table.

    A column is a set of texts that begin, end or are centred at one place; a table is the columns that have the
    most rows in common. Only what stands in one line, and in no field of a form, is a cell.
    """
    held = {at for one in screen.elements if one.kind in ("field", "select", "textarea") for at in one.lines}
    lines = [
        line
        for at, line in enumerate(screen.lines)
        if at not in held and (area is None or area.contains(*line.box.center))
    ]
    columns = _columns(lines, 0.5 * screen.scale)
    best: tuple[int, list[list[Line]]] = (0, [])
    for first in columns:
        chosen, shared = [first], 0
        for other in sorted(columns, key=lambda column: -_shared(first, column)):
            common = _shared(first, other)
            taken = {id(line) for column in chosen for line in column}
            if common < max(2, len(first) / 2, len(other) / 2) or any(id(line) in taken for line in other):
                continue
            chosen.append(other)
            shared += common
        if shared > best[0]:
            best = (shared, chosen)
    ordered = sorted(best[1], key=lambda column: min(line.box.left for line in column))
    if len(ordered) < 2:
        return []
    table = []
    for row in rows_of([line for column in ordered for line in column]):
        cells = [next((line.text for line in row if line in column), "") for column in ordered]
        if sum(map(bool, cells)) >= 2:
            table.append(cells)
    return table if len(table) >= 2 else []


def _columns(lines: list[Line], slack: float) -> list[list[Line]]:
    """Lines that share their left edge, their right edge or their middle."""
    found: list[list[Line]] = []
    for edge in (lambda box: box.left, lambda box: box.right, lambda box: box.center[0]):
        ordered = sorted(lines, key=lambda line: edge(line.box))
        for number, line in enumerate(ordered):
            if not number or edge(line.box) - edge(found[-1][0].box) > slack:
                found.append([])
            found[-1].append(line)
    return [column for column in found if len(column) >= 2]


def _shared(one: list[Line], other: list[Line]) -> int:
    """How many lines of a column have a line of the other in their row, and no text in common."""
    if one is other or any(line in other for line in one):
        return 0
    return sum(any(_in_row(line, cell) for cell in other) for line in one)


def _in_row(one: Line, other: Line) -> bool:
    return abs(one.box.center[1] - other.box.center[1]) < 0.6 * max(one.box.height, other.box.height)
