"""Ending what was started, wherever it sits in the process tree.

Browsers, D-Bus daemons and accessibility services leave their parent's process group, so they are known by a mark
in their environment: `NAME=token`, which children inherit. Where a system shows nobody the environment of its
processes (no /proc, or one that hides), the ids of those that were started are what there is: each leads a process
group of its own, and the kernel's handle on it (pidfd) keeps its id from being taken for another process.

Run as a program it is a watchdog (`watchdog` starts it): `python processes.py NAME TOKEN LAST_PID FOLDER` reads
the ids of what is started, one a line, until its standard input closes or its parent is gone, and then ends
everything. So a parent that is killed without a chance to tidy up leaves nothing behind.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

_POLL_S = 0.01
_LAST_WAIT_S = 10.0
_REMOVE_S = 1.0  # programs that are just ending may still write


class Started:
    """Processes that are known because they were started, not by their mark."""

    def __init__(self) -> None:
        self._handles: dict[int, int] = {}

    def add(self, pid: int) -> None:
        """Remember a process that runs now and leads a group of its own."""
        with suppress(OSError, AttributeError):  # it ended already, or this system has no such handles
            self._handles[pid] = os.pidfd_open(pid)

    def alive(self) -> list[int]:
        """Those that have not ended."""
        return [pid for pid, handle in self._handles.items() if not select.select([handle], [], [], 0)[0]]

    def send(self, number: signal.Signals, pids: Iterable[int], groups: bool = True) -> None:
        """Send a signal to some of them, and to the groups that they lead."""
        for pid in pids:
            if pid not in self._handles:
                continue
            if groups:
                with suppress(OSError):
                    os.killpg(pid, number)
            with suppress(OSError):
                signal.pidfd_send_signal(self._handles[pid], number)


def marked(name: str, token: str) -> list[int]:
    """Ids of the living processes whose environment carries `name=token`; empty where none may be looked at."""
    try:
        import psutil

        pids = psutil.pids()
    except (ImportError, OSError, RuntimeError, IndexError):  # the last of an empty list of processes
        return []
    found = []
    for pid in pids:
        with suppress(psutil.Error, OSError):
            if psutil.Process(pid).environ().get(name) == token:
                found.append(pid)
    return found


def end_marked(name: str, token: str) -> None:
    """Kill every process that carries the mark, but never the calling one."""
    for pid in marked(name, token):
        if pid != os.getpid():
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def end_all(name: str, token: str, last: int, folder: str, started: Started | None = None) -> None:
    """End every process that carries the mark or was started, `last` (a display server) only after the others.

    `last` gets the chance to remove its own lock and socket; then `folder` is removed.
    """
    started = started or Started()
    deadline = time.monotonic() + _LAST_WAIT_S
    spared = {os.getpid(), last}
    while True:
        known = [pid for pid in started.alive() if pid not in spared]
        others = [pid for pid in marked(name, token) if pid not in spared]
        if not (known or others) or time.monotonic() > deadline:
            break
        started.send(signal.SIGKILL, known)
        for pid in others:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL_S)

    def there() -> bool:
        # Its id is trusted only while the mark is on it, or a handle holds it: it may be reused by now.
        return last in started.alive() or last in marked(name, token)

    if there():
        with suppress(OSError):
            os.kill(last, signal.SIGTERM)
        deadline = time.monotonic() + _LAST_WAIT_S
        while there() and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        started.send(signal.SIGKILL, [pid for pid in started.alive() if pid == last])
        end_marked(name, token)
    remove(folder)


def remove(folder: str) -> None:
    """Remove a folder with all that is in it, though something may still be written there. Never raises."""
    deadline = time.monotonic() + _REMOVE_S
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder) or time.monotonic() > deadline:
            return
        time.sleep(_POLL_S)


def watchdog(name: str, token: str, folder: str, *, last: int = 0) -> subprocess.Popen[bytes]:
    """Start the program below. It lives until its standard input closes or this process is gone.

    It carries no mark itself, neither this one nor that of whoever started us: it must outlive them all.

    Args:
        folder: removed at the end.
        last: id of a display server, which ends after all others.
    """
    return subprocess.Popen(
        # With site-packages (no -S): without psutil it could find nobody by their mark.
        [sys.executable, "-I", __file__, name, token, str(last), folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C at a terminal is not for it
        env={key: value for key, value in os.environ.items() if not key.startswith("AGENT_") and key != name},
        cwd=os.sep,  # a folder that somebody wants to remove is not held
    )


def _watch(name: str, token: str, last: str, folder: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    parent = os.getppid()
    started = Started()
    started.add(int(last))
    text = b""
    # The pipe closes with the parent, unless a fork of the parent still holds it: then the parent's id tells.
    while os.getppid() == parent:
        ready, _, _ = select.select([0], [], [], 1.0)
        if not ready:
            continue
        part = os.read(0, 4096)
        if not part:
            break
        *lines, text = (text + part).split(b"\n")
        for line in lines:
            started.add(int(line))
    end_all(name, token, int(last), folder, started)


if __name__ == "__main__":
    _watch(*sys.argv[1:])
