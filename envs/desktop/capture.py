"""Seeing a desktop: which part of it, in which coordinates, and the pictures."""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from PIL import Image

from action_space.geometry import Frame, Size
from envs.base import LaunchFailed, TargetClosed

_KEPT_BLOCKS = 2  # freed pictures whose memory Pillow keeps for the next


class Monitor(NamedTuple):
    """A monitor, or all of them as one, in device points of the desktop; left and top may be negative."""

    left: int
    top: int
    width: int
    height: int


def choose(monitors: Sequence[Mapping[str, int]], number: int) -> Monitor:
    """The monitor of that number, from 1; 0: all of them as one.

    Args:
        monitors: as mss lists them: all as one first, then each.

    Raises:
        LaunchFailed: there is none of that number.
    """
    if not 0 <= number < len(monitors):
        raise LaunchFailed(
            f"monitor: {number}; it is 0 for all of them as one, or the number of one, 1 to {len(monitors) - 1}"
        )
    chosen = monitors[number]
    return Monitor(*(chosen[key] for key in Monitor._fields))


def frame_of(monitor: Monitor, picture: tuple[int, int], pointer: tuple[int, int] | None = None) -> Frame:
    """The frame of a picture of a monitor. Pixels per point come from the sizes; they may be fractional.

    Args:
        pointer: where the mouse pointer is, device points; None: not known.
    """
    ratio = picture[0] / monitor.width, picture[1] / monitor.height
    at = None
    if pointer is not None:
        x, y = int((pointer[0] - monitor.left) * ratio[0]), int((pointer[1] - monitor.top) * ratio[1])
        at = (x, y) if 0 <= x < picture[0] and 0 <= y < picture[1] else None
    origin = float(monitor.left), float(monitor.top)
    return Frame(Size(*picture), pixel_ratio=ratio, origin=origin, pointer=at)


class ScreenCapture:
    """Takes pictures of one monitor.

    Args:
        display: X display; None: the system's own screen.
        cookies: its cookie file, on X11.
        number: of the monitor, from 1; 0: all of them as one.

    Raises:
        LaunchFailed: there is no such monitor, or the screen cannot be seen.
    """

    def __init__(self, display: str | None, cookies: str | None, number: int) -> None:
        self._display, self._cookies, self._number = display, cookies, number
        # Pillow gives each picture's memory back to the system; fetching it anew costs more than the decoding.
        core = Image.core  # type: ignore[attr-defined]  # documented under "Image.core": block allocator
        if core.get_blocks_max() < _KEPT_BLOCKS:
            core.set_blocks_max(_KEPT_BLOCKS)
        self._mss: Any = None
        self.monitor = Monitor(0, 0, 1, 1)
        self.open()

    def open(self) -> None:
        """Connect anew, so that monitors that were plugged in or resized are known."""
        try:
            import mss
        except ImportError as missing:
            raise LaunchFailed("mss is missing.", hint="pip install 'gui-agent-toolkit[desktop]'") from missing
        from envs.display.windows import authority

        self.close()
        given: dict[str, Any] = {"display": self._display} if self._display else {}
        try:
            with authority(self._cookies):
                self._mss = mss.MSS(**given)
            self.monitor = choose(self._mss.monitors, self._number)
        except (mss.ScreenShotError, OSError) as failure:
            raise LaunchFailed(f"The screen cannot be seen: {failure}") from failure

    def close(self) -> None:
        """Disconnect. May be called twice."""
        if self._mss is not None:
            self._mss.close()
            self._mss = None

    def grab(self) -> Any:
        """The screen as mss gives it.

        Raises:
            TargetClosed: it is gone.
        """
        import mss

        try:
            return self._mss.grab(self.monitor._asdict())
        except (mss.ScreenShotError, OSError):
            # It may have been resized; then it is there again with its new size.
            try:
                self.open()
                return self._mss.grab(self.monitor._asdict())
            except (LaunchFailed, mss.ScreenShotError, OSError) as gone:
                raise TargetClosed(f"The screen went away: {gone}") from gone

    def picture(self) -> Image.Image:
        """The screen as an RGB picture."""
        return picture_of(self.grab())

    def look(self) -> bytes:
        """The screen as a file in the quickest lossless format: only its header is made here."""
        return bitmap(self.grab())


def picture_of(shot: Any) -> Image.Image:
    """An RGB picture of what mss gave."""
    return Image.frombuffer("RGB", tuple(shot.size), shot.raw, "raw", "BGRX", 0, 1)


def bitmap(shot: Any) -> bytes:
    """A BMP file of what mss gave: its own bytes, four to a pixel, behind a header."""
    width, height = shot.size
    header = struct.pack("<2sIHHI", b"BM", 54 + len(shot.raw), 0, 0, 54)
    header += struct.pack("<IiiHHIIiiII", 40, width, -height, 1, 32, 0, len(shot.raw), 0, 0, 0, 0)
    return b"".join((header, shot.raw))


def is_black(picture: Image.Image) -> bool:
    """Whether nothing at all can be seen."""
    return picture.getbbox() is None


def screen_problem(display: str | None, environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """What keeps the user's own screen from being used, and what works instead; None: nothing known."""
    if display is not None or not platform.startswith("linux") or environ.get("DISPLAY"):
        return None
    if environ.get("WAYLAND_DISPLAY"):
        return WAYLAND
    return "There is no screen: DISPLAY is not set. A private display needs none: --private-display"


WAYLAND = (
    "This is a Wayland session, which lets no program see the screen or move the mouse. What works: a private "
    "display (--private-display), a browser (--env browser), or logging in with an X11 session (named “Xorg”)."
)
