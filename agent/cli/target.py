"""Where `agent run` works: a page, a bundled task, a desktop or a remote machine, opened as the settings say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from agent.cli.guard import policy_of
from agent.guard.rules import GuardPolicy
from agent.loop import Judge
from envs.base import Environment

if TYPE_CHECKING:
    from agent.cli.settings import Settings
    from envs.tasks.task_file import FileTask
    from model.registry import ModelOptions

Say = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """An open environment, and how to check what was done in it."""

    instruction: str
    environment: Environment
    judge: Judge | None = None


@contextmanager
def open_target(
    task: str,
    settings: Settings,
    task_file: Path | None,
    say: Say,
    downloads: Path | None = None,
    policy: GuardPolicy | None = None,
) -> Iterator[Target]:
    """The task of --task; else the machine at --machine, the desktop, the page at --url, or the demo store.

    Args:
        policy: the rules of the run; None: those of the settings.
        downloads: where a browser keeps what it downloads, unless the settings name another folder.

    Raises:
        ValueError: the task file is not right, does not go with the settings, or would run commands that nobody
            has allowed.
        EnvironmentFault, SetupFailed: it cannot be opened.
    """
    from envs import tasks

    policy = policy or policy_of(settings)
    with ExitStack() as stack:
        known = tasks.load(task_file, trust=settings.trust) if task_file else None
        if known is None and settings.env == "browser" and not settings.url:
            known = tasks.find(task)
        if known is not None:
            options = _options(known, settings, downloads, policy)
            episode = known.start(settings.seed, options)
            stack.callback(episode.close)
            yield Target(task.strip() or episode.instruction, episode.environment, episode.judge)
        else:
            yield Target(task, _environment(settings, say, stack, downloads, policy))


def _options(task: FileTask, settings: Settings, downloads: Path | None, policy: GuardPolicy) -> dict[str, Any]:
    """What `Task.start` is told: of the browser's settings only what applies where the task runs."""
    if settings.machine:
        return {"place": "remote", "machine": settings.machine}
    from envs.tasks.targets import place_of

    if place_of(task.file, {}) == "browser":
        return _browser_options(settings, downloads, policy)
    return {"size": settings.viewport, "view": settings.view}


def _environment(
    settings: Settings, say: Say, stack: ExitStack, downloads: Path | None, policy: GuardPolicy
) -> Environment:
    if settings.env == "remote":
        from envs.remote import RemoteEnvironment, RemoteMachine

        assert settings.machine is not None  # Settings sees to it
        machine = RemoteMachine(settings.machine)
        stack.callback(machine.close)
        return stack.enter_context(RemoteEnvironment(machine))
    if settings.env == "desktop":
        return _desktop(settings, say, stack)
    from envs.browser.config import BrowserConfig
    from envs.browser.environment import BrowserEnvironment

    url = settings.url
    named: tuple[str, ...] = ()
    if not url:
        from envs.sites import open_site

        site = open_site("store", seed=settings.seed)
        stack.callback(site.close)
        url = site.url
        named = (url,)
    config = BrowserConfig(url=url, **_browser_options(settings, downloads, policy, named))
    return stack.enter_context(BrowserEnvironment(config, say=say))


def _desktop(settings: Settings, say: Say, stack: ExitStack) -> Environment:
    """The user's own screen; a private one where there is none, or where one was asked for."""
    from envs.desktop.environment import DesktopConfig, DesktopEnvironment

    screenless = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
    wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    display = None
    if settings.private_display or settings.view or (screenless and not wayland):
        from envs.display.private import PrivateDisplay

        display = stack.enter_context(PrivateDisplay(size=settings.viewport, view=settings.view, say=say)).name
    return stack.enter_context(
        DesktopEnvironment(DesktopConfig(display=display, monitor=settings.monitor), say=say)
    )


def model_options(settings: Settings) -> ModelOptions:
    """How to open the model: every field of `ModelOptions` that the settings know."""
    from model.registry import ModelOptions

    return ModelOptions(**_shared(settings, ModelOptions, {"thinking": "think", "timeout_s": "timeout"}))


def _browser_options(
    settings: Settings, downloads: Path | None, policy: GuardPolicy, named: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Every field of `BrowserConfig` that the settings know, but the address."""
    from envs.browser.config import BrowserConfig, HttpCredentials

    given = _shared(settings, BrowserConfig, {"executable": "browser"})
    del given["url"]
    given["downloads_dir"] = given["downloads_dir"] or downloads
    given["allow_files"] = policy.allow_files
    given["sites"] = policy.sites(named)
    given["permissions"] = tuple(given["permissions"])
    if given["http_credentials"]:
        name, _, password = given["http_credentials"].partition(":")
        given["http_credentials"] = HttpCredentials(name, SecretStr(password))
    return {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}


def _shared(settings: Settings, kind: Any, names: dict[str, str]) -> dict[str, Any]:
    """The fields of a dataclass that are settings too; `names`: where a setting is called otherwise."""
    known = {field.name: names.get(field.name, field.name) for field in fields(kind)}
    found = {name: getattr(settings, setting) for name, setting in known.items() if hasattr(settings, setting)}
    secret = {
        name: value.get_secret_value() for name, value in found.items() if hasattr(value, "get_secret_value")
    }
    return {**found, **secret}
