"""Makes docs/report.png, the picture in README.md, of a run's report.

python -m tests.report.picture RUN [STEP]
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from agent.report.page import build_report
from envs.browser import install as chromium

TARGET = Path(__file__).parents[2] / "docs" / "report.png"


def main(run: str, step: str = "1") -> None:
    report = build_report(run)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.ensure(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        page.goto(report.as_uri())
        page.locator(".film a").nth(int(step) - 1).click()
        page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        browser.close()
    picture.save(TARGET, optimize=True)
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
