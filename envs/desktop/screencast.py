"""A desktop as moving pictures, for somebody who watches while the agent works."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

from envs.base import TargetClosed
from envs.desktop.capture import ScreenCapture, picture_of

_BETWEEN_S = 0.15
_QUALITY = 60


def screencast(capture: ScreenCapture, sink: Callable[[bytes], None], over: threading.Event) -> None:
    """Hand a JPEG file to `sink` whenever the screen looks otherwise, until `over` is set; closes `capture`."""
    last = b""
    try:
        while not over.wait(_BETWEEN_S):
            shot = capture.grab()
            raw = bytes(shot.raw)
            if raw != last:
                last, data = raw, io.BytesIO()
                picture_of(shot).save(data, "JPEG", quality=_QUALITY)
                sink(data.getvalue())
    except TargetClosed:
        return
    finally:
        capture.close()
