"""Icons drawn for this test, in a real Chromium at several sizes and colours, are named; what is no icon is not.

The drawings are our own and belong to no icon set, so no training saw them.
"""

import io
import random
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, sync_playwright

from envs.browser.install import find as find_browser
from model.embedded.eyes.icons.classify import CONCEPTS, SIDE, classify, normalise

# On a 24×24 grid; S is drawn as strokes, F is filled.
DRAWINGS = [
    ("heart", "S", '<path d="M12 20.5 4 12.3A5 5 0 0 1 12 6a5 5 0 0 1 8 6.3z"/>'),
    ("heart-filled", "F", '<path d="M12 20.5 4 12.3A5 5 0 0 1 12 6a5 5 0 0 1 8 6.3z"/>'),
    ("star", "S", '<path d="m12 3 2.8 6 6.4.7-4.8 4.3 1.4 6.4-5.8-3.3-5.8 3.3 1.4-6.4L2.8 9.7 9.2 9z"/>'),
    ("star-filled", "F", '<path d="m12 3 2.8 6 6.4.7-4.8 4.3 1.4 6.4-5.8-3.3-5.8 3.3 1.4-6.4L2.8 9.7 9.2 9z"/>'),
    (
        "cart",
        "S",
        '<path d="M2 4h3l2.5 11H18l2.5-8H6"/><circle cx="9" cy="19" r="1.4"/><circle cx="17" cy="19" r="1.4"/>',
    ),
    ("magnifier", "S", '<circle cx="10" cy="10" r="6"/><path d="m14.5 14.5 6 6"/>'),
    ("menu", "S", '<path d="M3 6h18M3 12h18M3 18h18"/>'),
    (
        "more-horizontal",
        "F",
        '<circle cx="5" cy="12" r="2"/><circle cx="12" cy="12" r="2"/><circle cx="19" cy="12" r="2"/>',
    ),
    (
        "more-vertical",
        "F",
        '<circle cy="5" cx="12" r="2"/><circle cy="12" cx="12" r="2"/><circle cy="19" cx="12" r="2"/>',
    ),
    ("close", "S", '<path d="M5 5 19 19M19 5 5 19"/>'),
    ("check", "S", '<path d="m4 13 5 5L20 6"/>'),
    ("plus", "S", '<path d="M12 4v16M4 12h16"/>'),
    ("arrow-left", "S", '<path d="M21 12H4m7-7-7 7 7 7"/>'),
    ("arrow-right", "S", '<path d="M3 12h17m-7-7 7 7-7 7"/>'),
    ("arrow-up", "S", '<path d="M12 21V4m-7 7 7-7 7 7"/>'),
    ("chevron-left", "S", '<path d="m15 5-7 7 7 7"/>'),
    ("chevron-right", "S", '<path d="m9 5 7 7-7 7"/>'),
    ("chevron-down", "S", '<path d="m5 9 7 7 7-7"/>'),
    ("chevron-up", "S", '<path d="m5 15 7-7 7 7"/>'),
    ("bin", "S", '<path d="M3 6h18M9 6V3h6v3M5.5 6l1 15h11l1-15M10 10v7M14 10v7"/>'),
    ("bell", "S", '<path d="M5 17h14c-1.5-2-1.5-3-1.5-7a5.5 5.5 0 0 0-11 0c0 4 0 5-1.5 7zM10 20.5h4"/>'),
    ("person", "S", '<circle cx="12" cy="8" r="4"/><path d="M4 21c0-9 16-9 16 0"/>'),
    ("home", "S", '<path d="M3 11.5 12 4l9 7.5M5.5 10v10.5h13V10M10 20.5v-6h4v6"/>'),
    ("mail", "S", '<rect x="2.5" y="5" width="19" height="14" rx="1"/><path d="m3 6.5 9 6.5 9-6.5"/>'),
    ("play", "F", '<path d="M6 4v16l14-8z"/>'),
    ("pause", "F", '<path d="M6 4h4v16H6zM14 4h4v16h-4z"/>'),
    ("pencil", "S", '<path d="m4 20 1-5L16 4l4 4L9 19zM14 6l4 4"/>'),
    ("calendar", "S", '<rect x="3" y="5" width="18" height="16" rx="2"/><path d="M3 10h18M8 3v4M16 3v4"/>'),
    ("clock", "S", '<circle cx="12" cy="12" r="9"/><path d="M12 6.5V12l4 2.5"/>'),
    ("lock", "S", '<rect x="4.5" y="11" width="15" height="10" rx="1"/><path d="M8 11V7.5a4 4 0 0 1 8 0V11"/>'),
    ("download", "S", '<path d="M12 3v12m-5-5 5 5 5-5M4 20.5h16"/>'),
    ("eye", "S", '<path d="M2 12c5-8.5 15-8.5 20 0-5 8.5-15 8.5-20 0z"/><circle cx="12" cy="12" r="3"/>'),
    ("filter", "S", '<path d="M3 4h18l-7 9v7l-4-2v-5z"/>'),
    ("info", "S", '<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7v1.2"/>'),
    ("warning", "S", '<path d="M12 3 22 20.5H2zM12 10v5M12 17v1"/>'),
    (
        "pin",
        "S",
        '<path d="M12 21.5C7 15.5 5 12.5 5 9.5a7 7 0 0 1 14 0c0 3-2 6-7 12z"/><circle cx="12" cy="9.5" r="2.5"/>',
    ),
    ("folder", "S", '<path d="M2.5 19V5h6.5l2 2.5h10.5V19z"/>'),
    ("bookmark", "S", '<path d="M6 3h12v18l-6-5-6 5z"/>'),
    ("moon", "S", '<path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z"/>'),
    (
        "sun",
        "S",
        '<circle cx="12" cy="12" r="4"/>'
        '<path d="M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2"/>',
    ),
    ("credit-card", "S", '<rect x="2" y="5" width="20" height="14" rx="2"/><path d="M2 10h20M6 15h4"/>'),
    ("grid", "S", '<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z"/>'),
]
PAINTS = [("#111", "#fff"), ("#666", "#f5f5f5"), ("#fff", "#1a56db"), ("#d33", "#fff"), ("#ddd", "#222")]
CELL = 48


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser()))
        yield browser.new_page(viewport={"width": CELL * 16, "height": CELL * 12})
        browser.close()


