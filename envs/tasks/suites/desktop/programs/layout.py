"""Where the elements of a Tk window are, written for oracles whenever it changes."""

from __future__ import annotations

import json
import tkinter as tk
from collections.abc import Callable
from pathlib import Path

Box = tuple[int, int, int, int]
_EVERY_MS = 60


def tell(root: tk.Tk, boxes: Callable[[], dict[str, Box]]) -> None:
    """Keep `.cache/layout.json` in the home folder up to date: name → left, top, width, height (pixels)."""
    file = Path.home() / ".cache" / "layout.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    last = ""

    def look() -> None:
        nonlocal last
        text = json.dumps(boxes())
        if text != last and root.winfo_viewable():
            fresh = file.with_suffix(".new")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(file)
            last = text
        root.after(_EVERY_MS, look)

    root.after(_EVERY_MS, look)


def box(widget: tk.Widget) -> Box:
    """The box of a widget, screen pixels."""
    return widget.winfo_rootx(), widget.winfo_rooty(), widget.winfo_width(), widget.winfo_height()


def load(name: str, otherwise: list[dict[str, str]]) -> list[dict[str, str]]:
    """The records in a file of the folder Documents."""
    try:
        records: list[dict[str, str]] = json.loads((_documents() / name).read_text("utf-8"))
    except FileNotFoundError:
        return otherwise
    return records


def save(name: str, records: list[dict[str, str]]) -> None:
    """Write records to a file of the folder Documents."""
    fresh = _documents() / f".{name}.new"
    fresh.write_text(json.dumps(records, indent=1, ensure_ascii=False), encoding="utf-8")
    fresh.replace(_documents() / name)


def _documents() -> Path:
    folder = Path.home() / "Documents"
    folder.mkdir(exist_ok=True)
    return folder
