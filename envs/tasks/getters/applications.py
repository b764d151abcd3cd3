"""The state of a real application."""

from __future__ import annotations

from typing import Any

from envs.tasks.base import SetupFailed
from envs.tasks.context import TaskContext
from envs.tasks.getters.base import GETTERS


@GETTERS
def app_changes(stage: TaskContext) -> dict[str, Any]:
    """What the application held when the set-up was complete ("before") and when the judge began ("after")."""
    if stage.app is None:
        raise SetupFailed("no application is open: the step open_app comes first in config")
    return {"before": stage.app.before, "after": stage.after}
