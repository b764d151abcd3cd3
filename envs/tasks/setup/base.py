"""What set-up steps share: the registry."""

from __future__ import annotations

from envs.tasks.registry import Registry

SETUP = Registry("set-up step")
