"""How a local machine starts what OSWorld's task files name: browsers, Python, and files by their kind."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from envs.machine.base import MachineFault

BROWSERS = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome")
PROFILE = ".config/google-chrome"
"""Where OSWorld's judges look for the browser's files, below the home folder."""
_FORWARDED = re.compile(r"(?i)tcp-listen:\d+.*")
_PORT = "DevToolsActivePort"

PACKAGES = {
    "mousepad": "mousepad", "pcmanfm": "pcmanfm", "xfce4-terminal": "xfce4-terminal", "galculator": "galculator",
    "gpicview": "gpicview", "soffice": "libreoffice", "libreoffice": "libreoffice", "localc": "libreoffice-calc",
    "lowriter": "libreoffice-writer", "loimpress": "libreoffice-impress", "gimp": "gimp", "vlc": "vlc",
    "thunderbird": "thunderbird", "google-chrome": "chromium", "chromium": "chromium",
    "gnome-terminal": "gnome-terminal",
    "nautilus": "nautilus", "gedit": "gedit", "code": "code (not Debian's)",
}  # fmt: skip
"""Program → Debian package that has it."""

_OPENERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"^https?://", ("chromium",)),
    (r"/$", ("pcmanfm", "nautilus", "thunar")),
    (r"(?i)\.(docx?|odt|rtf)$", ("lowriter", "soffice")),
    (r"(?i)\.(xlsx?|ods|csv)$", ("localc", "soffice")),
    (r"(?i)\.(pptx?|odp)$", ("loimpress", "soffice")),
    (r"(?i)\.(png|jpe?g|gif|bmp|webp)$", ("gpicview", "ristretto", "eog", "gimp")),
    (r"(?i)\.(xcf)$", ("gimp",)),
    (r"(?i)\.(mp[34]|mkv|avi|webm|ogg|wav|flac)$", ("vlc",)),
    (r"(?i)\.(pdf|html?)$", ("chromium",)),
    (r"", ("mousepad", "gedit", "l3afpad")),
)


def argv_for(argv: Sequence[str], home: Path) -> list[str] | None:
    """The program and arguments to start for a command of a task file; None: there is nothing to start.

    `python` is the one that runs here, because it has pyautogui. A browser gets a profile of its own and any free
    port, so that several machines do not clash; what would forward OSWorld's fixed port is not needed.

    Raises:
        MachineFault: there is no browser.
    """
    name = Path(argv[0]).name
    if name in ("python", "python3"):
        return [sys.executable, *argv[1:]]
    if name == "socat" and any(_FORWARDED.match(part) for part in argv[1:]):
        return None
    if name in ("vlc", "cvlc") and _as_root() and shutil.which("unshare"):
        # VLC refuses to run as root: in a user namespace it is somebody else, with the same rights to the home.
        return ["unshare", "--user", "--map-user=1000", "--map-group=1000", *argv]
    if name not in BROWSERS:
        return list(argv)
    from envs.browser.install import find

    program = find()
    if program is None:
        raise MachineFault(f"{name}: no Chrome or Chromium is installed: sudo apt-get install -y chromium")
    (home / PROFILE / _PORT).unlink(missing_ok=True)
    given = [part for part in argv[1:] if not part.startswith(("--remote-debugging-port", "--user-data-dir"))]
    ours = [f"--user-data-dir={home / PROFILE}", "--remote-debugging-port=0", "--no-first-run",
            "--no-default-browser-check", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--password-store=basic", "--disable-gpu"]  # fmt: skip
    if "--dump-dom" in given:
        ours.remove("--remote-debugging-port=0")  # with it the browser would stay, and not only say the page
    if _as_root():
        ours.append("--no-sandbox")  # Chromium refuses to start as root otherwise
        ours.append("--test-type")  # and would say so in a bar that covers the page
    return [str(program), *ours, *given]


def _as_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def devtools(home: Path) -> str | None:
    """Address of the DevTools of the browser that was started with this home; None: none runs."""
    try:
        port = (home / PROFILE / _PORT).read_text("ascii").split()[0]
    except (OSError, IndexError, UnicodeDecodeError):
        return None
    return f"http://127.0.0.1:{port}" if port.isdigit() else None


def opener(path: str) -> list[str]:
    """The command that opens a file or address: the usual program for its kind, else what the system says."""
    for pattern, programs in _OPENERS:
        if re.search(pattern, path):
            found = next((name for name in programs if name in BROWSERS or shutil.which(name)), None)
            return [found or "xdg-open", path]
    return ["xdg-open", path]


def missing(program: str) -> str:
    """What to say of a program that is not installed."""
    package = PACKAGES.get(program)
    how = f": sudo apt-get install -y {package}" if package else ""
    return f"{program} is not installed{how}"
