"""Secrets: what a person lends to a run without showing it to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from agent.secrets.file import read_secrets
    from agent.secrets.vault import Secret, SecretError, Secrets

__all__ = ["Secret", "SecretError", "Secrets", "read_secrets"]

__getattr__, __dir__ = exports(
    __name__,
    {
        "Secret": "agent.secrets.vault",
        "SecretError": "agent.secrets.vault",
        "Secrets": "agent.secrets.vault",
        "read_secrets": "agent.secrets.file",
    },
)
