"""Shows windows of Tk widgets on an X display: `python tk_program.py WORDS OUT SEED COUNT`; tkinter and Pillow.

Writes OUT/N.png and, a line a window on standard output, what is on it: JSON with `elements` of `kind`, `box` in
pixels, `text`, `states`. Where a part of a widget begins is asked of the widget (`identify`), pixel by pixel.
"""

from __future__ import annotations

import json
import random
import sys
import tkinter as tk
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tkinter import ttk
from typing import Any

from PIL import Image, ImageGrab


class Window:
    """One window; `elements()` says what can be seen on it once it is shown."""

    def __init__(self, root: tk.Tk, rng: random.Random, words: dict[str, Any]):
        self.root, self.rng, self.words = root, rng, words
        self.parts: list[tuple[str, Any, str, tuple[str, ...]]] = []
        self.kept: list[Any] = []  # variables, which Tk forgets with their last reference
        self.frame = ttk.Frame(root, padding=rng.choice((4, 8, 16)))
        self.frame.pack(fill="both", expand=True)
        for place in range(rng.randint(1, 3)):
            column = ttk.Frame(self.frame)
            column.grid(row=0, column=place, sticky="n", padx=8)
            for _ in range(rng.randint(1, 3)):
                rng.choice((self._form, self._form, self._choices, self._table, self._list, self._tabs))(column)

    def _keep(self, kind: str, widget: Any, text: str = "", *states: str) -> Any:
        if kind in ("button", "field", "select", "checkbox", "radio") and self.rng.random() < 0.1:
            widget.state(["disabled"])
            states = (*states, "disabled")
        self.parts.append((kind, widget, text, states))
        return widget

    def _form(self, parent: Any) -> None:
        box = ttk.Frame(parent)
        box.pack(anchor="w", pady=6)
        for row, (label, value) in enumerate(self.rng.sample(self.words["fields"], self.rng.randint(2, 4))):
            self._keep("text", ttk.Label(box, text=label), label).grid(
                row=row, column=0, sticky="w", padx=4, pady=3
            )
            kind = self.rng.random()
            if kind < 0.5:
                control: Any = ttk.Entry(box, width=self.rng.randint(14, 30))
                if self.rng.random() < 0.6:
                    control.insert(0, value)
                self._keep("field", control, label)
            elif kind < 0.8:
                options = self.rng.choice(self.words["selects"])[1]
                control = ttk.Combobox(box, values=options)
                control.set(options[0])
                self._keep("select", control, label)
            else:
                control = ttk.Scale(
                    box, from_=0, to=100, value=self.rng.randint(5, 95), length=self.rng.randint(100, 220)
                )
                self._keep("slider", control, label)
            control.grid(row=row, column=1, sticky="w", pady=3)
        line = ttk.Frame(box)
        line.grid(row=9, column=0, columnspan=2, sticky="w")
        for name in self.rng.sample(self.words["actions"], self.rng.randint(1, 3)):
            self._keep("button", ttk.Button(line, text=name), name).pack(side="left", padx=3, pady=4)

    def _choices(self, parent: Any) -> None:
        for name in self.rng.sample(self.words["checks"], self.rng.randint(2, 4)):
            on = tk.IntVar(self.root, value=int(self.rng.random() < 0.5))
            self.kept.append(on)
            states = ("checked",) if on.get() else ()
            self._keep("checkbox", ttk.Checkbutton(parent, text=name, variable=on), name, *states).pack(
                anchor="w", pady=2
            )
        names = self.rng.choice(self.words["radios"])
        which = tk.IntVar(self.root, value=self.rng.randrange(len(names)))
        self.kept.append(which)
        for i, name in enumerate(names):
            states = ("checked",) if which.get() == i else ()
            self._keep("radio", ttk.Radiobutton(parent, text=name, variable=which, value=i), name, *states).pack(
                anchor="w", pady=2
            )

    def _table(self, parent: Any) -> None:
        names = self.rng.sample(self.words["columns"], 3)
        table = ttk.Treeview(parent, columns=names, show="headings", height=self.rng.randint(3, 6))
        for name in names:
            table.heading(name, text=name)
            table.column(name, width=self.rng.randint(80, 130))
        for _ in range(table.cget("height")):
            table.insert(
                "", "end", values=[self.rng.choice(self.words[w]) for w in ("people", "products", "statuses")]
            )
        self._keep("table", table).pack(pady=6)

    def _list(self, parent: Any) -> None:
        names = self.rng.sample(self.words["nav"], self.rng.randint(3, 7))
        rows = tk.Listbox(parent, height=len(names), exportselection=False, font="TkDefaultFont")
        rows.insert("end", *names)
        rows.selection_set(self.rng.randrange(len(names)))
        self._keep("list", rows).pack(pady=6)

    def _tabs(self, parent: Any) -> None:
        book = ttk.Notebook(parent)
        names = self.rng.choice(self.words["tabs"])
        pages = [ttk.Frame(book, padding=8) for _ in names]
        for page, name in zip(pages, names, strict=True):
            book.add(page, text=name)
        chosen = self.rng.randrange(len(names))
        book.select(chosen)
        self._choices(pages[chosen])
        self._keep("tabs", book).pack(pady=6)

    def elements(self) -> list[dict[str, Any]]:
        """What is on the window, boxes in pixels of the display."""
        found: list[dict[str, Any]] = []
        wide, high = self.root.winfo_width(), self.root.winfo_height()

        def add(kind: str, widget: Any, box: tuple[int, int, int, int], text: str, *states: str) -> None:
            x, y = widget.winfo_rootx() - self.root.winfo_rootx(), widget.winfo_rooty() - self.root.winfo_rooty()
            left, top, right, bottom = x + box[0], y + box[1], min(x + box[2], wide), min(y + box[3], high)
            seen, whole = (right - left) * (bottom - top), (box[2] - box[0]) * (box[3] - box[1])
            if right - left >= 4 and bottom - top >= 4 and 2 * seen >= whole:
                place = [left, top, right, bottom]
                found.append({"kind": kind, "box": place, "text": text, "states": list(states)})

        for kind, widget, text, states in self.parts:
            if not widget.winfo_viewable():
                continue
            whole = (0, 0, widget.winfo_width(), widget.winfo_height())
            if kind in ("checkbox", "radio"):
                for part, name in (("indicator", kind), ("label", "text")):
                    box = _area(whole, partial(_in_part, widget, part))
                    if box:
                        add(name, widget, box, text, *(states if name == kind else ()))
            elif kind == "table":
                for item in widget.get_children():
                    for place, value in enumerate(widget.item(item, "values")):
                        box = widget.bbox(item, place)
                        if box:
                            add("cell", widget, (box[0], box[1], box[0] + box[2], box[1] + box[3]), str(value))
                for place in range(3):
                    box = _area(whole, partial(_in_heading, widget, place))
                    if box:
                        add("cell", widget, box, str(widget.heading(place, "text")))
            elif kind == "list":
                for row in range(widget.size()):
                    box = widget.bbox(row)
                    if box:
                        on = ("selected",) if row in widget.curselection() else ()
                        add("menu_item", widget, (2, box[1], whole[2] - 2, box[1] + box[3]), widget.get(row), *on)
            elif kind == "tabs":
                for place in range(widget.index("end")):
                    box = _area(whole, partial(_in_tab, widget, place))
                    if box:
                        on = ("selected",) if widget.index("current") == place else ()
                        add("tab", widget, box, widget.tab(place, "text"), *on)
            else:
                add(kind, widget, whole, text, *states)
        return found


