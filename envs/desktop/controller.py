"""How each action is done on a desktop: checked, turned into device points, handed to mouse and keyboard."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

from action_space import actions as act
from action_space.actions import ACTIONS, BaseAction
from action_space.geometry import Frame
from envs.base import ActionRefused, check_inside
from envs.desktop.enter_text import Window, enter_text
from envs.desktop.input_client import InputClient
from envs.desktop.platforms import is_terminal, select_all
from envs.desktop.select_text import select_text, selected_by
from envs.patience import Patience

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
_CLEAR_S = 0.4  # for a program to say that something is selected in it
_HIDDEN = (
    "clear: the program said nothing of what was selected: the field was empty already, or hides what it holds, "
    "or this is not a text field; no key that deletes was pressed"
)
_CORNER = "the point is a corner of the screen, the user's emergency stop; the pointer stayed one point inside it"


class Apps(Protocol):
    """Starting and raising applications. Both raise `ActionRefused`."""

    def open(self, name: str) -> None: ...
    def switch(self, name: str) -> None: ...


class DesktopController:
    """Does one action on one desktop; points are pixels of the screenshot with this frame.

    `class_at` says what window lies under a device point; None where the system does not say, as X11 does.
    """

    def __init__(
        self,
        link: InputClient,
        apps: Apps,
        frame: Frame,
        class_at: Callable[[int, int], str] | None,
        window: Window,
        notes: list[str],
    ) -> None:
        self._link, self._apps, self._frame, self._notes = link, apps, frame, notes
        self._window = window
        self._class_at = class_at or (lambda x, y: "")
        self._selects = class_at is not None

    def do(self, action: BaseAction) -> None:
        """Do it.

        Raises:
            ActionRefused: it cannot be done; nothing, or only its first part, was done.
            FailSafe, EnvironmentFault: see `InputClient.ask`.
        """
        if action.action in UNSUPPORTED:
            raise ActionRefused("unsupported", UNSUPPORTED[action.action])
        for name, point in action.points().items():
            check_inside(self._frame, name, point)
        if action.action not in NO_SETTLE:
            done: Callable[[Any], None] = getattr(self, f"_{action.action}")
            done(action)

    def _to(self, point: tuple[int, int] | None) -> tuple[int, int] | None:
        """Device point of a pixel; None: where the pointer is."""
        return None if point is None else self._at(point)

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
            at=self._to(action.start_point),
            button=action.button,
            clicks=action.clicks,
            modifiers=action.modifiers,
        )

    def _longpress(self, action: act.LongPress) -> None:
        seconds = action.duration_ms / 1000
        self._ask("hold", seconds, at=self._to(action.start_point), seconds=seconds)

    def _hover(self, action: act.Hover) -> None:
        if action.start_point is not None:
            self._ask("move", at=self._to(action.start_point))

    def _drag(self, action: act.Drag) -> None:
        points = [self._to(point) for point in (action.start_point, *action.path, action.end_point)]
        self._ask("drag", len(points), points=points, button=action.button, modifiers=action.modifiers)

    def _mouse_down(self, action: act.MouseDown) -> None:
        self._ask("button", at=self._to(action.start_point), button=action.button, down=True)

    def _mouse_up(self, action: act.MouseUp) -> None:
        self._ask("button", at=self._to(action.start_point), button=action.button, down=False)

    def _scroll(self, action: act.Scroll) -> None:
        width, height = self._frame.screen
        across = action.direction in ("left", "right")
        at = self._at(action.start_point or (int(width) // 2, int(height) // 2))
        if action.notches is not None:
            notches = action.notches
        else:
            far: float = (width if across else height) * 2 / 3
            if action.scroll_distance is not None:
                far = action.scroll_distance
            notches = notches_for(self._frame.distance_to_device(far, 0 if across else 1), self._class_at(*at))
        signed = -notches if action.direction in ("up", "left") else notches
        self._ask(
            "scroll",
            at=at,
            right=signed if across else 0,
            down=0 if across else signed,
            modifiers=action.modifiers,
        )

    # -- keyboard -------------------------------------------------------------------------------------------

    def _input(self, action: act.Input) -> None:
        check_text(action.text)
        if action.start_point is not None:
            self._ask("click", at=self._to(action.start_point), button="left", clicks=1, modifiers=())
        if action.clear:
            self._clear(action.text)
        if action.text or action.submit:
            self._notes += enter_text(self._link.ask, self._window, action.text, action.submit)

    def _clear(self, text: str) -> None:
        """Select what the field holds; what is typed then replaces it. Only where the program says that text is
        selected is a key pressed that deletes: in a list of files the same keys would do something else.
        """
        focus = self._link.ask("focus")
        if is_terminal(focus["name"]):
            raise ActionRefused(
                "unsupported", "clear: a terminal has no field to empty; press the keys that its program knows"
            )
        keys = select_all(focus["tk"])
        if not self._selects:
            self._ask("chord", keys=keys)
            if not text:
                self._ask("chord", keys=("backspace",))
            return
        selected = selected_by(self._link, _CLEAR_S, "chord", keys=keys)
        if selected is None:
            self._notes += [] if text else [_HIDDEN]
        elif "\t" in selected and "\n" in selected:
            # In a table of cells, what is typed goes into one of them; a key that deletes empties all.
            if not text:
                raise ActionRefused("refused", "clear: several cells are selected, not one; none was emptied")
        else:
            self._ask("chord", keys=("backspace",))

    def _press(self, action: act.Press) -> None:
        keys, seconds = action.keys, action.duration_ms / 1000
        character = len(keys) == 1 and len(keys[0]) == 1 and not seconds
        if character and not self._link.ask("typable", text=keys[0])["keys"]:
            for _ in range(action.repeat):
                self._notes += enter_text(self._link.ask, self._window, keys[0], False)
            return
        self._ask("chord", seconds + action.repeat / 20, keys=keys, repeat=action.repeat, seconds=seconds)

    def _key_down(self, action: act.KeyDown) -> None:
        self._ask("keys", keys=action.keys, down=True)

    def _key_up(self, action: act.KeyUp) -> None:
        self._ask("keys", keys=action.keys, down=False)

    def _select(self, action: act.Select) -> None:
        check_text(action.text)
        if not self._selects:
            raise ActionRefused(
                "unsupported", "selecting a text by its words needs X11; click three times, or press shift+arrow"
            )
        select_text(self._link, action.text, self._to(action.start_point))

    # -- the rest -------------------------------------------------------------------------------------------

    def _wait(self, action: act.Wait) -> None:
        # The action itself. In parts, so that the user's emergency stop is seen while it lasts.
        for _ in Patience(action.duration_ms / 1000).polls(0.25):
            self._ask("nothing")

    def _open(self, action: act.Open) -> None:
        self._ask("nothing")
        self._apps.open(action.app)

    def _appswitch(self, action: act.AppSwitch) -> None:
        self._ask("nothing")
        self._apps.switch(action.app)


def notches_for(points: float, window_class: str) -> int:
    """Notches of the wheel for a distance in device points, at least one for any, in a window of that class."""
    if points <= 0:
        return 0
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
