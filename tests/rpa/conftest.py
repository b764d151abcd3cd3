"""One browser and an ordinary page with a form and a table, for the tests of the controller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import Controller
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment

HERE = Path(__file__).parent
PEOPLE = (HERE / "people.html").as_uri()


@pytest.fixture(scope="package")
def browser() -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(allow_files=(str(HERE),))) as environment:
        yield environment


@pytest.fixture
def people(browser: BrowserEnvironment, tmp_path: Path) -> Controller:
    """A controller of the shared browser, on a fresh page."""
    browser.goto(PEOPLE)
    return Controller(browser, timeout=5, evidence=tmp_path / "evidence")
