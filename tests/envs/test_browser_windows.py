"""Tabs, pop-ups, dialogs, downloads and uploads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from action_space.actions import (
    Back,
    BaseAction,
    Click,
    CloseTab,
    Dialog,
    Input,
    Navigate,
    NewTab,
    Press,
    Scroll,
    SwitchTab,
    Upload,
)
from envs.base import StepResult, TargetClosed
from envs.browser.config import BrowserConfig
from envs.browser.dialog import layout
from envs.browser.environment import BrowserEnvironment
from envs.effect import describe

pytestmark = pytest.mark.browser


def row(number: int) -> tuple[int, int]:
    """The middle of the page's n-th button."""
    return 100, 20 + 40 * number


def do(env: BrowserEnvironment, action: BaseAction) -> StepResult:
    outcome = env.execute(action, env.observe())
    assert outcome.error is None
    return outcome


@pytest.fixture
def env(browser: BrowserEnvironment, site: str) -> Iterator[BrowserEnvironment]:
    yield browser
    while (seen := browser.observe()).dialog:
        browser.execute(Dialog(response="accept"), seen)
    while len(browser.observe().tabs) > 1:
        do(browser, CloseTab())
    browser.goto("about:blank")


def test_tabs(env: BrowserEnvironment, site: str) -> None:
    env.goto(f"{site}/tabs")
    opened = do(env, Click(start_point=row(0)))
    assert opened.effect.tabs == 1
    assert opened.effect.active_tab
    assert "a new tab opened" in describe(opened.effect)
    assert [tab.title for tab in opened.observation.tabs] == ["Tabs", "Plain"]
    assert opened.observation.title == "Plain"
    back = do(env, SwitchTab(index=0))
    assert back.observation.title == "Tabs"
    assert back.effect.active_tab
    third = do(env, NewTab(url=f"{site}/"))
    assert [tab.active for tab in third.observation.tabs] == [False, False, True]
    closed = do(env, CloseTab())
    assert closed.observation.title == "Tabs"  # the tab before it, in the order of use
    assert closed.effect.tabs == -1
    assert do(env, CloseTab(index=1)).observation.title == "Tabs"
    last = env.execute(CloseTab(), env.observe())
    assert last.error is not None
    assert last.error.kind == "refused"


def test_a_site_that_closes_its_tab(env: BrowserEnvironment, site: str) -> None:
    env.goto(f"{site}/tabs")
    assert do(env, Click(start_point=row(1))).observation.title == "Closes"
    closed = do(env, Click(start_point=row(0)))
    assert closed.observation.title == "Tabs"
    assert closed.effect.tabs == -1


def test_a_window_of_its_own_size(env: BrowserEnvironment, site: str) -> None:
    env.goto(f"{site}/tabs")
    opened = do(env, Click(start_point=row(2)))
    assert opened.observation.screenshot.size == (400, 300)
    assert opened.effect.changed == 1


def test_the_last_tab_closed_by_the_site(site: str) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/tabs")) as env:
        do(env, Click(start_point=row(1)))
        do(env, CloseTab(index=0))
        with pytest.raises(TargetClosed, match="last tab was closed"):
            env.execute(Click(start_point=row(0)), env.observe())
        with pytest.raises(TargetClosed):
            env.observe()


def test_history(env: BrowserEnvironment, site: str) -> None:
    env.goto(f"{site}/plain")
    do(env, Navigate(url=f"{site}/"))
    assert do(env, Back()).observation.title == "Plain"
    assert do(env, Press(keys=("alt", "right"))).observation.title == "Home"
    missing = env.execute(Navigate(url="http://nobody.invalid/"), env.observe())
    assert missing.error is not None
    assert "did not load" in missing.error.message
    fresh = do(env, NewTab())
    nowhere = env.execute(Back(), fresh.observation)
    assert nowhere.error is not None
    assert nowhere.error.kind == "refused"
    absent = env.execute(SwitchTab(index=7), env.observe())
    assert absent.error is not None
    assert absent.error.kind == "not_found"


def test_an_alert_is_drawn_and_answered(env: BrowserEnvironment, site: str) -> None:
    env.goto(f"{site}/dialogs")
    before = env.observe()
    opened = env.execute(Click(start_point=row(0)), before)
    seen = opened.observation
    assert opened.effect.dialog == "opened"
    assert opened.settled.reason == "dialog"
    assert seen.dialog is not None
    assert seen.dialog.message == "Hello\nthere 你好"
    parts = layout(seen.dialog, f"{site}/dialogs", seen.screenshot.size, 1.0)
    assert parts.title == f"{site.removeprefix('http://')} says"
    assert parts.dismiss is None
    assert seen.screenshot.getpixel((int(parts.accept.left + 12), int(parts.accept.top + 8))) == (11, 87, 208)
    assert sum(seen.screenshot.getpixel((900, 600))) < sum(before.screenshot.getpixel((900, 600)))
    assert env.observe().dialog == seen.dialog
    refused = env.execute(Scroll(direction="down"), seen)
    assert refused.error is not None
    assert "dialog" in refused.error.message
    outside = do(env, Click(start_point=(900, 600)))
    assert outside.effect.nothing
    x, y = parts.accept.center
    closed = do(env, Click(start_point=(int(x), int(y))))
    assert closed.effect.dialog == "closed"
    assert env.evaluate("said") == "alerted"


