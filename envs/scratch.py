"""Temporary folders that nothing leaves behind, however this process ends.

All of a process lie in one folder, `agent-scratch-…` in the system's temporary folder (in /tmp where that is too
long a path for a browser's socket), which is locked while the
process lives. A watchdog (`envs/processes.py`) removes it at once when the process is killed, with whatever
still runs on it; what a watchdog could not remove is swept by the next process that needs such a folder.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from envs import processes

MARK = "AGENT_SCRATCH"
_PREFIX, _LOCK = "agent-scratch-", ".lock"
_VARIABLES = ("TMPDIR", "TEMP", "TMP")
_FRESH_S = 60.0
_CLOSE_S = 5.0
# Characters of a folder in which a browser can still make its socket, whose path the system bounds (sun_path, 104
# on macOS and 108 on Linux): ".org.chromium.Chromium.abcdef/SingletonSocket" takes 46.
_LONGEST = 57


class Scratch:
    """One folder, removed by `remove`, and at the latest with this process."""

    def __init__(self, purpose: str) -> None:
        self._root = _Root.lend()
        self.path = self._root.path / f"{purpose}{next(self._root.numbers)}"
        self.path.mkdir()

    def environ(self) -> dict[str, str]:
        """For child processes: their temporary files lie in this folder, and they end with this process."""
        mark = {MARK: str(self._root.path)}
        if len(str(self.path)) > _LONGEST:
            return mark
        return {**dict.fromkeys(_VARIABLES, str(self.path)), **mark}

    def remove(self) -> None:
        """Remove the folder. Harmless the second time."""
        shutil.rmtree(self.path, ignore_errors=True)
        root, self._root = self._root, None  # type: ignore[assignment]
        if root is not None:
            root.give_back()


class _Root:
    """The folder of this process: made for the first that needs it, removed with the last."""

    _guard = threading.Lock()
    _current: _Root | None = None

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.numbers = itertools.count(1)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_places()[0]))
        self._lock = FileLock(self.path / _LOCK, thread_local=False)
        self._lock.acquire(blocking=False)
        self._users = 0
        folder = str(self.path)
        self._watchdog = None if sys.platform == "win32" else processes.watchdog(MARK, folder, folder)

    @classmethod
    def lend(cls) -> _Root:
        with cls._guard:
            # A forked child has a copy of its parent's: not its own.
            if cls._current is None or cls._current.owner != os.getpid():
                sweep()
                cls._current = _Root()
            cls._current._users += 1
            return cls._current

    def give_back(self) -> None:
        with self._guard:
            self._users -= 1
            if self._users or self.owner != os.getpid():
                return
            _Root._current = None
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.close()  # it ends what is still running on the folder, and removes the rest
            try:
                self._watchdog.wait(_CLOSE_S)
            except subprocess.TimeoutExpired:
                self._watchdog.kill()
                self._watchdog.wait()
        processes.remove(str(self.path))


@contextmanager
def temporary_files(purpose: str) -> Iterator[Path]:
    """A fresh folder in place of the system's for temporary files, for this process and all that it starts.

    A browser, its driver, a display and the judges all ask the system for temporary files; so all of theirs go
    with this folder. Programs that are meant to stay, as one that an agent opened on a desktop, carry no mark of
    it and live on. Not for several threads at once: the place is the process's.

    Raises:
        OSError: it cannot be made.
    """
    scratch = Scratch(purpose)
    before, chosen = {name: os.environ.get(name) for name in _VARIABLES}, tempfile.tempdir
    try:
        if len(str(scratch.path)) <= _LONGEST:
            os.environ.update(dict.fromkeys(_VARIABLES, str(scratch.path)))
            tempfile.tempdir = str(scratch.path)
        yield scratch.path
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        tempfile.tempdir = chosen
        scratch.remove()


def _places() -> list[str]:
    """Where such folders may lie, the best first: the system's folder, unless sockets could not lie in it."""
    usual = tempfile.gettempdir()
    short = "/tmp"
    if len(usual) + len(_PREFIX) + 12 <= _LONGEST or not os.access(short, os.W_OK):
        return [usual]
    return [short, usual]


def sweep() -> None:
    """Remove the folders of processes that are no more."""
    for folder in (folder for place in _places() for folder in Path(place).glob(f"{_PREFIX}*")):
        with suppress(OSError, Timeout):
            lock = folder / _LOCK
            if folder.is_symlink():
                continue  # somebody else's trick
            if not lock.exists() and time.time() - folder.stat().st_mtime < _FRESH_S:
                continue  # just made, and not locked yet
            with FileLock(lock, blocking=False):
                shutil.rmtree(folder, ignore_errors=True)
