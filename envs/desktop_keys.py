"""Pressing keys on an X display by their keysyms, whatever layout the keyboard has.

Runs in the hands' process. pyautogui's own table holds one layout and confuses some shifted characters; this asks
the server for its map each time, so that a layout that was switched meanwhile is the one that counts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from action_space import keys

_UNICODE = 0x01000000
_MODIFIERS = frozenset({*keys.MODIFIERS, "altgr"})
_PAGES = {1: "iso8859-2", 2: "iso8859-3", 3: "iso8859-4", 5: "iso8859-6", 6: "koi8-r", 7: "iso8859-7",
          0xC: "iso8859-8", 0xD: "tis-620"}  # fmt: skip
_BUTTONS = 0x700  # the left, middle and right button in a pointer's state
_CLICK_S, _POLL_S = 1.0, 0.002
_CHORD_S = 0.01  # between the modifiers and the key: programs that poll the keyboard would miss less


class _Key(NamedTuple):
    code: int
    shift: bool


class X11Keys:
    """The keyboard of one display. `held` are the key codes that are down because of this object."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._held: list[int] = []
        self._spare: list[int] = []
        self._unused: list[int] = []

    def chord(self, names: Sequence[str]) -> None:
        """Press canonical keys in order, release them in reverse order.

        Raises:
            ValueError: the keyboard has no such key, and no room for one.
        """
        table = self._table()
        pressed = [self._find(name, table) for name in names]
        shifted = "shift" not in names and any(key.shift for key in pressed)
        shift = self._find("shift", table).code
        try:
            for name, key in zip(names, pressed, strict=True):
                if shifted and name not in _MODIFIERS and shift not in self._held:
                    self._down(shift)
                self._down(key.code)
                if name in _MODIFIERS:
                    time.sleep(_CHORD_S)
        finally:
            self.release()

    def hold(self, names: Sequence[str]) -> None:
        """Press modifiers and keep them down until `release`."""
        table = self._table()
        for name in names:
            self._down(self._find(name, table).code)

    def tap(self, name: str) -> None:
        """Press one key while what is held stays down."""
        code = self._find(name, self._table()).code
        self._fake(up=False, code=code)
        self._fake(up=True, code=code)

    def release(self) -> None:
        """Let go of everything that is held, last key first."""
        while self._held:
            self._fake(up=True, code=self._held.pop())

    def typable(self, text: str) -> bool:
        """Whether the layout in use has every character, plain or with shift."""
        table = self._table()
        return all(self._character(char, table) is not None for char in set(text))

    def type(self, text: str) -> None:
        """Press the keys of a text that is `typable`."""
        table = self._table()
        shift = self._find("shift", table).code
        found = {char: self._character(char, table) for char in set(text)}
        try:
            for char in text:
                key = found[char]
                if key is None:
                    raise ValueError(f"text: the keyboard has no {char!r}")
                if key.shift != (shift in self._held):
                    if key.shift:
                        self._down(shift)
                    else:
                        self.release()
                self._fake(up=False, code=key.code)
                self._fake(up=True, code=key.code)
        finally:
            self.release()

    # -- the map --------------------------------------------------------------------------------------------

    def _table(self) -> dict[int, list[tuple[int, int]]]:
        """Keysym → [(key code, column)], the lowest column first."""
        first = self._display.display.info.min_keycode
        count = self._display.display.info.max_keycode - first + 1
        table: dict[int, list[tuple[int, int]]] = {}
        self._unused = []
        for code, row in enumerate(self._display.get_keyboard_mapping(first, count), first):
            if not any(row):
                self._unused.append(code)
            for column, symbol in enumerate(row):
                if symbol:
                    table.setdefault(symbol, []).append((code, column))
        for places in table.values():
            places.sort(key=lambda place: place[1])
        return table

    def _state(self) -> tuple[int, bool]:
        """The layout group in use, 0 to 3, and whether caps lock is on."""
        mask = self._display.screen().root.query_pointer().mask
        return mask >> 13 & 3, bool(mask & 2)

    def _find(self, name: str, table: dict[int, list[tuple[int, int]]]) -> _Key:
        symbols = _symbols(name)
        for symbol in symbols:
            if places := table.get(symbol):
                group = self._state()[0]
                near = [place for place in places if place[1] // 2 == group] or places
                code, column = near[0]
                if column < 4:
                    return _Key(code, column % 2 == 1)
        return _Key(self._borrow(symbols[0], name), False)

    def _character(self, char: str, table: dict[int, list[tuple[int, int]]]) -> _Key | None:
        group, caps = self._state()
        for symbol in _symbols(char):
            for code, column in table.get(symbol, ()):
                if column // 2 == group:
                    shift = column % 2 == 1
                    return _Key(code, shift != (caps and char.upper() != char.lower()))
        return None

    def _borrow(self, symbol: int, name: str) -> int:
        """A key code that the keyboard does not use, given this keysym."""
        if not self._unused:
            raise ValueError(f"keys: the keyboard has no key {name!r}, and no room for one")
        code = self._unused.pop()
        self._display.change_keyboard_mapping(code, [[symbol, symbol]])
        self._display.sync()
        self._spare.append(code)
        return code

    def await_click(self) -> None:
        """Until a button that was released is up for the programs too.

        A window manager that focuses by clicks holds each press back until it has dealt with it, but not the keys:
        those pressed meanwhile would arrive before the click. The release waits behind the press.
        """
        deadline = time.monotonic() + _CLICK_S
        while self._display.screen().root.query_pointer().mask & _BUTTONS and time.monotonic() < deadline:
            time.sleep(_POLL_S)

    def restore(self) -> None:
        """Take back the key codes that were borrowed."""
        for code in self._spare:
            self._display.change_keyboard_mapping(code, [[0, 0]])
        self._spare.clear()
        self._display.sync()

    # -- the keys -------------------------------------------------------------------------------------------

    def _down(self, code: int) -> None:
        if code not in self._held:
            self._held.append(code)
            self._fake(up=False, code=code)

    def _fake(self, up: bool, code: int) -> None:
        from Xlib import X
        from Xlib.ext.xtest import fake_input

        fake_input(self._display, X.KeyRelease if up else X.KeyPress, code)
        self._display.sync()


def _symbols(name: str) -> list[int]:
    """The keysyms that mean a canonical key, likeliest first.

    Raises:
        ValueError: X has no such key.
    """
    from Xlib import XK

    if len(name) == 1:
        code = ord(name)
        if 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xFF:
            return [code]
        return [_UNICODE | code, *_older(name)]
    for group in ("xf86", "xkb"):
        XK.load_keysym_group(group)
    text = keys.x11(name)
    found = XK.string_to_keysym(text.replace("XF86", "XF86_"))
    if not found:
        raise ValueError(f"keys: X11 has no key {name!r}")
    return [found]


def _older(char: str) -> list[int]:
    """The keysyms from before Unicode: a page number above the byte of an old character set."""
    if char == "€":
        return [0x20AC]
    found = []
    for page, charset in _PAGES.items():
        try:
            byte = char.encode(charset)[0]
        except UnicodeEncodeError:
            continue
        if byte >= 0xA0:
            found.append(page << 8 | byte)
    return found
