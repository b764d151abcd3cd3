"""What programs on a private display get as their environment, and the cookie that lets them in."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import struct
from pathlib import Path

MARK = "AGENT_DISPLAY"
"""The variable that everything on a private display carries; its value is the display's token."""

# What applications need of the environment that this program runs in. All else stays out: an agent can type `env`
# into a terminal, and a list of what must not be seen always lacks a name. What leads into another session (the
# D-Bus, Wayland and XDG session variables, agents for keys and passwords) is not in it either.
_ALLOWED = re.compile(
    r"PATH|LANG|LANGUAGE|LC_\w+|TZ|TZDIR|SHELL|USER|LOGNAME|HOME|TERM|COLORTERM|EDITOR|VISUAL|PAGER"
    r"|XDG_(DATA|CONFIG)_DIRS|XCURSOR_(THEME|SIZE|PATH)|FONTCONFIG_(FILE|PATH|SYSROOT)"
    r"|LD_LIBRARY_PATH|LIBGL_\w+|MESA_\w+|__GLX_VENDOR_LIBRARY_NAME|VK_ICD_FILENAMES"
    r"|GTK_THEME|GTK2_RC_FILES|GTK_DATA_PREFIX|GTK_PATH|GDK_PIXBUF_MODULE(DIR|_FILE)|GIO_EXTRA_MODULES"
    r"|QT_PLUGIN_PATH|QT_STYLE_OVERRIDE|QT_SCALE_FACTOR|QT_AUTO_SCREEN_SCALE_FACTOR|GDK_SCALE|GDK_DPI_SCALE"
    r"|GSETTINGS_SCHEMA_DIR|GI_TYPELIB_PATH|JAVA_HOME|SSL_CERT_(FILE|DIR)|NIX_SSL_CERT_FILE"
)
# A proxy is needed to reach the web; where its address carries a password, the applications go without.
_PROXY = re.compile(r"(https?|ftp|all|no)_proxy", re.IGNORECASE)


def environment(token: str, folder: Path, home: Path | None) -> dict[str, str]:
    """The environment of what is started on a display.

    Made in `folder`: its own place for sockets and, where `home` is none of its own, for the settings, histories
    and caches that the user's applications keep in the user's home.

    Args:
        home: home folder; None: the user's.
    """
    env = {
        key: value
        for key, value in os.environ.items()
        if _ALLOWED.fullmatch(key) or (_PROXY.fullmatch(key) and "@" not in value)
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
    else:
        env |= _own_settings(folder)
    # Terminals and editors take no Chinese where the locale knows only ASCII.
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG", "")
    if "utf" not in locale.casefold():
        env.pop("LC_ALL", None)
        env |= {"LANG": "C.UTF-8", "LC_CTYPE": "C.UTF-8"}
    return env


def _own_settings(folder: Path) -> dict[str, str]:
    """Where applications keep what they know from one start to the next, so that they start as new each time.

    What the user installed (applications, fonts, themes) is found, and what is moved to the wastebasket lands in
    the user's own, so that nothing is lost with the display.
    """
    user = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    found = {}
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        place = folder / name.lower()
        place.mkdir(0o700)
        found[f"XDG_{name}_HOME"] = str(place)
    if user.is_dir():
        with contextlib.suppress(OSError):
            (user / "Trash").mkdir(0o700, exist_ok=True)
            (folder / "data" / "Trash").symlink_to(user / "Trash")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    found["XDG_DATA_DIRS"] = f"{user}:{shared}"
    return found


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
