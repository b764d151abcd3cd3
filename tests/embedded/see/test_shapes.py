"""Shapes are found and named in pictures that a real Chromium drew from random SVG."""

import io
import math
import random
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright

from action_space.geometry import Box
from envs.browser.install import find as find_browser
from model.embedded.eyes.shapes import find, is_a, sizes

SIDE = {"triangle": 3, "pentagon": 5, "hexagon": 6, "octagon": 8}
OUTLINES = {
    "arrow": [(-1, -0.2), (0.2, -0.2), (0.2, -0.6), (1, 0), (0.2, 0.6), (0.2, 0.2), (-1, 0.2)],
    "trapezoid": [(-0.5, -0.5), (0.5, -0.5), (1, 0.5), (-1, 0.5)],
    "parallelogram": [(-0.4, -0.45), (1, -0.45), (0.4, 0.45), (-1, 0.45)],
}
NAMES = ["circle", "ellipse", "square", "rectangle", "star", "line", "diamond", "cross", "heart", *SIDE, *OUTLINES]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        yield browser.new_page(viewport={"width": 800, "height": 600})
        browser.close()


def _points(points: list[tuple[float, float]], x: float, y: float, r: float) -> str:
    return '<polygon points="' + " ".join(f"{x + r * a:.1f},{y + r * b:.1f}" for a, b in points) + '"/>'


def _ring(count: int, inner: float = 1.0) -> list[tuple[float, float]]:
    return [
        (
            (1 if i % 2 == 0 else inner) * math.sin(2 * math.pi * i / count),
            -(1 if i % 2 == 0 else inner) * math.cos(2 * math.pi * i / count),
        )
        for i in range(count)
    ]


def _drawing(name: str, x: float, y: float, size: float, paint: str, rnd: random.Random) -> str:
    r, turn = size / 2, rnd.choice([0.0, rnd.uniform(0, 360)])
    if name == "circle":
        body = f'<circle cx="{x}" cy="{y}" r="{r}"/>'
    elif name == "ellipse":
        body = f'<ellipse cx="{x}" cy="{y}" rx="{r}" ry="{r * rnd.uniform(0.4, 0.75)}"/>'
    elif name in ("square", "rectangle"):
        w, h = (0.75 * r, 0.75 * r) if name == "square" else (r, r * rnd.uniform(0.35, 0.75))
        turn = rnd.choice([0, 0, 15, 75]) if name == "square" else turn
        body = f'<rect x="{x - w}" y="{y - h}" width="{2 * w}" height="{2 * h}"/>'
    elif name == "star":
        body = _points(_ring(10, rnd.uniform(0.38, 0.5)), x, y, r)
    elif name == "line":
        body, paint = f'<path d="M{x - r} {y}h{2 * r}"/>', f'stroke="{paint.split(chr(34))[-2]}" stroke-width="2"'
    elif name == "diamond":
        body, turn = _points([(0, -1), (0.65, 0), (0, 1), (-0.65, 0)], x, y, r), 0
    elif name == "cross":
        a = rnd.uniform(0.2, 0.35)
        arm = [
            (-1, -a),
            (-a, -a),
            (-a, -1),
            (a, -1),
            (a, -a),
            (1, -a),
            (1, a),
            (a, a),
            (a, 1),
            (-a, 1),
            (-a, a),
            (-1, a),
        ]
        body = _points(arm, x, y, r)
    elif name == "heart":
        body, turn = (
            f'<path d="M{x} {y + r}C{x - 2 * r} {y - 0.2 * r} {x - 0.8 * r} {y - 1.5 * r} {x} {y - 0.5 * r}'
            f'C{x + 0.8 * r} {y - 1.5 * r} {x + 2 * r} {y - 0.2 * r} {x} {y + r}Z"/>',
            0,
        )
    else:
        body = _points(OUTLINES.get(name) or _ring(SIDE[name]), x, y, r)
    return f'<g transform="rotate({turn:.0f} {x} {y})" {paint}>{body}</g>'


