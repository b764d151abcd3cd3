"""MiniWoB++ pages in our own browser: start, reward, end of the episode. Only the tasks of DEV."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from action_space.actions import Back, Click
from envs.tasks.base import Ends, SetupFailed
from envs.tasks.suites.miniwob import tasks as miniwob
from envs.tasks.suites.miniwob.oracle import NAMES
from envs.tasks.suites.miniwob.tasks import MiniwobTask

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _no_browser_left() -> Iterator[None]:
    yield
    miniwob.close_browsers()


def test_every_page_of_the_package_is_a_task_once() -> None:
    assert len(miniwob.pages()) == 130
    assert len(miniwob.DEV) == len(set(miniwob.DEV)) == 28
    assert set(miniwob.DEV) <= set(miniwob.pages())
    assert sorted(miniwob.DEV + miniwob.held_out()) == sorted(miniwob.pages())
    assert len(miniwob.tasks()) == 130
    with pytest.raises(ValueError, match="part: 'test'"):
        miniwob.tasks("test")


def test_the_held_out_pages_are_two_halves() -> None:
    seen = {task.id for task in miniwob.tasks("held-out-seen")}
    unseen = {task.id for task in miniwob.tasks("held-out-unseen")}
    assert not seen & unseen
    assert seen | unseen == set(miniwob.held_out())
    assert {len(seen), len(unseen)} == {49, 53}
    assert all("held-out-unseen" in task.tags for task in miniwob.tasks("held-out-unseen"))


@pytest.mark.parametrize("name", NAMES)
def test_oracle_passes_and_nothing_else_does(name: str) -> None:
    for seed in (0, 1):
        episode = MiniwobTask(name).start(seed)
        try:
            assert isinstance(episode, Ends)
            assert not episode.over()
            assert not episode.judge(status="success").passed, "a claim alone is worth nothing"
            episode.cheat()
            assert episode.over()
            assert episode.judge(status="failed").passed, "the page decides, not the claim"
        finally:
            episode.close()


@pytest.mark.parametrize("name", ["click-button", "click-link", "click-test-2", "enter-text"])
def test_wrong_ending_ends_the_episode_for_good(name: str) -> None:
    episode = MiniwobTask(name).start(3)
    try:
        episode.spoil()
        assert episode.over()
        verdict = episode.judge()
        assert (verdict.score, verdict.reason[:13]) == (0.0, "raw reward -1")
        episode.cheat()
        assert not episode.judge().passed, "there is no second try"
    finally:
        episode.close()


def test_same_seed_same_problem_another_seed_another() -> None:
    seen = {}
    for seed in (4, 4, 5):
        episode = MiniwobTask("click-link").start(seed)
        picture = episode.environment.observe().screenshot
        assert picture.size == (1000, 640)
        seen.setdefault(seed, []).append((episode.instruction, picture.tobytes()))
        episode.close()
    assert seen[4][0] == seen[4][1], "also when the browser was used before"
    assert seen[4][0] != seen[5][0]


def test_options_change_the_screen_and_bad_ones_are_named() -> None:
    episode = MiniwobTask("click-test-2").start(0, {"viewport": (400, 300), "pixel_ratio": 1.0})
    assert episode.environment.observe().screenshot.size == (400, 300)
    episode.close()
    with pytest.raises(SetupFailed, match="wiewport"):
        MiniwobTask("click-test-2").start(0, {"wiewport": (1, 1)})
    with pytest.raises(SetupFailed, match="no page 'nothing'"):
        MiniwobTask("nothing").start(0)


def test_leaving_the_page_ends_the_episode_and_the_next_one_starts_clean() -> None:
    episode = MiniwobTask("click-test-2").start(0)
    episode.environment.execute(Back(), episode.environment.observe())
    assert episode.over()
    assert not episode.judge().passed
    episode.close()
    episode = MiniwobTask("click-test-2").start(0)
    episode.environment.execute(Click(start_point=(900, 600)), episode.environment.observe())
    assert not episode.over(), "a click beside the page changes nothing"
    episode.cheat()
    assert episode.judge().passed
    episode.close()
