"""The pointer and its buttons: on X11 through the XTEST extension, on Windows and macOS through pyautogui.

Runs in the process of mouse and keyboard. Coordinates are device points of the whole desktop, integers.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

# One turn of the wheel by one notch, in what pyautogui's scroll takes.
_NOTCH = {"win32": 120, "darwin": 5}
_BUTTONS = {"left": 1, "middle": 2, "right": 3}
_ELSEWHERE = (-1, -1)  # the pointer is on another screen of the display
_WHEEL = {(0, -1): 4, (0, 1): 5, (-1, 0): 6, (1, 0): 7}  # (right, down) → X11's button


class Mouse(Protocol):
    """One pointer."""

    def position(self) -> tuple[int, int]: ...

    def corners(self) -> frozenset[tuple[int, int]]:
        """The outermost points of the screen, where a person pushes the pointer to stop everything."""

    def move(self, x: int, y: int) -> None: ...
    def down(self, button: str) -> None: ...
    def up(self, button: str) -> None: ...

    def notch(self, right: int, down: int) -> None:
        """Turn one of the two wheels by one notch: -1, 0 or 1 each."""


class X11Mouse:
    """The pointer of one X screen.

    Args:
        display: the connection that presses the keys too, so that both arrive in the order in which they were
            sent. Its default screen is the one that is worked on: ":7.1" has another than ":7".
    """

    def __init__(self, display: Any) -> None:
        self._display = display
        self._root = display.screen().root

    def position(self) -> tuple[int, int]:
        at = self._root.query_pointer()
        return (at.root_x, at.root_y) if at.same_screen else _ELSEWHERE

    def corners(self) -> frozenset[tuple[int, int]]:
        area = self._root.get_geometry()
        right, bottom = area.width - 1, area.height - 1
        return frozenset({(0, 0), (right, 0), (0, bottom), (right, bottom)})

    def move(self, x: int, y: int) -> None:
        from Xlib import X

        if not self._root.query_pointer().same_screen:
            # XTEST moves the pointer within the screen that it is on, whatever root it is given.
            self._root.warp_pointer(x, y)
        self._fake(X.MotionNotify, x=x, y=y)

    def down(self, button: str) -> None:
        from Xlib import X

        self._fake(X.ButtonPress, _BUTTONS[button])

    def up(self, button: str) -> None:
        from Xlib import X

        self._fake(X.ButtonRelease, _BUTTONS[button])

    def notch(self, right: int, down: int) -> None:
        from Xlib import X

        self._fake(X.ButtonPress, _WHEEL[right, down])
        self._fake(X.ButtonRelease, _WHEEL[right, down])

    def _fake(self, kind: int, detail: int = 0, **given: Any) -> None:
        from Xlib.ext.xtest import fake_input

        fake_input(self._display, kind, detail, **given)
        self._display.sync()


class PlainMouse:
    """Windows and macOS, through pyautogui."""

    def __init__(self, pyautogui: Any) -> None:
        self._hands = pyautogui
        pyautogui.PAUSE = 0
        pyautogui.FAILSAFE = False  # looked at by who asks for this mouse, alike on all systems

    def position(self) -> tuple[int, int]:
        at = self._hands.position()
        return int(at[0]), int(at[1])

    def corners(self) -> frozenset[tuple[int, int]]:
        width, height = self._hands.size()
        return frozenset({(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)})

    def move(self, x: int, y: int) -> None:
        self._hands.moveTo(x, y)

    def down(self, button: str) -> None:
        self._hands.mouseDown(button=button)

    def up(self, button: str) -> None:
        self._hands.mouseUp(button=button)

    def notch(self, right: int, down: int) -> None:
        unit = notch()
        if down:
            self._hands.scroll(-down * unit)
        if right:
            self._hands.hscroll(right * unit)


def notch(platform: str = sys.platform) -> int:
    """What pyautogui's scroll takes for one notch of the wheel."""
    return _NOTCH.get(platform, 1)
