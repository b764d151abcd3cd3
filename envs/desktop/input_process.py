"""Mouse, keyboard and clipboard of one desktop, in a small process of their own.

`python -m envs.desktop.input_process` reads one JSON object a line, `{"id": 1, "op": "click", …}`, does it, and
answers `{"id": 1, "ok": …}` or `{"id": 1, "error": KIND, "message": …}`. It is a process because a key that is
down when a program is killed stays down: at the end of its input, or on SIGTERM, it lets go of every button and
key. Coordinates are device points of the whole desktop, integers.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from envs.desktop import platforms as desktop_system
from envs.display.environ import MARK

# Paces of the hand, seconds: what GTK, Qt and Tk need to tell a drag from a jump and a double click from two.
_DRAG_STEP_S, _DRAG_STEPS, _DRAG_STEP, _DRAG_REST_S = 0.015, 24, 25, 0.12
_CLICK_APART_S, _NO_DOUBLE_S, _SAME_PLACE = 0.05, 0.55, 8
_NOTCH_APART_S = 0.004
_CHECK_EVERY = 50  # characters typed between two looks at the fail-safe
_CHECK_S = 0.25


class Refused(Exception):
    """One operation cannot be done; becomes an answer of that kind."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class Stopped(Exception):
    """The user pushed the pointer into a corner of the screen."""


