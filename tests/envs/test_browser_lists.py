"""Drawn lists wherever a list box can stand: zoomed, turned around, in small frames, in closed trees."""

from __future__ import annotations

import time

import pytest

from action_space.actions import BaseAction, Click, Input, Press, Select
from action_space.geometry import Box
from envs.base import StepResult
from envs.browser.environment import BrowserEnvironment

from .pages import LIST_PAGES

pytestmark = pytest.mark.browser
OPTIONS = ["Red", "Green", "Blue", "Black", "White"]
# Where the list box is in the window, by way of the frames that hold it, in CSS pixels as the picture shows them.
PLACE = """(() => {
  let doc = document, x = 0, y = 0, k = 1
  for (const id of ['g', 'f']) {
    const frame = doc?.getElementById(id)
    if (!frame) continue
    const r = frame.getBoundingClientRect(), s = r.width / frame.offsetWidth
    x += (r.left + frame.clientLeft * s) * k; y += (r.top + frame.clientTop * s) * k
    k *= s; doc = frame.contentDocument
  }
  const r = doc?.getElementById('s')?.getBoundingClientRect()
  return r && [x + r.left * k, y + r.top * k, x + r.right * k, y + r.bottom * k]
})()"""
CHOSEN = """(() => { let doc = document
  for (const id of ['g', 'f']) doc = doc.getElementById(id)?.contentDocument || doc
  return doc.getElementById('s').value })()"""


def placed(env: BrowserEnvironment) -> list[float]:
    """The list box's edges, once the frames that hold it are there."""
    end = time.monotonic() + 20
    while not (box := env.evaluate(PLACE)) and time.monotonic() < end:
        time.sleep(0.05)
    return list(box)


def do(env: BrowserEnvironment, action: BaseAction) -> StepResult:
    outcome = env.execute(action, env.observe())
    assert outcome.error is None
    return outcome


def middle(box: list[float]) -> tuple[int, int]:
    return int((box[0] + box[2]) / 2), int((box[1] + box[3]) / 2)


def rows(opened: StepResult, control: list[float]) -> Box:
    """The drawn list: what changed below the control, or above it."""
    region = opened.effect.region
    assert region is not None
    if region.bottom - control[3] > control[1] - region.top:
        return Box(region.left, int(control[3]) + 1, region.right, region.bottom)
    return Box(region.left, region.top, region.right, int(control[1]) - 1)


@pytest.mark.parametrize("name", sorted(LIST_PAGES))
def test_the_list_is_drawn_whole_beside_its_box_and_chosen_from(
    browser: BrowserEnvironment, site: str, name: str
) -> None:
    browser.goto(f"{site}/list-{name.replace(' ', '-')}")
    control = placed(browser)
    opened = do(browser, Click(start_point=middle(control)))
    drawn = rows(opened, control)
    scale = (control[3] - control[1]) / 26
    assert drawn.height > 5 * 15 * scale  # all five rows
    assert abs(drawn.left - control[0]) < 24 or abs(drawn.right - control[2]) < 24
    for number in (2, 4, 0):
        third = drawn.top + drawn.height * (number + 0.5) / len(OPTIONS)
        do(browser, Click(start_point=(int(drawn.center[0]), int(third))))
        assert browser.evaluate(CHOSEN) == OPTIONS[number]
        opened = do(browser, Click(start_point=middle(control)))
        assert not opened.effect.nothing
    do(browser, Press(keys=("down",)))
    do(browser, Press(keys=("enter",)))
    assert browser.evaluate(CHOSEN) == "Green"
    closed = do(browser, Click(start_point=middle(control)))
    gone = do(browser, Press(keys=("escape",)))
    assert rows(closed, control).height == rows(gone, control).height
    assert browser.evaluate(CHOSEN) == "Green"


def test_a_list_in_a_frame_of_another_site(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/plain")
    other = site.replace("127.0.0.1", "localhost")
    browser.evaluate(
        f"""new Promise(done => {{
        document.body.innerHTML = "<iframe id=f style='border:0;width:200px;height:30px'>"
        f.onload = () => done(1); f.src = '{other}/list-bare' }})"""
    )
    left, top = browser.evaluate("(() => { const r = f.getBoundingClientRect(); return [r.left, r.top] })()")
    control = [left, top, left + 60, top + 26]
    opened = do(browser, Click(start_point=middle(control)))
    drawn = rows(opened, control)
    assert drawn.height > 75
    do(browser, Click(start_point=(int(drawn.left) + 20, int(drawn.top + drawn.height * 0.9))))
    assert do(browser, Click(start_point=(700, 500))).error is None
    chosen = browser.execute(Select(text="White", start_point=middle(control)), browser.observe())
    assert chosen.error is None
    told = browser.execute(Select(text="Purple", start_point=middle(control)), browser.observe())
    assert told.error is not None
    assert "'White'" in told.error.message


def test_a_click_elsewhere_closes_the_list_of_a_frame(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/list-small-frame")
    before = browser.observe()
    control = placed(browser)
    do(browser, Click(start_point=middle(control)))
    after = do(browser, Click(start_point=(700, 500))).observation
    point = (int(control[0]) + 10, int(control[3]) + 60)
    assert after.screenshot.getpixel(point) == before.screenshot.getpixel(point)
    assert browser.evaluate(CHOSEN) == "Red"


def test_a_list_in_a_closed_tree(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/closed")
    opened = do(browser, Click(start_point=(100, 20)))
    assert opened.effect.region is not None
    assert opened.effect.region.bottom > 80
    do(browser, Click(start_point=(60, 40 + 16 * 2)))
    assert browser.observe().title in ("Medium", "Large")
    do(browser, Click(start_point=(100, 20)))
    do(browser, Press(keys=("home",)))
    do(browser, Press(keys=("enter",)))
    assert browser.observe().title == "Small"
    do(browser, Press(keys=("space",)))
    do(browser, Press(keys=("end",)))
    do(browser, Press(keys=("enter",)))
    assert browser.observe().title == "Large"
    assert do(browser, Select(text="Medium", start_point=(100, 20))).observation.title == "Medium"


def test_slotted_words_are_selected(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/closed")
    do(browser, Select(text="Slotted words"))
    assert browser.evaluate("getSelection().toString()") == "Slotted words"


def test_a_datalist(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/datalist")
    opened = do(browser, Click(start_point=(100, 20)))
    assert opened.effect.region is not None
    assert opened.effect.region.bottom > 90  # three rows below the field
    do(browser, Input(text="Pr"))
    do(browser, Press(keys=("down",)))
    do(browser, Press(keys=("enter",)))
    assert browser.evaluate("city.value") == "Prague"
    assert browser.evaluate("log")[-2:] == ["input Prague", "change Prague"]
    do(browser, Input(text="berl", start_point=(100, 20), clear=True))
    chosen = do(browser, Click(start_point=(60, 40 + 12)))
    assert browser.evaluate("city.value") == "BER"
    assert not chosen.effect.nothing
    do(browser, Input(text="Nowhere", start_point=(100, 20), clear=True, submit=True))
    assert browser.evaluate("city.value") == "Nowhere"  # a field takes any text
    before = browser.observe().screenshot
    assert before.getpixel((60, 60)) == (255, 255, 255)
