"""The private displays that this program has open, and the environment that programs on a display need."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
import weakref
from collections.abc import Sequence
from typing import Protocol

import psutil

from envs.display.environ import MARK

_ANSWER_S = 15.0


class Display(Protocol):
    """A private display as the rest of the program needs it."""

    name: str
    environ: dict[str, str]

    @property
    def closed(self) -> bool: ...

    def start(self, argv: Sequence[str]) -> subprocess.Popen[bytes]: ...


_OPEN: weakref.WeakValueDictionary[str, Display] = weakref.WeakValueDictionary()


def opened(display: Display) -> None:
    """Remember a display for as long as somebody holds it."""
    _OPEN[display.name] = display


def find(name: str) -> Display | None:
    """The private display of that name, if this program has made it and not closed it."""
    display = _OPEN.get(name.partition(".")[0])
    return None if display is None or display.closed else display


def environ_of(name: str) -> dict[str, str]:
    """Environment for programs on a display: that of a private one, also if another program made it; else ours."""
    own = find(name)
    if own is not None:
        return dict(own.environ)
    found = _served(name)
    return {**(found or os.environ), "DISPLAY": name}


def _served(name: str) -> dict[str, str] | None:
    """The environment of another program's private display, which its Xvfb carries."""
    number = re.fullmatch(r":(\d+)(\.\d+)?", name)
    if number is None or not sys.platform.startswith("linux"):
        return None
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.settimeout(_ANSWER_S)
            server.connect(f"/tmp/.X11-unix/X{number[1]}")
            pid, _, _ = struct.unpack("3i", server.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        found = psutil.Process(pid).environ()
    except (OSError, psutil.Error):
        return None
    return found if MARK in found else None
