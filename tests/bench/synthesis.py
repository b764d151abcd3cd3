"""Synthetic screens: how many a second, and labels of what cannot be seen: `python -m tests.bench.synthesis`.

Pages in our own styles and, where BENCH_KITS names folders of component libraries (separated by colons), in those.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from envs.browser.install import ensure
from model.training.synth.audit import unseen
from model.training.synth.kits import load_kit
from model.training.synth.pictures import draw_all
from model.training.synth.produce import Plan, produce
from model.training.synth.render import Renderer, compose

PAGES, AUDITED, WORKERS = 60, 200, 2
COMMAND = "python -m tests.bench --only synthesis"


def run(pages: int = PAGES, audited: int = AUDITED) -> list[dict[str, Any]]:
    """Labelled screens a second with two processes; labels that no pixel bears out."""
    kits = tuple(folder for folder in os.environ.get("BENCH_KITS", "").split(":") if folder)
    browser = ensure()
    with tempfile.TemporaryDirectory(prefix="agent-bench-") as name:
        began = time.perf_counter()
        counts = produce(Plan(pages, seed=1, kits=kits), Path(name) / "set", browser, WORKERS)
        rate = counts["screens"] / (time.perf_counter() - began)
        looked, hidden = _audit(Path(name), browser, kits, audited)
    note = f"{counts['screens']} screens, {WORKERS} processes, {len(kits)} libraries, start included"
    return [
        {
            "name": "labelled screens a second",
            "value": round(rate, 2),
            "unit": "1/s",
            "note": note,
            "command": COMMAND,
        },
        {
            "name": "labels of hidden elements",
            "value": hidden,
            "unit": "",
            "note": f"of {looked} on {audited} pages: hiding the element changes no pixel of its box",
            "command": COMMAND,
        },
    ]


def _audit(folder: Path, browser: Path, kits: tuple[str, ...], pages: int) -> tuple[int, int]:
    looked = hidden = 0
    libraries, pictures = [load_kit(Path(kit)) for kit in kits], draw_all(folder / "pictures", 24, 1)
    with Renderer(browser, folder) as renderer:
        for page in range(pages):
            rng = random.Random(page)
            renderer.load(compose(f"audit/{page}", libraries, pictures), rng)
            for view in renderer.views(rng, 1):
                looked += len(view.elements)
                hidden += len(unseen(renderer, view))
    return looked, hidden


if __name__ == "__main__":
    for entry in run():
        print(entry)
