"""Typing a text where the focus is, and seeing that it arrived.

What the keyboard has is pressed; the rest is pasted. A program may take either much later than it is sent, so the
next key waits until the window shows something new, and a text that is not seen to arrive is said to be unknown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from PIL import Image

from envs.base import ActionRefused
from envs.desktop.platforms import is_terminal
from envs.effect import changed_pixels

_KEYS_AT_MOST = 300  # characters of a line; longer ones are pasted, because keys cost time
_KEYS_SEEN_S, _PASTE_SEEN_S, _PASTE_TAKEN_S, _POLL_S = 1.0, 3.0, 30.0, 0.02
UNSEEN = (
    "text: nothing in the window changed after it was typed, so it is not known whether it arrived; a field that "
    "shows nothing of what is typed looks like this too"
)


class Asks(Protocol):
    """The process of mouse and keyboard, as `InputClient` asks it."""

    def ask(self, op: str, takes_s: float = 0.0, **given: Any) -> Any: ...


class Window(Protocol):
    """The window that has the focus, as the text is looked for in it."""

    def picture(self) -> Image.Image:
        """The window now, or the screen where that is not known."""

    def busy(self) -> bool:
        """Whether the window has yet to work through what was sent to it."""


def enter_text(
    ask: Callable[..., Any], window: Window, text: str, submit: bool, exact_keys: bool = False
) -> list[str]:
    """Type a text: a line break is one Enter, a tab one Tab. Returns what is to be said about it.

    Args:
        ask: see `InputClient.ask`.
        submit: press Enter at the end.
        exact_keys: also of a text whose lines are indented, which would otherwise be pasted whole, because an
            editor that indents by itself would indent them twice.

    Raises:
        ActionRefused: nothing took the text.
    """
    focus = ask("focus")
    notes: list[str] = []
    for kind, part in _parts(text, exact_keys or is_terminal(focus["name"])):
        if kind == "key":
            ask("chord", keys=(part,))
            continue
        before = _at_rest(window)
        pasted = len(part) > _KEYS_AT_MOST or "\n" in part or not ask("typable", text=part)["keys"]
        if pasted:
            _paste(ask, window, part, focus)
        else:
            ask("type", takes_s=len(part) / 20, text=part)
        seen = _shown(window, before, _PASTE_SEEN_S if pasted else _KEYS_SEEN_S)
        if pasted:
            ask("give_back", seen=seen)
        if not seen and part.strip() and UNSEEN not in notes:
            notes.append(UNSEEN)
    if submit:
        ask("chord", keys=("enter",))
    return notes


def _parts(text: str, exact_keys: bool) -> Iterator[tuple[str, str]]:
    """("text", …) and ("key", "enter" or "tab") in order."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not exact_keys and any(line[:1] in (" ", "\t") for line in lines[1:]):
        last = len(lines)
        while last > 1 and not lines[last - 1]:
            last -= 1
        yield "text", "\n".join(lines[:last])
        yield from (("key", "enter") for _ in lines[last:])
        return
    for number, line in enumerate(lines):
        if number:
            yield "key", "enter"
        for place, part in enumerate(line.split("\t")):
            if place:
                yield "key", "tab"
            if part:
                yield "text", part


def _paste(ask: Callable[..., Any], window: Window, text: str, focus: dict[str, Any]) -> None:
    ask("lend", text=text)
    # Chromium looks at a clipboard that changed before it pastes; keys that come sooner would paste nothing.
    deadline = time.monotonic() + _PASTE_TAKEN_S
    while window.busy() and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    by = ask("paste")["by"]
    while not by and window.busy() and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        by = ask("taken")["by"]
    by = by or ask("taken")["by"]
    if not by:
        ask("give_back", seen=False)
        cause = (
            "it seems that no field which takes text has the focus"
            if focus["managed"]
            else "no window manager runs on this display, so a window may have the keys without the focus; "
            "start one, such as openbox, or use a private display, which has its own"
        )
        raise ActionRefused("failed", f"text: nothing took the text; {cause}")


def _at_rest(window: Window) -> Image.Image:
    """The window after it has worked through what was sent to it, so that what changes is the text."""
    deadline = time.monotonic() + _KEYS_SEEN_S
    last = window.picture()
    while time.monotonic() < deadline:
        idle = not window.busy()
        time.sleep(_POLL_S)
        now = window.picture()
        if idle and changed_pixels(last, now)[0] == 0:
            return now
        last = now
    return last


def _shown(window: Window, before: Image.Image, limit_s: float) -> bool:
    """Whether the window shows anything new, more than a caret, waiting for it."""
    deadline = time.monotonic() + limit_s
    while True:
        if changed_pixels(before, window.picture())[0] > 0:
            return True
        if time.monotonic() > deadline and not window.busy():
            return False
        if time.monotonic() > deadline + _PASTE_TAKEN_S:
            return False
        time.sleep(_POLL_S)
