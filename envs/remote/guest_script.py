"""What runs on a remote machine for one action: its source is sent there in front of pyautogui calls.

It needs no more than OSWorld's machines have: Python 3.8, pyautogui, and python-xlib on Linux. pyautogui alone
would type some characters wrong (`<` comes out as `>`) and drop what is not on the keyboard, so text goes another
way here.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_LINUX = sys.platform.startswith("linux")
_TERMINALS = ("term", "konsole", "kitty", "alacritty", "tilix")
_TEXTS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT", "STRING")
_ROLES = {
    "terminal": "TerminalEmulator",
    "text editor": "TextEditor",
    "file manager": "FileManager",
    "files": "FileManager",
    "calculator": "Calculator",
    "browser": "WebBrowser",
    "web browser": "WebBrowser",
    "chrome": "WebBrowser",
    "google chrome": "WebBrowser",
}
_NO_DATA = ("TARGETS", "MULTIPLE", "TIMESTAMP", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION", "INSERT_PROPERTY")
_PASTE_S, _LATE_S, _PONG_S, _WINDOW_S, _CHUNK = 2.0, 30.0, 2.0, 15.0, 60_000


def _display() -> Any:
    from Xlib import display

    connection = display.Display()
    connection.set_error_handler(lambda *_: None)
    return connection


def _property(connection: Any, window: Any, name: str) -> Any:
    from Xlib import X

    found = window.get_full_property(connection.intern_atom(name), X.AnyPropertyType)
    return found.value if found is not None else None


def _active(connection: Any) -> Any:
    value = _property(connection, connection.screen().root, "_NET_ACTIVE_WINDOW")
    return connection.create_resource_object("window", int(value[0])) if value and value[0] else None


def same_screen(width: int, height: int) -> None:
    """Go on only where the screen has the size, in points, that the action was meant for."""
    import pyautogui

    now = pyautogui.size()
    if (now[0], now[1]) != (width, height):
        raise RuntimeError(
            f"the screen was resized from {width}x{height} to {now[0]}x{now[1]} since the screenshot; "
            "nothing was done"
        )


def given_text() -> str:
    """The text of this action: what came on the command line, each part behind one character."""
    return "".join(part[1:] for part in sys.argv[1:])


def type_text(text: str) -> None:
    """Type exactly: a line break is one Enter; a line that the keyboard lacks is pasted."""
    import pyautogui

    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        if number:
            pyautogui.press("enter")
        if line and _LINUX:
            _type_x11(line)
        elif line and line.isascii() and line.isprintable():
            pyautogui.write(line)
        elif line:
            import pyperclip  # type: ignore[import-untyped]

            pyperclip.copy(line)
            pyautogui.hotkey("command" if sys.platform == "darwin" else "ctrl", "v")


def _type_x11(line: str) -> None:
    from Xlib import XK, X
    from Xlib.ext.xtest import fake_input

    connection = _display()
    first = connection.display.info.min_keycode
    rows = connection.get_keyboard_mapping(first, connection.display.info.max_keycode - first + 1)
    keys = {}
    for column in (1, 0):  # plain keys win over shifted ones
        keys.update({row[column]: (code, column) for code, row in enumerate(rows, first) if row[column]})
    mask = connection.screen().root.query_pointer().mask
    group, caps = mask >> 13 & 3, mask & 2
    found = [keys.get(ord(char)) for char in line]
    if group or caps or None in found or any(not 0x20 <= ord(char) <= 0xFF for char in line):
        _paste_x11(connection, line)
        return
    shift = keys[XK.string_to_keysym("Shift_L")][0]
    for code, shifted in (key for key in found if key is not None):
        if shifted:
            fake_input(connection, X.KeyPress, shift)
        fake_input(connection, X.KeyPress, code)
        fake_input(connection, X.KeyRelease, code)
        if shifted:
            fake_input(connection, X.KeyRelease, shift)
        connection.sync()


def _paste_x11(connection: Any, text: str) -> None:
    """Paste; no tool such as xclip is needed. What the clipboard held comes back, and a slow program still gets
    the text: a process of its own answers for both, until another program copies something.
    """
    import pyautogui

    active = _active(connection)
    focused = ".".join((active.get_wm_class() if active else None) or ()).lower()
    saved = _content(connection)
    told, tell = os.pipe()
    if os.fork() == 0:
        try:
            os.setsid()
            connection.display.socket.close()
            nothing = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(nothing, number)
            _lend(text, saved, active.id if active else 0, tell)
        finally:
            os._exit(0)
    os.close(tell)
    os.read(told, 1)  # the clipboard holds the text now
    if "xterm" in focused:
        pyautogui.hotkey("shift", "insert")
    elif any(word in focused for word in _TERMINALS):
        pyautogui.hotkey("ctrl", "shift", "v")
    else:
        pyautogui.hotkey("ctrl", "v")
    taken = os.read(told, 1) == b"t"  # or its end, after the time limit
    os.close(told)
    if not taken:
        raise RuntimeError("text: nothing took the text; it seems that no field which takes text has the focus")


def _lend(text: str, saved: dict[str, bytes], window: int, tell: int) -> None:
    """Own the clipboard: with the text for the program that it is pasted into, and with `saved` for all others."""
    from Xlib import X

    connection = _display()
    own = connection.screen().root.create_window(-10, -10, 1, 1, 0, X.CopyFromParent)
    lent = dict.fromkeys(_TEXTS, text.encode())
    names = [connection.intern_atom(name) for name in ("CLIPBOARD", "PRIMARY")]
    for name in names:
        own.set_selection_owner(name, X.CurrentTime)
    connection.sync()
    os.write(tell, b"o")
    foreign = ~connection.display.info.resource_id_mask
    end, taken, late = time.monotonic() + _PASTE_S, False, False
    while True:
        now = time.monotonic()
        if now >= end and not late:
            os.close(tell)  # nothing took it, or all that wanted it has it
            end, late = now + (_LATE_S if taken else 0), True
        elif now >= end and not names:
            return
        elif now >= end:
            # From here on it is what it was before, for everybody; this is told by taking it anew.
            lent, end, names = saved, float("inf"), names[:1] if saved else []
            for name in names:
                own.set_selection_owner(name, X.CurrentTime)
            if not names:
                return
        connection.flush()
        if not connection.pending_events():
            select.select([connection.fileno()], [], [], min(3600.0, max(0.0, end - now)))
        while connection.pending_events():
            event = connection.next_event()
            if event.type == X.SelectionClear and event.atom == names[0]:
                return  # another program copied something
            if event.type == X.SelectionRequest:
                program = not window or event.requestor.id & foreign == window & foreign
                had = _hand_over(connection, event, lent if program or not late else saved)
                if had and program and not (taken or late):
                    taken, end = True, time.monotonic() + 0.1  # some ask for it twice
                    os.write(tell, b"t")


def _content(connection: Any) -> dict[str, bytes]:
    """What the clipboard holds, by target; large things of many kinds may be left out."""
    from Xlib import X

    clipboard, into = connection.intern_atom("CLIPBOARD"), connection.intern_atom("AGENT_READ")
    if not connection.get_selection_owner(clipboard):
        return {}
    window = connection.screen().root.create_window(-10, -10, 1, 1, 0, X.CopyFromParent)

    def read(target: str) -> Any:
        window.delete_property(into)
        window.convert_selection(clipboard, connection.intern_atom(target), into, X.CurrentTime)
        end = time.monotonic() + _PASTE_S
        while time.monotonic() < end:
            connection.flush()
            while connection.pending_events():
                event = connection.next_event()
                if event.type == X.SelectionNotify:
                    return window.get_full_property(into, X.AnyPropertyType) if event.property else None
            select.select([connection.fileno()], [], [], max(0.0, end - time.monotonic()))
        return None

    listed = read("TARGETS")
    names = [connection.get_atom_name(atom) for atom in listed.value if atom] if listed is not None else _TEXTS
    found = {}
    for name in [name for name in names if name not in _NO_DATA][:16]:
        value = read(name)
        if value is not None and value.property_type != connection.intern_atom("INCR"):
            found[name] = value.value if isinstance(value.value, bytes) else value.value.tobytes()
    return found


def _hand_over(connection: Any, asked: Any, content: dict[str, bytes]) -> bool:
    from Xlib import X, Xatom
    from Xlib.protocol import event

    target = connection.get_atom_name(asked.target)
    into = asked.property or asked.target
    if target == "TARGETS":
        asked.requestor.change_property(
            into, Xatom.ATOM, 32, [connection.intern_atom(name) for name in ("TARGETS", *content)]
        )
    elif target in content:
        data = content[target]
        kind = connection.intern_atom("UTF8_STRING" if target == "TEXT" else target)
        asked.requestor.change_property(into, kind, 8, data[:_CHUNK])
        for start in range(_CHUNK, len(data), _CHUNK):
            part = data[start : start + _CHUNK]
            asked.requestor.change_property(into, kind, 8, part, mode=X.PropModeAppend)
    else:
        into = X.NONE
    told = event.SelectionNotify(
        time=asked.time, requestor=asked.requestor, selection=asked.selection, target=asked.target, property=into
    )
    asked.requestor.send_event(told)
    connection.sync()
    return target in content


def answered() -> None:
    """Wait until the active window has worked through the input: it answers a ping only after that (X11)."""
    if not _LINUX:
        return
    with contextlib.suppress(Exception):
        _ping(_display())


def _ping(connection: Any) -> None:
    from Xlib import X
    from Xlib.protocol import event

    root = connection.screen().root
    root.change_attributes(event_mask=X.SubstructureNotifyMask)
    active = _active(connection)
    ping, protocols = connection.intern_atom("_NET_WM_PING"), connection.intern_atom("WM_PROTOCOLS")
    if active is None or ping not in (active.get_wm_protocols() or ()):
        return
    stamp = int(time.monotonic() * 1000) % 0x7FFFFFFF
    data = (32, (ping, stamp, active.id, 0, 0))
    active.send_event(event.ClientMessage(window=active, client_type=protocols, data=data))
    connection.flush()
    end = time.monotonic() + _PONG_S
    while (left := end - time.monotonic()) > 0:
        while connection.pending_events():
            seen = connection.next_event()
            if seen.type == X.ClientMessage and seen.client_type == protocols and seen.data[1][1] == stamp:
                return
        select.select([connection.fileno()], [], [], left)


def windows() -> list[dict[str, Any]]:
    """The open windows, from bottom to top."""
    from Xlib import X

    connection = _display()
    root = connection.screen().root
    listed = _property(connection, root, "_NET_CLIENT_LIST_STACKING")
    listed = _property(connection, root, "_NET_CLIENT_LIST") if listed is None else listed
    active = _active(connection)
    found = []
    for number in listed if listed is not None else ():
        window = connection.create_resource_object("window", int(number))
        with contextlib.suppress(Exception):
            title = _property(connection, window, "_NET_WM_NAME") or _property(connection, window, "WM_NAME") or ""
            area, corner = window.get_geometry(), window.translate_coords(root, 0, 0)
            left, right, top, bottom = (_property(connection, window, "_NET_FRAME_EXTENTS") or (0, 0, 0, 0))[:4]
            seen = window.get_attributes().map_state == X.IsViewable
            x, y = -corner.x, -corner.y
            found.append(
                {
                    "id": f"0x{int(number):08x}",
                    "title": title.decode("utf-8", "replace") if isinstance(title, bytes) else title,
                    "name": ".".join(window.get_wm_class() or ()),
                    "box": [x - left, y - top, x + area.width + right, y + area.height + bottom] if seen else None,
                    "size": [area.width, area.height],
                    "active": active is not None and active.id == int(number),
                }
            )
    return found


def raise_window(name: str) -> None:
    """Bring the window whose title or class holds `name` to the front."""
    from Xlib import X
    from Xlib.protocol import event

    wanted = name.casefold()
    found = [one for one in windows() if wanted in one["title"].casefold() or wanted in one["name"].casefold()]
    if not found:
        raise LookupError(f"app: no window is called {name!r}; open: {[one['title'] for one in windows()]}")
    connection = _display()
    number = int(found[-1]["id"], 16)
    data = (32, (2, X.CurrentTime, 0, 0, 0))
    told = event.ClientMessage(window=number, client_type=connection.intern_atom("_NET_ACTIVE_WINDOW"), data=data)
    connection.screen().root.send_event(told, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
    connection.sync()


def open_app(name: str) -> None:
    """Start the application that menus call `name`, and wait for its window."""
    apps = _applications()
    wanted = name.casefold().strip()
    chosen = apps.get(wanted) or next((apps[key] for key in sorted(apps, key=len) if wanted in key), None)
    if chosen is None:
        raise LookupError(f"app: {name!r} is not installed; there are: {', '.join(sorted(apps))[:600]}")
    before = {one["id"] for one in windows()}
    null = subprocess.DEVNULL
    started = subprocess.Popen(chosen, stdin=null, stdout=null, stderr=null, start_new_session=True)
    end = time.monotonic() + _WINDOW_S
    while {one["id"] for one in windows()} <= before:
        if before and started.poll() == 0:
            return  # it runs already, and the one that runs was told
        if time.monotonic() > end:
            raise RuntimeError(f"app: {name!r} was started, but showed no window within {_WINDOW_S:g} s")
        time.sleep(0.05)


def _applications() -> dict[str, list[str]]:
    """Lower-case name → command line, from the desktop files; roles such as "text editor" too."""
    found: dict[str, list[str]] = {}
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    shared = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    for folder in [*reversed(shared), home]:
        for path in sorted(Path(folder, "applications").glob("*.desktop")):
            with contextlib.suppress(OSError, ValueError, KeyError):
                lines = path.read_text("utf-8", "replace").partition("[Desktop Entry]")[2].partition("\n[")[0]
                entry = dict(line.split("=", 1) for line in lines.splitlines() if "=" in line)
                kinds = entry.get("Type"), entry.get("NoDisplay", "false"), entry.get("Terminal", "false")
                if kinds != ("Application", "false", "false"):
                    continue
                command = [part for part in shlex.split(entry["Exec"]) if not part.startswith("%")]
                roles = [role for role, kind in _ROLES.items() if kind in entry.get("Categories", "").split(";")]
                for role in roles:
                    found.setdefault(role, command)
                for called in (entry["Name"], entry.get("GenericName", ""), path.stem):
                    if called:
                        found[called.casefold()] = command
    return found


def say(value: Any) -> None:
    """Hand a value back."""
    print(json.dumps(value))