def _scene(seed: int) -> tuple[str, list[tuple[str, float, float, float, tuple[int, ...]]]]:
    rnd, truth, drawn = random.Random(seed), [], []
    ground = rnd.choice(["#ffffff", "#ffffff", "#f0f0f0", "#ffffee", "#222233", "#ccddee"])
    cell = [40, 70, 110][seed % 3]
    for top in range(0, 600 - cell, cell):
        for left in range(0, 800 - cell, cell):
            name, size = rnd.choice(NAMES), rnd.uniform(12, cell - 8)
            far = False
            while not far:
                color = tuple(rnd.randrange(256) for _ in range(3))
                far = max(abs(c - int(ground[1 + 2 * i : 3 + 2 * i], 16)) for i, c in enumerate(color)) > 80
            paint = "#{:02x}{:02x}{:02x}".format(*color)
            style = rnd.choice(
                [
                    f'fill="{paint}"',
                    f'fill="none" stroke-width="2" stroke="{paint}"',
                    f'stroke="#000" fill="{paint}"',
                ]
            )
            x, y = left + cell / 2, top + cell / 2
            drawn.append(_drawing(name, x, y, size, style, rnd))
            truth.append((name, x, y, size, color))
    svg = f'<svg width="800" height="600" style="background:{ground};display:block">{"".join(drawn)}</svg>'
    return f'<body style="margin:0">{svg}', truth


@pytest.mark.browser
def test_random_drawings(page: Page) -> None:
    total, right, colored, extra = Counter[str](), Counter[str](), 0, 0
    for seed in range(6):
        html, truth = _scene(seed)
        page.set_content(html)
        image = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        elements = find(image)
        extra += max(0, len(elements) - len(truth))
        for name, x, y, size, color in truth:
            total[name] += 1
            near = [e for e in elements if math.dist(e.box.center, (x, y)) < 0.4 * size]
            best = min(near, key=lambda e: math.dist(e.box.center, (x, y)), default=None)
            if best is not None and (best.name == name or {best.name, name} == {"square", "diamond"}):
                right[name] += 1
                colored += (
                    best.color is not None and max(abs(a - b) for a, b in zip(best.color, color, strict=True)) < 48
                )
    assert extra == 0
    assert right.total() / total.total() >= 0.94, {n: round(right[n] / total[n], 2) for n in total}
    assert min(right[n] / total[n] for n in total) >= 0.8, {n: round(right[n] / total[n], 2) for n in total}
    assert colored / right.total() >= 0.93


def test_touching_shapes_of_different_colours_in_a_frame() -> None:
    image = Image.new("RGB", (400, 320), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, 390, 310), fill=(220, 220, 255), outline="black")
    draw.rectangle((20, 150, 80, 210), fill="red")
    draw.ellipse((80, 150, 140, 210), fill="green")
    draw.polygon([(140, 210), (200, 210), (170, 150)], fill="blue")
    draw.rectangle((250, 150, 300, 200), fill="white", outline="black")
    found = find(np.asarray(image))
    assert sorted(e.name for e in found) == ["circle", "square", "square", "triangle"]
    assert {e.color for e in found} == {(255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)}
    assert all(e.kind == "shape" for e in found)


def test_regions_and_ignored_boxes() -> None:
    image = Image.new("RGB", (300, 100), "white")
    draw = ImageDraw.Draw(image)
    for left in (20, 120, 220):
        draw.ellipse((left, 30, left + 40, 70), fill="purple")
    pixels = np.asarray(image)
    assert [e.box.left for e in find(pixels)] == [20, 120, 220]
    assert [e.box.left for e in find(pixels, [Box(100, 0, 200, 100)])] == [120]
    assert [e.box.left for e in find(pixels, ignore=[Box(110, 20, 170, 80)])] == [20, 220]
    assert find(np.full((50, 50, 3), 255, np.uint8)) == []
    assert find(pixels, [Box(400, 0, 500, 50)]) == []


def test_noise_is_no_shape() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    assert len(find(noise)) <= 1


def test_sizes_and_words() -> None:
    image = Image.new("RGB", (300, 100), "white")
    draw = ImageDraw.Draw(image)
    for left, r in ((20, 10), (100, 30), (200, 11)):
        draw.ellipse((left, 20, left + 2 * r, 20 + 2 * r), fill="red")
    assert sizes(sorted(find(np.asarray(image)), key=lambda e: e.box.left)) == ["small", "large", "small"]
    assert sizes([]) == []
    assert is_a("square", "rectangle")
    assert is_a("circle", "圆形")
    assert is_a("triangle", "Triangles")
    assert not is_a("rectangle", "square")
