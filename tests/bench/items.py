"""How long scoring 10,000 recorded answers takes, from the command line to the written summary."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from tests.eval_items.samples import write

ITEMS, PICTURES = 10_000, 600
"""ScreenSpot has 1,272 items on about 600 pictures."""


def run() -> list[dict[str, Any]]:
    """Seconds for all, and items a second. Drawing the pictures is not counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        answers = _data(folder / "data")
        command = [sys.executable, "-m", "agent.cli", "eval", "screenspot", "--data", str(folder / "data")]
        command += ["--predictions", str(answers), "--out", str(folder / "run"), "--json"]
        started = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - started
    if f'"items": {ITEMS}' not in done.stdout:
        raise RuntimeError(f"not all items were scored: {done.stdout[:500]}")
    called = "python -m tests.bench --only items"
    return [
        {"name": "items/scored_10000", "value": round(seconds, 1), "unit": "s", "command": called},
        {"name": "items/per_second", "value": round(ITEMS / seconds), "unit": "items a second", "command": called},
    ]


def _data(folder: Path) -> Path:
    """ScreenSpot's layout with random boxes, and a random answer to each."""
    draw = random.Random(0)
    pictures = folder / "screenspot_imgs"
    pictures.mkdir(parents=True)
    for number in range(PICTURES):
        Image.new("RGB", (1280, 800), (number % 256, 90, 200)).save(pictures / f"{number}.png", compress_level=1)
    answers = []
    for platform in ("mobile", "desktop", "web"):
        count = ITEMS // 3 + (platform == "web") * (ITEMS % 3)
        items = []
        for number in range(count):
            left, top = draw.randrange(1100), draw.randrange(700)
            items.append(
                {
                    "img_filename": f"{draw.randrange(PICTURES)}.png",
                    "bbox": [left, top, 20 + draw.randrange(150), 20 + draw.randrange(60)],
                    "instruction": f"the button {number}",
                    "data_type": draw.choice(("text", "icon")),
                    "data_source": draw.choice(("ios", "windows", "shop", "forum")),
                }
            )
            point = [draw.randrange(1280), draw.randrange(800)]
            answers.append({"id": f"screenspot_{platform}-{number:05d}", "point": point})
        write(folder / f"screenspot_{platform}.json", items)
    return write(folder.parent / "answers.jsonl", answers)