def _crops(page: Page, size: int) -> list[tuple[str, np.ndarray]]:
    """Each drawing in each paint at `size` CSS pixels, cut out with a few pixels of its ground."""
    cells, names = [], []
    for i, (name, style, body) in enumerate(DRAWINGS):
        for j, (ink, ground) in enumerate(PAINTS):
            width, margin = (1.5, 2)[(i + j) % 2], 6.3 + j / 4
            look = f'fill="{ink}"' if style == "F" else f'fill="none" stroke="{ink}" stroke-width="{width}"'
            cells.append(
                f'<div style="float:left;width:{CELL}px;height:{CELL}px;background:{ground}">'
                f'<svg width="{size}" height="{size}" style="margin:{margin}px" viewBox="0 0 24 24" {look}>'
                f"{body}</svg>"
                "</div>"
            )
            names.append(name)
    crops = []
    for at in range(0, len(cells), 16 * 12):
        page.set_content(f'<body style="margin:0">{"".join(cells[at : at + 16 * 12])}')
        sheet = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        for k, name in enumerate(names[at : at + 16 * 12]):
            y, x = k // 16 * CELL, k % 16 * CELL
            crops.append((name, sheet[y + 4 : y + size + 11, x + 4 : x + size + 11]))
    return crops


@pytest.mark.browser
def test_own_drawings_are_named(page: Page) -> None:
    for size, floor in ((14, 0.9), (16, 0.95), (20, 0.97), (32, 0.97)):
        crops = _crops(page, size)
        found = classify([crop for _, crop in crops])
        wrong = [(name, got) for (name, _), (got, _) in zip(crops, found, strict=True) if got != name]
        assert 1 - len(wrong) / len(crops) >= floor, (size, sorted(set(wrong)))


@pytest.mark.browser
def test_names_survive_a_button_around_the_icon(page: Page) -> None:
    crops = []
    for name, style, body in DRAWINGS[:24]:
        look = 'fill="#fff"' if style == "F" else 'fill="none" stroke="#fff" stroke-width="2"'
        page.set_content(
            '<body style="margin:10px"><button style="width:40px;height:40px;border:0;padding:0;'
            'border-radius:20px;background:#0a7d4b">'
            f'<svg width="20" height="20" viewBox="0 0 24 24" {look}>{body}</svg></button>'
        )
        shot = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        crops.append((name, shot[8:52, 8:52]))
    found = classify([crop for _, crop in crops])
    wrong = [(name, got) for (name, _), (got, _) in zip(crops, found, strict=True) if got != name]
    assert len(wrong) <= 4, wrong


