"""How well the embedded model sees: word and widget recall against the page's own structure, and CPU seconds.

Run:  .venv/bin/python tests/bench/eyes.py [--miniwob] [--ratio 1 2] [--misses] [--out FOLDER] [PAGE ...]

Pages come from tests/embedded/pages; `--miniwob` takes the tasks that this project may develop on. What is on a
page is asked of the page by script, for judging only; the reader gets the screenshot alone.
"""

from __future__ import annotations

import argparse
import io
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from action_space.geometry import Box
from model.embedded.eyes.draw import draw
from model.embedded.eyes.reader import Reader
from model.embedded.screen import Screen

HERE = Path(__file__).parent
PAGES = HERE.parent / "embedded" / "pages"
TRUTH = (PAGES / "truth.js").read_text(encoding="utf-8")
OPEN_TASKS = [
    "click-button",
    "click-link",
    "click-checkboxes",
    "click-checkboxes-large",
    "click-option",
    "click-tab",
    "click-tab-2-easy",
    "click-test-2",
    "click-dialog",
    "click-dialog-2",
    "click-menu",
    "enter-text",
    "enter-text-2",
    "enter-password",
    "focus-text",
    "login-user",
    "login-user-popup",
    "search-engine",
    "use-autocomplete",
    "scroll-text",
    "click-collapsible",
    "navigate-tree",
    "choose-list",
    "email-inbox",
    "click-widget",
    "click-shape",
    "read-table",
    "simple-arithmetic",
]
ALIKE = {
    "field": {"field", "textarea", "select"},
    "textarea": {"textarea"},
    "select": {"select"},
    "button": {"button", "tab"},
    "link": {"link", "tab", "menu_item"},
    "tab": {"tab", "button"},
}


@dataclass
class Tally:
    """Counts over pages."""

    words: int = 0
    words_read: int = 0
    read: int = 0
    read_true: int = 0
    widgets: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)
    claimed: Counter[str] = field(default_factory=Counter)
    claimed_true: Counter[str] = field(default_factory=Counter)
    states: int = 0
    states_right: int = 0
    labels: int = 0
    labels_right: int = 0
    misses: list[str] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def plain(text: str) -> str:
    """A word without what readers may rightly differ in: case and punctuation at the ends."""
    return re.sub(r"^\W+|\W+$", "", text.replace("’", "'"), flags=re.UNICODE).lower() or text


def judge(name: str, truth: dict, screen: Screen, tally: Tally) -> None:
    """Compare one screen with what the page says is on it."""
    pool = [(plain(word.text), word.box) for line in screen.lines for word in line.words]
    tally.read += len(pool)
    lines = [(plain(line.text).replace(" ", ""), line.box) for line in screen.lines]
    hit = 0
    for word in truth["words"]:
        text, box = plain(word["text"]), Box(*word["box"])
        tally.words += 1
        near = [
            index
            for index, (read, place) in enumerate(pool)
            if read == text and place.intersection(box).area > 0.3 * min(place.area, box.area)
        ]
        if near:
            pool.pop(near[0])
            hit += 1
        elif re.search(r"[\u2e80-\u9fff]", text) and any(
            text.replace(" ", "") in read and place.intersection(box).area > 0.5 * box.area
            for read, place in lines
        ):
            hit += 1
        else:
            close = [read for read, place in pool if place.intersection(box).area > 0.2 * box.area]
            tally.misses.append(f"{name}: word {word['text']!r} at {[round(v) for v in box]} read as {close}")
    tally.words_read += hit
    tally.read_true += hit
    taken: set[int] = set()
    for widget in truth["widgets"]:
        kind, box = widget["kind"], Box(*widget["box"])
        tally.widgets[kind] += 1
        overlaps = []
        for index, element in enumerate(screen.elements):
            common = element.box.intersection(box).area
            union = element.box.area + box.area - common
            need = 0.3 if kind in ("link", "tab", "switch") else 0.5
            if kind == "tab" or element.kind == "menu_item":
                union = min(element.box.area, box.area)
            if index not in taken and union and common / union > need:
                right = element.kind in ALIKE.get(kind, {kind})
                overlaps.append((right, element.kind == kind, common / union, index))
        best = max(overlaps, default=(False, False, 0.0, -1))
        if not best[0]:
            seen = [screen.elements[o[3]].kind for o in overlaps]
            tally.misses.append(
                f"{name}: {kind} {widget['label'] or widget['text']!r} at {[round(v) for v in box]} seen as {seen}"
            )
            continue
        taken.add(best[3])
        element = screen.elements[best[3]]
        tally.found[kind] += 1
        label = widget["label"]
        tally.exact[kind] += best[1]
        if "state" in widget:
            tally.states += 1
            right = set(widget["state"]) <= element.state
            tally.states_right += right
            if not right:
                tally.misses.append(
                    f"{name}: state of {kind} {label!r}: {widget['state']} seen {sorted(element.state)}"
                )
        if label and kind in ("checkbox", "radio", "switch", "field", "textarea", "select", "slider"):
            tally.labels += 1
            a, b = plain(label).replace(" ", ""), plain(element.label).replace(" ", "")
            right = a == b or (len(a) > 3 and a in b) or (len(b) > 3 and b in a)
            tally.labels_right += right
            if not right:
                tally.misses.append(f"{name}: label of {kind} {label!r} seen {element.label!r}")
    for index, element in enumerate(screen.elements):
        if element.kind in ("text", "panel", "image", "icon", "shape", "listbox", "scrollbar"):
            continue
        tally.claimed[element.kind] += 1
        if index in taken:
            tally.claimed_true[element.kind] += 1
        else:
            tally.misses.append(
                f"{name}: false {element.kind} {element.text!r} at {[round(v) for v in element.box]}"
            )


