"""A private X display: a screen that nobody sees, with its own window manager, session bus and cookie.

Everything that was started on it carries a mark in its environment, and a watchdog (`envs/processes.py`) ends it
when the display is closed, and also when the program that made the display dies, however it dies.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from envs import processes
from envs.base import LaunchFailed
from envs.display import displays, windows
from envs.display import window_manager as display_manager
from envs.display.environ import MARK, environment, write_authority

Say = Callable[[str], None]
INSTALL = "sudo apt-get install -y xvfb openbox dbus"
_START_S, _CLOSE_S, _POLL_S = 60.0, 40.0, 0.01
_BACKGROUND = 0x3B5568


def problem() -> str | None:
    """What keeps this machine from having private displays, and what mends it, in one line; None: nothing."""
    if not sys.platform.startswith("linux"):
        return f"private displays need Linux with Xvfb; this is {sys.platform}"
    if not shutil.which("Xvfb"):
        return f"Xvfb is not installed: {INSTALL}"
    if display_manager.found("openbox") is None:
        return f"no window manager is installed: {INSTALL}"
    try:
        import Xlib  # noqa: F401
    except ImportError:
        return "python-xlib is not installed: pip install 'gui-agent-toolkit[desktop]'"
    return None


class PrivateDisplay:
    """One private X display, ready when constructed; a context manager.

    Args:
        size: of the screen, pixels, each side 64 to 16384.
        dpi: dots per inch that applications are told.
        home: home folder of what is started here. Without one it is the user's, with settings, caches and
            histories (the XDG folders) of the display's own, which end with it.
        window_manager: preferred one; where it is not installed, another is taken.
        view: let a VNC viewer on this computer watch; the address and password are said.
        say: gets the lines that a person should see.

    Attributes:
        name: such as ":7".
        environ: environment of everything that is started here.

    Raises:
        LaunchFailed: something is missing or did not start; the message says what mends it.
        ValueError: a size that no screen has.
    """

    def __init__(
        self,
        size: tuple[int, int] = (1280, 800),
        dpi: int = 96,
        home: Path | None = None,
        window_manager: str = "openbox",
        view: bool = False,
        say: Say | None = None,
    ) -> None:
        if not all(64 <= side <= 16384 for side in size):
            raise ValueError(f"size: {size[0]}x{size[1]}; each side is 64 to 16384 pixels")
        if not 40 <= dpi <= 500:
            raise ValueError(f"dpi: {dpi}; it is 40 to 500")
        if missing := problem():
            raise LaunchFailed("A private display cannot be started.", hint=missing)
        self.size = size
        self.name = ""
        token = secrets.token_hex(8)
        self._folder = Path(tempfile.mkdtemp(prefix="agent-display-"))
        self.environ = environment(token, self._folder, home)
        self._closing = _Closing(token, str(self._folder))
        self._finalizer = weakref.finalize(self, self._closing, os.getpid())
        try:
            self._serve(dpi)
            self._manage(window_manager)
            if view:
                self._show(say)
        except BaseException:
            self.close()
            raise
        displays.opened(self)

    def __enter__(self) -> PrivateDisplay:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        return not self._finalizer.alive

    def close(self) -> None:
        """End the display and everything that was started on it. May be called twice."""
        self._finalizer()

    def start(
        self, argv: Sequence[str], cwd: str | Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program on the display and leave it running; what it writes is dropped.

        Args:
            argv: program and arguments; no shell reads them.
            cwd: its folder; without one the display's home.
            env: variables on top of `environ`.

        Raises:
            LaunchFailed: the display is closed, or there is no such program.
        """
        if self.closed:
            raise LaunchFailed(f"Display {self.name} is closed; {argv[0]} was not started.")
        return self._start(argv, cwd, env)

    def _start(
        self,
        argv: Sequence[str],
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> subprocess.Popen[bytes]:
        null = subprocess.DEVNULL
        given: dict[str, Any] = {
            "stdin": null,
            "stdout": null,
            "stderr": null,
            "start_new_session": True,
        } | options
        folder = cwd or self.environ.get("HOME")
        try:
            started: subprocess.Popen[bytes] = subprocess.Popen(
                list(argv),
                cwd=folder if folder and Path(folder).is_dir() else None,
                # The mark comes last: whoever lost it would outlive the display.
                env={**self.environ, **(env or {}), MARK: self.environ[MARK]},
                **given,
            )
        except OSError as failure:
            raise LaunchFailed(f"{argv[0]} did not start: {failure.strerror or failure}") from failure
        self._closing.started(started)
        return started

    def _serve(self, dpi: int) -> None:
        cookie = secrets.token_bytes(16)
        authority = Path(self.environ["XAUTHORITY"])
        write_authority(authority, "", cookie)
        log = self._folder / "xvfb.log"
        width, height = self.size
        with _pipe() as (told, tell), log.open("wb") as errors:
            server = self._start(
                ["Xvfb", "-displayfd", str(tell), "-screen", "0", f"{width}x{height}x24", "-dpi", str(dpi),
                 "-auth", str(authority), "-nolisten", "tcp", "-noreset"],
                pass_fds=(tell,), stderr=errors, cwd="/",
            )  # fmt: skip
            self._closing.watch(server.pid)
            number = _line(told, server)
        if not number:
            last = (log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"])[-1]
            raise LaunchFailed(f"Xvfb did not start: {last[:300]}")
        self.name = f":{number}"
        self.environ["DISPLAY"] = self.name
        write_authority(authority, number, cookie)

    def _manage(self, wanted: str) -> None:
        """The session bus, the background and the window manager."""
        if shutil.which("dbus-daemon"):
            address = self.environ["DBUS_SESSION_BUS_ADDRESS"]
            with _pipe() as (told, tell):
                bus = self._start(
                    ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}",
                     f"--print-address={tell}"],
                    pass_fds=(tell,),
                )  # fmt: skip
                if not _line(told, bus):
                    raise LaunchFailed("dbus-daemon did not start.", hint=INSTALL)
        else:
            del self.environ["DBUS_SESSION_BUS_ADDRESS"]
        name = display_manager.found(wanted)
        assert name is not None  # problem() has seen to it
        with windows.connected(self.name, self.environ["XAUTHORITY"]) as display:
            # An empty X screen is black, which could not be told from a screen that cannot be seen.
            root = display.screen().root
            root.change_attributes(background_pixel=_BACKGROUND)
            root.clear_area(0, 0, 0, 0)
            display.sync()
            manager = self._start(display_manager.command(name, self._folder))
            deadline = time.monotonic() + _START_S
            while not windows.managed(display):
                if manager.poll() is not None or time.monotonic() > deadline:
                    raise LaunchFailed(f"The window manager {name} did not start on {self.name}.", hint=INSTALL)
                time.sleep(_POLL_S)

    def _show(self, say: Say | None) -> None:
        if not shutil.which("x11vnc"):
            raise LaunchFailed(
                "The private display cannot be shown: x11vnc is not installed.",
                hint="sudo apt-get install -y x11vnc",
            )
        password = secrets.token_hex(4)
        secret = self._folder / "vnc"
        secret.touch(0o600)
        secret.write_text(password + "\n", encoding="ascii")
        viewer = self._start(
            ["x11vnc", "-display", self.name, "-auth", self.environ["XAUTHORITY"], "-localhost", "-forever",
             "-shared", "-quiet", "-noxrecord", "-passwdfile", str(secret), "-autoport", "5900"],
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert viewer.stdout is not None
        with viewer.stdout as out:
            said = _line(out.fileno(), viewer)
        if not said.startswith("PORT="):
            raise LaunchFailed(f"x11vnc did not start on {self.name}.")
        if say:
            say(f"Watch display {self.name} with a VNC viewer at 127.0.0.1:{said[5:]}, password {password}")


class _Closing:
    """Ends one display. Refers to no `PrivateDisplay`, so that one that is dropped is collected and closed."""

    def __init__(self, token: str, folder: str) -> None:
        self._token, self._folder = token, folder
        self._children: list[subprocess.Popen[bytes]] = []
        self._server = -1
        self._watchdog: subprocess.Popen[bytes] | None = None

    def started(self, child: subprocess.Popen[bytes]) -> None:
        self._children = [known for known in self._children if known.poll() is None]
        self._children.append(child)
        if self._watchdog is not None:
            self._tell(child.pid)

    def _tell(self, pid: int) -> None:
        assert self._watchdog is not None
        assert self._watchdog.stdin is not None
        with contextlib.suppress(OSError):  # somebody has killed it; the mark is left
            self._watchdog.stdin.write(f"{pid}\n".encode())
            self._watchdog.stdin.flush()

    def watch(self, server: int) -> None:
        self._server = server
        self._watchdog = processes.watchdog(MARK, self._token, self._folder, last=server)
        for child in self._children:
            self._tell(child.pid)

    def __call__(self, owner: int) -> None:
        if os.getpid() != owner:
            return  # a forked child: the display belongs to its parent
        if self._watchdog is not None:
            assert self._watchdog.stdin is not None
            with contextlib.suppress(OSError):
                self._watchdog.stdin.close()
            try:
                self._watchdog.wait(_CLOSE_S)
            except subprocess.TimeoutExpired:
                self._watchdog.kill()
                self._watchdog.wait()
        # Again, from here: the watchdog may have been killed.
        started = processes.Started()
        for child in self._children:
            if child.poll() is None:
                started.add(child.pid)
        processes.end_all(MARK, self._token, self._server, self._folder, started)
        for child in self._children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_CLOSE_S)


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """A pipe's two ends; both are closed in this process at the end."""
    read, write = os.pipe()
    try:
        yield read, write
    finally:
        os.close(read)
        os.close(write)


def _line(end: int, teller: subprocess.Popen[bytes]) -> str:
    """The first line that a started program writes; "" if it ends, or says none within the time limit."""
    text = b""
    deadline = time.monotonic() + _START_S
    while not text.endswith(b"\n") and time.monotonic() < deadline:
        if select.select([end], [], [], 0.05)[0]:
            text += (part := os.read(end, 1))
            if not part:
                break
        elif teller.poll() is not None:
            break
    return text.decode("utf-8", "replace").strip() if text.endswith(b"\n") else ""
