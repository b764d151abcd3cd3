"""Checkpoints in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from model.local.model import LocalModel

__all__ = ["LocalModel"]

__getattr__, __dir__ = exports(
    __name__,
    {
        "LocalModel": "model.local.model",
    },
)
