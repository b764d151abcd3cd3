"""The tasks on large applications."""

from __future__ import annotations

import shutil

import pytest

from tests.desktop_suite.proof import APPS, TASKS, prove

PROGRAMS = {"libreoffice_calc": "localc", "libreoffice_writer": "lowriter", "libreoffice_impress": "loimpress"}


def programs(id: str) -> list[str]:
    return [PROGRAMS.get(app, app) for app in TASKS[id].file.related_apps]


@pytest.mark.apps
@pytest.mark.slow
@pytest.mark.parametrize("id", APPS)
def test_no_before_yes_after_the_oracle_no_after_a_wrong_ending(id: str) -> None:
    if absent := [program for program in programs(id) if shutil.which(program) is None]:
        pytest.skip(f"not installed: {', '.join(absent)}")
    prove(TASKS[id])


def test_the_group_has_tasks_for_each_application() -> None:
    used = {program for id in APPS for program in programs(id)}
    assert used == {"gimp", "localc", "loimpress", "lowriter", "vlc"}
    assert len(APPS) >= 7
