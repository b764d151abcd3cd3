"""The report of a run and OSWorld's tree, read back by a real browser and by the rules of OSWorld's own reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright

from agent.evaluate import EpisodeResult, Results, read
from agent.evaluate.compare import compare
from agent.evaluate.report.page import build, build_comparison
from agent.evaluate.report.tree import write_tree
from agent.trace.reader import read_trace
from envs.browser import install as chromium
from tests.report import make

NASTY = "<script>document.title = 'hit'</script><img src=http://127.0.0.1:9/x>"


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.ensure(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def page(chrome: Browser, asked: list[str]) -> Iterator[Page]:
    page = chrome.new_page(viewport={"width": 1280, "height": 800})
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(f"error: {error}"))
    yield page
    page.close()


def item_run(folder: Path, model: str = "m", passed: tuple[int, ...] = (0, 1)) -> Path:
    """Six items on one drawn picture; all but `passed` are failures."""
    folder.mkdir()
    image = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(image).rectangle((200, 100, 300, 150), fill="red")
    image.save(folder / "p.png")
    with Results(folder, {"suite": "items", "model": model, "kind": "items"}) as results:
        for number in range(6):
            details = {
                "instruction": NASTY if number == 2 else f"the red thing {number}",
                "picture": "p.png" if number != 4 else "gone.png",
                "predicted": None if number == 5 else [100, 50],
                "refused": number == 5,
                "box": [200, 100, 300, 150],
                "groups": {"platform": "web" if number % 2 else "desktop"},
            }
            good = number in passed
            results.add(
                EpisodeResult(f"i{number}", 0, "x", passed=good, score=float(good), reason=NASTY, details=details)
            )
    return folder


def trace_run(folder: Path) -> Path:
    """Two episodes with traces, seeds 0 and 1; the second failed."""
    with Results(folder, {"suite": "shop", "model": "m"}) as results:
        for seed, good in ((0, True), (1, False)):
            trace = folder / "traces" / f"t-{seed}"
            trace.mkdir(parents=True)
            make.write(trace, [make.record(make.ACTIONS[0])], result=make.VERIFIED, task="click it")
            details = {"cause": "done" if good else "not_verified", "instruction": "click it"}
            row = EpisodeResult(
                "t",
                seed,
                "x",
                passed=good,
                claimed=True,
                score=float(good),
                trace=f"traces/t-{seed}",
                details=details,
            )
            results.add(row)
    return folder


def opened(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    page.wait_for_function("document.documentElement.classList.contains('js')")


SHOWN = "[...document.querySelectorAll('.card')].filter(c => !c.hidden).map(c => c.querySelector('b').textContent)"


@pytest.mark.browser
def test_failures_filters_and_keys(page: Page, asked: list[str], tmp_path) -> None:
    report = build(item_run(tmp_path / "run"))
    opened(page, report)
    assert page.evaluate(SHOWN) == ["i2", "i3", "i4", "i5"]
    page.click("[data-only=refused]")
    assert page.evaluate(SHOWN) == ["i5"]
    page.keyboard.press("f")
    assert page.evaluate(SHOWN) == ["i2", "i3", "i4", "i5"], "after the last outcome, all again"
    page.keyboard.press("f")
    assert page.evaluate(SHOWN) == ["i2", "i3", "i4"]
    page.click("[data-only='']")
    page.fill("input[type=search]", "thing 3")
    assert page.evaluate(SHOWN) == ["i3"]
    page.fill("input[type=search]", "")
    page.keyboard.press("Escape")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.querySelector('.card.current b').textContent") == "i3"
    page.keyboard.press("Enter")
    assert page.evaluate("document.getElementById('look').open")
    page.keyboard.press("ArrowRight")
    assert "gone.png is missing" in page.inner_text("#look")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('look').open")
    assert page.title() == "items · m: 33.3 %", "no script of a stranger ran"
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.browser
def test_prediction_and_truth_are_drawn_where_they_are(page: Page, tmp_path) -> None:
    opened(page, build(item_run(tmp_path / "run")))
    place = """() => {
      const card = document.querySelectorAll('.card')[1];
      const shot = card.querySelector('.shot').getBoundingClientRect();
      const part = (query) => {
        const box = card.querySelector(query).getBoundingClientRect();
        return [(box.x + box.width / 2 - shot.x) / shot.width, (box.y + box.height / 2 - shot.y) / shot.height];
      };
      return [part('.truth'), part('.marks .dot')];
    }"""
    truth, said = page.evaluate(place)
    assert truth == [pytest.approx(250 / 400, abs=0.01), pytest.approx(125 / 200, abs=0.01)]
    assert said == [pytest.approx(100 / 400, abs=0.01), pytest.approx(50 / 200, abs=0.01)]


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_no_width_scrolls_sideways_and_without_scripts_all_is_there(chrome: Browser, tmp_path, width: int) -> None:
    report = build(item_run(tmp_path / "run"))
    page = chrome.new_page(viewport={"width": width, "height": 740}, java_script_enabled=False)
    page.goto(report.as_uri())
    assert page.locator(".card").count() == 4
    assert page.locator(".rows tbody tr").count() == 6
    page.close()
    page = chrome.new_page(viewport={"width": width, "height": 740})
    opened(page, report)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


@pytest.mark.browser
def test_trace_is_linked_and_its_last_action_is_drawn(page: Page, tmp_path) -> None:
    opened(page, build(trace_run(tmp_path / "run"), tmp_path / "elsewhere" / "r.html"))
    assert page.locator(".card").count() == 1
    assert page.locator(".card img").count() == 1
    assert page.locator(".card .marks svg").count() == 1
    assert "false claim" in page.inner_text(".card")
    assert "No baselines were played beside this run" in page.inner_text("main")
    with page.expect_navigation():
        page.click(".card a")
    assert "click it" in page.inner_text("h1"), "the link leads to the report of the trace"


@pytest.mark.browser
def test_two_runs_side_by_side(page: Page, asked: list[str], tmp_path) -> None:
    a, b = (read(item_run(tmp_path / name, name, passed)) for name, passed in (("a", (0, 1)), ("b", (1, 2, 3))))
    opened(page, build_comparison(a, b, compare(a, b), tmp_path / "two.html"))
    assert page.evaluate(SHOWN) == ["i0", "i2", "i3"]
    page.click("[data-only=lost]")
    assert page.evaluate(SHOWN) == ["i0"]
    assert "+16.7 points" in page.inner_text("main")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_blind_run_shows_no_item(tmp_path) -> None:
    with Results(tmp_path, {"suite": "s", "model": "m", "blind": True}) as results:
        results.add(EpisodeResult("secret-task", 0, "failed", reason="secret-reason"))
    html = build(tmp_path).read_text("utf-8")
    assert "A blind run" in html
    assert "secret" not in html
    with pytest.raises(ValueError, match="blind run"):
        write_tree(read(tmp_path), tmp_path / "tree")


def test_tree_is_what_osworlds_reader_looks_for(tmp_path) -> None:
    """As show_result.py walks: ACTION_SPACE/OBSERVATION_TYPE/MODEL/DOMAIN/EXAMPLE/result.txt, a number each."""
    run = read(trace_run(tmp_path / "run"))
    write_tree(run, tmp_path / "tree")
    model = write_tree(run, tmp_path / "tree")  # a second time over the first
    assert model == tmp_path / "tree" / "canonical" / "screenshot" / "m"
    scores = {
        f"{domain.name}/{example.name}": float((example / "result.txt").read_text())
        for domain in model.iterdir()
        for example in domain.iterdir()
    }
    assert scores == {"shop/t-seed-0": 1.0, "shop/t-seed-1": 0.0}
    assert len(read_trace(model / "shop" / "t-seed-1").steps) == 1
