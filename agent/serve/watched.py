"""An environment at whose screen others may look while a run works in it; one call is made at a time."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PIL import Image

from action_space.actions import BaseAction
from envs.base import Environment, Observation, StepResult, TargetClosed

_QUALITY = 70
_WATCHED_S = 4.0
"""Seconds after the last look of a viewer in which the screen is still filmed."""


class Frames:
    """The newest picture of a screen as a JPEG file, for any number of viewers, each at its own pace."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._picture: Callable[[], bytes] | bytes | None = None
        self.number = 0

    def put(self, picture: bytes | Callable[[], bytes]) -> None:
        """A newer picture: JPEG, or what makes it when somebody looks."""
        with self._changed:
            self._picture = picture
            self.number += 1
            self._changed.notify_all()

    def after(self, number: int, seconds: float) -> tuple[int, bytes] | None:
        """The newest picture with its number, once that is above `number`; None: none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self.number > number, seconds)
            if self.number <= number or self._picture is None:
                return None
            picture, at = self._picture, self.number
        made = picture if isinstance(picture, bytes) else picture()
        with self._changed:
            if self.number == at:
                self._picture = made
        return at, made

    def wake(self) -> None:
        """Let everybody who waits look up."""
        with self._changed:
            self._changed.notify_all()


class Watched:
    """The environment that it wraps, and what is seen of it. Everything else is the environment's own.

    Attributes:
        frames: its newest picture.
        last: the last observation; None: there is none yet.
        gone: it went away and cannot be used any more.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._one = threading.RLock()
        self.name, self.actions = environment.name, environment.actions
        self.frames = Frames()
        self.last: Observation | None = None
        self.gone = False
        self._watched_until = 0.0
        self._filming = threading.Lock()
        self._film: Callable[[], None] | None = None

    def watch(self, number: int, seconds: float) -> tuple[int, bytes] | None:
        """See `Frames.after`. While somebody watches, the screen is filmed, where the environment can."""
        self._watched_until = time.monotonic() + seconds + _WATCHED_S
        with self._filming:
            if self._film is None and not self.gone and hasattr(self._environment, "screencast"):
                with suppress(Exception):  # it is ending just now
                    self._film = self._environment.screencast(self.frames.put)
                    threading.Thread(target=self._unwatched, name="unwatched", daemon=True).start()
        return self.frames.after(number, seconds)

    def _unwatched(self) -> None:
        """Ends the film when nobody watches any more."""
        while not self.gone and (left := self._watched_until - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))
        with self._filming:
            if self._film is not None:
                self._film()
            self._film = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._environment, name)

    def observe(self) -> Observation:
        """See `envs.base.Environment.observe`."""
        return self._seen(self._guarded(self._environment.observe))

    def execute(self, action: BaseAction, answered: Observation) -> StepResult:
        """See `envs.base.Environment.execute`."""
        outcome: StepResult = self._guarded(lambda: self._environment.execute(action, answered))
        self._seen(outcome.observation)
        return outcome

    def close(self) -> None:
        """See `envs.base.Environment.close`."""
        self.gone = True
        self.frames.wake()
        self._environment.close()

    def _guarded(self, work: Callable[[], Any]) -> Any:
        with self._one:
            try:
                return work()
            except TargetClosed:
                self.gone = True
                raise

    def _seen(self, seen: Observation) -> Observation:
        self.last = seen
        if self._film is None or seen.dialog is not None:  # a dialog is drawn, the page behind it stands still
            self.frames.put(lambda: jpeg(seen.screenshot))
        return seen


def jpeg(image: Image.Image) -> bytes:
    """The picture as a JPEG file."""
    data = io.BytesIO()
    image.convert("RGB").save(data, "JPEG", quality=_QUALITY)
    return data.getvalue()


def png(seen: Observation) -> bytes:
    """The screenshot as a PNG file."""
    if seen.png is not None:
        return seen.png
    data = io.BytesIO()
    seen.screenshot.save(data, "PNG", compress_level=1)
    return data.getvalue()