class InputProcess:
    """Mouse, keyboard and clipboard of the display that this process was started on."""

    def __init__(self, devices: desktop_system.Devices) -> None:
        self._mouse, self._keyboard, self.clipboard = devices.mouse, devices.keyboard, devices.clipboard
        self._focus = devices.focus
        self._pressed: str | None = None
        self._kept: set[str] = set()
        self._clamped = False
        self._clicked: tuple[float, Sequence[int]] = (-_NO_DOUBLE_S, (0, 0))

    def do(self, op: str, **given: Any) -> Any:
        """Do one operation; whether a point was moved out of a corner, or what was asked for."""
        operation = getattr(self, f"op_{op}", None)
        if operation is None:
            raise Refused("failed", f"op: there is no {op!r}")
        self._clamped = False
        try:
            self._check()
            answer = operation(**given)
        except Stopped:
            self.let_go()
            raise
        finally:
            self.release()
        return {"clamped": self._clamped} if answer is None else answer

    def release(self) -> None:
        """Let go of what one operation pressed."""
        try:
            if self._pressed is not None:
                button, self._pressed = self._pressed, None
                self._mouse.up(button)
        finally:
            self._keyboard.release()

    def let_go(self) -> None:
        """Let go of everything, what is held from one operation to the next too."""
        try:
            self.release()
            for button in tuple(self._kept):
                self._kept.discard(button)
                self._mouse.up(button)
        finally:
            self._keyboard.let_go()

    def end(self) -> None:
        """Let go of everything, put back the keyboard's map and the clipboard; each, whatever the others do."""
        for part in (self.let_go, self._keyboard.restore, self.clipboard.give_back):
            with contextlib.suppress(Exception):
                part()

    def _check(self) -> None:
        if self._mouse.position() in self._mouse.corners():
            raise Stopped

    def _pause(self, seconds: float) -> None:
        """Wait, and see meanwhile whether the user stops everything."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _CHECK_S))
            if left > _CHECK_S:
                self._check()

    # -- mouse ----------------------------------------------------------------------------------------------

    def _move(self, x: int, y: int) -> None:
        """Go there; from a corner, which is the user's emergency stop, one point inwards."""
        self._check()
        corners = self._mouse.corners()
        if (x, y) in corners:
            self._clamped = True
            xs, ys = ({corner[axis] for corner in corners} for axis in (0, 1))
            x, y = x + (1 if x == min(xs) else -1), y + (1 if y == min(ys) else -1)
        self._mouse.move(x, y)

    def _to(self, at: Sequence[int] | None) -> Sequence[int]:
        """Go there; None: stay. Where the pointer is then."""
        if at is not None:
            if self._kept:
                self._glide(at)  # a drag in parts
            else:
                self._move(*at)
        return self._mouse.position() if at is None else at

    def _down(self, button: str) -> None:
        self._pressed = button
        self._mouse.down(button)

    def _up(self) -> None:
        if self._pressed is not None:
            button, self._pressed = self._pressed, None
            self._mouse.up(button)
            self._keyboard.await_click()

    def op_move(self, at: Sequence[int]) -> None:
        self._to(at)

    def op_click(self, at: Sequence[int] | None, button: str, clicks: int, modifiers: Sequence[str]) -> None:
        at = self._to(at)
        self._stay_apart(at)
        self._keyboard.press(modifiers)
        for number in range(clicks):
            if number:
                time.sleep(_CLICK_APART_S)
            self._down(button)
            self._up()
        self._clicked = time.monotonic(), at

    def _stay_apart(self, at: Sequence[int]) -> None:
        """Two actions that click at one place are no double click, however soon one follows the other."""
        when, where = self._clicked
        if all(abs(a - b) <= _SAME_PLACE for a, b in zip(at, where, strict=True)):
            time.sleep(max(0.0, when + _NO_DOUBLE_S - time.monotonic()))

    def op_hold(self, at: Sequence[int] | None, seconds: float) -> None:
        self._to(at)
        self._down("left")
        self._pause(seconds)
        self._up()

    def op_drag(
        self, points: Sequence[Sequence[int] | None], button: str = "left", modifiers: Sequence[str] = ()
    ) -> None:
        """Press at the first point (None: where the pointer is), pass the others in turn, release at the last."""
        self._to(points[0])
        self._keyboard.press(modifiers)
        self._down(button)
        for point in points[1:]:
            assert point is not None
            self._glide(point, least=math.ceil(_DRAG_STEPS / (len(points) - 1)))
            time.sleep(_DRAG_STEP_S)  # programs that take the last of several moves would cut the corner
        # What is dropped on must have seen the pointer come to rest.
        time.sleep(_DRAG_REST_S)
        self._up()

    def _glide(self, end: Sequence[int], least: int = 8) -> None:
        """Move as a hand does, by way of the points between."""
        start = self._mouse.position()
        steps = min(_DRAG_STEPS, max(least, round(math.dist(start, end) / _DRAG_STEP)))
        for step in range(1, steps + 1):
            time.sleep(_DRAG_STEP_S)
            share = step / steps
            self._move(*(round(a + (b - a) * share) for a, b in zip(start, end, strict=True)))

    def op_button(self, at: Sequence[int] | None, button: str, down: bool) -> None:
        """Press a button and keep it down, or let go of one."""
        self._to(at)
        if down:
            self._kept.add(button)
            self._mouse.down(button)
        else:
            self._kept.discard(button)
            self._mouse.up(button)
            if not self._kept:
                self._keyboard.await_click()

    def op_scroll(self, at: Sequence[int] | None, right: int, down: int, modifiers: Sequence[str] = ()) -> None:
        """Turn the wheel by notches; negative: left, up; 0: not at all."""
        self._to(at)
        self._keyboard.press(modifiers)
        for across, along, count in ((0, 1, down), (1, 0, right)):
            sign = 1 if count > 0 else -1
            for number in range(abs(count)):
                self._mouse.notch(across * sign, along * sign)
                time.sleep(_NOTCH_APART_S)
                if number % _CHECK_EVERY == _CHECK_EVERY - 1:
                    self._check()

    # -- keyboard -------------------------------------------------------------------------------------------

    def op_chord(self, keys: Sequence[str], repeat: int = 1, seconds: float = 0.0) -> None:
        if desktop_system.pastes(keys):
            self.clipboard.end_loans()
        self._known(lambda: self._keyboard.chord(keys, repeat, self._pause, seconds))

    def op_keys(self, keys: Sequence[str], down: bool) -> None:
        """Press keys and keep them down, or let go of them."""
        self._known(lambda: (self._keyboard.hold if down else self._keyboard.let_go)(keys))

    def _known(self, act: Callable[[], None]) -> None:
        try:
            act()
        except ValueError as unknown:
            raise Refused("unsupported", str(unknown)) from unknown

    def op_arrows(self, count: int, extend: bool) -> None:
        """Press the right arrow so often, with shift held down to extend the selection."""
        if extend:
            self._keyboard.press(["shift"])
        for _ in range(count):
            self._keyboard.tap("right")

    def op_focus(self) -> dict[str, Any]:
        """What has the focus: X11's number and "instance.Class" of the window, whether it is of a Tk program, and
        whether a window manager runs."""
        return dict(self._focus()._asdict())

    def op_typable(self, text: str) -> dict[str, bool]:
        """Whether there are keys for a text."""
        return {"keys": self._keyboard.typable(text)}

    def op_type(self, text: str) -> None:
        """Press the keys of a text that is typable, without line breaks and tabs."""
        for start in range(0, len(text), _CHECK_EVERY):
            self._check()
            self._keyboard.type(text[start : start + _CHECK_EVERY])

    def op_lend(self, text: str) -> None:
        """Have the clipboard hold a text for what has the focus."""
        focus = self._focus()
        terminal = desktop_system.is_terminal(focus.name)
        names = ("CLIPBOARD", "PRIMARY") if terminal else ("CLIPBOARD",)
        try:
            self.clipboard.lend(text, names, focus.window)
        except ValueError as large:
            raise Refused("refused", str(large)) from large

    def op_paste(self) -> dict[str, str]:
        """Paste what was lent; who has taken it: "program", "other", or "" for nobody yet."""
        self.clipboard.forget_who_asked()
        self._keyboard.chord(desktop_system.paste_chord(self._focus().name))
        return {"by": self.clipboard.taken()}

    def op_taken(self) -> dict[str, str]:
        """Who has taken what was pasted, by now."""
        return {"by": self.clipboard.taken(0.0)}

    def op_give_back(self, seen: bool) -> None:
        """Put back the clipboard's content that pasting replaced; `seen`: the text was seen to arrive."""
        self.clipboard.give_back(seen)

    def op_forget_selected(self) -> None:
        self.clipboard.forget("PRIMARY")

    def op_selected(self) -> dict[str, str | None]:
        """The text that is selected on the screen (X11)."""
        return {"text": self.clipboard.text("PRIMARY")}

    def op_nothing(self) -> None:
        """Only the fail-safe is looked at."""

    def op_pointer(self) -> dict[str, Sequence[int]]:
        """Where the pointer is."""
        return {"at": self._mouse.position()}


