"""What programs on a private display get as their environment, and the cookie that lets them in."""

from __future__ import annotations

import os
import re
import socket
import struct
from pathlib import Path

MARK = "AGENT_DISPLAY"
"""The variable that everything on a private display carries; its value is the display's token."""

# What belongs to the session that this program runs in, and would lead applications out of the private display.
_OTHER_SESSION = re.compile(
    r"WAYLAND_\w+|DBUS_\w+|XAUTHORITY|DISPLAY|SESSION_MANAGER|DESKTOP_STARTUP_ID|GDK_BACKEND|QT_QPA_PLATFORM"
    r"|XDG_(SESSION_\w+|RUNTIME_DIR|CURRENT_DESKTOP|SEAT|VTNR)|AT_SPI_BUS_ADDRESS"
)
_OTHER_HOME = re.compile(r"XDG_(CONFIG|DATA|CACHE|STATE)_HOME")
# An agent can type `env` into a terminal: what looks like a credential does not reach the applications.
_SECRET = re.compile(
    r"(^|_)(API_?KEY|ACCESS_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(_|$)", re.IGNORECASE
)


def environment(token: str, folder: Path, home: Path | None) -> dict[str, str]:
    """The environment of what is started on a display; its own folder for sockets is made in `folder`."""
    env = {
        key: value
        for key, value in os.environ.items()
        if not _OTHER_SESSION.fullmatch(key)
        and not _SECRET.search(key)
        and not (home is not None and _OTHER_HOME.fullmatch(key))
    }
    runtime = folder / "run"
    runtime.mkdir(0o700)
    env |= {
        MARK: token,
        "XAUTHORITY": str(folder / "authority"),
        "XDG_SESSION_TYPE": "x11",
        "XDG_RUNTIME_DIR": str(runtime),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
    }
    if home is not None:
        env["HOME"] = str(home)
    # Terminals and editors take no Chinese where the locale knows only ASCII.
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG", "")
    if "utf" not in locale.casefold():
        env.pop("LC_ALL", None)
        env |= {"LANG": "C.UTF-8", "LC_CTYPE": "C.UTF-8"}
    return env


def write_authority(path: Path, number: str, cookie: bytes) -> None:
    """The cookie file, for this host by name and for any; an empty number stands for every display."""

    def field(value: bytes) -> bytes:
        return struct.pack(">H", len(value)) + value

    text = b""
    for family, address in ((256, socket.gethostname().encode()), (65535, b"")):
        text += struct.pack(">H", family) + field(address) + field(number.encode())
        text += field(b"MIT-MAGIC-COOKIE-1") + field(cookie)
    # The server reads it at any time, so it is never seen half written.
    fresh = path.with_suffix(".new")
    fresh.touch(0o600)
    fresh.write_bytes(text)
    fresh.replace(path)
