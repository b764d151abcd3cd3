"""What set-up steps, getters and the episode share while one task runs."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.tasks.base import SetupFailed

if TYPE_CHECKING:
    from envs.machine.base import Machine
    from envs.sites import Site
    from envs.tasks.applications.base import OpenedApp, State


@dataclass
class TaskContext:
    """One task being set up, run and judged.

    Attributes:
        seed: of the episode.
        options: of `Task.start`.
        site: the bundled site that was opened, if any.
        app: the real application that was opened, if any; `after`: what it held when the judge began.
        machine: the computer that the task runs on, where it is not the browser alone.
        url: where the browser starts.
        before: the site's state when the set-up was complete.
        answer, status: of the agent's `finished`, while judging.
        kept: where `folder` is, once it was asked for.
        kept_open: what `close` ends, the newest first.
    """

    seed: int
    options: dict[str, Any] = field(default_factory=dict)
    site: Site | None = None
    app: OpenedApp | None = None
    after: State = field(default_factory=dict)
    machine: Machine | None = None
    url: str | None = None
    before: dict[str, Any] = field(default_factory=dict)
    answer: str | None = None
    status: str = "success"
    kept: Path | None = None
    kept_open: ExitStack = field(default_factory=ExitStack)

    def opened_site(self) -> Site:
        """The bundled site.

        Raises:
            SetupFailed: none was opened.
        """
        if self.site is None:
            raise SetupFailed("no site is open: the step open_site comes first in config")
        return self.site

    def opened_machine(self) -> Machine:
        """The computer that the task runs on.

        Raises:
            SetupFailed: the task runs in a browser alone.
        """
        if self.machine is None:
            raise SetupFailed("this task has no computer: it was started in a browser alone")
        return self.machine

    def folder(self) -> Path:
        """OSWorld's cache folder: what getters fetched and set-up steps kept for this task. Gone at `close`."""
        if self.kept is None:
            self.kept = Path(tempfile.mkdtemp(prefix="task-"))
        return self.kept

    def close(self) -> None:
        """End what the set-up started. May be called twice."""
        self.kept_open.close()
        if self.app is not None:
            self.app.close()
        if self.site is not None:
            self.site.close()
        if self.kept is not None:
            shutil.rmtree(self.kept, ignore_errors=True)
