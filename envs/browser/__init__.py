"""A browser as an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from envs.browser.config import BrowserConfig
    from envs.browser.environment import BrowserEnvironment

__all__ = ["BrowserConfig", "BrowserEnvironment"]

__getattr__, __dir__ = exports(
    __name__,
    {
        "BrowserConfig": "envs.browser.config",
        "BrowserEnvironment": "envs.browser.environment",
    },
)
