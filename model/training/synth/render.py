"""Pages in a real browser: each is loaded once and photographed in several views, twice each — as it is, and in
label colours (label.js)."""

from __future__ import annotations

import base64
import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from model.training.synth.kits import Kit
from model.training.synth.labels import SPREAD, Labelled, Reader, colour_start
from model.training.synth.look import Look
from model.training.synth.own import LAYOUT, sheet
from model.training.synth.pages import Builder

_SCRIPT = (Path(__file__).parent / "label.js").read_text("utf-8")
_QUIET = (
    "*,*::before,*::after{transition:none!important;animation:none!important;caret-color:transparent!important;"
    "scroll-behavior:auto!important}"
)
# A library's dialog may have no ground of its own outside the script that opens it: it gets the page's.
_PAGE_COLOUR = """() => {
  const grounds = [document.body, document.documentElement].map((e) => getComputedStyle(e).backgroundColor);
  const solid = grounds.find((c) => !/^(transparent|rgba\\(.*, 0\\))$/.test(c)) ?? "white";
  document.documentElement.style.setProperty("--page", solid);
}"""
_NODES = 100_000  # elements and pseudo-elements of a page
_PATIENCE = 180_000  # milliseconds for a page from the disk: a machine may be very busy
_ARGUMENTS = [
    "--allow-file-access-from-files",  # a library's fonts
    "--host-resolver-rules=MAP * ~NOTFOUND",  # what a library's CSS asks the network for stays unanswered
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--disable-background-networking",
    "--disable-partial-raster",  # what is drawn again is drawn whole: the same pixels whatever was there before
]
# Width and height of the picture in pixels, and pixels a CSS pixel.
_SIZES = (
    (1280, 800, 1.0), (1280, 800, 1.0), (1280, 800, 1.0), (1280, 720, 1.0), (1024, 768, 1.0), (1366, 768, 1.0),
    (1440, 900, 1.0), (1280, 800, 1.25), (1440, 900, 1.5), (1280, 800, 2.0), (1600, 1000, 2.0), (900, 1100, 1.0),
)  # fmt: skip


class Shifted(Exception):
    """The label colours changed the layout: the two pictures do not show the same."""


@dataclass(frozen=True)
class View:
    """One labelled screen."""

    png: bytes
    elements: list[Labelled]
    width: int
    height: int
    scale: float  # pixels a CSS pixel


@dataclass(frozen=True)
class PageSource:
    """A page before it is drawn."""

    html: str
    look: str
    language: str


def compose(seed: str, kits: list[Kit], pictures: list[str], own: bool = True) -> PageSource:
    """The page of a seed: in one of the `kits`, or (`own`) in our own style in a third of all pages."""
    rng = random.Random(seed)
    libraries = [k for k in kits if k.components]
    fonts = [k for k in kits if k.icons]
    kit = rng.choice(libraries) if libraries and (not own or rng.random() < 0.67) else None
    icons = rng.choice(fonts) if fonts and rng.random() < 0.75 else None
    language = "zh" if rng.random() < 0.2 else "en"
    dark = rng.random() < (0.3 if kit is None else 0.25)
    look = Look(rng, kit, icons, language, pictures)
    body = Builder(look).page()
    links, attributes, css = "", "", sheet(rng, dark) + LAYOUT
    if kit:
        # Ours first: whatever the library says about the same thing stands.
        path = kit.css_dark if dark and kit.css_dark else kit.css
        links = f'<link rel=stylesheet href="{path.resolve().as_uri()}">'
        shade = kit.parts.get("dark") if dark else kit.parts.get("light")
        attributes = f"data-theme={rng.choice(kit.parts['themes'])}" if "themes" in kit.parts else shade or ""
        plain = kit.css_dark is None and "dark" not in kit.parts
        if dark and plain and "themes" not in kit.parts:
            css += "html{filter:invert(.92) hue-rotate(180deg)}"
        css = _only_own_classes(css)
    elif rng.random() < 0.1:
        css += f"html{{filter:hue-rotate({rng.randrange(360)}deg) saturate({rng.choice((0.5, 1.4))})}}"
    if icons:
        links += f'<link rel=stylesheet href="{icons.css.resolve().as_uri()}">'
    text = (
        f"<!doctype html><html lang={language} {attributes}><head><meta charset=utf-8><style>{css}</style>{links}"
        f"<style>{_QUIET}</style></head><body class='{look.parts.get('body', '')}'>{body}</body></html>"
    )
    return PageSource(text, kit.name if kit else "own", language)


def _only_own_classes(css: str) -> str:
    """Our sheet without its colours and type of the page, for a page that a library draws."""
    return "\n".join(line for line in css.splitlines() if not line.startswith("body{background"))


