"""The embedded model on small tasks in a small box, in a real browser, at two pixels for each of the page's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from envs.browser import BrowserConfig, BrowserEnvironment
from tests.embedded.understand.episodes import MICRO, play

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(viewport=(500, 320), pixel_ratio=2.0)) as environment:
        yield environment


@pytest.mark.parametrize(
    "kind",
    [
        "date_picker",
        "flight",
        "sliders",
        "spinner_ui",
        "scroll_list",
        "odd_even",
        "greatest",
        "drag_sort",
        "guess",
        "mail_reply",
    ],
)
def test_the_page_gets_what_it_asked_for(browser: BrowserEnvironment, kind: str) -> None:
    played = play(browser, kind, seed=2, page=MICRO)
    assert played.passed, (played.instruction, played.result.reason)


def test_a_grid_that_cannot_be_read_is_not_claimed(browser: BrowserEnvironment) -> None:
    played = play(browser, "grid_point", seed=1, page=MICRO)
    assert played.passed or played.result.status in ("failed", "unsure", "blocked")