@pytest.mark.parametrize(("action", "said"), [("accept", True), ("dismiss", False)])
def test_confirm(env: BrowserEnvironment, site: str, action: str, said: bool) -> None:
    env.goto(f"{site}/dialogs")
    seen = do(env, Click(start_point=row(1))).observation
    assert seen.dialog is not None
    parts = layout(seen.dialog, f"{site}/dialogs", seen.screenshot.size, 1.0)
    button = parts.accept if said else parts.dismiss
    assert button is not None
    do(env, Click(start_point=(int(button.center[0]), int(button.center[1]))))
    assert env.evaluate("said") is said
    do(env, Click(start_point=row(1)))
    do(env, Press(keys=("enter" if said else "escape",)))
    assert env.evaluate("said") is said


def test_prompt(env: BrowserEnvironment, site: str) -> None:
    env.goto(f"{site}/dialogs")
    do(env, Click(start_point=row(2)))
    typed = do(env, Input(text="小米"))
    assert typed.observation.dialog is not None
    assert typed.observation.dialog.default == "小米"  # the default was selected, so typing replaced it
    assert typed.effect.changed > 0
    do(env, Press(keys=("7",)))
    do(env, Press(keys=("enter",)))
    assert env.evaluate("said") == "小米7"
    do(env, Click(start_point=row(2)))
    do(env, Dialog(response="accept", text="Ann"))
    assert env.evaluate("said") == "Ann"
    none = env.execute(Dialog(response="accept"), env.observe())
    assert none.error is not None
    assert none.error.kind == "not_found"


def test_a_dialog_amid_typing_a_late_one_and_one_on_pressing(env: BrowserEnvironment, site: str) -> None:
    env.goto(f"{site}/dialogs")
    assert do(env, Input(text="abc", start_point=row(3))).effect.dialog == "opened"
    do(env, Dialog(response="accept"))
    late = do(env, Click(start_point=row(5)))
    assert late.effect.dialog == "opened"
    do(env, Dialog(response="accept"))
    assert do(env, Click(start_point=row(6))).effect.dialog == "opened"
    do(env, Dialog(response="dismiss"))
    assert do(env, Click(start_point=row(1))).effect.dialog == "opened"  # no button stayed down


def test_leaving_a_page_that_asks(env: BrowserEnvironment, site: str) -> None:
    env.goto(f"{site}/dialogs")
    asked = do(env, Click(start_point=row(4))).observation
    assert asked.dialog is not None
    assert asked.dialog.kind == "beforeunload"
    do(env, Dialog(response="dismiss"))
    assert env.observe().title == "Dialogs"
    do(env, Click(start_point=row(4)))
    assert do(env, Dialog(response="accept")).observation.title == "Plain"


def test_download_and_upload(site: str, tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b 小.txt"
    first.write_text("A")
    second.write_text("B")
    config = BrowserConfig(url=f"{site}/files", downloads_dir=str(tmp_path / "got"), allow_files=(str(tmp_path),))
    with BrowserEnvironment(config) as env:
        got = do(env, Click(start_point=row(0)))
        assert got.effect.downloads == (str(tmp_path / "got" / "report.bin"),)
        assert describe(got.effect) == "downloaded report.bin"
        again = do(env, Click(start_point=row(0)))
        assert [Path(path).read_text() for path in again.observation.downloads] == ["cargo", "cargo"]
        do(env, Upload(paths=(str(first),), start_point=(60, 60)))
        assert env.evaluate("one.files[0].name") == "a.txt"
        opened = do(env, Click(start_point=row(2)))
        assert opened.effect.file_chooser
        assert do(env, Upload(paths=(str(first), str(second)))).observation.file_chooser is False
        assert env.evaluate("[...many.files].map(f => f.name)") == ["a.txt", "b 小.txt"]
        for action in (
            Upload(paths=(str(first),)),
            Upload(paths=(str(tmp_path / "none"),), start_point=(60, 60)),
            Upload(paths=("longer than a name can be" * 150,), start_point=(60, 60)),
        ):
            refused = env.execute(action, env.observe())
            assert refused.error is not None
            assert refused.error.kind == "not_found"
        many = env.execute(Upload(paths=(str(first), str(second)), start_point=(60, 60)), env.observe())
        assert many.error is not None
        assert many.error.kind == "refused"
