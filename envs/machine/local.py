"""This computer with one X display as a `Machine`: where desktop tasks run, and what `envs.osworld.server` serves.

Its home is the user's own, or that of a private display. Where that is not `/home/user`, paths and commands that
name OSWorld's home folder are led to it.
"""

from __future__ import annotations

import contextlib
import io
import os
import platform
import re
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from action_space.geometry import Size
from envs.display import windows as desktop_windows
from envs.machine.base import Command, MachineFault, Ran, Window
from envs.machine.programs import argv_for, devtools, missing, opener
from envs.patience import spent
from envs.remote.machine import matches

_OSWORLD_HOME = "/home/user"
# Of a listing: JSON is nested no deeper, and no answer is larger.
_DEPTH_AT_MOST, _ENTRIES_AT_MOST = 200, 200_000
_FOLDERS = ("Desktop", "Documents", "Downloads", "Music", "Pictures", "Videos")


@contextlib.contextmanager
def served_machine(
    display: str | None, size: tuple[int, int] = (1280, 800), *, view: bool = False
) -> Iterator[LocalMachine]:
    """The display of that name, or a private one with a fresh home folder; `view`: see `PrivateDisplay`.

    Raises:
        LaunchFailed: there is no such display, or none can be started.
    """
    from envs.display.displays import environ_of
    from envs.display.private import PrivateDisplay

    with contextlib.ExitStack() as stack:
        if display is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="agent-home-")))
            private = stack.enter_context(PrivateDisplay(size=size, home=home, view=view))
            name, environ = private.name, private.environ
        else:
            name, environ = display, environ_of(display)
            home = Path(environ.get("HOME") or Path.home())
        for folder in _FOLDERS if display is None else ():
            (home / folder).mkdir()
        yield stack.enter_context(contextlib.closing(LocalMachine(name, environ, home)))


