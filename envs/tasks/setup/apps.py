"""The set-up step of real applications."""

from __future__ import annotations

from envs.tasks.applications.base import AppError
from envs.tasks.base import SetupFailed
from envs.tasks.context import TaskContext
from envs.tasks.setup.base import SETUP


@SETUP
def open_app(stage: TaskContext, *, app: str, path: str = "", logged_in: bool = False) -> None:
    """Start an application with a fresh copy of its seeded data; a browser starts at `path` of it.

    `logged_in`: as its usual user.
    """
    from envs.tasks.applications.catalogue import find

    try:
        application = find(app)
        if application.kind == "desktop":
            raise SetupFailed(f"open_app: {app}: applications of a desktop are not opened by this step yet")
        from envs.tasks.applications.running import Running

        running = stage.app = Running(application)
        stage.url = running.url + path.lstrip("/")
        if logged_in:
            if "environment" in stage.options:
                raise SetupFailed(
                    f"open_app: {app}: a browser that is lent has its own cookies; logged_in needs a new one"
                )
            stage.options["storage_state"] = running.storage()
    except (ValueError, AppError) as error:
        raise SetupFailed(str(error)) from error
