"""The embedded model on small pages in a real browser: from the picture to the page's own judge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from tests.embedded.understand.episodes import play

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(viewport=(1000, 640))) as environment:
        yield environment


@pytest.mark.parametrize(
    "task", ["radio", "boxes", "login", "table_enter", "table_ask", "modal", "sum", "chinese"]
)
def test_the_page_gets_what_it_asked_for(browser: BrowserEnvironment, task: str) -> None:
    played = play(browser, task, seed=1)
    assert played.passed, (played.instruction, played.result.reason)


def test_what_is_not_on_the_page_is_not_claimed(browser: BrowserEnvironment) -> None:
    played = play(browser, "missing", seed=1)
    assert not played.wrong
    assert played.result.status in ("failed", "unsure", "blocked")
