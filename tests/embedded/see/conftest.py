"""Real Chromium renders pages; the reader sees the screenshots alone. Scripts ask the page only for the truth."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from model.embedded.eyes.reader import Reader
from model.embedded.screen import Screen

PAGES = Path(__file__).parents[1] / "pages"
TRUTH = PAGES / "truth.js"


@dataclass
class Shot:
    """A page as rendered: its picture, what the page says is on it, and what the reader saw."""

    image: Image.Image
    truth: dict[str, Any]
    screen: Screen


Render = Callable[..., Shot]
KNOWN: dict[tuple[object, ...], Shot] = {}


@pytest.fixture(scope="module")
def render() -> Iterator[Render]:
    """Render an HTML text, or a page of `pages` by name, and look at it; the same page is rendered once a session.

    One browser a module: Playwright's synchronous API allows one at a time in a thread.
    """
    from playwright.sync_api import sync_playwright

    from envs.browser.install import ensure

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(ensure(install=False)))

        def shot(page: str, ratio: float = 1.0, size: tuple[int, int] = (1280, 800), script: str = "") -> Shot:
            key = (page, ratio, size, script)
            if key not in KNOWN:
                context = browser.new_context(
                    viewport={"width": size[0], "height": size[1]}, device_scale_factor=ratio
                )
                tab = context.new_page()
                if page.startswith("<"):
                    tab.set_content(page)
                else:
                    name, _, query = page.partition("?")
                    tab.goto((PAGES / f"{name}.html").as_uri() + (f"?{query}" if query else ""))
                if script:
                    tab.evaluate(script)
                image = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
                KNOWN[key] = Shot(image, tab.evaluate(TRUTH.read_text(encoding="utf-8")), Reader().look(image))
                context.close()
            return KNOWN[key]

        yield shot
        browser.close()
