"""One real browser for the tests of the report; it may ask nothing of any network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from agent.report.page import build_report
from envs.browser import install as chromium
from tests.report import make


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.ensure(), args=["--no-sandbox"])
        yield browser
        browser.close()


class Asked(list[str]):
    """Addresses that the page asked for, and errors of its scripts."""


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def page(chrome: Browser, asked: Asked) -> Iterator[Page]:
    page = chrome.new_page(viewport={"width": 1280, "height": 800})
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (asked.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    yield page
    page.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run with every kind of action."""
    folder = tmp_path_factory.mktemp("trace")
    steps = [make.record(action) for action in make.ACTIONS]
    make.write(folder, steps, result=make.VERIFIED, task="add SU7 to wishlist")
    return build_report(folder)
