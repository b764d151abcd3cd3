"""How each action is done on a desktop: checked, turned into device points, handed to the hands."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Protocol

from action_space import actions as act
from action_space.actions import ACTIONS, BaseAction
from action_space.geometry import Frame
from envs.base import ActionRefused, check_inside
from envs.desktop_link import Link
from envs.desktop_select import select_text, selected_by
from envs.desktop_system import command_key

NO_SETTLE = frozenset({"finished", "ask_user"})
_BROWSER = "a desktop has no tabs or page dialogs of its own; work in the browser's window, or use --env browser"
UNSUPPORTED = {
    "navigate": "a desktop has no address of its own; open a browser and type into its address field",
    "back": "a desktop has no pages to go back to; press alt+left in the browser's window",
    "new_tab": _BROWSER,
    "switch_tab": _BROWSER,
    "close_tab": _BROWSER,
    "upload": "a desktop has no file fields of its own; type the path into the file chooser",
    "dialog": _BROWSER,
}
SUPPORTED = frozenset(set(ACTIONS) - set(UNSUPPORTED))

# Device points that one notch of the wheel scrolls, measured: GTK 3 56, Tk 50, and Chromium's family 120.
_NOTCH_POINTS, _NOTCH_POINTS_CHROMIUM = 56, 120
_CHROMIUM = ("chrom", "electron", "msedge", "brave", "code.")
_NOTCHES_AT_MOST = 400
_CLEAR_S = 0.15  # for a program to say that something is selected in it
_KEYS_AT_MOST = 300  # characters of a line; longer ones are pasted, because keys cost time
_CORNER = "the point is a corner of the screen, the user's emergency stop; the pointer stayed one point inside it"


class Apps(Protocol):
    """Starting and raising applications. Both raise `ActionRefused`."""

    def open(self, name: str) -> None: ...
    def switch(self, name: str) -> None: ...


class Actor:
    """Does one action on one desktop; points are pixels of the screenshot with this frame.

    `class_at` says what window lies under a device point; None where the system does not say, as X11 does.
    """

    def __init__(
        self, link: Link, apps: Apps, frame: Frame, class_at: Callable[[int, int], str] | None, notes: list[str]
    ) -> None:
        self._link, self._apps, self._frame, self._notes = link, apps, frame, notes
        self._class_at = class_at or (lambda x, y: "")
        self._selects = class_at is not None

    def do(self, action: BaseAction) -> None:
        """Do it.

        Raises:
            ActionRefused: it cannot be done; nothing, or only its first part, was done.
            FailSafe, EnvironmentFault: see `Link.ask`.
        """
        if action.action in UNSUPPORTED:
            raise ActionRefused("unsupported", UNSUPPORTED[action.action])
        for name, point in action.points().items():
            check_inside(self._frame, name, point)
        if action.action not in NO_SETTLE:
            done: Callable[[Any], None] = getattr(self, f"_{action.action}")
            done(action)

    def _at(self, point: tuple[int, int]) -> tuple[int, int]:
        x, y = self._frame.screen_to_device(*point)
        return math.floor(x), math.floor(y)

    def _ask(self, op: str, takes_s: float = 0.0, **given: Any) -> None:
        answer = self._link.ask(op, takes_s, **given)
        if answer and answer.get("clamped"):
            self._notes.append(_CORNER)

    # -- mouse ----------------------------------------------------------------------------------------------

    def _click(self, action: act.Click) -> None:
        self._ask(
            "click",
            at=self._at(action.start_point),
            button=action.button,
            clicks=action.clicks,
            modifiers=action.modifiers,
        )

    def _longpress(self, action: act.LongPress) -> None:
        seconds = action.duration_ms / 1000
        self._ask("hold", seconds, at=self._at(action.start_point), seconds=seconds)

    def _hover(self, action: act.Hover) -> None:
        if action.start_point is not None:
            self._ask("move", at=self._at(action.start_point))

    def _drag(self, action: act.Drag) -> None:
        self._ask("drag", start=self._at(action.start_point), end=self._at(action.end_point))

    def _scroll(self, action: act.Scroll) -> None:
        width, height = self._frame.screen
        across = action.direction in ("left", "right")
        pixels = action.scroll_distance or (width if across else height) * 2 / 3
        at = self._at(action.start_point or (int(width) // 2, int(height) // 2))
        points = self._frame.distance_to_device(pixels, 0 if across else 1)
        notches = notches_for(points, self._class_at(*at))
        signed = -notches if action.direction in ("up", "left") else notches
        self._ask("scroll", at=at, right=signed if across else 0, down=0 if across else signed)

    # -- keyboard -------------------------------------------------------------------------------------------

    def _input(self, action: act.Input) -> None:
        check_text(action.text)
        if action.start_point is not None:
            self._ask("click", at=self._at(action.start_point), button="left", clicks=1, modifiers=())
        if action.clear:
            self._clear()
        if action.text:
            self._ask("type", takes_s=len(action.text) / 20, text=action.text, keys_at_most=_KEYS_AT_MOST)
        if action.submit:
            self._ask("chord", keys=("enter",))

    def _clear(self) -> None:
        if not self._selects:
            self._ask("chord", keys=(command_key(), "a"))
        elif selected_by(self._link, _CLEAR_S, "chord", keys=("ctrl", "a")) is None:
            # Nothing was in the field, or ctrl+a goes to the start of the line, as in Tk; both bear this.
            for keys in (("backspace",), ("ctrl", "end"), ("ctrl", "shift", "home")):
                self._ask("chord", keys=keys)
        self._ask("chord", keys=("backspace",))

    def _press(self, action: act.Press) -> None:
        self._ask("chord", keys=action.keys)

    def _select(self, action: act.Select) -> None:
        check_text(action.text)
        if not self._selects:
            raise ActionRefused(
                "unsupported", "selecting a text by its words needs X11; click three times, or press shift+arrow"
            )
        point = self._at(action.start_point) if action.start_point is not None else None
        select_text(self._link, action.text, point)

    # -- the rest -------------------------------------------------------------------------------------------

    def _wait(self, action: act.Wait) -> None:
        # The action itself. In parts, so that the user's emergency stop is seen while it lasts.
        end = time.monotonic() + action.duration_ms / 1000
        while (left := end - time.monotonic()) > 0:
            self._ask("nothing")
            time.sleep(min(left, 0.25))

    def _open(self, action: act.Open) -> None:
        self._ask("nothing")
        self._apps.open(action.app)

    def _appswitch(self, action: act.AppSwitch) -> None:
        self._ask("nothing")
        self._apps.switch(action.app)


def notches_for(points: float, window_class: str) -> int:
    """Notches of the wheel for a distance in device points, at least one, in a window of that "instance.Class"."""
    chromium = any(name in window_class.casefold() for name in _CHROMIUM)
    notches = round(points / (_NOTCH_POINTS_CHROMIUM if chromium else _NOTCH_POINTS))
    return min(_NOTCHES_AT_MOST, max(1, notches))


def check_text(text: str) -> None:
    """Refuse what no program can be given.

    Raises:
        ActionRefused: it holds a NUL.
    """
    if "\0" in text:
        raise ActionRefused("refused", f"text: position {text.index(chr(0))} holds a NUL, which cannot be typed")
