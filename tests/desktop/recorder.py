"""A window that writes down what it gets: `python recorder.py LOG` appends one JSON object a line to LOG.

It has a canvas (buttons, wheel, movement), an entry and a text field (content, selection, scrolling).
"""

from __future__ import annotations

import json
import sys
import time
import tkinter as tk
from typing import Any

LOG = open(sys.argv[1], "a", encoding="utf-8", buffering=1)  # noqa: PTH123, SIM115  closed with the window


def record(kind: str, **facts: Any) -> None:
    LOG.write(json.dumps({"kind": kind, **facts}) + "\n")


root = tk.Tk()
root.title("Recorder")
root.geometry("760x600+200+80")
canvas = tk.Canvas(root, width=740, height=240, bg="white", highlightthickness=0)
canvas.pack()
field = tk.Entry(root, width=60, font=("DejaVu Sans Mono", 12))
field.pack(pady=6)
pad = tk.Text(root, width=70, height=12, wrap="none", font=("DejaVu Sans Mono", 10))
pad.pack()
for number in range(400):
    pad.insert("end", f"line {number} " + "wide " * 60 + "\n")
pad.edit_reset()
last: tuple[int, int] | None = None


def button(event: Any, kind: str, clicks: int = 1) -> None:
    global last
    last = (event.x, event.y)
    state = event.state & (1 | 4 | 8 | 64)
    record(kind, button=event.num, x=event.x, y=event.y, state=state, clicks=clicks, time=event.time)


def motion(event: Any) -> None:
    global last
    record("motion", x=event.x, y=event.y)
    if event.state & 256 and last:
        canvas.create_line(*last, event.x, event.y, width=3, fill="red")
    last = (event.x, event.y)


canvas.bind("<ButtonPress>", lambda event: button(event, "press"))
canvas.bind("<ButtonRelease>", lambda event: button(event, "release"))
for clicks, name in ((2, "Double"), (3, "Triple")):
    canvas.bind(f"<{name}-Button-1>", lambda event, clicks=clicks: button(event, "press", clicks))
canvas.bind("<Motion>", motion)
root.bind("<KeyPress>", lambda event: record("key", name=event.keysym, char=event.char, state=event.state & 77))
root.bind("<KeyRelease>", lambda event: record("key up", name=event.keysym))
field.bind("<Return>", lambda event: record("enter", text=field.get()))


def watch(before: tuple[Any, ...] = ()) -> None:
    selected = ""
    for widget, ends in ((field, ("sel.first", "sel.last")), (pad, ("sel.first", "sel.last"))):
        try:
            if widget is field:
                selected += field.selection_get() if field.selection_present() else ""
            else:
                selected += pad.get(*ends)
        except tk.TclError:
            pass
    now = (field.get(), selected, pad.yview()[0], pad.xview()[0])
    if now != before:
        record("state", text=now[0], selected=now[1], down=pad.index("@0,0"), right=now[3])
    root.after(20, watch, now)


def ready() -> None:
    parts = {"canvas": canvas, "field": field, "pad": pad}
    boxes = {
        name: (part.winfo_rootx(), part.winfo_rooty(), part.winfo_width(), part.winfo_height())
        for name, part in parts.items()
    }
    record("ready", time=time.time(), **boxes)
    watch()


canvas.bind("<Map>", lambda event: root.after(300, ready))
root.mainloop()