def _in_part(widget: ttk.Checkbutton | ttk.Radiobutton, part: str, x: int, y: int) -> bool:
    return part in widget.identify(x, y)


def _in_heading(table: ttk.Treeview, place: int, x: int, y: int) -> bool:
    return table.identify_region(x, y) == "heading" and table.identify_column(x) == f"#{place + 1}"


def _in_tab(book: ttk.Notebook, place: int, x: int, y: int) -> bool:
    return str(book.tk.call(book, "identify", "tab", x, y)) == str(place)


def _picture(root: tk.Tk) -> Image.Image:
    """The window once it has come to rest: two looks at it that are the same, and more than one colour."""
    x, y = root.winfo_rootx(), root.winfo_rooty()
    before = None
    while True:
        root.update()
        now = ImageGrab.grab(bbox=(x, y, x + root.winfo_width(), y + root.winfo_height())).convert("RGB")
        if before is not None and now.tobytes() == before.tobytes() and not now.getcolors(1):
            return now
        before = now


def _area(
    whole: tuple[int, int, int, int], inside: Callable[[int, int], bool]
) -> tuple[int, int, int, int] | None:
    """The bounding box of a widget's points where `inside` holds: every second pixel is asked, then the rims."""
    points = [(x, y) for y in range(0, whole[3], 2) for x in range(0, whole[2], 2) if inside(x, y)]
    if not points:
        return None
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    x, y = points[len(points) // 2]
    left = next(i for i in range(max(0, min(xs) - 1), whole[2]) if inside(i, y))
    top = next(i for i in range(max(0, min(ys) - 1), whole[3]) if inside(x, i))
    right = next(i for i in range(min(whole[2] - 1, max(xs) + 1), -1, -1) if inside(i, y)) + 1
    bottom = next(i for i in range(min(whole[3] - 1, max(ys) + 1), -1, -1) if inside(x, i)) + 1
    return left, top, right, bottom


def main() -> None:
    """See the module."""
    words_file, out, seed, count = sys.argv[1:5]
    words = json.loads(Path(words_file).read_text("utf-8"))
    for number in range(int(count)):
        rng = random.Random(f"{seed}/{number}")
        root = tk.Tk()
        root.overrideredirect(True)  # a window manager would move and frame it
        theme = rng.choice(("clam", "alt", "default", "classic"))
        ttk.Style(root).theme_use(theme)
        size = rng.choice((9, 10, 11, 13))
        for name in ("TkDefaultFont", "TkTextFont"):
            root.tk.call(
                "font", "configure", name, "-size", size, "-family", rng.choice(("DejaVu Sans", "Liberation Sans"))
            )
        width, height = rng.choice(((900, 640), (1100, 720), (1280, 800)))
        root.geometry(f"{width}x{height}+0+0")
        language = "zh" if rng.random() < 0.15 else "en"
        window = Window(root, rng, words[language])
        picture = _picture(root)
        picture.save(Path(out) / f"{number}.png")
        line = {
            "number": number,
            "language": language,
            "scale": 1.0,
            "look": f"tk-{theme}",
            "elements": window.elements(),
        }
        print(json.dumps(line), flush=True)
        root.destroy()


if __name__ == "__main__":
    main()