def _other(rnd: random.Random) -> np.ndarray:
    kind = rnd.randrange(4)
    if kind == 0:
        image = Image.new("RGB", (60, 30), "white")
        font = ImageFont.load_default(rnd.randint(10, 18))
        words = ["Price", "from", "Add", "Kg", "Total", "new", "Tuesday", "49.90", "OK", "Model", "gift", "No"]
        ImageDraw.Draw(image).text((4, 4), rnd.choice(words), font=font, fill=(rnd.randrange(120),) * 3)
        return np.asarray(image)
    if kind == 1:
        noise = np.random.default_rng(rnd.randrange(1000)).integers(
            0, 256, (rnd.randint(2, 6), rnd.randint(2, 6), 3)
        )
        return np.asarray(Image.fromarray(noise.astype(np.uint8)).resize((40, 32), Image.Resampling.BICUBIC))
    image = Image.new("RGB", (48, 40), "white")
    draw = ImageDraw.Draw(image)
    if kind == 2:
        draw.rounded_rectangle((4, 12, 43, 28), 3, outline="#888", width=rnd.choice([1, 2]))
    else:
        draw.ellipse((12, 8, 36, 32), fill=tuple(rnd.randrange(200) for _ in "rgb"))
    return np.asarray(image)


def test_what_is_no_icon_is_refused() -> None:
    rnd = random.Random(5)
    found = classify([_other(rnd) for _ in range(400)])
    named = [name for name, _ in found if name]
    assert len(named) / len(found) <= 0.1, sorted(set(named))


def test_empty_and_tiny_crops() -> None:
    assert classify([]) == []
    blank = np.full((20, 20, 3), 240, np.uint8)
    assert classify([blank, blank[:2, :2], np.zeros((0, 5, 3), np.uint8)]) == [("", 1.0)] * 3
    assert normalise(blank) is None


def test_normalise_ignores_place_colour_and_size() -> None:
    def plus(side: int, left: int, ink: int, ground: int) -> np.ndarray:
        crop = np.full((side + 20, side + 20, 3), ground, np.uint8)
        bar = side // 8
        crop[10 : 10 + side, left + side // 2 - bar : left + side // 2 + bar] = ink
        crop[10 + side // 2 - bar : 10 + side // 2 + bar, left : left + side] = ink
        return crop

    one, two = normalise(plus(16, 3, 0, 255)), normalise(plus(48, 17, 250, 30))
    assert one is not None
    assert two is not None
    assert one.shape == (SIDE, SIDE)
    assert np.abs(one.astype(int) - two).mean() < 8


def test_words_for_icons() -> None:
    assert {"wishlist", "favourite", "收藏"} <= set(CONCEPTS["heart"])
    assert {"delete", "remove", "删除"} <= set(CONCEPTS["bin"])
    assert {"search", "find", "搜索"} <= set(CONCEPTS["magnifier"])
    assert {"basket", "购物车"} <= set(CONCEPTS["cart"])
    for name, words in CONCEPTS.items():
        assert len(set(words)) == len(words), name
        assert all(word == word.strip().lower() and word for word in words), name
        assert any(ord(word[0]) > 0x2E80 for word in words), f"{name} has no Chinese word"


def test_every_class_of_the_network_has_words() -> None:
    from model.embedded.eyes.icons.classify import _network

    _, names, threshold = _network()
    assert set(names) == {"", *CONCEPTS}
    assert 0.1 < threshold < 0.95


def test_no_crop_is_too_odd() -> None:
    noise = np.random.default_rng(3)
    crops = [
        (noise.integers(0, high, (int(noise.integers(1, 30)), int(noise.integers(1, 30)), 3)) + low).astype(
            np.uint8
        )
        for high in (2, 20, 21, 22, 60, 255)
        for low in (0, 1, 235 - high if high < 235 else 0)
        for _ in range(20)
    ]
    found = classify(crops)
    assert len(found) == len(crops)
    assert all(0 <= confidence <= 1 for _, confidence in found)
