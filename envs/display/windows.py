"""Windows on an X display, through the hints that window managers share (EWMH)."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from action_space.geometry import Box
from envs.base import LaunchFailed
from envs.display.displays import environ_of
from envs.machine.base import Window

NAME = re.compile(r"[\w.-]*:\d+(\.\d+)?")
_CONNECTING = threading.Lock()
_ACTIVATE_S, _POLL_S = 10.0, 0.01
_PAGER = 2
_NO_WINDOWS = ("_NET_WM_WINDOW_TYPE_DESKTOP", "_NET_WM_WINDOW_TYPE_DOCK")


@contextlib.contextmanager
def authority(path: str | None) -> Iterator[None]:
    """The cookie file that connections opened meanwhile use.

    X libraries read its name from this process's environment and nowhere else, so it is set while they connect,
    by one thread at a time.
    """
    with _CONNECTING:
        before = os.environ.get("XAUTHORITY")
        if path:
            os.environ["XAUTHORITY"] = path
        try:
            yield
        finally:
            if path and before is None:
                os.environ.pop("XAUTHORITY", None)
            elif path and before is not None:
                os.environ["XAUTHORITY"] = before


def connect(name: str, cookies: str | None = None) -> Any:
    """A connection to a display, which the caller closes.

    Args:
        name: such as ":7".
        cookies: cookie file; without one that of a private display, else the user's.

    Raises:
        LaunchFailed: there is no such display, it refuses, or python-xlib is missing.
    """
    if not NAME.fullmatch(name):
        raise LaunchFailed(f"display: {name!r} is not a display; they are named like :0 or host:0.1")
    try:
        from Xlib import display, error, xauth
    except ImportError as missing:
        raise LaunchFailed("python-xlib is missing.", hint="pip install 'gui-agent-toolkit[desktop]'") from missing
    try:
        # python-xlib prints a warning where there is no cookie file; standard output belongs to the program.
        path = cookies or environ_of(name).get("XAUTHORITY")
        with authority(path), contextlib.redirect_stdout(sys.stderr):
            connection = display.Display(name)
    except (error.DisplayError, error.ConnectionClosedError, xauth.error.XauthError, OSError) as failure:
        _close_sockets(failure)
        refused = "uthori" in str(failure) or "rotocol" in str(failure)
        reason = " ".join(str(failure).replace("\\n", " ").split())
        raise LaunchFailed(
            f"Display {name} {'refuses this program' if refused else 'cannot be reached'}: {reason}",
            hint="XAUTHORITY names the file with its cookie: start this program in that session, as its user."
            if refused
            else "Start it, or use a private display (--private-display).",
        ) from failure
    # Windows vanish while they are looked at; the default handler prints each such error.
    connection.set_error_handler(lambda *_: None)
    return connection


def _close_sockets(failure: BaseException | None) -> None:
    """Close what python-xlib had opened when it failed, and in the tries before; it does not do so itself."""
    while failure is not None:
        step = failure.__traceback__
        while step is not None:
            for value in list(step.tb_frame.f_locals.values()):
                opened = (
                    value if isinstance(value, socket.socket) else getattr(value, "__dict__", {}).get("socket")
                )
                if isinstance(opened, socket.socket):
                    opened.close()
            step = step.tb_next
        failure = failure.__context__


@contextlib.contextmanager
def connected(where: Any, cookies: str | None = None) -> Iterator[Any]:
    """A connection for a display's name; a connection itself is passed through and stays open."""
    if not isinstance(where, str):
        yield where
        return
    connection = connect(where, cookies)
    try:
        yield connection
    finally:
        with contextlib.suppress(Exception):
            connection.close()


def managed(where: Any) -> bool:
    """Whether a window manager is there."""
    with connected(where) as display:
        return bool(_property(display, display.screen().root, "_NET_SUPPORTING_WM_CHECK"))


