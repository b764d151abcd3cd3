"""A desktop as an environment: the user's own screen, or an X display; seen through screenshots, worked by hand.

Pushing the pointer into a corner of the screen stops everything (`FailSafe`).
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from action_space.actions import BaseAction
from envs import desktop_windows
from envs.base import (
    ActionError,
    ActionRefused,
    Effect,
    LaunchFailed,
    Observation,
    Outcome,
    Settled,
    TargetClosed,
)
from envs.desktop_actions import NO_SETTLE, SUPPORTED, Actor
from envs.desktop_link import Link
from envs.desktop_look import WAYLAND, Eyes, frame_of, is_black, screen_problem
from envs.display import MARK
from envs.effect import compare

Say = Callable[[str], None]


@dataclass(frozen=True)
class DesktopConfig:
    """Which desktop, and how it is used. Picklable.

    Attributes:
        display: X display such as ":7"; None: the user's own screen.
        monitor: its number from 1; 0: all of them as one picture.
        settle_limit_s: limit of the wait for rest after an action, seconds.
        open_limit_s: limit for an application to show its window, seconds.
    """

    display: str | None = None
    monitor: int = 0
    settle_limit_s: float = 5.0
    open_limit_s: float = 30.0


class DesktopEnvironment:
    """One desktop, ready when constructed. Usable from any thread; calls wait for each other.

    Args:
        config: which desktop.
        say: gets one line for each thing that a person should know.

    Raises:
        LaunchFailed: the screen cannot be seen, or mouse and keyboard cannot be used.
    """

    name = "desktop"
    actions = SUPPORTED

    def __init__(self, config: DesktopConfig | None = None, say: Say | None = None) -> None:
        self.config = config or DesktopConfig()
        self._parts = _Parts(self.config)
        # The parts do not refer to this object, so it is collected, and closed, when dropped.
        self._finalizer = weakref.finalize(self, self._parts.close, os.getpid())
        try:
            self._parts.open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> DesktopEnvironment:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of mouse and keyboard, and end what was started for them. Applications stay open."""
        self._finalizer()

    def observe(self) -> Observation:
        """The screen now, after it has come to rest.

        Raises:
            TargetClosed: the display went away.
        """
        with self._parts.using() as parts:
            return parts.settled()[0]

    def execute(self, action: BaseAction, answered: Observation) -> Outcome:
        """Do one action, wait for rest, say what changed. Points are pixels of `answered.screenshot`.

        Raises:
            FailSafe: the user pushed the pointer into a corner of the screen.
            TargetClosed: the display went away.
        """
        with self._parts.using() as parts:
            return parts.execute(action, answered)


class _Parts:
    """What a desktop consists of; knows nothing of the environment that owns it."""

    def __init__(self, config: DesktopConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._alive = False
        self._display: Any = None
        self._eyes: Any = None
        self._link: Any = None
        self._last: tuple[bytes, Observation] | None = None
        self._size: tuple[int, int] | None = None
        self._gone: tuple[type[Exception], ...] = ()

    @contextlib.contextmanager
    def using(self) -> Iterator[_Parts]:
        """The parts, by one thread at a time."""
        with self._lock:
            if not self._alive:
                raise TargetClosed("The desktop environment is closed.")
            try:
                yield self
            except self._gone as gone:
                raise TargetClosed("The display went away.") from gone

    def open(self) -> None:
        from envs.desktop_apps import applications
        from envs.desktop_rest import DesktopScreen, Watch

        config = self._config
        if problem := screen_problem(config.display, os.environ):
            raise LaunchFailed(problem)
        environ, name = dict(os.environ), None
        watch = None
        if sys.platform.startswith("linux"):
            from Xlib import error

            from envs.display import environ_of

            self._gone = (error.ConnectionClosedError, BrokenPipeError, ConnectionResetError)
            name = config.display or os.environ["DISPLAY"]
            environ = environ_of(name)
            self._display = desktop_windows.connect(name, environ.get("XAUTHORITY"))
            watch = Watch(self._display)
        elif config.display is not None:
            raise LaunchFailed(f"display: {config.display!r}; only Linux has X displays, this is {sys.platform}")
        self._eyes = Eyes(name, environ.get("XAUTHORITY"), config.monitor)
        first = self._eyes.picture()
        private = MARK in environ
        if self._display is not None and not private and _wayland_behind(self._display) and is_black(first):
            raise LaunchFailed(WAYLAND)
        self._screen = DesktopScreen(self._eyes, watch)
        self._hands = functools.partial(Link, environ, lasting=not private)
        self._link = self._hands()
        self._class_at = None if name is None else functools.partial(desktop_windows.class_at, self._display)
        self._apps = applications(name, environ, config.open_limit_s)
        self._alive = True

    def close(self, owner: int) -> None:
        if os.getpid() != owner:
            return  # a forked child: the desktop belongs to its parent
        self._alive = False
        if self._link is not None:
            self._link.close()
        if self._eyes is not None:
            self._eyes.close()
        if self._display is not None:
            with contextlib.suppress(Exception):
                self._display.close()
            self._display = None

    def settled(self) -> tuple[Observation, Settled]:
        from envs.desktop_rest import rest

        self._follow_size()
        ratio = self._last[1].frame.pixel_ratio[0] if self._last else 1.0
        look, settled = rest(self._screen, self._config.settle_limit_s, ratio)
        return self._observation(look), settled

    def execute(self, action: BaseAction, answered: Observation) -> Outcome:
        began = time.monotonic()
        error: ActionError | None = None
        notes: list[str] = []
        try:
            Actor(self._link, self._apps, answered.frame, self._class_at, notes).do(action)
        except ActionRefused as refused:
            error = refused.error
        input_s = time.monotonic() - began
        if error is None and action.action in NO_SETTLE:
            return Outcome(answered, Effect(), Settled(0.0, "none", 0), None, input_s)
        seen, settled = self.settled()
        if action.action in ("input", "press"):
            self._link.ask("give_back")  # only now has the program surely read the clipboard
        return Outcome(seen, compare(answered, seen), settled, error, input_s, tuple(notes))

    def _follow_size(self) -> None:
        """Where the screen was resized, see and reach all of it, with the emergency stop in its new corners."""
        if self._display is None:
            return
        area = self._display.screen().root.get_geometry()
        size, before = (area.width, area.height), self._size
        self._size = size
        if before not in (None, size):
            self._eyes.open()
            self._link.close()
            self._link = self._hands()

    def _observation(self, look: bytes | None) -> Observation:
        title = self._title()
        if look is None:
            picture = self._eyes.picture()
        elif self._last is not None and self._last[0] == look:
            picture = self._last[1].screenshot
        else:
            with Image.open(io.BytesIO(look)) as image:
                picture = image.convert("RGB")
        seen = Observation(
            screenshot=picture,
            frame=frame_of(self._eyes.monitor, picture.size),
            time=time.monotonic(),
            title=title,
        )
        if look is not None:
            self._last = look, seen
        return seen

    def _title(self) -> str | None:
        if self._display is None:
            from envs.desktop_system import active_title

            return active_title()
        return desktop_windows.active_title(self._display)


def _wayland_behind(display: Any) -> bool:
    """Whether this X server only stands in for a Wayland session, or such a session is around."""
    return bool(os.environ.get("WAYLAND_DISPLAY")) or "XWAYLAND" in display.list_extensions()
