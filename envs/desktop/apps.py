"""Applications of a desktop by name: what is installed, what is running, and starting them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.base import ActionRefused
from envs.display import windows as desktop_windows
from envs.machine.base import Window
from envs.patience import Patience, spent

_CLOSE_ENOUGH, _POLL_S = 82, 0.02
_SETTINGS_LESS = 15  # "Terminal" is not "Terminal Settings"
_FILLERS = frozenset("the a an app application program".split())
_ALIASES = {"chrome": "chromium", "google chrome": "chromium", "files": "file manager", "browser": "web browser"}
# Categories that are names of what an application is; most others are only shelves of a menu.
_ROLES = {
    "TerminalEmulator": "terminal emulator",
    "TextEditor": "text editor",
    "FileManager": "file manager",
    "Calculator": "calculator",
    "WebBrowser": "web browser",
    "Spreadsheet": "spreadsheet",
    "WordProcessor": "word processor",
    "Presentation": "presentation",
}
_FIELD_CODE = re.compile(r"%[a-zA-Z]")
# Programs that a person opened stay open after the desktop was let go; so nobody waits for them.
_LEFT_OPEN: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class App:
    """One application, from its desktop file.

    Attributes:
        name: as menus show it, in English.
        names: everything that it is called: other languages, generic names, the program's file.
        argv: how it is started, without files to open.
        classes: what its windows may be called.
        terminal: it runs inside a terminal.
        settings: it sets up another one.
    """

    name: str
    names: tuple[str, ...]
    argv: tuple[str, ...]
    classes: tuple[str, ...]
    terminal: bool = False
    settings: bool = False


def installed(environ: Mapping[str, str]) -> list[App]:
    """The applications that menus would show. Files nearer to the user hide those of the system."""
    found: dict[str, App | None] = {}
    for folder in _folders(environ):
        for path in sorted(folder.rglob("*.desktop")):
            name = path.relative_to(folder).as_posix().replace("/", "-")
            if name not in found:
                found[name] = read(path, environ)
    return [app for app in found.values() if app is not None]


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environ.get("HOME") or Path.home())
    shared = environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    bases = [Path(environ.get("XDG_DATA_HOME") or home / ".local/share")]
    bases += [Path(part) for part in shared.split(":") if part]
    bases += [home / ".local/share/flatpak/exports/share", Path("/var/lib/flatpak/exports/share")]
    bases += [Path("/var/lib/snapd/desktop")]
    yield from (base / "applications" for base in dict.fromkeys(bases) if (base / "applications").is_dir())


def read(path: Path, environ: Mapping[str, str]) -> App | None:
    """The application of one desktop file; None: it is none, or not for menus, or its program is missing."""
    from xdg.DesktopEntry import DesktopEntry
    from xdg.Exceptions import Error

    try:
        entry = DesktopEntry(str(path))
        argv = [_FIELD_CODE.sub("", part) for part in shlex.split(entry.getExec())]
    except (OSError, ValueError, Error):
        return None
    argv = [part for part in argv if part]
    name = entry.get("Name")
    if entry.getType() != "Application" or not argv or entry.getNoDisplay() or entry.getHidden() or not name:
        return None
    for program in (entry.getTryExec(), argv[0]):
        if program and not shutil.which(program, path=environ.get("PATH")):
            return None
    file = Path(_program(argv)).name
    said = entry.content.get(entry.defaultGroup, {})
    names = [name, *(value for key, value in said.items() if re.fullmatch(r"(Name|GenericName)(\[.*\])?", key))]
    names += [path.stem, path.stem.rpartition(".")[2], file]
    categories = entry.getCategories()
    names += [_ROLES[category] for category in categories if category in _ROLES]
    classes = (entry.getStartupWMClass(), path.stem, path.stem.rpartition(".")[2], file)
    return App(
        name=name,
        names=tuple(dict.fromkeys(name for name in names if name)),
        argv=tuple(argv),
        classes=tuple(dict.fromkeys(name for name in classes if name)),
        terminal=entry.getTerminal(),
        settings="Settings" in categories,
    )


def _program(argv: list[str]) -> str:
    """The program itself behind `env NAME=value …`."""
    rest = argv[1:] if Path(argv[0]).name == "env" else argv
    return next((part for part in rest if "=" not in part), argv[0])


def _plain(name: str) -> str:
    """Lower case, words only; "the terminal app" is "terminal"."""
    words = re.sub(r"[\W_]+", " ", name.casefold()).split()
    return " ".join([word for word in words if word not in _FILLERS] or words)


def find(name: str, apps: list[App]) -> App | None:
    """The application that is called so, or nearly so; None: none is near enough."""
    wanted = _plain(name)
    scored = [(_score(_ALIASES.get(wanted, wanted), app), app) for app in apps]
    score, best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best if score >= _CLOSE_ENOUGH else None


def _score(wanted: str, app: App) -> float:
    """How well an application fits a name, 0 to 100. Among equals the name that menus show counts most."""
    from rapidfuzz import fuzz

    def fits(known: str) -> float:
        return max(fuzz.ratio(wanted, known), 0.95 * fuzz.token_set_ratio(wanted, known))

    best = max(fits(_plain(known)) - min(rank, 9) / 10 for rank, known in enumerate(app.names))
    return best - (_SETTINGS_LESS if app.settings else 0)


def closest(name: str, known: list[str]) -> list[str]:
    """The few names that are nearest to one that is unknown."""
    from rapidfuzz import fuzz, process

    return [hit[0] for hit in process.extract(name, known, scorer=fuzz.WRatio, processor=_plain, limit=3)]


def window_of(windows: list[Window], name: str, app: App | None, by_title: bool = True) -> Window | None:
    """The topmost window of an application, by its class; else, by title, one whose title has the name in it."""
    classes = {_plain(known) for known in (app.classes if app else ())} | {_plain(name)}
    for window in reversed(windows):
        parts = [part for part in window.name.split(".") if part]
        if {_plain(window.name), *map(_plain, parts)} & classes:
            return window
    wanted = _plain(name) if by_title else ""
    for window in reversed(windows):
        title = _plain(window.title)
        if wanted and re.search(rf"\b{re.escape(wanted)}\b", title):
            return window
    return None


class X11Apps:
    """Starts and raises applications on one X display.

    Args:
        display: its name.
        environ: environment of what is started.
        limit_s: limit for a window to show, seconds.
    """

    def __init__(self, display: str, environ: Mapping[str, str], limit_s: float) -> None:
        self._display, self._environ, self._limit_s = display, dict(environ), limit_s

    def open(self, name: str) -> None:
        """Raise the application's window; where it has none, start it and wait for one."""
        apps = installed(self._environ)
        app = find(name, apps)
        with desktop_windows.connected(self._display) as display:
            running = desktop_windows.windows(display)
            # A page about calculators is no calculator: titles count only where nothing of that name is installed.
            window = window_of(running, name, app, by_title=app is None)
            if window is not None:
                _raise(display, window)
                return
            argv = self._argv(name, app)
            if argv is None:
                known = closest(name, [app.name for app in apps] + [window.title for window in running])
                near = f"nearest: {', '.join(known)}" if known else "none is installed"
                raise ActionRefused("not_found", f"app: {name!r} is not installed; {near}")
            self._launch(display, name, app, argv, {window.id for window in running})

    def switch(self, name: str) -> None:
        """Raise the application's window.

        Raises:
            ActionRefused: it has none.
        """
        with desktop_windows.connected(self._display) as display:
            running = desktop_windows.windows(display)
            window = window_of(running, name, find(name, installed(self._environ)))
            if window is None:
                titles = ", ".join(repr(window.title) for window in reversed(running[-6:])) or "none"
                raise ActionRefused("not_found", f"app: {name!r} has no window; open starts it; windows: {titles}")
            _raise(display, window)

    def _argv(self, name: str, app: App | None) -> list[str] | None:
        if app is None:
            # Programs without a desktop file, such as xterm; a name only, never a command line.
            path = shutil.which(name, path=self._environ.get("PATH")) if re.fullmatch(r"[\w.+-]+", name) else None
            return [path] if path else None
        if not app.terminal:
            return list(app.argv)
        for terminal in ("x-terminal-emulator", "xfce4-terminal", "xterm"):
            if shutil.which(terminal, path=self._environ.get("PATH")):
                return [terminal, "-e", shlex.join(app.argv)]
        raise ActionRefused("failed", f"app: {app.name!r} runs in a terminal, and none is installed")

    def _launch(self, display: Any, name: str, app: App | None, argv: list[str], before: set[str]) -> None:
        process = self._start(argv)
        for _ in Patience(self._limit_s, lambda: spent([process.pid])).polls(_POLL_S):
            windows = desktop_windows.windows(display)
            new = [window for window in windows if window.id not in before and window.box]
            shown = window_of(new, name, app) or (new[-1] if new else None)
            if shown is not None:
                desktop_windows.activate(display, shown.id)
                return
            # Programs that hand over to one that runs already end at once, and well.
            if process.poll():
                raise ActionRefused("failed", f"app: {argv[0]} ended with exit code {process.returncode}")
        raise ActionRefused("timeout", f"app: {name!r} was started, but showed no window in {self._limit_s:g} s")

    def _start(self, argv: list[str]) -> subprocess.Popen[bytes]:
        from envs.base import LaunchFailed
        from envs.display import displays

        private = displays.find(self._display)
        try:
            if private is not None:
                return private.start(argv)
            home = self._environ.get("HOME", "")
            process: subprocess.Popen[bytes] = subprocess.Popen(
                argv,
                env=self._environ,
                cwd=home if Path(home).is_dir() else None,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, LaunchFailed) as failure:
            raise ActionRefused("failed", f"app: {argv[0]} did not start: {failure}") from failure
        _LEFT_OPEN[:] = [known for known in _LEFT_OPEN if known.poll() is None]
        _LEFT_OPEN.append(process)
        return process


def _raise(display: Any, window: Window) -> None:
    if not desktop_windows.activate(display, window.id):
        raise ActionRefused("failed", f"app: the window {window.title!r} did not come to the front")


class PlainApps:
    """Starts applications where the system itself finds them by name: Windows and macOS."""

    def __init__(self, run: Callable[[str], str | None]) -> None:
        self._run = run

    def open(self, name: str) -> None:
        """Start the application, or bring it to the front where it runs already."""
        if problem := self._run(name):
            raise ActionRefused("not_found", f"app: {name!r}: {problem}")

    switch = open


def applications(display: str | None, environ: Mapping[str, str], limit_s: float) -> X11Apps | PlainApps:
    """Those of an X display; None: of this Windows or macOS."""
    if display is not None:
        return X11Apps(display, environ, limit_s)
    from envs.desktop.platforms import start_by_name

    return PlainApps(start_by_name)
