"""When a screen has come to rest after an action.

Two kinds of evidence are asked in turn: what the page still has in flight (requests, timers that the input set,
finite animations; `Evidence`), and the picture itself. Rest is: nothing in flight, and two looks in a row equal.
A blinking caret is no difference; a small area that keeps changing is an endless spinner, which does not keep
the page from being at rest. Nothing here sleeps for a fixed time: every wait ends with the event that it is for,
and all of them together with the limit.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from action_space.geometry import Box
from envs.base import SettleReason, WaitInfo
from envs.effect import changed_pixels

# A spinner is an area of at most this share of the screen that goes on changing for this long and this often.
SPINNER_AREA, SPINNER_S, SPINNER_LOOKS = 0.03, 0.5, 4


@dataclass(frozen=True)
class Evidence:
    """What speaks for another change of the screen.

    Attributes:
        requests: requests in flight that may change what is seen.
        due_s: seconds until the last timer that the input set, or finite animation, is over; 0: there is none.
        again_s: seconds after which it is worth asking again; 0: as soon as something in flight ends.
    """

    requests: int = 0
    due_s: float = 0.0
    again_s: float = 0.0

    @property
    def quiet(self) -> bool:
        return self.requests == 0 and self.due_s <= 0


class Screen(Protocol):
    """What `settle` needs to see."""

    def interrupted(self) -> SettleReason | None:
        """A reason to stop waiting at once, such as a dialog."""

    async def evidence(self) -> Evidence:
        """What is in flight now, after the last input has been drawn."""

    async def capture(self) -> bytes | None:
        """The screen as a PNG file; None where it cannot be seen now."""

    async def pause(self, seconds: float) -> None:
        """Until something in flight ends, at most `seconds`."""


def settle_now(screen: Screen, limit_s: float, pixel_ratio: float = 1.0) -> tuple[bytes | None, WaitInfo]:
    """`settle` for a screen whose coroutines never wait for an event loop; works inside a running one too."""
    work = settle(screen, limit_s, pixel_ratio)
    try:
        work.send(None)
    except StopIteration as done:
        found: tuple[bytes | None, WaitInfo] = done.value
        return found
    raise AssertionError("this screen waits for an event loop")


async def settle(screen: Screen, limit_s: float, pixel_ratio: float = 1.0) -> tuple[bytes | None, WaitInfo]:
    """Wait for rest. Returns the last look, which is the screen at rest, and how the wait went."""
    began = time.monotonic()
    last: bytes | None = None
    looks = 0
    motion = _Motion(pixel_ratio)

    def result(reason: SettleReason) -> tuple[bytes | None, WaitInfo]:
        return last, WaitInfo(time.monotonic() - began, reason, looks)

    while True:
        interruption = screen.interrupted()
        if interruption:
            return result(interruption)
        left = began + limit_s - time.monotonic()
        evidence = await screen.evidence()
        if not evidence.quiet and left > 0:
            await screen.pause(min(left, evidence.again_s or left))
            continue
        look = await screen.capture()
        if look is None:
            if left <= 0:
                return result(screen.interrupted() or "timeout")
            continue
        looks += 1
        before, last = last, look
        if before is not None:
            moved = motion.between(before, look)
            if moved != "on" and (await screen.evidence()).quiet:
                return result("stable" if moved == "still" else "animation")
        if left <= 0:
            return result("timeout")


class _Motion:
    """Tells rest from motion, and a spinner from a page that changes."""

    def __init__(self, pixel_ratio: float) -> None:
        self._ratio = pixel_ratio
        self._area: Box | None = None
        self._since = 0.0
        self._times = 0

    def between(self, before: bytes, after: bytes) -> str:
        """ "still", "on", or "spinner", for two looks in a row."""
        if before == after:
            return "still"
        first, second = _open(before), _open(after)
        region = changed_pixels(first, second, self._ratio)[1]
        if region is None:
            return "still"
        area = self._area.union(region) if self._area else region
        now = time.monotonic()
        if area.area > SPINNER_AREA * second.width * second.height:
            # The page itself changes: begin to watch for a spinner anew.
            self._area, self._times = None, 0
            return "on"
        if self._area is None:
            self._since = now
        self._area, self._times = area, self._times + 1
        done = self._times >= SPINNER_LOOKS and now - self._since >= SPINNER_S
        return "spinner" if done else "on"


def _open(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGB")
