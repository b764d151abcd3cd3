"""What a capture of a desktop costs by each route, in one run: `python tests/bench/desktop.py`.

A private display shows a window full of text; each route takes its turn, round by round, so that a busy moment of
the machine hits all alike. The environment's capture, an RGB picture in memory, is judged by medians against
pyautogui's own screenshot; against mss with the picture that its documentation makes; and against mss alone, which
hands over bytes and makes no picture of them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from envs.display.private import PrivateDisplay

ROUNDS = 40
COMMAND = "python tests/bench/desktop.py"
ROOT = Path(__file__).parents[2]
_WINDOW = """
import tkinter as tk
root = tk.Tk()
root.title("Bench")
root.geometry("1200x700+20+40")
pad = tk.Text(root)
pad.pack(fill="both", expand=True)
for number in range(90):
    pad.insert("end", f"line {number}: the quick brown fox jumps over the lazy dog " * 3 + chr(10))
root.mainloop()
"""


def _pictured(shot: Any) -> Image.Image:
    """As mss's documentation makes a picture for Pillow."""
    return Image.frombytes("RGB", shot.size, shot.bgra, "raw", "BGRX")


def _measure() -> dict[str, float]:
    """Median seconds of each route, on the display of this process."""
    import os

    import mss
    import pyautogui

    from envs.desktop.capture import ScreenCapture

    name = os.environ["DISPLAY"]
    eyes = ScreenCapture(name, os.environ["XAUTHORITY"], 0)
    with mss.MSS(display=name) as bare:
        routes: dict[str, Callable[[], Any]] = {
            "mss": lambda: bare.grab(bare.monitors[0]),
            "mss_picture": lambda: _pictured(bare.grab(bare.monitors[0])),
            "picture": eyes.picture,
            "pyautogui": pyautogui.screenshot,
        }
        times: dict[str, list[float]] = {route: [] for route in routes}
        for _ in range(ROUNDS):
            for route, capture in routes.items():
                # Whatever ran before has left the caches and the heap in its own state; this evens it out.
                bare.grab(bare.monitors[0])
                began = time.perf_counter()
                capture()
                times[route].append(time.perf_counter() - began)
        same = eyes.picture().tobytes() == pyautogui.screenshot().convert("RGB").tobytes()
    eyes.close()
    if not same:
        raise SystemExit("the pictures of the two routes differ")
    return {route: statistics.median(taken) for route, taken in times.items()}


def run() -> list[dict[str, Any]]:
    """Ratios of the environment's captures to pyautogui's and to mss's."""
    from envs.display import windows as desktop_windows

    with PrivateDisplay(size=(1280, 800)) as display:
        display.start([sys.executable, "-c", _WINDOW])
        deadline = time.monotonic() + 30
        while desktop_windows.active_title(display.name) != "Bench":
            if time.monotonic() > deadline:
                raise SystemExit("the window did not open")
            time.sleep(0.02)
        done = subprocess.run(
            [sys.executable, str(Path(__file__)), "measure"],
            cwd=ROOT,
            env={**display.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(done.stderr)
    taken = json.loads(done.stdout.splitlines()[-1])

    def figure(name: str, value: float, unit: str) -> dict[str, Any]:
        ms = {name: f"{seconds * 1000:.1f}" for name, seconds in taken.items()}
        note = f"{ms['picture']} ms; mss {ms['mss']}, pyautogui {ms['pyautogui']}"
        return {"name": name, "value": round(value, 2), "unit": unit, "command": COMMAND, "note": note}

    return [
        figure("capture_vs_pyautogui", taken["pyautogui"] / taken["picture"], "times faster"),
        figure("capture_vs_mss", taken["picture"] / taken["mss"], "of bare mss"),
        figure("capture_vs_mss_picture", taken["picture"] / taken["mss_picture"], "of mss and Pillow"),
    ]


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        print(json.dumps(_measure()))
    else:
        for figure in run():
            print(f"{figure['value']:6.2f}  {figure['name']}, {figure['unit']}  ({figure['note']})")
