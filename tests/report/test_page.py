"""The report in a real browser: navigation, marks, widths, colours, print, no script of a stranger, no request."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from agent.report.page import build_report
from tests.report import make
from tests.report.conftest import Asked

pytestmark = pytest.mark.browser
STEPS = len(make.ACTIONS)
SHOWN = "[...document.querySelectorAll('.step')].filter(s => s.offsetParent !== null).map(s => s.id)"


def open_at(page: Page, report: Path, anchor: str = "") -> None:
    page.goto(report.as_uri() + anchor)
    page.wait_for_function("document.documentElement.classList.contains('js')")


def test_keys_walk_through_the_steps(page: Page, report: Path) -> None:
    open_at(page, report)
    seen = [page.evaluate(SHOWN)]
    for key in ("ArrowLeft", "ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "Home"):
        page.keyboard.press(key)
        seen.append(page.evaluate(SHOWN))
    assert seen == [["step-1"], ["step-1"], ["step-2"], ["step-3"], ["step-2"], ["end"], ["end"], ["step-1"]]


def test_keys_move_the_address_the_strip_and_the_announcement(page: Page, report: Path) -> None:
    open_at(page, report)
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("location.hash") == "#step-10"
    assert page.locator(".film [aria-current=step]").get_attribute("href") == "#step-10"
    assert page.locator(".where").inner_text() == f"Step 10 of {STEPS}"
    strip, link = page.locator(".film").bounding_box(), page.locator(".film [aria-current]").bounding_box()
    assert strip is not None
    assert link is not None
    assert strip["x"] <= link["x"]
    assert link["x"] + link["width"] <= strip["x"] + strip["width"] + 1


def test_deep_link_thumbnail_and_buttons(page: Page, report: Path) -> None:
    open_at(page, report, "#step-3")
    assert page.evaluate(SHOWN) == ["step-3"]
    page.locator(".film a").nth(6).click()
    assert page.evaluate(SHOWN) == ["step-7"]
    page.get_by_role("button", name="Next step").click()
    assert page.evaluate(SHOWN) == ["step-8"]
    page.evaluate("location.hash = '#step-2'")
    page.wait_for_function(f"{SHOWN}[0] === 'step-2'")
    page.evaluate("location.hash = '#nowhere'")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(SHOWN) == ["step-3"]


def test_arrows_scroll_a_focused_text_and_do_not_turn_the_page(page: Page, report: Path) -> None:
    open_at(page, report)
    page.locator("#step-1 pre").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(SHOWN) == ["step-1"]


def test_help_opens_and_closes(page: Page, report: Path) -> None:
    open_at(page, report)
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(SHOWN) == ["step-1"], "keys belong to the open help"
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_all_steps_under_one_another(page: Page, report: Path) -> None:
    open_at(page, report)
    page.keyboard.press("a")
    assert len(page.evaluate(SHOWN)) == STEPS + 1
    page.keyboard.press("a")
    assert page.evaluate(SHOWN) == ["step-1"]


def test_what_changed_shows_the_screen_afterwards_with_the_region(page: Page, report: Path) -> None:
    open_at(page, report)
    region, after = page.locator("#step-1 .region"), page.locator("#step-1 img.after")
    assert not region.is_visible()
    page.keyboard.press("c")
    assert region.is_visible()
    assert after.is_visible()
    assert after.get_attribute("src") == page.locator("#step-2 img.before").get_attribute("src")
    shot, box = page.locator("#step-1 .shot").bounding_box(), region.bounding_box()
    assert shot is not None
    assert box is not None
    left, top, right, bottom = (100, 50, 500, 450)  # as the trace says
    scale = shot["width"] / make.WIDTH
    expected = [left * scale, top * scale, (right - left) * scale, (bottom - top) * scale]
    actual = [box["x"] - shot["x"], box["y"] - shot["y"], box["width"], box["height"]]
    assert actual == pytest.approx(expected, abs=2)
    page.keyboard.press("c")
    assert not region.is_visible()
    assert not after.is_visible()


# For each step: its picture's box, and the middles of its marks (a click's dot, the caret's bar, a drag's ends).
PLACES = """() => [...document.querySelectorAll('.step')].map(step => {
  const box = (e) => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; };
  const marks = [...step.querySelectorAll('.marks svg.at')]
    .map(svg => box(svg.querySelector('.dot, .ring, .ink')));
  return [box(step.querySelector('img.before')), marks.map(([x, y, w, h]) => [x + w / 2, y + h / 2])];
})"""
POINTED = [n for n, action in enumerate(make.ACTIONS, 1) if "start_point" in action]


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
def test_marks_sit_within_two_pixels_of_their_points(page: Page, report: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_at(page, report)
    page.keyboard.press("a")
    places = page.evaluate(PLACES)
    for number in POINTED:
        action = make.ACTIONS[number - 1]
        (left, top, shown, high), middles = places[number - 1]
        scale = shown / make.WIDTH
        assert high == pytest.approx(make.HEIGHT * scale, abs=1)
        points = [action["start_point"], *([action["end_point"]] if "end_point" in action else [])]
        assert len(middles) == len(points), action
        for (x, y), (px, py) in zip(middles, points, strict=True):
            assert x - left == pytest.approx((px + 0.5) * scale, abs=2), action
            assert y - top == pytest.approx((py + 0.5) * scale, abs=2), action


def test_the_drag_line_runs_from_point_to_point(page: Page, report: Path) -> None:
    number = next(n for n, action in enumerate(make.ACTIONS, 1) if action["action"] == "drag")
    open_at(page, report, f"#step-{number}")
    ends = page.locator(f"#step-{number} line.ink").evaluate(
        "line => [line.x1, line.y1, line.x2, line.y2].map(v => v.baseVal.value)"
    )
    scale = page.locator(f"#step-{number} .shot").evaluate("shot => shot.clientWidth") / make.WIDTH
    assert ends == pytest.approx([scale * (part + 0.5) for part in (200, 640, 900, 420)], abs=2)


@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_step_is_wider_than_a_phone(page: Page, report: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_at(page, report)
    for all_steps in (False, True):
        if all_steps:
            page.keyboard.press("a")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        over = page.evaluate(
            """[...document.querySelectorAll('.side *, .head *, .tools *, .bubble, .caption')].filter(e =>
            e.getClientRects().length && !e.closest('svg, dialog')
            && e.getBoundingClientRect().right > innerWidth + 1).length"""
        )
        assert over == 0


def test_typed_text_keys_and_captions_are_drawn(page: Page, report: Path) -> None:
    open_at(page, report)
    page.keyboard.press("a")
    assert "小米 SU7 🚗 ⏎" in page.locator("#step-4 .bubble").inner_text()
    assert page.locator("#step-8 .keys kbd").all_inner_texts() == ["ctrl", "shift", "a"]
    assert page.locator("#step-2 circle.ink").count() == 2, "a double click has two rings"
    assert "double click" in page.locator("#step-2 .bubble").inner_text()
    assert "https://example.com/path?with=query" in page.locator("#step-12 .caption").inner_text()


def test_light_dark_and_the_button_between_them(chrome: Browser, report: Path) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        page = chrome.new_page(color_scheme=scheme)  # type: ignore[arg-type]
        open_at(page, report)
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        grounds[scheme] = page.evaluate(ground)
        page.get_by_role("button", name="Light or dark").click()
        grounds[f"{scheme}, pressed"] = page.evaluate(ground)
        page.close()
    assert grounds["light"] == grounds["dark, pressed"]
    assert grounds["dark"] == grounds["light, pressed"]
    assert grounds["light"] != grounds["dark"]


# Contrast of every visible text with the ground that lies behind it (WCAG 2).
CONTRAST = """() => {
  const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
  const linear = (v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = (c) => { const [r, g, b] = rgb(c).map(v => linear(v / 255));
    return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if ((rgb(c)[3] ?? 1) === 1) return c; } return 'rgb(255, 255, 255)'; };
  const texts = 'h1,h2,h3,p,dt,dd,pre,summary,summary i,blockquote,li,.name b,.name span,button,.bubble,.caption';
  return [...document.querySelectorAll(texts)]
    .filter(e => e.innerText && e.checkVisibility({opacityProperty: true}) && !e.disabled).map(e => {
      const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
      return [e.tagName + '.' + e.className, (a + .05) / (b + .05)]; }).filter(([, ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(chrome: Browser, report: Path, scheme: str) -> None:
    page = chrome.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    open_at(page, report, "#step-4")
    assert page.evaluate(CONTRAST) == []
    page.close()


def test_print_shows_every_step(page: Page, report: Path) -> None:
    open_at(page, report)
    page.emulate_media(media="print")
    assert len(page.evaluate(SHOWN)) == STEPS + 1
    assert not page.locator(".tools").is_visible()


def test_pictures_are_described_and_controls_are_named(page: Page, report: Path) -> None:
    open_at(page, report)
    page.keyboard.press("c")
    nameless = page.evaluate(
        """[...document.querySelectorAll('main img, button')]
        .filter(e => !(e.alt || e.ariaLabel || e.innerText || '').trim()).length"""
    )
    assert nameless == 0
    assert page.locator("main img").first.get_attribute("alt") == "Step 1: screenshot before “click “Wish list””"


def test_the_page_does_not_jump_while_it_loads(page: Page, report: Path) -> None:
    page.add_init_script(
        "window.jump = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.jump += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    open_at(page, report)
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.jump") < 0.02


def test_nothing_is_asked_of_any_network(page: Page, report: Path, asked: Asked) -> None:
    open_at(page, report)
    page.keyboard.press("a")
    page.wait_for_load_state("networkidle")
    assert [address for address in asked if not address.startswith(("data:", report.as_uri()))] == []


def test_without_scripts_every_step_is_there(chrome: Browser, report: Path) -> None:
    context = chrome.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator(".step").count() == STEPS + 1
    assert all(step.is_visible() for step in page.locator(".step").all())
    assert not page.locator(".tools").is_visible()
    context.close()


EVIL = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>"
    "\"' onmouseover=alert(4) {{ 7*7 }} </pre></style><style>body{display:none}</style>javascript:alert(5) --> ]]>"
)


def test_text_of_a_stranger_stays_text(page: Page, tmp_path: Path, asked: Asked) -> None:
    evil_action = {"action": "input", "text": EVIL, "start_point": [100, 100]}
    steps = [
        make.record(
            evil_action,
            thought=EVIL,
            title=EVIL,
            url="javascript:alert(6)//" + EVIL,
            response=EVIL,
            answers=[{"text": EVIL, "outcome": EVIL, "repairs": [EVIL], "error": EVIL}],
            effect={"text": EVIL, "region": [EVIL, 0, 1, 1]},
            error={"kind": EVIL, "message": EVIL},
            settled={"reason": EVIL, "waited_s": EVIL, "looks": EVIL},
            usage={EVIL: 3},
            notes=[EVIL],
        ),
        make.record({"action": EVIL, "keys": [EVIL]}, screenshot_file="../../etc/" + EVIL),
        make.record({"action": "press", "keys": [EVIL]}),
        make.record({"action": "navigate", "url": EVIL}),
    ]
    result = make.VERIFIED | {"status": EVIL, "reason": EVIL, "answer": EVIL, "verdict": {"reason": EVIL}}
    report = build_report(make.write(tmp_path, steps, result=result, task=EVIL))
    open_at(page, report)
    page.keyboard.press("a")
    for link in page.locator("summary").all():
        link.click()
    page.locator(".shot").first.hover()
    page.wait_for_load_state("networkidle")
    assert [line for line in asked if not line.startswith(("data:", report.as_uri()))] == []
    assert page.locator("script").count() == 1
    assert page.locator("style").count() == 1
    assert page.locator("[onerror], [onload], [onmouseover], a[href^=javascript]").count() == 0
    assert page.locator("h1").inner_text().startswith("</script><script>alert(1)")
    assert "{{ 7*7 }}" in page.locator("blockquote").first.inner_text()


def test_the_policy_stops_a_script_even_if_one_got_in(page: Page, report: Path, tmp_path: Path) -> None:
    html = report.read_text("utf-8").replace("</main>", "<script>window.evil = 1</script></main>")
    (tmp_path / "report.html").write_text(html, "utf-8")
    open_at(page, tmp_path / "report.html")
    assert page.evaluate("window.evil") is None
    assert re.search(r"default-src 'none'", html)
