"""The tasks on small programs, and what their places and set-up promise."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from envs.machine.local import LocalMachine
from envs.processes import marked
from envs.tasks import task_file
from envs.tasks.base import SetupFailed
from envs.tasks.episode import FileEpisode
from tests.desktop_suite.proof import APPS, LIGHT, TASKS, prove


@pytest.mark.slow
@pytest.mark.parametrize("id", LIGHT)
def test_no_before_yes_after_the_oracle_no_after_a_wrong_ending(id: str) -> None:
    prove(TASKS[id])


def test_there_are_enough_tasks_of_each_kind() -> None:
    tags = [tag for task in TASKS.values() for tag in task.tags]
    assert len(LIGHT) >= 18
    assert len(LIGHT) + len(APPS) >= 25
    assert {"two_apps", "infeasible", "drag", "answer"} <= set(tags)
    apps = {app for id in LIGHT for app in TASKS[id].file.related_apps}
    assert apps == {
        "mousepad", "pcmanfm", "xfce4-terminal", "galculator", "gpicview", "chrome", "contacts", "board"
    }  # fmt: skip
    assert len({task.file.instruction for task in TASKS.values()}) == len(TASKS)


def test_closing_an_episode_leaves_no_process_and_no_file() -> None:
    episode = pickle.loads(pickle.dumps(TASKS["contacts_delete"])).start(3, {"size": (1000, 700)})
    assert isinstance(episode, FileEpisode)
    try:
        machine = episode.machine
        assert isinstance(machine, LocalMachine)
        assert episode.environment.observe().screenshot.size == (1000, 700)
        home = Path(machine.home)
        mark = machine.run(["printenv", "AGENT_DISPLAY"]).out.strip()
        assert marked("AGENT_DISPLAY", mark)
    finally:
        episode.close()
        episode.close()
    assert not marked("AGENT_DISPLAY", mark)
    assert not home.exists()


def task(*config: dict[str, object], **options: object) -> FileEpisode:
    evaluator = {"func": "exact_match", "result": {"type": "answer"}, "expected": {"type": "rule", "rules": {}}}
    raw = {"id": "own", "instruction": "…", "config": list(config), "evaluator": evaluator}
    return task_file.parse(raw, trust=True).start(0, dict(options))


def test_a_set_up_that_fails_half_way_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    told = tmp_path / "mark"
    first = {"type": "execute", "parameters": {"command": f"printenv AGENT_DISPLAY > {told}", "shell": True}}
    with pytest.raises(SetupFailed, match="xclock-of-nobody is not installed"):
        task(first, {"type": "launch", "parameters": {"command": ["xclock-of-nobody"]}})
    assert not marked("AGENT_DISPLAY", told.read_text().strip())


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"type": "download", "parameters": {"files": [{"url": "file:///nowhere.txt", "path": "a"}]}}, "nowhere"),
        ({"type": "download", "parameters": {"files": [{"url": "ftp://a/b", "path": "a"}]}}, "must begin with"),
        ({"type": "login", "parameters": {"settings_file": "a", "platform": "drive"}}, "needs an account"),
    ],
)
def test_a_step_that_cannot_be_done_is_a_failed_set_up(step: dict[str, object], words: str) -> None:
    with pytest.raises(SetupFailed, match=words):
        task(step)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"place": "moon"}, "'moon' is not one of browser, display, remote"),
        ({"place": "remote"}, "machine: missing"),
        ({"place": "remote", "machine": "http://127.0.0.1:9"}, "127.0.0.1:9"),
        ({"colour": "red"}, "'colour' is not one of"),
        ({"place": "browser"}, "opens nothing: a step open_site or open_app"),
    ],
)
def test_a_place_that_cannot_be_is_a_failed_set_up(options: dict[str, object], words: str) -> None:
    with pytest.raises(SetupFailed, match=words):
        task(**options)


def test_placeholders_and_the_home_folder_are_filled_in() -> None:
    command = 'printf "%s" "{CLIENT_PASSWORD} {SCREEN_WIDTH_HALF} {SCREEN_HEIGHT}" > /home/user/told.txt'
    episode = task({"type": "execute", "parameters": {"command": command, "shell": True}})
    try:
        assert episode.machine is not None
        assert episode.machine.read("/home/user/told.txt") == b"password 640 800"
        assert episode.machine.read("~/told.txt") == b"password 640 800"
        assert episode.machine.read("told.txt") is not None
    finally:
        episode.close()
