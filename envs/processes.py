"""Ending what was started, wherever it sits in the process tree.

Browsers, D-Bus daemons and accessibility services leave their parent's process group, so they are known by a mark
in their environment: `NAME=token`, which children inherit.

Run as a program it is a watchdog: `python processes.py NAME TOKEN LAST_PID FOLDER` waits until its standard input
closes, or its parent is gone, and then ends everything that carries the mark. So a parent that is killed without
a chance to tidy up leaves nothing behind. It needs nothing outside the standard library.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

_POLL_S = 0.01
_LAST_WAIT_S = 3.0


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


def end_all(name: str, token: str, last: int, folder: str) -> None:
    """End every process that carries the mark, `last` (a display server) only after the others; remove `folder`.

    `last` gets the chance to remove its own lock and socket.
    """
    deadline = time.monotonic() + _LAST_WAIT_S
    spared = {os.getpid(), last}
    while others := [pid for pid in marked(name, token) if pid not in spared]:
        for pid in others:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_S)
    # Its id is trusted only while the mark is on it: by now it may belong to another process.
    if last in marked(name, token):
        with suppress(OSError):
            os.kill(last, signal.SIGTERM)
        deadline = time.monotonic() + _LAST_WAIT_S
        while last in marked(name, token) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        end_marked(name, token)
    shutil.rmtree(folder, ignore_errors=True)


def _watch(name: str, token: str, last: str, folder: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    parent = os.getppid()
    # The pipe closes with the parent, unless a fork of the parent still holds it: then the parent's id tells.
    while os.getppid() == parent:
        ready, _, _ = select.select([0], [], [], 1.0)
        if ready and not os.read(0, 1):
            break
    end_all(name, token, int(last), folder)


if __name__ == "__main__":
    _watch(*sys.argv[1:])
