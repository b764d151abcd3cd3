"""Ending what was started, wherever it sits in the process tree.

Browsers, D-Bus daemons and accessibility services leave their parent's process group, so they are known by a mark
in their environment: `NAME=token`, which children inherit.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def marked(name: str, token: str) -> list[int]:
    """Ids of the living processes whose environment carries `name=token`; empty where there is no /proc."""
    mark = f"{name}={token}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ProcessLookupError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def end_marked(name: str, token: str) -> None:
    """Kill every process that carries the mark, but never the calling one."""
    for pid in marked(name, token):
        if pid != os.getpid():
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
