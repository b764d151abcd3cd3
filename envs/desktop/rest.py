"""When a desktop has come to rest: what `settle` looks at.

A desktop says little about what it still has in flight. What X11 can say is used: a program answers the window
manager's ping (`_NET_WM_PING`) only after it has worked through the input that was sent before; windows that open,
close, move or change their title are announced; and a program that computes is not done. All this counts for a
few seconds at most; the picture decides the rest.
"""

from __future__ import annotations

import contextlib
import select
import time
from pathlib import Path
from typing import Any

from envs.base import SettleReason, TargetClosed, WaitInfo
from envs.desktop.capture import ScreenCapture
from envs.settle import Evidence, settle_now

# Seconds. Two looks lie so far apart that a program draws at least twice between them.
_LOOKS_APART_S, _WINDOWS_QUIET_S = 0.06, 0.08
_PONG_AT_MOST_S, _BUSY_AT_MOST_S, _BUSY_PART_S = 3.0, 1.5, 0.05
_BUSY_SHARE = 0.5


def rest(screen: DesktopScreen, limit_s: float, pixel_ratio: float) -> tuple[bytes | None, WaitInfo]:
    """Wait for rest, and say how the wait went."""
    screen.begin()
    return settle_now(screen, limit_s, pixel_ratio)


class DesktopScreen:
    """One desktop, as `settle` looks at it.

    Args:
        eyes: where the pictures come from.
        watch: what X11 knows; None on other systems.
    """

    def __init__(self, eyes: ScreenCapture, watch: Watch | None) -> None:
        self._eyes, self._watch = eyes, watch
        self._looked = 0.0

    def begin(self) -> None:
        """The input is over: from now on what it does is waited for."""
        self._looked = 0.0
        if self._watch:
            self._watch.begin()

    def busy(self) -> bool:
        """Whether the window that has the focus has yet to work through its input."""
        return self._watch is not None and self._watch.busy()

    def interrupted(self) -> SettleReason | None:
        return None

    async def evidence(self) -> Evidence:
        return self._watch.evidence() if self._watch else Evidence()

    async def capture(self) -> bytes | None:
        await self.pause(self._looked + _LOOKS_APART_S - time.monotonic())
        self._looked = time.monotonic()
        return self._eyes.look()

    async def pause(self, seconds: float) -> None:
        if seconds > 0:
            if self._watch:
                self._watch.wait(seconds)
            else:
                time.sleep(seconds)


