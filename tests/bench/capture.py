"""What a capture costs by each route, in one run: `python tests/bench/capture.py`.

Prints the median of each route as a ratio to Playwright's own `page.screenshot` PNG at the same pixel ratio, and
whether its pixels are the same. The environment uses the row named "environment".
"""

from __future__ import annotations

import asyncio
import base64
import io
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from PIL import Image

from envs.browser import install as chromium

ROUNDS = 20
COMMAND = "python tests/bench/capture.py"
PAGE = "<title>Capture</title><body style='font:15px sans-serif;columns:4'>" + "".join(
    f"<p style='color:hsl({n * 7},80%,35%)'>Paragraph {n}: the quick brown fox, 小米 SU7, €{n}.99</p>"
    "<button>Add to cart</button>"
    for n in range(80)
)


async def _measure(ratio: float) -> list[tuple[str, float, bool]]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium.ensure()))
        context = await browser.new_context(viewport={"width": 1280, "height": 800}, device_scale_factor=ratio)
        page = await context.new_page()
        await page.set_content(PAGE)
        plain, own = await context.new_cdp_session(page), await context.new_cdp_session(page)

        def cdp(session: Any, **options: Any) -> Callable[[], Awaitable[bytes]]:
            async def capture() -> bytes:
                return base64.b64decode((await session.send("Page.captureScreenshot", options))["data"])

            return capture

        clip = {"x": 0, "y": 0, "width": 1280, "height": 800, "scale": 1}
        routes: dict[str, Callable[[], Awaitable[bytes]]] = {
            "page.screenshot png": page.screenshot,
            "page.screenshot jpeg": lambda: page.screenshot(type="jpeg", quality=90),
            "cdp without metrics, png speed": cdp(plain, format="png", optimizeForSpeed=True),
            "cdp png speed (environment)": cdp(own, format="png", optimizeForSpeed=True),
            "cdp png": cdp(own, format="png"),
            "cdp png speed, clip": cdp(own, format="png", optimizeForSpeed=True, clip=clip),
            "cdp png speed, not from surface": cdp(own, format="png", optimizeForSpeed=True, fromSurface=False),
            "cdp jpeg 90": cdp(own, format="jpeg", quality=90),
            "cdp webp 100": cdp(own, format="webp", quality=100),
        }
        times: dict[str, list[float]] = {name: [] for name in routes}
        pictures: dict[str, bytes] = {}
        metrics = {"width": 1280, "height": 800, "deviceScaleFactor": ratio, "mobile": False}
        # Round by round, so that a busy moment of the machine hits every route alike. The metrics that the
        # environment gives to its own session hold for the whole page, so the rounds without come first.
        for chosen in (["cdp without metrics, png speed"], [name for name in routes if "without" not in name]):
            if len(chosen) > 1:
                await own.send("Emulation.setDeviceMetricsOverride", metrics)
            for _ in range(ROUNDS):
                for name in chosen:
                    began = time.perf_counter()
                    pictures[name] = await routes[name]()
                    times[name].append(time.perf_counter() - began)
        await browser.close()
    pixels = {name: np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for name, data in pictures.items()}
    reference = pixels["page.screenshot png"]
    base = statistics.median(times["page.screenshot png"])
    return [
        (name, statistics.median(times[name]) / base, np.array_equal(pixels[name], reference)) for name in routes
    ]


def run() -> list[dict[str, Any]]:
    """The cost of the environment's capture, as a ratio to `page.screenshot`, at pixel ratios 1 and 2."""
    figures = []
    for ratio in (1.0, 2.0):
        for name, cost, same in asyncio.run(_measure(ratio)):
            if "environment" in name and not same:
                raise SystemExit(f"{name} at pixel ratio {ratio:g} changes pixels")
            figures.append(
                {
                    "name": f"capture {name}, pixel ratio {ratio:g}{'' if same else ' (other pixels)'}",
                    "value": round(cost, 2),
                    "unit": "of page.screenshot png",
                    "command": COMMAND,
                }
            )
    return figures


if __name__ == "__main__":
    for figure in run():
        print(f"{figure['value']:6.2f}  {figure['name']}")
