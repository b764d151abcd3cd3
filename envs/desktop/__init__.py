"""A desktop as an environment: pictures by mss, input by pyautogui."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from envs.desktop.environment import DesktopConfig, DesktopEnvironment

__all__ = ["DesktopConfig", "DesktopEnvironment"]

__getattr__, __dir__ = exports(
    __name__,
    {
        "DesktopConfig": "envs.desktop.environment",
        "DesktopEnvironment": "envs.desktop.environment",
    },
)
