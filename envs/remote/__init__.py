"""A remote machine with OSWorld's HTTP server: its files and windows, and its screen as an environment.

The machine's Python runs what is sent to it: whoever can reach such a server can do anything there. It belongs
in a network of its own.
"""

from __future__ import annotations

from envs.remote.client import NoAnswer, Unreachable, WrongService
from envs.remote.environment import RemoteEnvironment
from envs.remote.machine import RemoteMachine

__all__ = ["NoAnswer", "RemoteEnvironment", "RemoteMachine", "Unreachable", "WrongService"]
