"""The demo store in a real browser: sizes, requests, double clicks, reloads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from action_space.actions import Click, Hover, Press
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.sites import open_site
from envs.tasks.oracle.browser import Oracle
from envs.tasks.schema import OracleStep

pytestmark = pytest.mark.browser
PATHS = ("", "models", "product/su7", "cart", "compare", "test-drive")
_WIDER = """() => [...document.querySelectorAll('body *')]
  .filter(e => !e.closest('.scroller') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + '.' + e.className).slice(0, 3)"""
_POINT = """css => { const e = document.querySelector(css), b = e.getBoundingClientRect();
  return [b.left + b.width / 2, b.top + b.height / 2]; }"""
_LOADED = "() => performance.getEntries().map(e => e.name).filter(n => n.startsWith('http'))"


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(viewport=(1280, 800))) as environment:
        yield environment


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (390, 844)])
def test_no_page_is_wider_than_the_screen_and_nothing_comes_from_outside(size: tuple[int, int]) -> None:
    with BrowserEnvironment(BrowserConfig(viewport=size)) as browser:
        for seed, lang in ((0, "en"), (5, "zh"), (9, "en"), (10, "en")):
            with open_site("store", seed, lang=lang) as site:
                site.prepare(
                    {"cart": [{"product": "yu7"}], "compare": ["su7", "yu7", "su7-ultra"], "user": "alexandra"}
                )
                for path in PATHS:
                    browser.goto(site.url + path)
                    assert browser.evaluate(_WIDER) == [], (seed, path)
                    loaded = browser.evaluate(_LOADED)
                    assert loaded
                    assert all(name.startswith(site.url) for name in loaded)
                assert site.faults == []


def test_chinese_is_drawn(browser: BrowserEnvironment) -> None:
    with open_site("store", 4, lang="zh", popup=False, cookies="none") as site:
        browser.goto(site.url)
        assert "车" in browser.evaluate("() => document.body.innerText")
        # A missing glyph is drawn as the same box for every character.
        drawn = """text => { const c = document.createElement('canvas').getContext('2d');
          c.font = '32px ' + getComputedStyle(document.body).fontFamily; c.fillText(text, 4, 40);
          return c.getImageData(0, 0, 60, 60).data.reduce((a, b, i) => (a * 31 + b * (i % 97)) % 1000003, 7); }"""
        assert len({browser.evaluate(drawn, char) for char in "加入心愿单购物车"}) == 8


def test_a_double_click_on_the_heart_adds_once_and_a_reload_keeps_it(browser: BrowserEnvironment) -> None:
    with open_site("store", 2, lang="en", popup=False, cookies="none") as site:
        browser.goto(site.url + "product/su7")
        seen = browser.observe()
        x, y = browser.evaluate(_POINT, ".buy .heart")
        seen = browser.execute(Click(start_point=seen.frame.device_to_screen(x, y), clicks=2), seen).observation
        assert [entry["product"] for entry in site.state()["wishlist"]] == ["su7"]
        browser.execute(Press(keys=("f5",)), seen)
        assert (
            browser.evaluate("() => document.querySelector('.buy .heart').getAttribute('aria-pressed')") == "true"
        )
        assert len(site.state()["wishlist"]) == 1


def test_the_name_of_a_paint_shows_on_hover_and_on_selection(browser: BrowserEnvironment) -> None:
    with open_site("store", 2, lang="en", popup=False, cookies="none") as site:
        browser.goto(site.url + "product/su7")
        seen = browser.observe()
        swatch = ".option-paint [data-args*='lava-orange']"
        tip = "css => getComputedStyle(document.querySelector(css + ' .tip')).display"
        assert browser.evaluate(tip, swatch) == "none"
        point = seen.frame.device_to_screen(*browser.evaluate(_POINT, swatch))
        outcome = browser.execute(Hover(start_point=point), seen)
        assert browser.evaluate(tip, swatch) == "block"
        browser.execute(Click(start_point=point), outcome.observation)
        assert (
            browser.evaluate("() => document.querySelector('.option-paint legend strong').textContent")
            == "Lava Orange"
        )
        assert site.state()["drafts"]["su7"]["configuration"]["paint"] == "lava-orange"
        assert "#e8591c" in browser.evaluate("() => document.querySelector('.gallery svg').outerHTML")


def test_the_newsletter_box_comes_up_and_goes_for_good(browser: BrowserEnvironment) -> None:
    with open_site("store", 2, lang="en", popup=True, cookies="none") as site:
        browser.goto(site.url)
        Oracle(browser).do(OracleStep(click="header a[href='/cart']"))
        assert site.state()["view"] == {"page": "cart"}
        assert site.state()["popup"] is False
        assert site.state()["newsletter"] == []
