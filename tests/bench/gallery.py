"""How the report of 1,000 items opens in a browser, all of them failures: `python -m tests.bench.gallery`.

Drawn screenshots, a prediction and a target on each. Measured in Chromium: until the page answers its first key
press, and the longest task of the main thread (PerformanceObserver) while it opens, scrolls and filters.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from agent.evaluate import EpisodeResult, Results
from agent.evaluate.report.page import build
from envs.browser import install as chromium

ITEMS = 1000
COMMAND = "python -m tests.bench --only gallery"
_WATCH = """
window.__tasks = [];
new PerformanceObserver(list => { for (const one of list.getEntries()) window.__tasks.push(one.duration); })
  .observe({ type: 'longtask', buffered: true });
"""


def fill(folder: Path, items: int = ITEMS) -> None:
    """A run over items, one third of them with the same picture as another."""
    rows = []
    for number in range(items):
        draw = random.Random(number)
        name = f"picture-{number % max(1, 2 * items // 3)}.png"
        if not (folder / name).exists():
            _picture(draw).save(folder / name, compress_level=1)
        box = [draw.randrange(1100), draw.randrange(700)]
        details = {
            "instruction": f"the button number {number}",
            "picture": name,
            "predicted": [draw.randrange(1280), draw.randrange(800)],
            "box": [*box, box[0] + 120, box[1] + 40],
            "groups": {
                "platform": draw.choice(["web", "desktop", "mobile"]),
                "element": draw.choice(["icon", "text"]),
            },
            "refused": number % 7 == 0,
        }
        rows.append(EpisodeResult(f"item-{number}", 0, "failed", reason="beside the box", details=details))
    with Results(folder, {"suite": "drawn", "model": "nobody", "kind": "items"}) as results:
        for row in rows:
            results.add(row)


def _picture(draw: random.Random) -> Image.Image:
    image = Image.new("RGB", (1280, 800), (248, 248, 246))
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = draw.randrange(1200), draw.randrange(780)
        colour = tuple(draw.randrange(256) for _ in range(3))
        pen.rectangle((x, y, x + draw.randrange(20, 200), y + draw.randrange(10, 60)), fill=colour)
        pen.text((x, y), f"label {draw.randrange(10**6)}", fill=(20, 20, 20))
    return image


def opened(report: Path) -> dict[str, float]:
    """Seconds until the first key is answered; the longest task, ms, while opening, scrolling and filtering."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.ensure(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(_WATCH)
        began = time.perf_counter()
        page.goto(report.as_uri())
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(".card.current")
        found = {"interactive_s": time.perf_counter() - began, "opening_ms": _longest(page)}
        for _ in range(20):
            page.mouse.wheel(0, 3000)
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found["scrolling_ms"] = _longest(page)
        for _ in range(3):
            page.keyboard.press("f")
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found["filtering_ms"] = _longest(page)
        browser.close()
    return found


def _longest(page: Any) -> float:
    """Of the tasks since the last call; those below 50 ms are not reported by the browser and count as 0."""
    return float(
        page.evaluate("() => { const found = Math.max(0, ...window.__tasks); window.__tasks = []; return found; }")
    )


def run(items: int = ITEMS) -> list[dict[str, Any]]:
    """Figures of one report."""
    with tempfile.TemporaryDirectory(prefix="agent-bench-") as name:
        folder = Path(name)
        fill(folder, items)
        began = time.perf_counter()
        report = build(folder)
        made = time.perf_counter() - began
        size = report.stat().st_size / 1e6
        found = opened(report)
    figures = [
        ("making the report", made, "s"),
        ("size", size, "MB"),
        ("until the first key is answered", found["interactive_s"], "s"),
        ("longest task, opening", found["opening_ms"], "ms"),
        ("longest task, scrolling", found["scrolling_ms"], "ms"),
        ("longest task, filtering", found["filtering_ms"], "ms"),
    ]
    return [
        {"name": name, "value": round(value, 2), "unit": unit, "command": COMMAND, "note": f"{items} failures"}
        for name, value, unit in figures
    ]


if __name__ == "__main__":
    for figure in run():
        print(f"{figure['name']}: {figure['value']} {figure['unit']}")
