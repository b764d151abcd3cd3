"""The one key vocabulary, and what the input libraries call each key.

A key is a lower-case name of `KEYS` or one printable character. Two names mean different things on different
machines and stay as they are: ``home`` is the Home key, on a phone its home button; ``back`` is the browser's or
the phone's back button.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import NamedTuple


class _Names(NamedTuple):
    playwright: str  # "" where Playwright's keyboard has no such key
    x11: str  # keysym
    pyautogui: str  # "" where pyautogui has no such key
    aliases: str = ""


_NAMED: dict[str, _Names] = {
    "ctrl": _Names(
        "Control",
        "Control_L",
        "ctrl",
        "control ctl controlormeta ctrlleft ctrlright controlleft controlright controll controlr lctrl",
    ),
    "shift": _Names("Shift", "Shift_L", "shift", "shiftleft shiftright shiftl shiftr lshift rshift"),
    "alt": _Names("Alt", "Alt_L", "alt", "altleft altright altl altr option optionleft optionright opt menukey"),
    "altgr": _Names("AltGraph", "ISO_Level3_Shift", "", "altgraph isolevel3shift"),
    "meta": _Names(
        "Meta",
        "Super_L",
        "win",
        "cmd command commandleft super superkey superl superr win winleft winright windows windowskey os metaleft "
        "metaright metal metar",
    ),
    "enter": _Names("Enter", "Return", "enter", "return ret kpenter numpadenter linefeed newline carriagereturn"),
    "tab": _Names("Tab", "Tab", "tab"),
    "escape": _Names("Escape", "Escape", "escape", "esc"),
    "backspace": _Names("Backspace", "BackSpace", "backspace", "bksp backsp"),
    "delete": _Names("Delete", "Delete", "delete", "del kpdelete"),
    "insert": _Names("Insert", "Insert", "insert", "ins"),
    "home": _Names("Home", "Home", "home", "keyhome"),
    "end": _Names("End", "End", "end"),
    "pageup": _Names("PageUp", "Prior", "pageup", "pgup prior"),
    "pagedown": _Names("PageDown", "Next", "pagedown", "pgdn pgdown next"),
    "up": _Names("ArrowUp", "Up", "up", "arrowup uparrow keyup"),
    "down": _Names("ArrowDown", "Down", "down", "arrowdown downarrow keydown"),
    "left": _Names("ArrowLeft", "Left", "left", "arrowleft leftarrow"),
    "right": _Names("ArrowRight", "Right", "right", "arrowright rightarrow"),
    "space": _Names("Space", "space", "space", "spacebar"),
    "capslock": _Names("CapsLock", "Caps_Lock", "capslock", "caps"),
    "numlock": _Names("NumLock", "Num_Lock", "numlock"),
    "scrolllock": _Names("ScrollLock", "Scroll_Lock", "scrolllock"),
    "printscreen": _Names("PrintScreen", "Print", "printscreen", "print prtsc prtscr prntscrn sysrq"),
    "pause": _Names("Pause", "Pause", "pause", "break"),
    "contextmenu": _Names("ContextMenu", "Menu", "apps", "apps menu"),
    "volumeup": _Names("AudioVolumeUp", "XF86AudioRaiseVolume", "volumeup", "audiovolumeup"),
    "volumedown": _Names("AudioVolumeDown", "XF86AudioLowerVolume", "volumedown", "audiovolumedown"),
    "volumemute": _Names("AudioVolumeMute", "XF86AudioMute", "volumemute", "audiovolumemute mute"),
    "playpause": _Names("MediaPlayPause", "XF86AudioPlay", "playpause", "mediaplaypause"),
    "nexttrack": _Names("MediaTrackNext", "XF86AudioNext", "nexttrack", "mediatracknext"),
    "prevtrack": _Names("MediaTrackPrevious", "XF86AudioPrev", "prevtrack", "mediatrackprevious"),
    "back": _Names("", "XF86Back", "browserback", "browserback goback keycodeback"),
    "forward": _Names("", "XF86Forward", "browserforward", "browserforward"),
    "refresh": _Names("", "XF86Refresh", "browserrefresh", "browserrefresh reload"),
    "power": _Names("", "XF86PowerOff", "", "keycodepower"),
    "appselect": _Names("", "", "", "recent recents recentapps overview keycodeappswitch"),
}
_NAMED |= {f"f{n}": _Names(f"F{n}" if n <= 12 else "", f"F{n}", f"f{n}") for n in range(1, 25)}

KEYS: tuple[str, ...] = tuple(_NAMED)
"""Canonical names; one printable character is a key too."""

MODIFIERS: tuple[str, ...] = ("ctrl", "shift", "alt", "meta")

# Keysyms of ASCII punctuation; letters and digits are their own keysyms.
_X11_CHARACTERS = dict(
    zip(
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        [
            "exclam",
            "quotedbl",
            "numbersign",
            "dollar",
            "percent",
            "ampersand",
            "apostrophe",
            "parenleft",
            "parenright",
            "asterisk",
            "plus",
            "comma",
            "minus",
            "period",
            "slash",
            "colon",
            "semicolon",
            "less",
            "equal",
            "greater",
            "question",
            "at",
            "bracketleft",
            "backslash",
            "bracketright",
            "asciicircum",
            "underscore",
            "grave",
            "braceleft",
            "bar",
            "braceright",
            "asciitilde",
        ],
        strict=True,
    )
)
_CHARACTER_ALIASES = {name: character for character, name in _X11_CHARACTERS.items()} | {
    "dot": ".",
    "dash": "-",
    "hyphen": "-",
    "equals": "=",
    "backquote": "`",
    "quote": "'",
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "decimal": ".",
}
# Keys of the number block do what the same keys elsewhere do.
for _prefix in ("kp", "numpad"):
    _CHARACTER_ALIASES |= {
        _prefix + name: character
        for name, character in (
            ("add", "+"), ("subtract", "-"), ("multiply", "*"), ("divide", "/"), ("decimal", "."),
            ("separator", ","), ("comma", ","), ("equal", "="),
        )
    }  # fmt: skip
for _digit in "0123456789":
    for _prefix in ("num", "kp", "numpad", "digit", "keycode"):
        _CHARACTER_ALIASES[_prefix + _digit] = _digit
for _letter in "abcdefghijklmnopqrstuvwxyz":
    _CHARACTER_ALIASES["key" + _letter] = _letter

_CONTROL = {
    "\n": "enter",
    "\r": "enter",
    "\t": "tab",
    " ": "space",
    "\b": "backspace",
    "\x1b": "escape",
    "\x7f": "delete",
}
_ALIASES = {alias: name for name, names in _NAMED.items() for alias in names.aliases.split()}
# Each library's own name of a key, without what `canonical` leaves out of a name.
_ALIASES |= {
    re.sub("[ _-]", "", own).casefold(): name
    for name, names in _NAMED.items()
    for own in (names.playwright, names.x11, names.pyautogui)
    if len(own) > 1
}
_ALIASES |= {name: name for name in _NAMED}
_ALIASES |= {
    f"{prefix}{alias}": name
    for prefix in ("kp", "numpad")
    for alias, name in list(_ALIASES.items())
    if name
    in (
        "home",
        "end",
        "pageup",
        "pagedown",
        "up",
        "down",
        "left",
        "right",
        "insert",
        "delete",
        "enter",
        "tab",
        "space",
    )
}

_SIGN_APART = re.compile(r"(?:^|[\s_-])-|-(?:$|[\s_-])")


def known(name: str) -> str:
    """The canonical name of a key, "" if there is no such key."""
    if len(name) == 1:
        if name in _CONTROL:
            return _CONTROL[name]
        if name.isprintable():
            return name
    squeezed = _squeezed(name)
    return _ALIASES.get(squeezed) or _CHARACTER_ALIASES.get(squeezed) or ""


def _squeezed(name: str) -> str:
    # A sign at the end of a name, or apart, is a key of its own: "ctrl -" is no other way to write ctrl.
    if len(name) > 64 or _SIGN_APART.search(name):
        return ""
    return "".join(c for c in name.casefold() if c not in " _-<>{}")


def canonical(name: str) -> str:
    """The canonical name of a key.

    Raises:
        ValueError: there is no such key; the message names it and the nearest ones.
    """
    if found := known(name):
        return found
    squeezed = _squeezed(name)
    near = difflib.get_close_matches(squeezed, [*_ALIASES, *_CHARACTER_ALIASES], n=6)
    keys = dict.fromkeys(_ALIASES.get(n) or _CHARACTER_ALIASES[n] for n in near)
    shown = repr(name if len(name) <= 40 else name[:37] + "…")
    hint = (
        f"near it: {', '.join(keys)}" if keys else "names are such as enter, ctrl, pagedown, f5, or one character"
    )
    raise ValueError(f"{shown} is no key; {hint}")


def chord(names: Sequence[str]) -> tuple[str, ...]:
    """The canonical names of keys pressed together, each once.

    With ctrl, alt or meta a letter names its key, not a character, so it becomes lower case: ctrl+A is ctrl+a.

    Raises:
        ValueError: one of them is no key.
    """
    keys = [canonical(name) for name in names]
    if {"ctrl", "alt", "meta"} & set(keys):
        keys = [key.lower() if len(key) == 1 and len(key.lower()) == 1 else key for key in keys]
    return tuple(dict.fromkeys(keys))


def struck(names: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The chord that a list of keys means, and how often its last key is struck.

    A modifier that is named again is still down; any other key that is named again is struck again, so it has to
    stand at the end: ``["shift", "down", "down"]`` is shift+down, down struck twice.

    Raises:
        ValueError: one of them is no key, or a key stands twice with others after it.
    """
    keys = [canonical(name) for name in names]
    often = 1
    while len(keys) > 1 and keys[-1] == keys[-2]:
        often += 1
        keys.pop()
    whole = chord(keys)
    spread = [key for key in whole if key not in MODIFIERS and keys.count(key) > 1]
    if spread:
        raise ValueError(f"{spread[0]!r} stands twice with other keys between; one press is one chord")
    return whole, often


def playwright(key: str) -> str:
    """What Playwright's keyboard calls a canonical key.

    Raises:
        ValueError: Playwright has no such key (`back`, `f13`, characters outside ASCII); a controller does it in
            another way.
    """
    name = _NAMED[key].playwright if key in _NAMED else key if key.isascii() else ""
    return _known(name, key, "Playwright")


def x11(key: str) -> str:
    """The X11 keysym name of a canonical key; characters outside ASCII by code point (``U4E2D``).

    Raises:
        ValueError: X11 has no such key.
    """
    if key in _NAMED:
        return _known(_NAMED[key].x11, key, "X11")
    if key.isascii():
        return _X11_CHARACTERS.get(key, key)
    return f"U{ord(key):04X}"


def pyautogui(key: str) -> str:
    """What pyautogui calls a canonical key.

    Raises:
        ValueError: pyautogui has no such key; it knows no character outside ASCII.
    """
    name = _NAMED[key].pyautogui if key in _NAMED else key if key.isascii() else ""
    return _known(name, key, "pyautogui")


def _known(name: str, key: str, library: str) -> str:
    if not name:
        raise ValueError(f"{library} has no key {key!r}")
    return name
