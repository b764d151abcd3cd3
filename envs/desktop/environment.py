"""A desktop as an environment: the user's own screen, or an X display; seen through screenshots, worked by hand.

Pushing the pointer into a corner of the screen stops everything (`FailSafe`).
"""

from __future__ import annotations

import contextlib
import functools
import io
import math
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from action_space.actions import BaseAction, Input
from action_space.geometry import Box, Frame
from envs.base import (
    ActionError,
    ActionRefused,
    LaunchFailed,
    Observation,
    StateDiff,
    StepResult,
    TargetClosed,
    WaitInfo,
)
from envs.desktop.capture import WAYLAND, ScreenCapture, frame_of, is_black, screen_problem
from envs.desktop.controller import NO_SETTLE, SUPPORTED, DesktopController
from envs.desktop.input_client import InputClient
from envs.desktop.screencast import screencast
from envs.display import windows as desktop_windows
from envs.display.environ import MARK
from envs.effect import compare
from envs.secrets import DESKTOP, SecretSource, check_mentions, mentioned

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

    def execute(self, action: BaseAction, answered: Observation) -> StepResult:
        """Do one action, wait for rest, say what changed. Points are pixels of `answered.screenshot`.

        Raises:
            FailSafe: the user pushed the pointer into a corner of the screen.
            TargetClosed: the display went away.
        """
        with self._parts.using() as parts:
            return parts.execute(action, answered)

    def keep_secrets(self, source: SecretSource | None) -> None:
        """Type what `source` keeps, and show none of it. None: there are no secrets (any more)."""
        self._parts.secrets = source

    def screencast(self, sink: Callable[[bytes], None]) -> Callable[[], None]:
        """Hand a JPEG file to `sink` whenever the screen looks otherwise; returns what ends it."""
        with self._parts.using() as parts:
            capture = parts.another_capture()
        over = threading.Event()
        threading.Thread(target=screencast, args=(capture, sink, over), name="screencast", daemon=True).start()
        return over.set


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
        self._question: str | None = None
        self.secrets: SecretSource | None = None
        self._covers: list[Box] = []  # where a secret was typed, pixels: covered until the end of the run
        self._named: tuple[str | None, str | None] = (None, None)  # display and cookies

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
        from envs.desktop.apps import applications
        from envs.desktop.rest import DesktopScreen, Watch

        config = self._config
        if problem := screen_problem(config.display, os.environ):
            raise LaunchFailed(problem)
        environ, name = dict(os.environ), None
        watch = None
        if sys.platform.startswith("linux"):
            from Xlib import error

            from envs.display.displays import environ_of

            self._gone = (error.ConnectionClosedError, BrokenPipeError, ConnectionResetError)
            name = config.display or os.environ["DISPLAY"]
            environ = environ_of(name)
            self._display = desktop_windows.connect(name, environ.get("XAUTHORITY"))
            watch = Watch(self._display)
        elif config.display is not None:
            raise LaunchFailed(f"display: {config.display!r}; only Linux has X displays, this is {sys.platform}")
        self._named = name, environ.get("XAUTHORITY")
        self._eyes = self.another_capture()
        first = self._eyes.picture()
        private = MARK in environ
        if self._display is not None and not private and _wayland_behind(self._display) and is_black(first):
            raise LaunchFailed(WAYLAND)
        self._screen = DesktopScreen(self._eyes, watch)
        self._link = InputClient(environ, lasting=not private)
        self._class_at = None if name is None else functools.partial(desktop_windows.class_at, self._display)
        self._apps = applications(name, environ, config.open_limit_s)
        self._alive = True

    def another_capture(self) -> ScreenCapture:
        """A connection of its own to the same screen."""
        return ScreenCapture(*self._named, self._config.monitor)

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

    def settled(self) -> tuple[Observation, WaitInfo]:
        from envs.desktop.rest import rest

        self._follow_size()
        ratio = self._last[1].frame.pixel_ratio[0] if self._last else 1.0
        look, settled = rest(self._screen, self._config.settle_limit_s, ratio)
        self._question = None if self._display is None else desktop_windows.question(self._display)
        return self._observation(look), settled

    def execute(self, action: BaseAction, answered: Observation) -> StepResult:
        began, typed = time.monotonic(), action
        error: ActionError | None = None
        notes: list[str] = []
        window = _Front(self._eyes, self._display, self._screen)
        self._follow_size()
        try:
            if action.points() and not self._as_seen(answered.frame):
                raise ActionRefused("failed", "the screen was resized since the screenshot; nothing was done")
            action = self._filled(action)
            DesktopController(self._link, self._apps, answered.frame, self._class_at, window, notes).do(action)
        except ActionRefused as refused:
            error = refused.error
        input_s = time.monotonic() - began
        if error is None and action.action in NO_SETTLE:
            return StepResult(answered, StateDiff(), WaitInfo(0.0, "none", 0), None, input_s)
        asked = self._question
        seen, settled = self.settled()
        if self.secrets is not None and isinstance(typed, Input) and mentioned(typed.text):
            shown = compare(answered, seen).region
            if shown is not None:
                self._covers.append(shown)
                seen, self._last = self._covered(seen), None
        if self._question is not None and self._question != asked:
            notes.append(f"a question of the application is in front now: {self._question!r}")
        return StepResult(seen, compare(answered, seen), settled, error, input_s, tuple(notes))

    def _filled(self, action: BaseAction) -> BaseAction:
        """The action with the values of secrets in place of their names.

        Raises:
            ActionRefused: one is not there, or not bound to the desktop.
        """
        if self.secrets is None:
            return action
        check_mentions(action)
        if isinstance(action, Input) and mentioned(action.text):
            return action.model_copy(update={"text": self.secrets.fill(action.text, [DESKTOP])})
        return action

    def _covered(self, seen: Observation) -> Observation:
        """The same, with what was typed as a secret covered, and named in the title."""
        if self.secrets is None:
            return seen
        picture = seen.screenshot
        if self._covers:
            picture = picture.copy()
            for box in self._covers:
                picture.paste(
                    (64, 64, 64),
                    (math.floor(box.left), math.floor(box.top), math.ceil(box.right), math.ceil(box.bottom)),
                )
        return replace(seen, screenshot=picture, title=seen.title and self.secrets.clean(seen.title))

    def _as_seen(self, frame: Frame) -> bool:
        """Whether points of that frame still mean the same places."""
        (left, top, width, height), ratio = self._eyes.monitor, frame.pixel_ratio
        size = round(frame.screen.width / ratio[0]), round(frame.screen.height / ratio[1])
        return frame.origin == (left, top) and size == (width, height)

    def _follow_size(self) -> None:
        """Where the screen was resized, see all of it."""
        if self._display is None:
            return
        area = self._display.screen().root.get_geometry()
        size, before = (area.width, area.height), self._size
        self._size = size
        if before not in (None, size):
            self._eyes.open()

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
            frame=frame_of(self._eyes.monitor, picture.size, self._pointer()),
            time=time.monotonic(),
            title=title,
        )
        seen = self._covered(seen)
        if look is not None:
            self._last = look, seen
        return seen

    def _pointer(self) -> tuple[int, int] | None:
        """Where the pointer is, device points."""
        if self._display is None:
            return None
        at = self._display.screen().root.query_pointer()
        return (at.root_x, at.root_y) if at.same_screen else None

    def _title(self) -> str | None:
        if self._display is None:
            from envs.desktop.platforms import active_title

            return active_title()
        return desktop_windows.active_title(self._display)


class _Front:
    """The window that has the focus, as `enter_text` looks at it; where that is not known, the screen."""

    def __init__(self, eyes: ScreenCapture, display: Any, screen: Any) -> None:
        self._eyes, self._display, self._screen = eyes, display, screen

    def picture(self) -> Image.Image:
        picture = self._eyes.picture()
        box = None if self._display is None else desktop_windows.active_box(self._display)
        if box is None:
            return picture
        monitor = self._eyes.monitor
        x, y = picture.width / monitor.width, picture.height / monitor.height
        left, top = max(0, (box.left - monitor.left) * x), max(0, (box.top - monitor.top) * y)
        right = min(picture.width, (box.right - monitor.left) * x)
        low = min(picture.height, (box.bottom - monitor.top) * y)
        return picture.crop((int(left), int(top), int(right), int(low))) if left < right and top < low else picture

    def busy(self) -> bool:
        return bool(self._screen.busy())


def _wayland_behind(display: Any) -> bool:
    """Whether this X server only stands in for a Wayland session, or such a session is around."""
    return bool(os.environ.get("WAYLAND_DISPLAY")) or "XWAYLAND" in display.list_extensions()