class LocalMachine:
    """A `Machine`; see there for the methods. Thread-safe.

    Args:
        display: such as ":7".
        environ: environment of what runs on it.
        home: home folder.

    Raises:
        LaunchFailed: the display cannot be seen.
    """

    def __init__(self, display: str, environ: dict[str, str], home: Path) -> None:
        from envs.desktop.capture import ScreenCapture

        self.platform = platform.system()
        self.home = str(home)
        self.display = display
        self._environ = {**environ, "DISPLAY": display, "HOME": self.home}
        self._eyes = ScreenCapture(display, environ.get("XAUTHORITY"), 0)
        self._looking = threading.Lock()
        self._screen = desktop_windows.connect(display, environ.get("XAUTHORITY"))
        self._started: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._started.clear()
        self._eyes.close()
        with contextlib.suppress(Exception):  # its display may be gone
            self._screen.close()

    # -- programs -------------------------------------------------------------------------------------------

    def run(self, command: Command, *, shell: bool = False, timeout_s: float = 120.0) -> Ran:
        # Files, not pipes: a program that the command leaves running would hold a pipe open.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            try:
                argv = argv_for(self._argv(command, shell), Path(self.home)) or ["true"]
                process = self._popen(argv, stdout=out, stderr=err)
            except FileNotFoundError as gone:
                return Ran(127, err=str(gone))
            try:
                code = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                shown = command if isinstance(command, str) else shlex.join(command)
                raise MachineFault(f"Command {shown[:120]!r} timed out after {timeout_s:g} seconds") from None
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode("utf-8", "replace"))
        return Ran(code, *texts)

    def start(self, command: Command, *, shell: bool = False) -> None:
        null = subprocess.DEVNULL
        argv = argv_for(self._argv(command, shell), Path(self.home))
        if argv is None:
            return
        if not shutil.which(argv[0], path=self._environ.get("PATH")):
            raise MachineFault(missing(argv[0]))
        try:
            self._started = [known for known in self._started if known.poll() is None]
            self._started.append(self._popen(argv, stdout=null, stderr=null))
        except FileNotFoundError as gone:
            raise MachineFault(str(gone)) from gone

    def computed_s(self) -> float:
        """Seconds that the programs that were started here have computed: whether they get on."""
        return spent([process.pid for process in self._started if process.poll() is None])

    def _popen(self, argv: list[str], **given: Any) -> subprocess.Popen[bytes]:
        try:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                env=self._environ,
                cwd=self.home,
                start_new_session=True,
                **given,
            )
        except PermissionError as refused:
            raise MachineFault(str(refused)) from refused
        return process

    def _argv(self, command: Command, shell: bool) -> list[str]:
        if shell:
            argv = ["/bin/sh", "-c", *([command] if isinstance(command, str) else command)]
        else:
            argv = shlex.split(command) if isinstance(command, str) else list(command)
        if not argv:
            raise MachineFault("command: is empty")
        return [self._here(part) for part in argv]

    def _here(self, text: str) -> str:
        if self.home == _OSWORLD_HOME:
            return text
        return re.sub(r"/home/user(?![\w.-])", lambda _: self.home, text)

    def open(self, path: str) -> None:
        if "://" not in path:
            file = self._path(path)
            path = f"{file}/" if file.is_dir() else str(file)
        self.start(opener(path))

    # -- files ----------------------------------------------------------------------------------------------

    def _path(self, path: str) -> Path:
        text = f"{self.home}{path[1:]}" if path == "~" or path.startswith("~/") else path
        names = {**self._environ}
        text = re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda name: names.get(name[1] or name[2], name[0]), text)
        return Path(self.home, self._here(text))

    def read(self, path: str) -> bytes | None:
        try:
            return self._path(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as failure:
            raise MachineFault(f"{path}: {failure.strerror or failure}") from failure

    def write(self, path: str, data: bytes) -> None:
        file = self._path(path)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        except OSError as failure:
            raise MachineFault(f"{path}: {failure.strerror or failure}") from failure

    def directory_tree(self, path: str) -> dict[str, Any] | None:
        folder = self._path(path)
        return _tree(folder) if folder.is_dir() else None

    # -- windows and pictures -------------------------------------------------------------------------------

    def windows(self) -> list[Window]:
        return desktop_windows.windows(self.display)

    def activate_window(self, name: str, *, strict: bool = False, by_class: bool = False) -> bool:
        found = self._find(name, strict, by_class)
        return found is not None and desktop_windows.activate(self.display, found.id)

    def close_window(self, name: str, *, strict: bool = False, by_class: bool = False) -> bool:
        found = self._find(name, strict, by_class)
        return found is not None and desktop_windows.close(self.display, found.id)

    def _find(self, name: str, strict: bool, by_class: bool) -> Window | None:
        found = [one for one in self.windows() if matches(one, name, strict, by_class)]
        return found[-1] if found else None

    def _follow_size(self) -> None:
        """Where the screen was resized, see all of it."""
        area = self._screen.screen().root.get_geometry()
        if (area.width, area.height) != self._eyes.monitor[2:]:
            self._eyes.open()

    def screen_size(self) -> Size:
        with self._looking:
            self._follow_size()
            return Size(self._eyes.monitor.width, self._eyes.monitor.height)

    def screenshot(self) -> bytes:
        with self._looking:
            self._follow_size()
            picture = self._eyes.picture()
        file = io.BytesIO()
        # Quick rather than small: it crosses no more than a local network.
        picture.save(file, "PNG", compress_level=1)
        return file.getvalue()

    def accessibility_tree(self) -> str | None:
        return None

    def terminal_output(self) -> str | None:
        return None

    def wallpaper(self) -> bytes | None:
        if not shutil.which("gsettings"):
            return None
        ran = self.run(["gsettings", "get", "org.gnome.desktop.background", "picture-uri"])
        path = ran.out.strip().strip("'").removeprefix("file://")
        return self.read(path) if ran.code == 0 and path else None

    def browser_endpoint(self) -> str | None:
        return devtools(Path(self.home))


def _tree(path: Path) -> dict[str, Any]:
    """What lies below a folder. Each is gone into once: links may lead in a circle, or there in many ways."""
    seen: set[tuple[int, int]] = set()
    root: dict[str, Any] = {}
    left = [(path, root, 0)]
    entries = 0
    while left:
        here, told, depth = left.pop()
        told["type"], told["name"] = "file", here.name
        entries += 1
        try:
            found = here.stat()
            if not stat.S_ISDIR(found.st_mode):
                continue
            told["type"], told["children"] = "directory", []
            place = found.st_dev, found.st_ino
            if place in seen or depth >= _DEPTH_AT_MOST or entries > _ENTRIES_AT_MOST:
                continue
            seen.add(place)
            children = sorted(here.iterdir())
        except OSError as failure:
            if told["type"] == "directory":
                told.clear()
                told["error"] = str(failure)
            continue
        told["children"] = [{} for _ in children]
        left += zip(children, told["children"], [depth + 1] * len(children), strict=True)
    return root
