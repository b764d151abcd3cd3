"""The hands of one desktop: a small process of its own that moves the mouse and presses keys.

`python -m envs.desktop_hands` reads one JSON object a line, `{"id": 1, "op": "click", …}`, does it, and answers
`{"id": 1, "ok": …}` or `{"id": 1, "error": KIND, "message": …}`. It is a process because pyautogui binds itself to
one display when it is imported, and ends the process where Tk is missing. At the end of its input, or on SIGTERM,
it lets go of every button and key. Coordinates are device points of the whole desktop, integers.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

from envs import desktop_system
from envs.display import MARK

# Paces of the hand, seconds: what GTK, Qt and Tk need to tell a drag from a jump and a double click from two.
_DRAG_STEP_S, _DRAG_STEPS, _DRAG_REST_S = 0.015, 24, 0.12
_CLICK_APART_S, _NO_DOUBLE_S, _SAME_PLACE = 0.05, 0.55, 8
_NOTCH_APART_S = 0.004
_CHECK_EVERY = 50  # characters typed between two looks at the fail-safe


class Refused(Exception):
    """One operation cannot be done; becomes an answer of that kind."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class Hands:
    """Mouse, keyboard and clipboard of the display that this process was started on."""

    def __init__(self, pyautogui: Any) -> None:
        self._mouse = pyautogui
        pyautogui.PAUSE = 0
        pyautogui.FAILSAFE = True
        self._corners = {tuple(point) for point in pyautogui.FAILSAFE_POINTS}
        self._keyboard, self.clipboard = desktop_system.keyboard_and_clipboard(pyautogui)
        self._pressed: str | None = None
        self._clamped = False
        self._clicked: tuple[float, Sequence[int]] = (-_NO_DOUBLE_S, (0, 0))

    def do(self, op: str, **given: Any) -> Any:
        """Do one operation; whether a point was moved out of a corner, or what was asked for."""
        operation = getattr(self, f"op_{op}", None)
        if operation is None:
            raise Refused("failed", f"op: there is no {op!r}")
        self._clamped = False
        self._mouse.failSafeCheck()
        try:
            answer = operation(**given)
        finally:
            self.release()
        return {"clamped": self._clamped} if answer is None else answer

    def release(self) -> None:
        """Let go of everything."""
        if self._pressed is not None:
            button, self._pressed = self._pressed, None
            self._mouse.platformModule._mouseUp(*self._mouse.position(), button)
        self._keyboard.release()

    def end(self) -> None:
        """Put back the clipboard and the keyboard's map."""
        self.clipboard.give_back()
        self._keyboard.restore()

    # -- mouse ----------------------------------------------------------------------------------------------

    def _move(self, x: int, y: int) -> None:
        """Go there; from a corner, which is the user's emergency stop, one point inwards."""
        if (x, y) in self._corners:
            self._clamped = True
            xs, ys = ({corner[axis] for corner in self._corners} for axis in (0, 1))
            x, y = x + (1 if x == min(xs) else -1), y + (1 if y == min(ys) else -1)
        self._mouse.moveTo(x, y)

    def _down(self, button: str) -> None:
        self._pressed = button
        self._mouse.mouseDown(button=button)

    def _up(self) -> None:
        button, self._pressed = self._pressed, None
        self._mouse.mouseUp(button=button)
        self._keyboard.await_click()

    def op_move(self, at: Sequence[int]) -> None:
        self._move(*at)

    def op_click(self, at: Sequence[int], button: str, clicks: int, modifiers: Sequence[str]) -> None:
        self._move(*at)
        self._stay_apart(at)
        self._keyboard.hold(modifiers)
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

    def op_hold(self, at: Sequence[int], seconds: float) -> None:
        self._move(*at)
        self._down("left")
        time.sleep(seconds)
        self._up()

    def op_drag(self, start: Sequence[int], end: Sequence[int]) -> None:
        self._move(*start)
        self._down("left")
        for step in range(1, _DRAG_STEPS + 1):
            time.sleep(_DRAG_STEP_S)
            share = step / _DRAG_STEPS
            self._move(*(round(a + (b - a) * share) for a, b in zip(start, end, strict=True)))
        # What is dropped on must have seen the pointer come to rest.
        time.sleep(_DRAG_REST_S)
        self._up()

    def op_scroll(self, at: Sequence[int], right: int, down: int) -> None:
        """Turn the wheel by notches; negative: left, up."""
        self._move(*at)
        unit = desktop_system.notch()
        for count, turn, sign in ((down, self._mouse.scroll, -1), (right, self._mouse.hscroll, 1)):
            for _ in range(abs(count)):
                turn(sign * unit * (1 if count > 0 else -1))
                time.sleep(_NOTCH_APART_S)

    # -- keyboard -------------------------------------------------------------------------------------------

    def op_chord(self, keys: Sequence[str]) -> None:
        try:
            if len(keys) == 1 and len(keys[0]) == 1 and not self._keyboard.typable(keys[0]):
                self._paste(keys[0])
            else:
                self._keyboard.chord(keys)
        except ValueError as unknown:
            raise Refused("unsupported", str(unknown)) from unknown

    def op_arrows(self, count: int, extend: bool) -> None:
        """Press the right arrow so often, with shift held down to extend the selection."""
        if extend:
            self._keyboard.hold(["shift"])
        for _ in range(count):
            self._keyboard.tap("right")

    def op_type(self, text: str, keys_at_most: int) -> None:
        """Type exactly: a line break is one Enter; a line that is long, or not on the keyboard, is pasted."""
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        # An editor that indents by itself would indent such lines twice.
        indented = any(line[:1] in (" ", "\t") for line in lines[1:])
        if indented and not desktop_system.is_terminal(desktop_system.focused_class()):
            last = len(lines)
            while last > 1 and not lines[last - 1]:
                last -= 1
            lines = ["\n".join(lines[:last]), *lines[last:]]
        for number, line in enumerate(lines):
            if number:
                self._keyboard.chord(["enter"])
            if len(line) <= keys_at_most and self._keyboard.typable(line):
                for start in range(0, len(line), _CHECK_EVERY):
                    self._mouse.failSafeCheck()
                    self._keyboard.type(line[start : start + _CHECK_EVERY])
            elif line:
                self._paste(line)

    def _paste(self, text: str) -> None:
        self._mouse.failSafeCheck()
        focused = desktop_system.focused_class()
        names = ("CLIPBOARD", "PRIMARY") if desktop_system.is_terminal(focused) else ("CLIPBOARD",)
        mark = self.clipboard.lend(text, names)
        self._keyboard.chord(desktop_system.paste_chord(focused))
        if not self.clipboard.taken(mark):
            raise Refused(
                "failed", "text: nothing took the text; it seems that no field which takes text has the focus"
            )

    def op_give_back(self) -> None:
        """Put back the clipboard's content that typing replaced."""
        self.clipboard.give_back()

    def op_forget_selected(self) -> None:
        self.clipboard.forget("PRIMARY")

    def op_selected(self) -> dict[str, str | None]:
        """The text that is selected on the screen (X11)."""
        return {"text": self.clipboard.text("PRIMARY")}

    def op_nothing(self) -> None:
        """Only the fail-safe is looked at."""


def _answers(hands: Hands, failsafe: type[Exception], asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": hands.do(**asked)}
    except failsafe:
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
        import pyautogui

        hands = Hands(pyautogui)
    except BaseException as failure:  # pyautogui ends the process where Tk is missing
        say({"id": 0, "error": "launch", "message": f"{type(failure).__name__}: {failure}"})
        return 1
    say({"id": 0, "ok": None})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            number = asked.pop("id")
            say({"id": number, **_answers(hands, pyautogui.FailSafeException, asked)})
    finally:
        with contextlib.suppress(Exception):
            hands.release()
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
