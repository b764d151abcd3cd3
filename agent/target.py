"""Where `agent run` works: a page, a bundled task, a desktop or a remote machine, opened as the settings say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.loop import Judge
from envs.base import Environment

if TYPE_CHECKING:
    from agent.config import Settings
    from envs.tasks.files import FileTask

Say = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """An open environment, and how to check what was done in it."""

    instruction: str
    environment: Environment
    judge: Judge | None = None


@contextmanager
def open_target(task: str, settings: Settings, task_file: Path | None, say: Say) -> Iterator[Target]:
    """The task of --task; else the machine at --machine, the desktop, the page at --url, or the demo store.

    Raises:
        ValueError: the task file is not right, or does not go with the settings.
        EnvironmentFault, SetupFailed: it cannot be opened.
    """
    from envs import tasks

    with ExitStack() as stack:
        known = tasks.load(task_file) if task_file else None
        if known is None and settings.env == "browser" and not settings.url:
            known = tasks.find(task)
        if known is not None:
            episode = known.start(settings.seed, _options(known, settings))
            stack.callback(episode.close)
            yield Target(task.strip() or episode.instruction, episode.environment, episode.judge)
        else:
            yield Target(task, _environment(settings, say, stack))


def _options(task: FileTask, settings: Settings) -> dict[str, Any]:
    """What `Task.start` is told: of the browser's settings only what applies where the task runs."""
    if settings.machine:
        return {"place": "remote", "machine": settings.machine}
    from envs.tasks.places import place_of

    if place_of(task.file, {}) == "browser":
        return _browser_options(settings)
    return {"size": settings.viewport, "view": settings.view}


def _environment(settings: Settings, say: Say, stack: ExitStack) -> Environment:
    if settings.env == "remote":
        from envs.remote import RemoteEnvironment, RemoteMachine

        assert settings.machine is not None  # Settings sees to it
        machine = RemoteMachine(settings.machine)
        stack.callback(machine.close)
        return stack.enter_context(RemoteEnvironment(machine))
    if settings.env == "desktop":
        return _desktop(settings, say, stack)
    from envs.browser import BrowserConfig, BrowserEnvironment

    url = settings.url
    if not url:
        from envs.sites import open_site

        site = open_site("store", seed=settings.seed)
        stack.callback(site.close)
        url = site.url
    return stack.enter_context(BrowserEnvironment(BrowserConfig(url=url, **_browser_options(settings)), say=say))


def _desktop(settings: Settings, say: Say, stack: ExitStack) -> Environment:
    """The user's own screen; a private one where there is none, or where one was asked for."""
    from envs.desktop import DesktopConfig, DesktopEnvironment

    screenless = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
    wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    display = None
    if settings.private_display or settings.view or (screenless and not wayland):
        from envs.display import PrivateDisplay

        display = stack.enter_context(PrivateDisplay(size=settings.viewport, view=settings.view, say=say)).name
    return stack.enter_context(
        DesktopEnvironment(DesktopConfig(display=display, monitor=settings.monitor), say=say)
    )


def _browser_options(settings: Settings) -> dict[str, Any]:
    return {
        "viewport": settings.viewport,
        "pixel_ratio": settings.pixel_ratio,
        "headed": settings.headed,
        "storage_state": _text(settings.storage_state),
        "user_data_dir": _text(settings.user_data_dir),
        "cdp_url": settings.cdp_url,
        "executable": _text(settings.browser),
        "install": settings.install,
    }


def _text(path: Path | None) -> str | None:
    return str(path) if path else None
