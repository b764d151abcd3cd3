"""The tasks on large applications: no before, yes after the oracle, no after a wrong ending."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from envs import tasks
from envs.tasks.files import FileTask

FOLDER = Path(tasks.__file__).parent / "desktop"
TASKS = {path.stem: tasks.load(path) for path in sorted(FOLDER.glob("apps_*.json"))}
PROGRAMS = {"libreoffice_calc": "localc", "libreoffice_writer": "lowriter", "libreoffice_impress": "loimpress"}


def missing(task: FileTask) -> list[str]:
    programs = [PROGRAMS.get(app, app) for app in task.file.related_apps]
    return [program for program in programs if shutil.which(program) is None]


@pytest.mark.apps
@pytest.mark.slow
@pytest.mark.parametrize("id", sorted(TASKS))
def test_no_before_yes_after_the_oracle_no_after_a_wrong_ending(id: str) -> None:
    task = TASKS[id]
    if absent := missing(task):
        pytest.skip(f"not installed: {', '.join(absent)}")
    episode = task.start(0)
    try:
        assert not episode.judge().passed
        episode.cheat()
        verdict = episode.judge(episode.oracle_answer, episode.oracle_status)
        assert verdict.passed, verdict.reason
        assert verdict == episode.judge(episode.oracle_answer, episode.oracle_status)  # to judge changes nothing
        assert not episode.judge(episode.oracle_answer, "infeasible").passed
    finally:
        episode.close()
    episode = task.start(1)
    try:
        episode.spoil()
        verdict = episode.judge(episode.oracle_answer, episode.oracle_status)
        assert not verdict.passed, verdict.reason
    finally:
        episode.close()


def test_the_group_has_tasks_for_each_application() -> None:
    used = {app for task in TASKS.values() for app in task.file.related_apps}
    assert used == {"gimp", "libreoffice_calc", "libreoffice_impress", "libreoffice_writer", "vlc"}
    assert len(TASKS) >= 7
    assert all("apps" in task.tags for task in TASKS.values())