class Renderer:
    """A browser with one page. Use as a context manager.

    Args:
        browser: path of a Chromium.
        folder: where the page and its pictures are written while it is drawn.
    """

    def __init__(self, browser: Path, folder: Path):
        self._browser_path = browser
        self._folder = folder
        self._reader = Reader()
        self.shifted = 0  # views left out because the label colours moved something

    def __enter__(self) -> Renderer:
        from playwright.sync_api import sync_playwright

        self._play = sync_playwright().start()
        self._browser = self._play.chromium.launch(executable_path=str(self._browser_path), args=_ARGUMENTS)
        self._page = self._browser.new_page()
        self._page.set_default_timeout(_PATIENCE)
        self._wire = self._page.context.new_cdp_session(self._page)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser, also one that crashed."""
        from playwright.sync_api import Error

        with contextlib.suppress(Error):
            self._browser.close()
        self._play.stop()

    @property
    def page(self) -> Any:
        """The Playwright page."""
        return self._page

    def load(self, source: PageSource, rng: random.Random) -> None:
        """Open a page at a size drawn from `rng`, and focus something in a third of the cases."""
        path = self._folder / "page.html"
        path.write_text(source.html, "utf-8")
        self._resize(*rng.choice(_SIZES))
        # Twice: the first time a process looks for the fonts of missing characters, a line may be a pixel higher.
        for _ in range(2):
            self._page.goto(path.resolve().as_uri(), wait_until="load", timeout=_PATIENCE)
        self._page.mouse.move(0, 0)
        self._page.evaluate("document.fonts.ready.then(() => true)")
        self._page.evaluate(_SCRIPT)
        self._page.evaluate("labels.wrap()")
        self._page.evaluate(_PAGE_COLOUR)
        if rng.random() < 0.3:
            pick = rng.random()
            self._page.evaluate(
                "p => {const all=[...document.querySelectorAll('input:not([disabled]),textarea,select,button')]"
                ".filter(e => e.getBoundingClientRect().top < innerHeight && !e.closest('[inert]'));"
                "if (all.length) all[Math.floor(p*all.length)].focus({preventScroll:true})}",
                pick,
            )

    def views(self, rng: random.Random, count: int) -> Iterator[View]:
        """Up to `count` views: scrolled, zoomed, at another size. Fewer where a view shows next to nothing."""
        for number in range(count):
            if number:
                self._change(rng)
            try:
                view = self.capture()
            except Shifted:
                self.shifted += 1
                continue
            if len(view.elements) >= 3:
                yield view

    def capture(self) -> View:
        """Photograph and label what is in the window now."""
        import cv2

        start = colour_start(_NODES)
        answer = self._page.evaluate(f"labels.prepare({SPREAD}, {start})")
        if len(answer["parents"]) > _NODES:
            raise RuntimeError(f"The page has {len(answer['parents'])} parts; {_NODES} can be told apart.")
        png = self.shot()
        if self._page.evaluate("labels.paint(true)") != answer.pop("shape"):
            self._page.evaluate("labels.paint(false)")
            raise Shifted
        flat = decode(self.shot())
        self._page.evaluate("labels.paint(false)")
        seen = decode(png)
        if flat.shape != seen.shape:
            raise RuntimeError(f"The two pictures of a page differ in size: {seen.shape} and {flat.shape}.")
        elements = self._reader.elements(answer, start, flat, seen)
        packed = cv2.imencode(".png", seen, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        return View(packed, elements, seen.shape[1], seen.shape[0], seen.shape[1] / answer["view"][0])

    def shot(self) -> bytes:
        """The window as a PNG file."""
        answer = self._wire.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
        return base64.b64decode(answer["data"])

    def _resize(self, width: int, height: int, scale: float) -> None:
        self._wire.send(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": round(width / scale),
                "height": round(height / scale),
                "deviceScaleFactor": scale,
                "mobile": False,
            },
        )

    def _change(self, rng: random.Random) -> None:
        if rng.random() < 0.35:
            self._resize(*rng.choice(_SIZES))
        if rng.random() < 0.4:
            self._page.evaluate("z => {document.body.style.zoom = z}", rng.choice((0.8, 0.9, 1, 1.1, 1.25, 1.5)))
        if rng.random() < 0.15:
            spin = f"hue-rotate({rng.randrange(0, 360, 30)}deg)" + (" invert(.93)" if rng.random() < 0.4 else "")
            self._page.evaluate("f => {document.documentElement.style.filter = f}", spin)
        self._page.evaluate(
            "p => scrollTo(0, p * Math.max(0, document.documentElement.scrollHeight - innerHeight))", rng.random()
        )


def decode(png: bytes) -> Any:
    """Pixels of a PNG file, uint8 BGR [height, width, 3]."""
    import cv2

    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise RuntimeError("The browser's picture cannot be decoded.")
    return picture
