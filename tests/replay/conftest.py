"""A run that was recorded on the bundled shop, by the embedded model."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.loop import Agent
from envs import tasks
from envs.tasks.base import Task
from model.embedded.model import EmbeddedModel


@pytest.fixture(scope="session")
def wish() -> Task:
    task = tasks.find("add SU7 to wishlist")
    assert task is not None
    return task


@pytest.fixture(scope="session")
def recorded(wish: Task, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trace of a run that was verified."""
    folder = tmp_path_factory.mktemp("recorded") / "run"
    episode = wish.start(0)
    try:
        result = Agent(EmbeddedModel(), episode.environment, judge=episode.judge, trace_dir=folder).run(
            episode.instruction
        )
    finally:
        episode.close()
    assert result.status == "verified"
    return folder
