"""The computer that a task runs on, as set-up steps, getters and judges see it. An agent never gets one.

Two kinds answer to it: the private display of this computer (`envs/machine/local.py`) and a machine behind
OSWorld's HTTP server (`envs/remote/machine.py`). What OSWorld's task files call `/home/user` is `home` everywhere:
a path or command that begins with it, or with `~`, is meant to work on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from action_space.geometry import Box, Size


class MachineFault(Exception):
    """The machine does not do what it was asked: it is gone, or the request failed. Never an agent's fault."""


@dataclass(frozen=True)
class Ran:
    """What came of a command: exit code, and what it wrote."""

    code: int
    out: str = ""
    err: str = ""


@dataclass(frozen=True)
class Window:
    """One window of an application: X11's id, title and class, and its box in screenshot pixels."""

    id: str
    title: str
    name: str
    box: Box | None = None
    active: bool = False


Command = str | Sequence[str]
"""A list of arguments, or text that is split as a shell would split it (with `shell`, that the shell runs)."""


class Machine(Protocol):
    """Files, commands, windows and pictures of one computer. Synchronous.

    Every method raises `MachineFault` where the machine itself fails; what merely is not there is None or False.
    """

    platform: str
    """ "Linux", "Windows" or "Darwin"."""
    home: str
    """The user's home folder on that machine; stands for OSWorld's `/home/user`."""

    def run(self, command: Command, *, shell: bool = False, timeout_s: float = 120.0) -> Ran:
        """Run a command to its end and give its output. A command that does not exist has the exit code 127."""

    def start(self, command: Command, *, shell: bool = False) -> None:
        """Start an application and leave it running. It ends with the machine at the latest."""

    def read(self, path: str) -> bytes | None:
        """The content of a file; None: there is none."""

    def write(self, path: str, data: bytes) -> None:
        """Write a file; folders above it are made."""

    def open(self, path: str) -> None:
        """Open a file or address with the application that is meant for it."""

    def windows(self) -> list[Window]:
        """The open windows, from bottom to top."""

    def activate_window(self, name: str, *, strict: bool = False, by_class: bool = False) -> bool:
        """Raise and focus the window whose title (or class) contains, or equals, `name`; False: there is none."""

    def close_window(self, name: str, *, strict: bool = False, by_class: bool = False) -> bool:
        """Ask the window to close; False: there is none."""

    def screen_size(self) -> Size:
        """Pixels of the screenshot."""

    def screenshot(self) -> bytes:
        """The screen as a PNG file."""

    def accessibility_tree(self) -> str | None:
        """OSWorld's XML of what assistive technology sees; None: there is no such service."""

    def terminal_output(self) -> str | None:
        """The text in the active terminal window; None: there is none."""

    def wallpaper(self) -> bytes | None:
        """The background picture as a file; None: there is none."""

    def directory_tree(self, path: str) -> dict[str, Any] | None:
        """OSWorld's tree: {"type": "directory"|"file", "name": …, "children": […]}; None: no such folder."""

    def browser_endpoint(self) -> str | None:
        """Address at which the machine's Chromium takes DevTools connections; None: it runs none."""

    def close(self) -> None:
        """End everything that was started. May be called twice."""
