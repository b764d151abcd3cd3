"""Every demo task: the judge says no before, yes after the oracle, no after a wrong ending."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from envs import tasks
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.tasks.episode import FileEpisode

TASKS = {task.id: task for task in tasks.suite("demo")}


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(viewport=(1280, 800))) as environment:
        yield environment


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("id", sorted(TASKS))
def test_no_before_yes_after_the_oracle_no_after_a_wrong_ending(id: str, browser: BrowserEnvironment) -> None:
    seed = sorted(TASKS).index(id)
    # The newsletter box is waited for in a few: it costs seconds.
    options = {"environment": browser, "site": {} if seed % 9 == 0 else {"popup": False}}

    def start() -> FileEpisode:
        episode = TASKS[id].start(seed, options)
        assert isinstance(episode, FileEpisode)
        return episode

    episode = start()
    try:
        assert not episode.judge().passed
        episode.cheat()
        verdict = episode.judge(episode.oracle_answer, episode.oracle_status)
        assert verdict.passed, verdict.reason
        assert verdict == episode.judge(episode.oracle_answer, episode.oracle_status)  # to judge changes nothing
        if episode.oracle_status == "success":
            assert not episode.judge(episode.oracle_answer, "infeasible").passed
    finally:
        episode.close()
    episode = start()
    try:
        episode.spoil()
        verdict = episode.judge(episode.oracle_answer, episode.oracle_status)
        assert not verdict.passed, verdict.reason
    finally:
        episode.close()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("seed", "size"), [(19, (390, 844)), (24, (1024, 768)), (8, (1440, 900))])
def test_the_oracle_finds_its_way_at_other_sizes(seed: int, size: tuple[int, int]) -> None:
    with BrowserEnvironment(BrowserConfig(viewport=size)) as browser:
        for id in ("wish_su7", "wish_su7_configured", "filter_price", "test_drive", "trim_cart"):
            episode = TASKS[id].start(seed, {"environment": browser, "site": {"popup": False}})
            try:
                episode.cheat()
                assert episode.judge().passed, id
            finally:
                episode.close()


@pytest.mark.browser
def test_an_episode_starts_and_ends_its_own_browser() -> None:
    task = pickle.loads(pickle.dumps(TASKS["wish_su7"]))
    episode = task.start(2, {"viewport": (1000, 700), "storage_state": None})
    try:
        assert episode.environment.observe().screenshot.size == (1000, 700)
        assert episode.instruction == "add SU7 to wishlist"
    finally:
        episode.close()
        episode.close()


def test_there_are_enough_tasks_of_each_kind() -> None:
    tags = [tag for task in TASKS.values() for tag in task.tags]
    assert len(TASKS) >= 18
    assert tags.count("words") >= 15
    assert tags.count("chinese") >= 5
    assert {"reasoning", "answer", "colour", "infeasible"} <= set(tags)
    assert len({task.instruction for task in TASKS.values()}) == len(TASKS)


@pytest.mark.parametrize(
    ("said", "id"),
    [
        ("add SU7 to wishlist", "wish_su7"),
        ("  Add su7 to WISH LIST. ", "wish_su7"),
        ("把SU7加入心愿单。", "zh_wish_su7"),
        ("add SU7 Max to wishlist", None),
        ("", None),
    ],
)
def test_find_folds_case_space_and_punctuation(said: str, id: str | None) -> None:
    found = tasks.find(said)
    assert (found.id if found else None) == id


def test_an_unknown_suite_is_named() -> None:
    with pytest.raises(ValueError, match="'prod' is not one of demo, miniwob"):
        tasks.suite("prod")