def windows(where: Any) -> list[Window]:
    """The open windows of applications, from bottom to top; panels and the background are none.

    Args:
        where: name of the display, such as ":7", or a connection.

    `name` is "instance.Class", the box includes the frame that the window manager draws.

    Raises:
        LaunchFailed: the display cannot be reached.
    """
    with connected(where) as display:
        active = active_id(display)
        found = (_window(display, number, active) for number in _stack(display))
        return [window for window in found if window is not None]


def activate(where: Any, window: str) -> bool:
    """Raise a window and give it the focus; whether it has it in the end."""
    from Xlib import X

    with connected(where) as display:
        number = int(window, 0)
        if not managed(display):
            target = display.create_resource_object("window", number)
            target.configure(stack_mode=X.Above)
            target.set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
        _ask_root(display, number, "_NET_ACTIVE_WINDOW", (_PAGER, X.CurrentTime, 0, 0, 0))
        deadline = time.monotonic() + _ACTIVATE_S
        while active_id(display) != number:
            if time.monotonic() > deadline or number not in _stack(display):
                return False
            time.sleep(_POLL_S)
        return True


def close(where: Any, window: str) -> bool:
    """Ask a window to close, as its button does; it may ask the user first. False: there is no such window."""
    from Xlib import X

    with connected(where) as display:
        number = int(window, 0)
        if number not in _stack(display):
            return False
        _ask_root(display, number, "_NET_CLOSE_WINDOW", (X.CurrentTime, _PAGER, 0, 0, 0))
        return True


def active_title(where: Any) -> str | None:
    """Title of the window that has the focus; None: none has it."""
    with connected(where) as display:
        number = active_id(display)
        return _title(display, display.create_resource_object("window", number)) if number else None


def focused(display: Any) -> tuple[int, str]:
    """X11's number and "instance.Class" of the window that has the focus; 0 and "": none has it."""
    number = active_id(display)
    return number, _class(display.create_resource_object("window", number)) if number else ""


def class_at(where: Any, x: int, y: int) -> str:
    """ "instance.Class" of the topmost window at a point of the display, or ""."""
    found = (window for window in reversed(windows(where)) if window.box and window.box.contains(x, y))
    return next((window.name for window in found), "")


def active_id(display: Any) -> int:
    """X11's number of the window that has the focus; 0: none has it.

    Without a window manager the server is asked; keys then go to the window under the pointer, unless a program
    took the focus.
    """
    value = _property(display, display.screen().root, "_NET_ACTIVE_WINDOW")
    if value is not None or managed(display):
        return int(value[0]) if value else 0
    return _unmanaged_focus(display)


def _unmanaged_focus(display: Any) -> int:
    from Xlib import X, error

    root = display.screen().root
    try:
        focus = display.get_input_focus().focus
        if focus == X.NONE:
            return 0
        if focus == X.PointerRoot or focus.id == root.id:
            child = root.query_pointer().child
            return 0 if child == X.NONE else int(child.id)
        while (parent := focus.query_tree().parent) != X.NONE and parent.id != root.id:
            focus = parent
        return int(focus.id)
    except (error.XError, AttributeError):
        return 0  # it closed meanwhile


def active_box(display: Any) -> Box | None:
    """The box of the window that has the focus, device points; None: none has it."""
    from Xlib import error

    number = active_id(display)
    if not number:
        return None
    window = display.create_resource_object("window", number)
    try:
        area, corner = window.get_geometry(), window.translate_coords(display.screen().root, 0, 0)
    except error.XError:
        return None  # it closed meanwhile
    return Box(-corner.x, -corner.y, area.width - corner.x, area.height - corner.y)


def process_of(display: Any, window: int) -> int:
    """Id of the process that a window, or anything else with an X id, belongs to; 0: the server does not say."""
    from Xlib import error

    if not display.has_extension("X-Resource"):
        return 0
    from Xlib.ext import res

    try:
        known = display.res_query_client_ids([{"client": window, "mask": res.LocalClientPIDMask}])
    except error.XError:
        return 0  # it closed meanwhile
    return next((int(entry.value[0]) for entry in known.ids if entry.value), 0)


