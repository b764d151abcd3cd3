"""Where it is done: browsers, desktops and remote machines, and the tasks that are set and judged there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from envs.base import (
        ActionError,
        BrowserMissing,
        Environment,
        EnvironmentFault,
        LaunchFailed,
        Observation,
        PageLoadFailed,
        StepResult,
        TargetClosed,
    )
    from envs.browser.config import BrowserConfig
    from envs.browser.environment import BrowserEnvironment
    from envs.desktop.environment import DesktopConfig, DesktopEnvironment
    from envs.display.private import PrivateDisplay
    from envs.machine.base import Machine
    from envs.machine.local import LocalMachine
    from envs.osworld.environment import DesktopEnv
    from envs.remote.environment import RemoteEnvironment
    from envs.remote.machine import RemoteMachine
    from envs.sites.server import open_site

__all__ = [
    "ActionError",
    "BrowserConfig",
    "BrowserEnvironment",
    "BrowserMissing",
    "DesktopConfig",
    "DesktopEnv",
    "DesktopEnvironment",
    "Environment",
    "EnvironmentFault",
    "LaunchFailed",
    "LocalMachine",
    "Machine",
    "Observation",
    "PageLoadFailed",
    "PrivateDisplay",
    "RemoteEnvironment",
    "RemoteMachine",
    "StepResult",
    "TargetClosed",
    "open_site",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "ActionError": "envs.base",
        "BrowserConfig": "envs.browser.config",
        "BrowserEnvironment": "envs.browser.environment",
        "BrowserMissing": "envs.base",
        "DesktopConfig": "envs.desktop.environment",
        "DesktopEnv": "envs.osworld.environment",
        "DesktopEnvironment": "envs.desktop.environment",
        "Environment": "envs.base",
        "EnvironmentFault": "envs.base",
        "LaunchFailed": "envs.base",
        "LocalMachine": "envs.machine.local",
        "Machine": "envs.machine.base",
        "Observation": "envs.base",
        "PageLoadFailed": "envs.base",
        "PrivateDisplay": "envs.display.private",
        "RemoteEnvironment": "envs.remote.environment",
        "RemoteMachine": "envs.remote.machine",
        "StepResult": "envs.base",
        "TargetClosed": "envs.base",
        "open_site": "envs.sites.server",
    },
)
