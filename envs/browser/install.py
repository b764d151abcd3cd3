"""Find a Chromium-based browser on this machine, or install one.

Order: the ``AGENT_BROWSER`` environment variable, Chrome, Chromium and Edge where the system keeps them, the
browser that Playwright downloaded earlier. Where there is none, and installing one was asked for: `playwright
install chromium`, else the distribution's package through apt-get, when that needs no password.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from envs.base import BrowserMissing

_NAMES = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
)
_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
_INSTALL = [sys.executable, "-m", "playwright", "install", "chromium"]
_APT_INSTALL = ("apt-get", "install", "-y", "-q", "--no-install-recommends")
_APT_PACKAGES = ("chromium", "chromium-browser")

Say = Callable[[str], None]


def find() -> Path | None:
    """The browser to use, or None. Starts nothing and writes nothing."""
    chosen = os.environ.get("AGENT_BROWSER")
    if chosen:
        path = Path(chosen).expanduser()
        return path if _runnable(path) else None
    return next((path for path in (*_on_system(), *_of_playwright()) if _runnable(path)), None)


def ensure(install: bool = False, say: Say | None = None) -> Path:
    """The browser to use; installs one if there is none and `install` allows it.

    Args:
        say: gets one line for each thing that is tried.

    Raises:
        BrowserMissing: none was found and none could be installed; the hint holds the command that would.
    """
    say = say or (lambda line: None)
    chosen = os.environ.get("AGENT_BROWSER")
    found = find()
    if found:
        return found
    if chosen:
        raise BrowserMissing(
            f"AGENT_BROWSER is {chosen!r}, which is not a program.",
            hint="Unset it, or set it to a browser's path.",
        )
    if not install:
        raise BrowserMissing("No Chrome, Chromium or Edge was found.", hint=_hint())
    tried = []
    for title, commands in _ways():
        say(f"No browser found; installing one: {title}")
        problem = _run_all(commands, say)
        found = find()
        if found:
            say(f"Installed {found}")
            return found
        tried.append(f"{title}: {problem or 'it ran, but no browser can be found'}")
    raise BrowserMissing("No browser was found, and none could be installed. " + "; ".join(tried), hint=_hint())


def _hint() -> str:
    ways = ["Install one: agent doctor --install browser", f"or: {' '.join(_INSTALL)}"]
    if _is_linux():
        ways.append("or, on Debian and Ubuntu: sudo apt-get install -y --no-install-recommends chromium")
    return "\n".join(ways)


def _is_linux() -> bool:
    return sys.platform.startswith("linux")


def _runnable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _on_system() -> Iterator[Path]:
    if sys.platform == "darwin":
        for root in (Path("/Applications"), Path.home() / "Applications"):
            yield from (root / name for name in _MAC)
    elif sys.platform == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            if os.environ.get(variable):
                yield from (Path(os.environ[variable]) / name for name in _WINDOWS)
    for name in _NAMES:
        on_path = shutil.which(name)
        if on_path and not _is_snap_stub(Path(on_path)):
            yield Path(on_path)


def _is_snap_stub(path: Path) -> bool:
    """Ubuntu's chromium-browser is a script that only tells people to install the snap."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return head.startswith(b"#!") and b"snap install" in head


def _of_playwright() -> Iterator[Path]:
    root = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if root and root != "0":
        folder = Path(root)
    elif sys.platform == "darwin":
        folder = Path.home() / "Library/Caches/ms-playwright"
    elif sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "ms-playwright"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"
    programs = (
        "chrome-linux*/chrome",
        "chrome-mac*/*.app/Contents/MacOS/*",
        "chrome-win*/chrome.exe",
        "chrome-headless-shell-*/chrome-headless-shell*",
    )
    for kind, pattern in (
        (kind, program) for kind in ("chromium-", "chromium_headless_shell-") for program in programs
    ):
        yield from sorted(folder.glob(f"{kind}[0-9]*/{pattern}"), key=_revision, reverse=True)


def _revision(path: Path) -> int:
    for part in path.parts:
        if part.startswith("chromium") and part.rpartition("-")[2].isdigit():
            return int(part.rpartition("-")[2])
    return 0


def _ways() -> Iterator[tuple[str, list[list[str]]]]:
    yield "Playwright's Chromium", [_INSTALL]
    if not (_is_linux() and shutil.which("apt-get")):
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and (not shutil.which("sudo") or subprocess.run([*prefix, "true"], capture_output=True).returncode):
        return
    for package in _APT_PACKAGES:
        yield (
            f"the distribution's package {package}",
            [
                [*prefix, "apt-get", "update", "-q"],
                [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", *_APT_INSTALL, package],
            ],
        )


def _run_all(commands: list[list[str]], say: Say) -> str:
    """Run the commands until one fails; the problem in words, or "". A failed update does not stop an install."""
    problem = ""
    for command in commands:
        problem = _run(command, say)
        if problem and "update" not in command:
            return problem
    return problem


def _run(command: list[str], say: Say) -> str:
    say("  $ " + " ".join(command))
    last = ""
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    if line.strip():
                        last = line.strip()
                        say("  " + last)
            except BaseException:
                process.kill()
                raise
    except OSError as error:
        return str(error)
    return "" if process.returncode == 0 else f"exit code {process.returncode}: {last}"
