"""Pressing keys on an X display by their keysyms, whatever layout the keyboard has.

Runs in the process of mouse and keyboard. pyautogui's own table holds one layout and confuses some shifted
characters; this asks the server for its map each time, so that the layout that is in use now is what counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from action_space import keys
from envs.desktop.xkb import Groups

_UNICODE = 0x01000000
_MODIFIERS = frozenset({*keys.MODIFIERS, "altgr"})
_PAGES = {1: "iso8859-2", 2: "iso8859-3", 3: "iso8859-4", 5: "iso8859-6", 6: "koi8-r", 7: "iso8859-7",
          0xC: "iso8859-8", 0xD: "tis-620"}  # fmt: skip
_BUTTONS = 0x700  # the left, middle and right button in a pointer's state
_CLICK_S, _POLL_S = 1.0, 0.002
# Where a US keyboard has its letters: the key codes of evdev, which all X servers on Linux use.
_POSITIONS = {
    letter: first + number
    for first, row in ((24, "qwertyuiop"), (38, "asdfghjkl"), (52, "zxcvbnm"))
    for number, letter in enumerate(row)
}
_CHORD_S = 0.01  # between the modifiers and the key: programs that poll the keyboard would miss less


class _Key(NamedTuple):
    code: int
    shift: bool
    group: int | None = None  # the layout that has it; None: all of them


Table = dict[int, list[tuple[int, int]]]
"""Keysym → [(key code, column)]: 0 and 1 are the first layout, plain and with shift; 2 and 3 the second."""


class X11Keys:
    """The keyboard of one display.

    What one operation presses is let go of by `release`; what `hold` keeps stays down until `let_go`.
    """

    def __init__(self, display: Any) -> None:
        self._display = display
        self._groups = Groups(display)
        self._held: list[int] = []
        self._kept: dict[str, int] = {}
        self._borrowed: dict[int, list[int]] = {}
        self._unused: list[int] = []
        self._group: int | None = None

    def chord(
        self,
        names: Sequence[str],
        repeat: int = 1,
        pause: Callable[[float], None] = time.sleep,
        seconds: float = 0.0,
    ) -> None:
        """Press canonical keys in order, strike the last so often, release in reverse order.

        Args:
            pause: waits while they are held down, in all for `seconds`.

        Raises:
            ValueError: the keyboard has no such key, and no room for one.
        """
        table = self._table()
        pressed = [self._find(name, table) for name in names]
        shifted = "shift" not in (*names, *self._kept) and any(key.shift for key in pressed)
        shift = self._find("shift", table).code
        try:
            self._use(next((key.group for key in pressed if key.group is not None), None))
            for name, key in zip(names, pressed, strict=True):
                if shifted and name not in _MODIFIERS:
                    self._down(shift)
                self._down(key.code)
                if name in _MODIFIERS:
                    time.sleep(_CHORD_S)
            last = pressed[-1].code
            for number in range(repeat):
                if number:
                    self._fake(up=True, code=last)
                    self._fake(up=False, code=last)
                if seconds:
                    pause(seconds / repeat)
        finally:
            self.release()

    def press(self, names: Sequence[str]) -> None:
        """Press modifiers for the rest of this operation."""
        table = self._table()
        for name in names:
            self._down(self._find(name, table).code)

    def hold(self, names: Sequence[str]) -> None:
        """Press keys and keep them down after this operation."""
        table = self._table()
        found = {name: self._find(name, table).code for name in names if name not in self._kept}
        for name, code in found.items():
            self._kept[name] = code
            self._fake(up=False, code=code)

    def let_go(self, names: Sequence[str] | None = None) -> None:
        """Release keys that are held, or all of them; those that are not held too, as a person may hold them."""
        if names is None:
            names = list(reversed(self._kept))
        table: Table | None = None
        for name in names:
            code = self._kept.pop(name, None)
            if code is None:
                table = self._table() if table is None else table
                code = self._find(name, table).code
            self._fake(up=True, code=code)

    def tap(self, name: str) -> None:
        """Press one key while what is held stays down."""
        code = self._find(name, self._table()).code
        self._fake(up=False, code=code)
        self._fake(up=True, code=code)

    def release(self) -> None:
        """Let go of what this operation pressed, last key first, and go back to the layout that was in use."""
        while self._held:
            self._fake(up=True, code=self._held.pop())
        if self._group is not None:
            group, self._group = self._group, None
            self._groups.use(group)
            self._display.sync()

    def typable(self, text: str) -> bool:
        """Whether the keyboard has every character, plain or with shift."""
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
                self._use(key.group)
                if "shift" not in self._kept and key.shift != (shift in self._held):
                    if key.shift:
                        self._down(shift)
                    else:
                        self._held.remove(shift)
                        self._fake(up=True, code=shift)
                self._fake(up=False, code=key.code)
                self._fake(up=True, code=key.code)
        finally:
            self.release()

    # -- the map --------------------------------------------------------------------------------------------

    def _table(self) -> Table:
        """Where each keysym is, the lowest column first. Layouts beyond the second have no place in this map."""
        first = self._display.display.info.min_keycode
        count = self._display.display.info.max_keycode - first + 1
        table: Table = {}
        self._unused = []
        for code, row in enumerate(self._display.get_keyboard_mapping(first, count), first):
            if not any(row):
                self._unused.append(code)
            for column, symbol in enumerate(row[:4]):
                if symbol:
                    table.setdefault(symbol, []).append((code, column))
        for places in table.values():
            places.sort(key=lambda place: place[1])
        return table

    def _state(self) -> tuple[int, bool]:
        """The layout in use, 0 to 3, and whether caps lock is on."""
        mask = self._display.screen().root.query_pointer().mask
        return mask >> 13 & 3, bool(mask & 2)

    def _use(self, group: int | None) -> None:
        """Have the keys that follow be those of that layout."""
        now = self._state()[0]
        if group is None or group == now or not self._groups.known:
            return
        if self._group is None:
            self._group = now
        self._groups.use(group)
        self._display.sync()

    def _find(self, name: str, table: Table) -> _Key:
        symbols = _symbols(name)
        group = self._state()[0]
        for symbol in symbols:
            if places := table.get(symbol):
                code, column = next((place for place in places if place[1] // 2 == group), places[0])
                return _Key(code, column % 2 == 1, column // 2 if len(name) == 1 else None)
        if name in _POSITIONS and (key := self._latin(name)) is not None:
            return key
        return _Key(self._borrow(symbols[0], name), False)

    def _character(self, char: str, table: Table) -> _Key | None:
        group, caps = self._state()
        places = [place for symbol in _symbols(char) for place in table.get(symbol, ())]
        if not self._groups.known:
            places = [place for place in places if place[1] // 2 == group]
        if not places:
            return None
        code, column = next((place for place in places if place[1] // 2 == group), places[0])
        shift = column % 2 == 1
        return _Key(code, shift != (caps and char.upper() != char.lower()), column // 2)

    def _latin(self, letter: str) -> _Key | None:
        """A letter on a keyboard that has none, such as a Russian one: as second layout of the key where it would
        be. Programs know a shortcut by its letter or by its place; both are right here, and what the key types
        stays. None: there is a second layout already.
        """
        code = _POSITIONS[letter]
        row = list(self._display.get_keyboard_mapping(code, 1)[0])
        if not self._groups.known or (any(row[2:4]) and row[2:4] != row[:2]):
            return None
        self._borrowed.setdefault(code, row)
        self._display.change_keyboard_mapping(code, [[*row[:2], ord(letter), ord(letter.upper()), *row[4:]]])
        self._display.sync()
        return _Key(code, False, 1)

    def _borrow(self, symbol: int, name: str) -> int:
        """A key code that the keyboard does not use, given this keysym."""
        if not self._unused:
            raise ValueError(f"keys: the keyboard has no key {name!r}, and no room for one")
        code = self._unused.pop()
        self._borrowed.setdefault(code, [0, 0])
        self._display.change_keyboard_mapping(code, [[symbol, symbol]])
        self._display.sync()
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
        """Take back the keys that were borrowed."""
        while self._borrowed:
            code, row = self._borrowed.popitem()
            self._display.change_keyboard_mapping(code, [row])
        self._display.sync()

    # -- the keys -------------------------------------------------------------------------------------------

    def _down(self, code: int) -> None:
        if code not in self._held and code not in self._kept.values():
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
