"""What is proved of every desktop task: no before, yes after the oracle, no after a wrong ending."""

from __future__ import annotations

from envs import tasks
from envs.tasks.base import Task

TASKS: dict[str, Task] = {task.id: task for task in tasks.suite("desktop")}
APPS = sorted(id for id, task in TASKS.items() if "apps" in task.tags)
LIGHT = sorted(set(TASKS) - set(APPS))


def prove(task: Task) -> None:
    """Play the task's two endings, each on a display of its own."""
    episode = task.start(0)
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
    episode = task.start(1)
    try:
        episode.spoil()
        verdict = episode.judge(episode.oracle_answer, episode.oracle_status)
        assert not verdict.passed, verdict.reason
    finally:
        episode.close()
