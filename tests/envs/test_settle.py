"""No step is taken before the page has come to rest, and none waits for what never rests."""

from __future__ import annotations

import pytest

from action_space.actions import BaseAction, Click, Input
from envs.base import StepResult
from envs.browser.environment import BrowserEnvironment
from envs.effect import changed_pixels

pytestmark = pytest.mark.browser

BUTTONS = ["timer", "fetch", "chain", "fade", "go", "spin", "ticks", "later", "toast", "forever", "stream"]


@pytest.fixture
def page(browser: BrowserEnvironment, site: str) -> BrowserEnvironment:
    browser.goto(f"{site}/late")
    return browser


def do(env: BrowserEnvironment, action: BaseAction) -> StepResult:
    outcome = env.execute(action, env.observe())
    assert outcome.error is None
    return outcome


def press(env: BrowserEnvironment, name: str) -> StepResult:
    return do(env, Click(start_point=(100, 20 + 40 * BUTTONS.index(name))))


def is_final(env: BrowserEnvironment, outcome: StepResult) -> bool:
    """Whether the page still looks as the outcome says, once it has nothing left to do."""
    env.evaluate("new Promise(done => setTimeout(done, 1200))")
    share, _ = changed_pixels(outcome.observation.screenshot, env.observe().screenshot)
    return share == 0


@pytest.mark.parametrize("name", ["timer", "fetch", "chain", "ticks", "toast"])
def test_a_late_change_is_waited_for(page: BrowserEnvironment, name: str) -> None:
    outcome = press(page, name)
    assert outcome.settled.reason == "stable"
    assert page.evaluate("state") == "done"
    assert is_final(page, outcome)


def test_a_transition_is_waited_for(page: BrowserEnvironment) -> None:
    outcome = press(page, "fade")
    assert outcome.observation.screenshot.getpixel((600, 150)) == (0, 0, 255)


@pytest.mark.parametrize("name", ["go", "later"])
def test_a_slow_page_is_waited_for(page: BrowserEnvironment, name: str) -> None:
    outcome = press(page, name)
    assert outcome.observation.title == "Arrived"
    assert outcome.effect.url is not None
    assert outcome.settled.reason == "stable"
    assert is_final(page, outcome)


def test_an_endless_spinner_is_no_reason_to_wait(page: BrowserEnvironment) -> None:
    assert press(page, "spin").settled.reason == "animation"
    outcome = press(page, "timer")
    assert outcome.settled.reason == "animation"
    assert page.evaluate("state") == "done"


@pytest.mark.parametrize("name", ["forever", "stream"])
def test_what_never_ends_is_no_reason_to_wait(page: BrowserEnvironment, name: str) -> None:
    assert press(page, name).settled.reason == "stable"
    assert press(page, "toast").settled.reason == "stable"


def test_a_quiet_page_needs_two_looks(page: BrowserEnvironment) -> None:
    outcome = do(page, Click(start_point=(700, 600)))
    assert outcome.settled.reason == "stable"
    assert outcome.settled.looks == 2
    assert outcome.effect.nothing


def test_a_blinking_caret_is_no_change(page: BrowserEnvironment) -> None:
    focused = do(page, Click(start_point=(100, 40 * len(BUTTONS) + 20)))
    for _ in range(4):
        page.evaluate("new Promise(done => setTimeout(done, 260))")
        outcome = page.execute(Click(start_point=(700, 650)), focused.observation)
        page.evaluate("field.focus()")
        assert outcome.settled.reason == "stable"
    shots = []
    for _ in range(6):
        page.evaluate("new Promise(done => setTimeout(done, 260))")
        shots.append(page.observe().screenshot)
    assert all(changed_pixels(shots[0], shot)[0] == 0 for shot in shots[1:])
    assert do(page, Input(text="x")).effect.changed > 0


def test_the_limit_holds(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/late")
    browser.evaluate(
        "n = 0; document.body.style.font = '300px serif'; setInterval(() => document.body.textContent = n++, 5)"
    )
    outcome = browser.execute(Click(start_point=(700, 600)), browser.observe())
    assert outcome.settled.reason == "timeout"
    browser.goto("about:blank")
