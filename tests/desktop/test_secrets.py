"""Secrets on a desktop: typed only where they are bound to it, and covered in every picture from then on."""

from __future__ import annotations

import sys

from agent.secrets import Secret, Secrets
from envs.display import windows as desktop_windows

from .conftest import Desk, until

FIELD = """
import tkinter as tk
root = tk.Tk(); root.geometry("600x200+40+40"); root.title("entry")
field = tk.Entry(root, font=("DejaVu Sans", 30)); field.place(x=20, y=20, width=500); field.focus_force()
def tell():
    root.title("entry " + field.get())
    root.after(30, tell)
tell()
root.mainloop()
"""


def test_a_secret_is_typed_and_covered(desk: Desk) -> None:
    secrets = Secrets({"pin": Secret("Wxyz-4411", ("desktop",)), "web": Secret("Other-9921", ("shop.example",))})
    program = desk.display.start([sys.executable, "-c", FIELD])
    try:
        until(lambda: "entry" in (desktop_windows.active_title(desk.display.name) or ""))
        desk.environment.keep_secrets(secrets)
        desk.seen = desk.environment.observe()
        at = [100, 110]  # within the field, with or without a title bar
        refused = desk.do("input", start_point=at, text="<secret:web>")
        assert refused.error is not None
        assert "<secret:web> is bound to shop.example; it is not typed on desktop" in refused.error.message
        done = desk.do("input", start_point=at, text="<secret:pin>")
        assert done.error is None
        until(lambda: "Wxyz-4411" in (desktop_windows.active_title(desk.display.name) or ""))
        assert done.observation.screenshot.getpixel((at[0], at[1])) == (64, 64, 64)
        later = desk.environment.observe()
        assert later.screenshot.getpixel((at[0], at[1])) == (64, 64, 64)
        assert "Wxyz-4411" not in (later.title or "")
    finally:
        desk.environment.keep_secrets(None)
        program.kill()
        program.wait()