def question(display: Any) -> str | None:
    """Title of the window that has the focus where it is a dialog of its application; None: it is none."""
    number = active_id(display)
    if not number:
        return None
    window = display.create_resource_object("window", number)
    kinds = _property(display, window, "_NET_WM_WINDOW_TYPE") or ()
    states = _property(display, window, "_NET_WM_STATE") or ()
    asks = display.intern_atom("_NET_WM_WINDOW_TYPE_DIALOG") in kinds
    asks = asks or display.intern_atom("_NET_WM_STATE_MODAL") in states
    return _title(display, window) if asks else None


def is_tk(display: Any, number: int) -> bool:
    """Whether a window is of a Tk program, whose keys differ: Tk writes each of its programs into this list."""
    listed = _property(display, display.screen().root, "InterpRegistry")
    if not listed or not number:
        return False
    mask = display.display.info.resource_id_mask
    text = listed.decode("latin-1") if isinstance(listed, bytes) else str(listed)
    names = [entry.split(" ")[0] for entry in text.split("\0") if entry]
    ids = [int(name, 16) for name in names if re.fullmatch("[0-9a-fA-F]{1,8}", name)]
    # Those that were killed stay in the list, and the server gives their numbers to other programs.
    return any(
        one & ~mask == number & ~mask
        and _property(display, display.create_resource_object("window", one), "TK_APPLICATION") is not None
        for one in ids
    )


def _stack(display: Any) -> list[int]:
    root = display.screen().root
    for name in ("_NET_CLIENT_LIST_STACKING", "_NET_CLIENT_LIST"):
        listed = _property(display, root, name)
        if listed is not None:
            return [int(number) for number in listed]
    return [child.id for child in root.query_tree().children] if not managed(display) else []


def _window(display: Any, number: int, active: int) -> Window | None:
    from Xlib import X, error

    window = display.create_resource_object("window", number)
    try:
        kinds = _property(display, window, "_NET_WM_WINDOW_TYPE") or ()
        unseen = window.get_attributes().map_state != X.IsViewable
        title, name = _title(display, window), _class(window)
        hidden = display.intern_atom("_NET_WM_STATE_HIDDEN") in (_property(display, window, "_NET_WM_STATE") or ())
        if any(display.intern_atom(kind) in kinds for kind in _NO_WINDOWS):
            return None
        if unseen and not hidden:
            return None
        area = window.get_geometry()
        corner = window.translate_coords(display.screen().root, 0, 0)
    except error.XError:
        return None  # it closed meanwhile
    left, right, top, bottom = (_property(display, window, "_NET_FRAME_EXTENTS") or (0, 0, 0, 0))[:4]
    x, y = -corner.x, -corner.y
    box = Box(x - left, y - top, x + area.width + right, y + area.height + bottom)
    return Window(f"0x{number:08x}", title, name, None if hidden else box, number == active)


def _property(display: Any, window: Any, name: str) -> Any:
    from Xlib import X, error

    try:
        found = window.get_full_property(display.intern_atom(name), X.AnyPropertyType)
    except error.XError:
        return None
    return found.value if found is not None else None


def _title(display: Any, window: Any) -> str:
    for name in ("_NET_WM_NAME", "WM_NAME"):
        value = _property(display, window, name)
        if value:
            return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return ""


def _class(window: Any) -> str:
    from Xlib import error

    try:
        named = window.get_wm_class()
    except error.XError:
        return ""
    return ".".join(named) if named else ""


def _ask_root(display: Any, number: int, message: str, data: tuple[int, ...]) -> None:
    from Xlib import X
    from Xlib.protocol import event

    root = display.screen().root
    asked = event.ClientMessage(window=number, client_type=display.intern_atom(message), data=(32, data))
    root.send_event(asked, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
    display.sync()
