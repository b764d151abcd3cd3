"""Writes the table of families in `docs/models.md` from the rows: ``python -m tests.tools.docs_models``."""

from __future__ import annotations

from pathlib import Path

from model.families import FAMILIES
from model.family import Family

PATH = Path(__file__).parents[2] / "docs" / "models.md"
_BEGIN, _END = "<!-- families: written by python -m tests.tools.docs_models -->\n", "<!-- end of families -->\n"
_COLUMNS = (
    "family",
    "checkpoints",
    "answers in",
    "coordinates",
    "1920×1080 is sent as",
    "past pictures",
    "thinking switch",
)


def table() -> str:
    """The families as a Markdown table, in the order of the rows."""
    head = f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}\n"
    return head + "".join(map(_line, FAMILIES.values()))


def _line(row: Family) -> str:
    names = ", ".join(f"`{hub_id}`" for hub_id, _ in row.checkpoints) or "–"
    says = "only grounds: a point or box" if row.grounds_only else f"`{row.format_name}`"
    where = f"0–{row.space.width:g}" if row.space else "pixels of the picture sent"
    width, height = row.resize(1920, 1080) if row.resize else (1920, 1080)
    switch = " / ".join(f"`{words}`".replace("\n", "⏎") for words in row.thinking) if row.thinking else "–"
    if row.thinking_kwarg:
        switch = f"`{row.thinking_kwarg}`, {'on' if row.thinks else 'off'}"
    return f"| {row.name} | {names} | {says} | {where} | {width}×{height} | {row.pictures or '–'} | {switch} |\n"


def updated(text: str) -> str:
    """`text` with the table between the two marks written anew."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{table()}{_END}{after}"


if __name__ == "__main__":
    PATH.write_text(updated(PATH.read_text("utf-8")), "utf-8")