class Watch:
    """What an X display says about what is in flight. Has the connection to itself while it is asked."""

    def __init__(self, display: Any) -> None:
        from Xlib import X

        self._display = display
        self._root = display.screen().root
        self._root.change_attributes(event_mask=X.SubstructureNotifyMask)
        self._protocols = display.intern_atom("WM_PROTOCOLS")
        self._titles = {display.intern_atom(name) for name in ("WM_NAME", "_NET_WM_NAME")}
        self._ping = display.intern_atom("_NET_WM_PING")
        self._stamp = 0
        self._began = self._moved = 0.0
        self._pinged: dict[int, int] = {}
        self._pids: dict[int, _Work] = {}
        self._asked: set[int] = set()
        display.sync()

    def begin(self) -> None:
        self._began = time.monotonic()
        self._moved = 0.0
        self._pinged.clear()
        self._pids.clear()

    def evidence(self) -> Evidence:
        from Xlib import X, error

        from envs.display import windows as desktop_windows

        try:
            self._drain()
            window = desktop_windows.active_id(self._display)
            if window and window not in self._pids:
                self._pids[window] = _Work(_pid(self._display, window))
                target = self._display.create_resource_object("window", window)
                target.change_attributes(event_mask=X.PropertyChangeMask)
                self._send_ping(window)
            self._display.flush()
        except (error.ConnectionClosedError, OSError) as gone:
            raise TargetClosed("The display went away.") from gone
        except error.XError:
            return Evidence()  # the window closed meanwhile
        now = time.monotonic()
        if window in self._pinged and now < self._began + _PONG_AT_MOST_S:
            return Evidence(requests=1, again_s=0.02)
        quiet = self._moved + _WINDOWS_QUIET_S - now
        if quiet > 0 and now < self._began + _PONG_AT_MOST_S:
            return Evidence(due_s=quiet, again_s=quiet)
        if window in self._pids and now < self._began + _BUSY_AT_MOST_S and self._pids[window].busy():
            return Evidence(requests=1, again_s=_BUSY_PART_S)
        return Evidence()

    def busy(self) -> bool:
        """Whether the window that has the focus has not answered a ping that is sent to it now or was before."""
        from Xlib import error

        from envs.display import windows as desktop_windows

        try:
            self._drain()
            window = desktop_windows.active_id(self._display)
            if window in self._asked:
                if window in self._pinged:
                    return True
                self._asked.discard(window)
                return False
            if window:
                self._send_ping(window)
                self._asked.add(window)
                self._display.flush()
        except (error.ConnectionClosedError, OSError) as gone:
            raise TargetClosed("The display went away.") from gone
        except error.XError:
            return False  # the window closed meanwhile
        return window in self._pinged

    def wait(self, seconds: float) -> None:
        """Until the server has something to say, at most so long."""
        with contextlib.suppress(OSError, ValueError):
            select.select([self._display.fileno()], [], [], seconds)
            self._drain()

    def _drain(self) -> None:
        from Xlib import X

        moves = (X.MapNotify, X.UnmapNotify, X.ConfigureNotify, X.DestroyNotify)
        while self._display.pending_events():
            event = self._display.next_event()
            if event.type == X.ClientMessage:
                data = event.data[1] if event.data[0] == 32 else ()
                if event.client_type == self._protocols and data and data[0] == self._ping:
                    self._pinged = {known: at for known, at in self._pinged.items() if at != data[1]}
            elif event.type in moves or (event.type == X.PropertyNotify and event.atom in self._titles):
                self._moved = time.monotonic()

    def _send_ping(self, window: int) -> None:
        from Xlib.protocol import event

        target = self._display.create_resource_object("window", window)
        if self._ping not in (target.get_wm_protocols() or ()):
            return
        self._stamp = self._stamp % 0x7FFFFFFF + 1
        self._pinged[window] = self._stamp
        data = (32, (self._ping, self._stamp, window, 0, 0))
        target.send_event(event.ClientMessage(window=window, client_type=self._protocols, data=data))


class _Work:
    """How busy a process and its children are, such as a terminal and its shell."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._at, self._spent = time.monotonic(), _spent(pid)[0]

    def busy(self) -> bool:
        """Whether one of them computes or wants to, or they did for much of the time since the last question."""
        now = time.monotonic()
        spent, wants = _spent(self._pid)
        passed, share = now - self._at, (spent - self._spent) / max(now - self._at, 1e-6)
        if passed >= _BUSY_PART_S:
            self._at, self._spent = now, spent
        return wants or (passed >= _BUSY_PART_S and share > _BUSY_SHARE)


def _spent(pid: int) -> tuple[float, bool]:
    """Seconds that a process and its children computed, or waited for a processor; and whether one does now.

    Only their main threads count, which are what draws; (0, False) where there is no such /proc.
    """
    if pid <= 0:
        return 0.0, False
    folder = Path(f"/proc/{pid}")
    try:
        ran, waited, _ = (folder / "schedstat").read_text("ascii").split()
        wants = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] == "R"
        children = [int(child) for task in folder.glob("task/*/children") for child in task.read_text().split()]
    except (OSError, ValueError):
        return 0.0, False
    parts = [((int(ran) + int(waited)) / 1e9, wants), *map(_spent, children)]
    return sum(seconds for seconds, _ in parts), any(now for _, now in parts)


def _pid(display: Any, window: int) -> int:
    from Xlib import X

    from envs.display.windows import process_of

    target = display.create_resource_object("window", window)
    found = target.get_full_property(display.intern_atom("_NET_WM_PID"), X.AnyPropertyType)
    # Tk does not say; the server knows which process is at the other end.
    return int(found.value[0]) if found is not None and len(found.value) else process_of(display, window)