def _answers(hands: InputProcess, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": hands.do(**asked)}
    except Stopped:
        return {"error": "failsafe", "message": ""}
    except Refused as refused:
        return {"error": refused.kind, "message": str(refused)}
    except Exception as failure:
        return {"error": "broken", "message": f"{type(failure).__name__}: {failure}"}


def main() -> int:
    """Serve until the input ends. 0: at the end of the input; 1: it could not start, and has said why."""
    answers = _own_stdout()

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    try:
        if problem := desktop_system.permission_problem():
            raise Refused("launch", problem)
        hands = InputProcess(desktop_system.devices())
    except BaseException as failure:  # pyautogui ends the process where Tk is missing
        say({"id": 0, "error": "launch", "message": f"{type(failure).__name__}: {failure}"})
        return 1
    say({"id": 0, "ok": None})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            number = asked.pop("id")
            say({"id": number, **_answers(hands, asked)})
    finally:
        hands.end()
        answers.close()
    # The clipboard of a person's own screen is still wanted; that of a private display ends with it.
    if MARK not in os.environ and getattr(hands.clipboard, "lasting", False):
        hands.clipboard.outlive()
    return 0


def _own_stdout() -> TextIO:
    """The real standard output; what libraries print goes to standard error instead."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own


if __name__ == "__main__":
    code = main()
    # Threads that wait on the display must not keep the process, and the answers are flushed.
    os._exit(code)
