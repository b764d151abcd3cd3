"""OSWorld's two faces: its environment class and a server of its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from envs.osworld.environment import DesktopEnv

__all__ = ["DesktopEnv"]

__getattr__, __dir__ = exports(
    __name__,
    {
        "DesktopEnv": "envs.osworld.environment",
    },
)
