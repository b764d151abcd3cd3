"""The studio in a real browser: a task, the live screen, a person's hands, what may talk to it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from envs.browser import install
from tests.serve.conftest import COUNT, DELETE, DONE, NICKNAME, TOKEN, Face, Site, click, command, script, until

pytestmark = pytest.mark.browser
Served = Callable[..., Face]
RIGHT = {"authorization": f"Bearer {TOKEN}"}
ASK = {"action": "ask_user", "question": "Which one?"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(install.ensure()))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    """Opens the page of a studio; whatever it complains of in its console is an error."""
    opened: list[Page] = []
    wrong: list[str] = []

    def go(face: Face, token: str = TOKEN, **options: Any) -> Page:
        page = chromium.new_page(**{"viewport": {"width": 1360, "height": 900}, **options})
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        opened.append(page)
        page.goto(f"{face.base}/#token={token}")
        return page

    yield go
    for page in opened:
        page.close()
    assert [line for line in wrong if "401" not in line and "409" not in line] == []


@pytest.fixture
def studio(served: Served, site: Site, tmp_path: Path) -> Callable[..., Face]:
    def start(*actions: dict[str, Any], more: tuple[str, ...] = ()) -> Face:
        model = script(tmp_path, *actions, DONE)
        return served("studio", "--no-open", "--url", site.url, "--model", model, *more)

    return start


def seen(page: Page) -> None:
    """Wait for the live picture."""
    until(lambda: page.evaluate("window.studio && window.studio.frames.shown > 0"), "no picture came")


def on_screen(page: Page, point: tuple[int, int]) -> tuple[float, float]:
    """Where a pixel of the screen is in the page."""
    box = page.locator("#live").bounding_box()
    assert box is not None
    return box["x"] + point[0] / 1280 * box["width"], box["y"] + point[1] / 800 * box["height"]


def state(page: Page, words: str) -> None:
    expect(page.locator("#state")).to_contain_text(words, timeout=60_000)


def test_a_task_with_a_question_and_an_approval(studio: Any, visit: Any, site: Site) -> None:
    face = studio(ASK, click(COUNT), click(DELETE), click(DELETE))
    page = visit(face)
    assert page.url == f"{face.base}/", "the token does not stay in the address"
    seen(page)
    page.get_by_label("Task", exact=True).fill("tidy up")
    page.keyboard.press("Enter")
    expect(page.locator("#request-text")).to_have_text("Which one?")
    state(page, "Waits for you")
    page.get_by_label("Answer", exact=True).fill("the first")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator("#request-kind")).to_have_text("May it do this?")
    expect(page.locator("#request-text")).to_contain_text("delete (“Delete account”)")
    mark = page.locator("#mark").bounding_box()
    assert mark is not None
    x, y = on_screen(page, DELETE)
    assert abs(mark["x"] + mark["width"] / 2 - x) < 3
    assert abs(mark["y"] + mark["height"] / 2 - y) < 3
    page.get_by_role("button", name="Refuse").click()
    expect(page.locator("#steps li")).to_have_count(3)
    expect(page.locator("#steps li").nth(2)).to_contain_text("the person said no")
    expect(page.locator("#request-kind")).to_have_text("May it do this?")
    page.locator("#action").fill(json.dumps(click(COUNT)))
    page.get_by_role("button", name="Allow").click()
    state(page, "claimed")
    expect(page.locator("#steps li")).to_have_count(5)
    assert site.told == ["counted 1", "counted 2"], "the second deletion was changed into another click"
    row = page.locator("#runs tr").nth(1)
    expect(row).to_contain_text("tidy up")
    row.get_by_role("button", name="Report").click()
    report = page.frame_locator("#viewer-frame")
    expect(report.locator("body")).to_contain_text("tidy up")
    page.get_by_role("button", name="Close").click()
    page.reload()
    expect(page.locator("#runs tr").nth(1)).to_contain_text("claimed")
    page.locator("#runs tr").nth(1).get_by_role("button", name="Show").click()
    expect(page.locator("#steps li")).to_have_count(5)


def test_paused_and_corrected(studio: Any, visit: Any, site: Site) -> None:
    face = studio(ASK, click(DELETE), click(COUNT))
    page = visit(face)
    seen(page)
    page.get_by_label("Task", exact=True).fill("count")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#request-kind")).to_have_text("A question")
    run = httpx.get(f"{face.base}/api/session", headers=RIGHT).json()["run"]["run"]
    httpx.post(f"{face.base}/api/runs/{run}/pause", headers=RIGHT, json={}).raise_for_status()
    page.get_by_label("Answer", exact=True).fill("the first")
    page.get_by_role("button", name="Answer", exact=True).click()
    state(page, "Paused")
    expect(page.locator("#request-kind")).to_have_text("Paused before this action")
    page.locator("#action").fill("no JSON")
    page.locator("#request").get_by_role("button", name="Go on").click()
    expect(page.locator("#problem")).to_contain_text("is no JSON")
    page.locator("#action").fill(json.dumps(click(COUNT)))
    page.locator("#request").get_by_role("button", name="Go on").click()
    state(page, "claimed")
    site.until("counted 2")
    assert site.told == ["counted 1", "counted 2"]
    page.get_by_label("Task", exact=True).fill("once more")
    page.get_by_role("button", name="Start").click()
    state(page, "failed")
    page.close()
    face.process.terminate()
    assert face.process.wait(30) == 0
    face.reader.join(10)
    assert [line for line in face.lines if "error" in line.lower()] == [], "it ends without a complaint"


def test_hands_on_the_screen(studio: Any, visit: Any, site: Site) -> None:
    """Take over between runs: click, type, keys, a double click; and in a run, which then looks anew."""
    face = studio(click(COUNT), click(COUNT))
    page = visit(face)
    seen(page)
    take = page.get_by_role("button", name="Take over")
    take.click()
    page.mouse.click(*on_screen(page, COUNT))
    site.until("counted 1")
    page.mouse.dblclick(*on_screen(page, COUNT))
    site.until("counted 3")
    page.mouse.click(*on_screen(page, NICKNAME))
    page.keyboard.type("Adm")
    page.keyboard.press("Backspace")
    page.keyboard.type("a")
    site.until("nickname Ada")
    page.get_by_label("Text to type on the screen").fill("!")
    page.get_by_role("button", name="Type", exact=True).click()
    site.until("nickname Ada!")
    page.locator("#screen").focus()
    page.keyboard.press("Shift+Escape")
    expect(page.get_by_role("button", name="Hand back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#hands")).to_be_hidden()
    page.mouse.click(*on_screen(page, COUNT))
    site.told.clear()
    run = httpx.post(f"{face.base}/api/runs", headers=RIGHT, json={"task": "count"}).json()["run"]
    httpx.post(f"{face.base}/api/runs/{run}/pause", headers=RIGHT, json={}).raise_for_status()
    state(page, "Paused")
    take.click()
    page.mouse.click(*on_screen(page, COUNT))
    site.until("counted 4")
    page.get_by_role("button", name="Hand back").click()
    state(page, "claimed")
    site.until("counted 5")
    assert site.told == ["counted 4", "counted 5"], "what it had decided before is not done"


def test_recorded_by_hand_and_done_again(studio: Any, visit: Any, site: Site) -> None:
    pytest.importorskip("cv2", reason="replays need the embedded eyes")
    page = visit(studio())
    seen(page)
    page.get_by_label("Task", exact=True).fill("count once")
    page.get_by_role("button", name="Record").click()
    state(page, "Recording")
    page.mouse.click(*on_screen(page, COUNT))
    site.until("counted 1")
    expect(page.locator("#steps li")).to_have_count(1)
    page.get_by_role("button", name="End recording").click()
    state(page, "claimed")
    page.locator("#runs tr").nth(1).get_by_role("button", name="Replay").click()
    until(lambda: site.told.count("counted 1") == 2, f"it was not done again: {site.told}")
    expect(page.locator("#runs tr").nth(2)).to_contain_text("count once")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_dark_narrow_and_by_keyboard(studio: Any, visit: Any, scheme: str, tmp_path: Path) -> None:
    face = studio(ASK)
    page = visit(face, color_scheme=scheme, viewport={"width": 390, "height": 844}, has_touch=True)
    seen(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing to scroll sideways"
    ground, ink = page.evaluate(
        """() => { const shown = getComputedStyle(document.body)
          return [shown.backgroundColor, shown.color].map(text => text.match(/\\d+/g).map(Number)) }"""
    )
    assert (sum(ground) > sum(ink)) == (scheme == "light")
    small = page.evaluate(
        "[...document.querySelectorAll('button')].filter(b => b.offsetParent && b.offsetHeight < 44).length"
    )
    assert small == 0, "fingers need room"
    page.keyboard.press("Tab")
    names = []
    for _ in range(14):
        names.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        page.keyboard.press("Tab")
    assert [name for name in ("screen", "task", "start", "record", "tab-runs") if name not in names] == []
    page.locator("#task").focus()
    page.keyboard.type("ask")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_focused()
    page.keyboard.type("yes")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    state(page, "claimed")
    page.locator("#tab-runs").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#evaluations")).to_contain_text("No evaluations in the runs folder")


def test_an_evaluation_is_listed(visit: Any, served: Served, site: Site, tmp_path: Path) -> None:
    from agent.evaluate.results import EpisodeResult, Results

    with Results(tmp_path / "runs" / "eval-demo", {"suite": "demo", "model": "embedded"}) as results:
        for seed in range(4):
            results.add(EpisodeResult("a-task", seed, "verified" if seed else "failed", passed=seed > 0))
    face = served("studio", "--no-open", "--url", site.url, "--model", script(tmp_path, DONE))
    page = visit(face)
    page.get_by_role("tab", name="Evaluations").click()
    expect(page.locator("#evaluations tr").nth(1)).to_contain_text("75.0 %")


def test_who_may_talk_to_it(studio: Any, visit: Any, chromium: Browser, site: Site, tmp_path: Path) -> None:
    face = studio(click(COUNT))
    base = face.base
    page = httpx.get(f"{base}/")
    assert page.status_code == 200
    assert TOKEN not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    for path, headers, status in (
        ("/api/session", {}, 401),
        ("/api/session", {"authorization": "Bearer wrong"}, 401),
        ("/api/session", {**RIGHT, "host": "rebound.example"}, 421),
        ("/", {"host": "rebound.example"}, 421),
        ("/api/session", {**RIGHT, "origin": "http://evil.example"}, 403),
        ("/page/../app.py", RIGHT, 404),
        ("/page/%2e%2e%2fapp.py", RIGHT, 404),
        (f"/files/{'0' * 32}/anything", {}, 404),
        ("/api/runs/..%2f..%2fetc/pictures/a.png", RIGHT, 404),
    ):
        assert httpx.get(f"{base}{path}", headers=headers).status_code == status, (path, headers)
    form = httpx.post(f"{base}/api/runs", headers=RIGHT, data={"task": "count"})
    assert form.status_code == 415
    for data, kind in (({"task": " "}, "invalid"), ({}, "invalid")):
        assert httpx.post(f"{base}/api/runs", headers=RIGHT, json=data).json()["error"]["type"] == kind
    odd = httpx.post(f"{base}/api/hand", headers=RIGHT, json={"action": {"action": "clack"}})
    assert (odd.status_code, odd.json()["error"]["type"]) == (422, "invalid")
    # Another site, in a real browser: it may neither read nor start anything, nor frame the page.
    other = chromium.new_page()
    other.goto(site.url)
    tried = other.evaluate(
        """async ([base, token]) => {
          const headers = {authorization: 'Bearer ' + token};
          const one = await fetch(base + '/api/session', {headers}).catch(() => 0);
          const two = await fetch(base + '/api/runs', {method: 'POST', mode: 'no-cors', body: '{"task": "count"}',
            headers: {'content-type': 'text/plain'}}).then(a => a.type, () => 0);
          return [one ? one.status : 0, two];
        }""",
        [base, TOKEN],
    )
    assert tried[0] in (0, 403)
    assert httpx.get(f"{base}/api/runs", headers=RIGHT).json()["runs"] == []
    other.close()
    locked = visit(face, token="wrong-token")
    expect(locked.locator("#token-form")).to_be_visible()
    locked.locator("#token").fill(TOKEN)
    locked.get_by_role("button", name="Open").click()
    seen(locked)
    clash = subprocess.run(
        command("studio", "--no-open", "--port", str(face.port)), cwd=tmp_path, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert clash.returncode == 3
    assert "cannot be served at" in clash.stderr
