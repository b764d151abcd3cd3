"""List boxes, whose list a headless capture would not show: chosen by pixels, by keys, and by `select`."""

from __future__ import annotations

import pytest

from action_space.actions import BaseAction, Click, Press, Scroll, Select
from envs.base import StepResult
from envs.browser.environment import BrowserEnvironment

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: BrowserEnvironment, site: str) -> BrowserEnvironment:
    browser.goto(f"{site}/lists")
    return browser


def do(env: BrowserEnvironment, action: BaseAction) -> StepResult:
    outcome = env.execute(action, env.observe())
    assert outcome.error is None
    return outcome


def log(env: BrowserEnvironment) -> list[str]:
    return list(env.evaluate("log"))


def test_the_list_is_seen_and_chosen_from(page: BrowserEnvironment) -> None:
    opened = do(page, Click(start_point=(100, 35)))
    region = opened.effect.region
    assert region is not None
    assert region.bottom > 100  # rows below the closed box
    chosen = do(page, Click(start_point=(60, 50 + 16 * 3 + 10)))  # the third row
    assert page.evaluate("a.value") in ("Green", "Blue")
    assert log(page) == [f"input a {page.evaluate('a.value')}", f"change a {page.evaluate('a.value')}"]
    assert chosen.observation.screenshot.getpixel((100, 120)) == (255, 255, 255)


def test_escape_and_a_click_outside_close_it(page: BrowserEnvironment) -> None:
    before = do(page, Click(start_point=(700, 400))).observation
    do(page, Click(start_point=(100, 35)))
    do(page, Press(keys=("escape",)))
    do(page, Click(start_point=(100, 35)))
    after = do(page, Click(start_point=(520, 525))).observation
    assert log(page) == ["below"]
    assert after.screenshot.getpixel((60, 90)) == before.screenshot.getpixel((60, 90))


def test_keys(page: BrowserEnvironment) -> None:
    do(page, Press(keys=("tab",)))
    assert not do(page, Press(keys=("space",))).effect.nothing
    do(page, Press(keys=("down",)))
    do(page, Press(keys=("down",)))
    do(page, Press(keys=("down",)))  # the fourth is disabled
    do(page, Press(keys=("enter",)))
    assert log(page) == ["input a Blue", "change a Blue"]


def test_a_disabled_option_is_not_chosen(page: BrowserEnvironment) -> None:
    do(page, Click(start_point=(100, 35)))
    bottom = int(page.evaluate("a.getBoundingClientRect().bottom"))
    do(page, Click(start_point=(60, bottom + 4 * 20)))
    assert "change a Black" not in log(page)


def test_a_long_list_scrolls(page: BrowserEnvironment) -> None:
    first = do(page, Click(start_point=(400, 315)))
    scrolled = do(page, Scroll(direction="down", scroll_distance=600, start_point=(400, 400)))
    assert not scrolled.effect.nothing
    assert page.evaluate("scrollY") == 0
    do(page, Click(start_point=(340, 420)))
    assert int(str(page.evaluate("c.value")).split()[1]) > 20
    assert first.observation.tabs == scrolled.observation.tabs


@pytest.mark.parametrize(
    ("text", "point", "value"),
    [
        ("Blue", (100, 35), "Blue"),
        ("green", (100, 35), "Green"),
        ("Gre", (100, 35), "Green"),
        ("Ice", (100, 275), "Ice"),
        ("Item 42", (400, 315), "Item 42"),
        ("Ice", None, "Ice"),
    ],
)
def test_select_by_name(page: BrowserEnvironment, text: str, point: tuple[int, int] | None, value: str) -> None:
    do(page, Select(text=text, start_point=point))
    name = {"Ice": "b", "Item 42": "c"}.get(value, "a")
    assert log(page) == [f"input {name} {value}", f"change {name} {value}"]


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("Purple", "not_found", "'Red', 'Green', 'Blue'"),
        ("e", "not_found", "'Red'"),
        ("Black", "refused", "disabled"),
    ],
)
def test_select_says_what_there_is(page: BrowserEnvironment, text: str, kind: str, says: str) -> None:
    outcome = page.execute(Select(text=text, start_point=(100, 35)), page.observe())
    assert outcome.error is not None
    assert outcome.error.kind == kind
    assert says in outcome.error.message
    assert log(page) == []


def test_a_list_of_many_choices_is_left_to_the_browser(page: BrowserEnvironment) -> None:
    do(page, Click(start_point=(320, 50)))
    assert log(page)[-1].startswith("change m")
    do(page, Select(text="Z", start_point=(320, 50)))
    assert page.evaluate("[...m.selectedOptions].map(o => o.value)") == ["Z"]


def test_the_page_sees_nothing_of_it(page: BrowserEnvironment) -> None:
    assert page.evaluate("typeof guiAgentWatch") == "undefined"
    assert page.evaluate("setTimeout.name + setTimeout.length") == "setTimeout1"
    assert "[native code]" in page.evaluate("String(setTimeout)")
    do(page, Click(start_point=(100, 35)))
    assert page.evaluate("[...document.querySelectorAll('*')].every(e => !e.shadowRoot)")
