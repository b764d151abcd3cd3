"""Getters of tabs against a real Chromium, as a task's machine would run it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from envs.browser import install as chromium
from envs.tasks.context import TaskContext
from envs.tasks.getters import GETTERS
from tests.tasks.local import LocalMachine

pytestmark = pytest.mark.browser

PAGE = """<title>Shop</title><p class="city big">Rome</p><p class="city">Oslo</p>
<form><label>Name <input value=" James "></label></form>"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaskContext]:
    home = tmp_path_factory.mktemp("home")
    (home / "shop.html").write_text(PAGE, encoding="utf-8")
    (home / "other.html").write_text("<title>Other</title>", encoding="utf-8")
    profile = home / "profile"
    argv = [
        str(chromium.find()), "--headless", "--no-sandbox", "--remote-debugging-port=0", "--disable-gpu",
        "--no-first-run", f"--user-data-dir={profile}", f"file://{home}/other.html",
    ]  # fmt: skip
    browser = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    machine = LocalMachine(home)
    found = TaskContext(0, machine=machine)
    try:
        machine.endpoint = _endpoint(profile / "DevToolsActivePort", f"file://{home}/shop.html?q=a%20b&ids=1,2")
        yield found
    finally:
        browser.terminate()
        browser.wait(20)
        found.close()


def _endpoint(file: Path, second: str) -> str:
    """The address of DevTools, once the first page is there and a second one, which is opened in a tab."""
    asked = False
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if file.is_file() and (port := file.read_text().split("\n")[0]):
            endpoint = f"http://127.0.0.1:{port}"
            try:
                tabs = [one for one in httpx.get(f"{endpoint}/json/list").json() if one["type"] == "page"]
            except httpx.HTTPError:
                tabs = []
            if tabs and not asked:
                asked = httpx.put(f"{endpoint}/json/new?{quote(second)}").is_success
            if sorted(one["title"] for one in tabs) == ["Other", "Shop"]:
                return endpoint
        time.sleep(0.05)
    raise AssertionError("the browser did not come up")


def get(stage: TaskContext, name: str, **given: Any) -> Any:
    return GETTERS.get(name, "type")(stage, **GETTERS.check(name, given, "result"))


def bring_to_front(stage: TaskContext, title: str) -> None:
    endpoint = stage.opened_machine().browser_endpoint()
    tab = next(one for one in httpx.get(f"{endpoint}/json/list").json() if one["title"] == title)
    httpx.get(f"{endpoint}/json/activate/{tab['id']}").raise_for_status()


def test_tabs(stage: TaskContext) -> None:
    assert sorted(one["title"] for one in get(stage, "open_tabs_info")) == ["Other", "Shop"]
    for title in ("Other", "Shop", "Other"):
        bring_to_front(stage, title)
        assert get(stage, "active_tab_info", goto_prefix="https://www.")["title"] == title


def test_the_address_of_the_active_tab(stage: TaskContext) -> None:
    bring_to_front(stage, "Shop")
    assert get(stage, "active_url_from_accessTree", goto_prefix="https://").endswith("shop.html?q=a%20b&ids=1,2")
    parsed = get(stage, "active_tab_url_parse", parse_keys=["q", "x"], replace={"q": "query"})
    assert parsed == {"query": "a b", "x": ""}
    assert get(stage, "url_dashPart", partIndex=-1, needDeleteId=True, returnType="string") == "shop.html"
    assert get(stage, "url_dashPart", partIndex=-1, needDeleteId=True, returnType="json", key="k") == {
        "k": "shop.html"
    }
    assert get(stage, "url_dashPart", partIndex=99, returnType="string") is None


def test_elements_of_the_active_tab(stage: TaskContext) -> None:
    bring_to_front(stage, "Shop")
    found = get(
        stage,
        "active_tab_html_parse",
        category="class",
        class_singleObject={"big": "first", "none": "nothing"},
        class_multiObject={"city": {"1": "second", "7": "nothing"}},
        class_multiObject_search_exist={"city": ["Oslo", "Bern", "is_other_exist"]},
    )
    assert found == {"first": "Rome", "second": "Oslo", "Oslo": True, "Bern": False, "is_other_exist": True}
    field = get(
        stage, "active_tab_html_parse", category="input", inputObject={"//form//input": "name", "//i": "no"}
    )
    assert field == {"name": "James"}
    assert get(stage, "active_tab_html_parse", category="xpath", xpathObject={"//p[2]": "p"}) == {"p": "Oslo"}


def test_pages_opened_for_judging_are_closed_again(stage: TaskContext) -> None:
    url = f"file://{stage.opened_machine().home}/shop.html"
    assert get(stage, "page_info", url=url)["title"] == "Shop"
    infos = [
        {"action": "inner_text", "selector": ".big"},
        {"action": "attribute", "selector": ".big", "attribute": "class"},
    ]
    assert get(stage, "info_from_website", url=url, infos=infos) == ["Rome", "city big"]
    assert Path(get(stage, "pdf_from_url", path=url, dest="p.pdf")).read_bytes().startswith(b"%PDF")
    assert len(get(stage, "open_tabs_info")) == 2


def test_without_a_browser_there_is_nothing(tmp_path: Path) -> None:
    stage = TaskContext(0, machine=LocalMachine(tmp_path))
    assert get(stage, "active_tab_info") is None
    assert get(stage, "open_tabs_info") == []
    assert get(stage, "active_url_from_accessTree") is None
    assert get(stage, "page_info", url="about:blank") is None
