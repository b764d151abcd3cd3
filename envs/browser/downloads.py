"""What pages let the browser download: kept under safe names, bounded, and every loss said."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.base import FailedDownload
from envs.browser.config import BrowserConfig
from envs.scratch import Scratch

_MB = 1 << 20
_LOOK_S = 0.2
NAME_BYTES = 255  # the longest file name of the usual file systems
_SUFFIX_BYTES = 32
_COUNT_BYTES = 8  # room for " (1234)"
# What Windows forbids, so that a folder can be taken there; control characters and what turns text around.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]')
_DEVICE = re.compile(r"^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])$", re.IGNORECASE)


@dataclass(eq=False)
class _Running:
    """A download that is not over: its name, and why we ended it."""

    name: str
    stopped: FailedDownload | None = None


class Downloads:
    """The downloads of one session.

    Attributes:
        saved: paths of the files, in the order in which they were complete.
        failed: those that were lost, and why.
        arriving: folder in which the browser keeps what is not complete.
    """

    def __init__(self, config: BrowserConfig, changed: asyncio.Event) -> None:
        self.saved: list[str] = []
        self.failed: list[FailedDownload] = []
        self.arriving = Path()
        self._config, self._changed = config, changed
        self._scratch: Scratch | None = None
        self._running: dict[_Running, asyncio.Task[None]] = {}
        self._kept_bytes = 0

    def use(self, scratch: Scratch) -> None:
        """Keep what is temporary there."""
        self._scratch = scratch
        self.arriving = scratch.path / "arriving"
        self.arriving.mkdir()

    @property
    def running(self) -> int:
        """How many are not over."""
        return len(self._running)

    def started(self, download: Any) -> None:
        """Keep what Playwright's `download` brings."""
        running = _Running(safe_name(download.suggested_filename))
        task = asyncio.ensure_future(self._keep(running, download))
        self._running[running] = task

        def over(_: Any) -> None:
            self._running.pop(running, None)
            self._changed.set()

        task.add_done_callback(over)

    async def finish(self, patience_s: float) -> None:
        """Wait for those that run, as long as some bytes come within every `patience_s` seconds."""
        while self._running:
            before = self._arriving_bytes()
            await asyncio.wait(self._running.values(), timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            if self._running and self._arriving_bytes() == before:
                return

    def cancel(self) -> None:
        """Give up those that run; each is then a failed one."""
        for running, task in self._running.items():
            self._lost(running.name, "cancelled", "it was not complete when the browser was closed")
            task.cancel()

    async def _keep(self, running: _Running, download: Any) -> None:
        name = running.name
        watch = asyncio.ensure_future(self._bound(running, download))
        try:
            arrived = Path(await download.path())
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if running.stopped is None and self._full(self.arriving):
                self._lost(name, "disk", f"the disk is full ({self.arriving})")
            elif running.stopped is None:
                why = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
                self._lost(name, "network", f"it broke off or was cancelled ({why})")
            else:
                self.failed.append(running.stopped)
            return
        finally:
            watch.cancel()
        folder = None
        try:
            folder = self._folder()
            size = arrived.stat().st_size
            path = await asyncio.to_thread(_move, arrived, folder, name)
        except OSError as error:
            where = folder or self._config.downloads_dir
            self._lost(name, "disk", f"it cannot be saved in {where}: {error.strerror or error}")
            return
        self._kept_bytes += size
        self.saved.append(str(path))

    async def _bound(self, running: _Running, download: Any) -> None:
        """End the download once all together take more than they may."""
        limit = self._config.download_limit_mb
        while self._kept_bytes + self._arriving_bytes() <= limit * _MB:
            await asyncio.sleep(_LOOK_S)  # nothing tells of bytes that come; it is their number that is watched
        running.stopped = FailedDownload(
            running.name, "limit", f"downloads may take {limit} MB in all; more is allowed by download_limit_mb"
        )
        with contextlib.suppress(Exception):
            await download.cancel()

    def _arriving_bytes(self) -> int:
        total = 0
        with contextlib.suppress(OSError), os.scandir(self.arriving) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    total += entry.stat().st_size
        return total

    def _lost(self, name: str, kind: Any, message: str) -> None:
        self.failed.append(FailedDownload(name, kind, message))

    @staticmethod
    def _full(folder: Path) -> bool:
        try:
            return shutil.disk_usage(folder).free < _MB
        except OSError:
            return True

    def _folder(self) -> Path:
        if self._config.downloads_dir:
            folder = Path(self._config.downloads_dir).expanduser().absolute()
        else:
            assert self._scratch is not None
            folder = self._scratch.path / "saved"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def safe_name(suggested: str) -> str:
    """A name that every usual file system takes, as near to `suggested` as can be.

    No path, no hidden file, no device of Windows, at most 255 bytes; the ending is kept.
    """
    text = suggested.encode("utf-8", "replace").decode("utf-8")
    text = unicodedata.normalize("NFC", text)
    text = _FORBIDDEN.sub("_", text)
    text = text.strip().rstrip(" .").lstrip(" .")
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending.encode()) > _SUFFIX_BYTES:
        stem, ending = text, ""
    if not stem.strip(" ._"):
        stem = "download"
    # Windows reads a device's name up to the first dot, whatever comes behind it.
    if _DEVICE.match(stem.partition(".")[0].strip()):
        stem = f"_{stem}"
    ending = f".{ending}" if ending else ""
    room = NAME_BYTES - _COUNT_BYTES - len(ending.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + ending


def reserve(folder: Path, name: str) -> Path:
    """A new empty file in `folder`: "a.pdf", then "a (1).pdf". It is ours, however many ask at once.

    Raises:
        OSError: the folder cannot be written to.
    """
    path, count = folder / name, 0
    while True:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return path
        except FileExistsError:
            count += 1
            stem, dot, ending = name.rpartition(".")
            path = folder / (f"{stem} ({count}).{ending}" if dot else f"{name} ({count})")


def _move(arrived: Path, folder: Path, name: str) -> Path:
    """Move the file into the folder, whole or not at all."""
    path = reserve(folder, name)
    try:
        try:
            arrived.replace(path)
        except OSError:  # another file system
            handle, part = tempfile.mkstemp(prefix=".part-", dir=folder)
            os.close(handle)
            try:
                shutil.copyfile(arrived, part)
                Path(part).chmod(path.stat().st_mode & 0o777)
                Path(part).replace(path)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise
            arrived.unlink(missing_ok=True)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
