"""Every pointer and key action, at device pixel ratios 1 and 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from action_space.actions import (
    AppSwitch,
    BaseAction,
    Click,
    Drag,
    Hover,
    Input,
    LongPress,
    Open,
    Press,
    Scroll,
    Select,
    Wait,
)
from envs.base import StepResult
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=[1.0, 2.0])
def browser(request: pytest.FixtureRequest) -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(viewport=(1000, 700), pixel_ratio=request.param)) as env:
        yield env


@pytest.fixture
def page(browser: BrowserEnvironment, site: str) -> BrowserEnvironment:
    browser.goto(f"{site}/inputs")
    return browser


@pytest.fixture
def at(browser: BrowserEnvironment) -> Callable[[int, int], tuple[int, int]]:
    """Screenshot pixel for a CSS pixel."""
    ratio = int(browser.config.pixel_ratio)
    return lambda x, y: (x * ratio, y * ratio)


def do(env: BrowserEnvironment, action: BaseAction) -> StepResult:
    outcome = env.execute(action, env.observe())
    assert outcome.error is None
    return outcome


def test_the_screenshot_has_the_device_pixels(page: BrowserEnvironment) -> None:
    seen = page.observe()
    ratio = page.config.pixel_ratio
    assert seen.screenshot.size == (1000 * ratio, 700 * ratio)
    assert seen.frame.pixel_ratio == (ratio, ratio)
    assert page.evaluate("devicePixelRatio") == ratio
    assert seen.screenshot.getpixel((int(70 * ratio), int(180 * ratio))) == (0xDD, 0xDD, 0xDD)
    assert seen.title == "Inputs"
    assert seen.png is not None


def test_click(page: BrowserEnvironment, at: Any) -> None:
    outcome = do(page, Click(start_point=at(70, 90)))
    assert page.evaluate("go.textContent") == "Gone"
    box = outcome.effect.region
    assert box is not None
    assert box.intersection(type(box)(*at(20, 70), *at(120, 110))) == box


@pytest.mark.parametrize(
    ("fields", "last"),
    [
        ({"clicks": 2}, ["dblclick", 0, 2, False, False, False]),
        ({"clicks": 3}, ["click", 0, 3, False, False, False]),
        ({"button": "right"}, ["contextmenu", 2, 0, False, False, False]),
        ({"button": "middle"}, ["auxclick", 1, 1, False, False, False]),
        ({"modifiers": ("shift", "alt")}, ["click", 0, 1, False, True, True]),
        ({"modifiers": ("ctrl",)}, ["click", 0, 1, True, False, False]),
    ],
)
def test_click_variants(page: BrowserEnvironment, at: Any, fields: dict[str, Any], last: list[Any]) -> None:
    do(page, Click(start_point=at(70, 180), **fields))
    events = [entry for entry in page.evaluate("log") if entry[0] == last[0]]
    assert events
    assert events[-1][:6] == last
    assert [int(value) for value in events[-1][6:]] == [70, 180]


@pytest.mark.parametrize("text", ["SU7", "小米 SU7 🚗👨‍👩‍👧", "a\tb", "<b>&amp;\"'", "Ünïcode ±", "x" * 900])
def test_input_is_exact(page: BrowserEnvironment, at: Any, text: str) -> None:
    do(page, Input(text=text, start_point=at(300, 50)))
    assert page.evaluate("area.value") == text


def test_input_presses_keys_and_clears(page: BrowserEnvironment, at: Any) -> None:
    do(page, Input(text="old words", start_point=at(100, 35)))
    do(page, Input(text="ab", start_point=at(100, 35), clear=True, submit=True))
    assert page.evaluate("document.getElementById('name').value") == "ab"
    assert page.evaluate("log")[-3:] == ["a", "b", "Enter"]


def test_a_line_break_is_one_enter(page: BrowserEnvironment, at: Any) -> None:
    do(page, Input(text="one\r\ntwo\n\nthree", start_point=at(300, 50)))
    assert page.evaluate("area.value") == "one\ntwo\n\nthree"


def test_press(page: BrowserEnvironment, at: Any) -> None:
    do(page, Input(text="abc", start_point=at(100, 35)))
    do(page, Press(keys=("ctrl", "a")))
    outcome = do(page, Press(keys=("Delete",)))
    assert page.evaluate("document.getElementById('name').value") == ""
    assert not outcome.effect.nothing
    do(page, Press(keys=("é",)))
    assert page.evaluate("document.getElementById('name').value") == "é"


def test_one_typed_letter_is_a_change(page: BrowserEnvironment, at: Any) -> None:
    do(page, Click(start_point=at(100, 35)))
    for letter in "lI.":
        assert do(page, Input(text=letter)).effect.changed > 0


def test_scroll(page: BrowserEnvironment, at: Any) -> None:
    distance = at(400, 0)[0]
    assert do(page, Scroll(direction="down", scroll_distance=distance)).effect.changed > 0
    assert page.evaluate("[scrollX, scrollY]") == [0, 400]
    do(page, Scroll(direction="right", scroll_distance=distance))
    assert page.evaluate("[scrollX, scrollY]") == [400, 400]
    do(page, Scroll(direction="left", scroll_distance=distance))
    do(page, Scroll(direction="up"))
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    do(page, Scroll(direction="down"))
    assert abs(page.evaluate("scrollY") - 700 * 2 / 3) < 2
    assert do(page, Scroll(direction="left")).effect.nothing


def test_scroll_at_a_point(page: BrowserEnvironment, at: Any) -> None:
    do(page, Scroll(direction="down", scroll_distance=at(60, 0)[0], start_point=at(100, 300)))
    assert page.evaluate("[scrollY, box.scrollTop]") == [0, 60]


def test_drag_a_slider(page: BrowserEnvironment, at: Any) -> None:
    do(page, Drag(start_point=at(148, 145), end_point=at(290, 145)))
    assert 45 <= int(page.evaluate("range.value")) <= 55


def test_drag_and_drop(page: BrowserEnvironment, at: Any) -> None:
    do(page, Drag(start_point=at(180, 200), end_point=at(340, 200)))
    assert "dropped cargo" in page.evaluate("log")


def test_longpress(page: BrowserEnvironment, at: Any) -> None:
    page.evaluate("pad.onmousedown = () => t = performance.now()")
    page.evaluate("pad.onmouseup = () => held = performance.now() - t")
    do(page, LongPress(start_point=at(70, 180), duration_ms=300))
    assert page.evaluate("held") >= 290


def test_hover_and_wait(page: BrowserEnvironment, at: Any) -> None:
    do(page, Hover(start_point=at(500, 500)))
    outcome = do(page, Hover(start_point=at(70, 180)))
    assert outcome.observation.screenshot.getpixel(at(70, 180)) == (0, 255, 0)
    assert do(page, Wait(duration_ms=10)).effect.nothing
    assert do(page, Hover()).effect.nothing


def test_frames_and_shadow_dom_are_reached(page: BrowserEnvironment, at: Any) -> None:
    do(page, Click(start_point=at(500, 40)))
    do(page, Click(start_point=at(280, 270)))
    assert page.evaluate("log") == ["frame", "shadow"]


def test_a_list_box_in_a_frame(page: BrowserEnvironment, at: Any) -> None:
    where = at(600, 35)  # beside the button, inside the frame
    do(page, Select(text="Two", start_point=where))
    assert page.evaluate("frame.contentDocument.querySelector('select').value") == "Two"
    assert not do(page, Click(start_point=where)).effect.nothing


@pytest.mark.parametrize("text", ["quick brown", "linked words", "FOX"])
def test_select_text(page: BrowserEnvironment, text: str) -> None:
    outcome = do(page, Select(text=text))
    assert page.evaluate("getSelection().toString()").lower() == text.lower()
    assert not outcome.effect.nothing


def test_select_text_that_is_not_there(page: BrowserEnvironment) -> None:
    outcome = page.execute(Select(text="slow"), page.observe())
    assert outcome.error is not None
    assert outcome.error.kind == "not_found"


def test_points_outside_are_refused(page: BrowserEnvironment, at: Any) -> None:
    for point in (at(1000, 10), at(10, 700)):
        outcome = page.execute(Click(start_point=point), page.observe())
        assert outcome.error is not None
        assert outcome.error.kind == "out_of_bounds"
        assert str(point[0]) in outcome.error.message
        assert outcome.effect.nothing
    assert page.evaluate("log") == []


@pytest.mark.parametrize("action", [Open(app="Editor"), AppSwitch(app="Editor")])
def test_a_browser_has_no_applications(page: BrowserEnvironment, action: BaseAction) -> None:
    outcome = page.execute(action, page.observe())
    assert outcome.error is not None
    assert outcome.error.kind == "unsupported"
    assert action.action not in page.actions