def shot(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def nudge(image: Image.Image) -> Image.Image:
    """The same screen after something small happened: a strip of 60 pixels' height taken from elsewhere."""
    other = image.copy()
    wide, high = image.size
    strip = image.crop((0, high // 3, wide // 2, high // 3 + high // 13))
    other.paste(strip, (wide // 3, high // 2))
    return other


def measure(name: str, image: Image.Image, truth: dict, tally: Tally, out: Path | None) -> None:
    reader = Reader()
    reader.look(Image.new("RGB", (64, 32), "white"))
    reader._recognizer = recognizer()
    begun = time.process_time()
    screen = reader.look(image)
    tally.seconds["new"].append(time.process_time() - begun)
    for part, spent in screen.seconds.items():
        tally.seconds[part].append(spent)
    begun = time.process_time()
    reader.look(nudge(image))
    tally.seconds["changed"].append(time.process_time() - begun)
    judge(name, truth, screen, tally)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        draw(image, screen).save(out / f"{name}.png")


def report(title: str, tally: Tally) -> None:
    print(f"== {title}")
    print(f"words: recall {share(tally.words_read, tally.words)}, precision {share(tally.read_true, tally.read)}")
    for kind in sorted(tally.widgets.keys() | tally.claimed.keys()):
        print(
            f"  {kind:9} recall {share(tally.found[kind], tally.widgets[kind])} (kind exact {tally.exact[kind]}), "
            f"precision {share(tally.claimed_true[kind], tally.claimed[kind])}"
        )
    print(f"states right {share(tally.states_right, tally.states)}")
    print(f"labels right {share(tally.labels_right, tally.labels)}")
    for part, spent in tally.seconds.items():
        ordered = sorted(spent)
        print(f"  CPU s {part:8} median {ordered[len(ordered) // 2]:.3f}, worst {ordered[-1]:.3f}")


def share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {part / whole:.3f}" if whole else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="names of pages; default all")
    parser.add_argument("--miniwob", action="store_true")
    parser.add_argument("--ratio", type=float, nargs="*", default=[1.0])
    parser.add_argument("--misses", action="store_true", help="print what was not seen rightly")
    parser.add_argument("--out", type=Path, help="save drawings of what was seen here")
    options = parser.parse_args()
    for ratio in options.ratio:
        tally = look_at(sources(options.pages, options.miniwob), ratio, options.miniwob, options.out)
        report(f"pixel ratio {ratio:g}", tally)
        if options.misses:
            print("\n".join(tally.misses))


def run() -> list[dict[str, Any]]:
    """Entries for `benchmarks.json`: our own pages, 1280×800, pixel ratio 1."""
    tally = look_at(sources([], False), 1.0)
    command = "python -m tests.bench --only eyes"
    rows = [("words_read", 100 * tally.words_read / tally.words, "%", f"{tally.words_read} of {tally.words}")]
    for part, title in (("new", "a wholly new screen"), ("changed", "a screen of which a little changed")):
        spent = sorted(tally.seconds[part])
        rows.append((f"cpu_{part}", spent[len(spent) // 2], "CPU s, median", title))
        rows.append((f"cpu_{part}_worst", spent[-1], "CPU s", f"{title}, the worst of {len(spent)} pages"))
    return [
        {"name": f"eyes/{name}", "value": round(value, 3), "unit": unit, "note": note, "command": command}
        for name, value, unit, note in rows
    ]


def look_at(pages: list[tuple[str, str]], ratio: float, miniwob: bool = False, out: Path | None = None) -> Tally:
    """Open the pages one by one, read their screenshots, and judge."""
    from envs.browser import install as chromium

    tally = Tally()
    size = {"width": 500, "height": 320} if miniwob else {"width": 1280, "height": 800}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()))
        page = browser.new_context(viewport=size, device_scale_factor=ratio).new_page()
        for name, url in pages:
            page.goto(url)
            if miniwob:
                page.evaluate("Math.seedrandom(11); core.EPISODE_MAX_TIME = 1e7; core.startEpisodeReal()")
            page.wait_for_timeout(150)
            truth = page.evaluate(TRUTH)
            measure(f"{name}@{ratio:g}", shot(page), truth, tally, out)
        browser.close()
    return tally


def sources(names: list[str], miniwob: bool) -> list[tuple[str, str]]:
    """(name, address) of the pages to look at."""
    if miniwob:
        import miniwob as package

        folder = Path(package.__file__).parent / "html" / "miniwob"
        return [(t, (folder / f"{t}.html").as_uri()) for t in names or OPEN_TASKS if t in OPEN_TASKS]
    names = names or sorted(path.stem for path in PAGES.glob("*.html"))
    pages = [(name, (PAGES / f"{name}.html").as_uri()) for name in names]
    return [*pages, ("mail-dialog", dict(pages)["mail"] + "?dialog")] if "mail" in names else pages


@cache
def recognizer() -> Any:
    """One for all pages: loading it is no part of a look."""
    from model.embedded.eyes.text.ocr import Recognizer

    return Recognizer()


if __name__ == "__main__":
    main()
