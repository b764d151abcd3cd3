"""What differs between X11, Windows and macOS: devices, keys, clipboard, permission."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from action_space import keys
from envs.desktop.mouse import Mouse, PlainMouse, X11Mouse

_TERMINALS = (
    "terminal",
    "xterm",
    "urxvt",
    "konsole",
    "kitty",
    "alacritty",
    "tilix",
    "terminator",
    "emacs",
    "gvim",
)


class Keyboard(Protocol):
    """How keys and text get into the program that has the focus. `names` are canonical keys."""

    def chord(
        self,
        names: Sequence[str],
        repeat: int = 1,
        pause: Callable[[float], None] = time.sleep,
        seconds: float = 0.0,
    ) -> None: ...
    def press(self, names: Sequence[str]) -> None: ...
    def hold(self, names: Sequence[str]) -> None: ...
    def let_go(self, names: Sequence[str] | None = None) -> None: ...
    def tap(self, name: str) -> None: ...
    def release(self) -> None: ...
    def restore(self) -> None: ...
    def await_click(self) -> None: ...
    def typable(self, text: str) -> bool: ...
    def type(self, text: str) -> None: ...


class Focus(NamedTuple):
    """What has the focus; elsewhere than on X11 nothing is known of it."""

    window: int = 0
    name: str = ""
    tk: bool = False
    managed: bool = True


class Devices(NamedTuple):
    """Mouse, keyboard and clipboard of this process's display, and what says where the focus is."""

    mouse: Mouse
    keyboard: Keyboard
    clipboard: Any
    focus: Callable[[], Focus]


def command_key(platform: str = sys.platform) -> str:
    """The modifier of copy and paste."""
    return "meta" if platform == "darwin" else "ctrl"


def select_all(tk: bool = False, platform: str = sys.platform) -> tuple[str, ...]:
    """The keys that select all of a field; in a Tk program ctrl+a goes to the start of the line."""
    return ("ctrl", "/") if tk else (command_key(platform), "a")


def is_terminal(window_class: str) -> bool:
    """Whether a program takes ctrl+v for something else than pasting."""
    return any(name in window_class.casefold() for name in _TERMINALS)


def paste_chord(window_class: str = "", platform: str = sys.platform) -> tuple[str, ...]:
    """The keys that paste in a program of that "instance.Class" (X11 only)."""
    if is_terminal(window_class):
        return ("shift", "insert")
    return (command_key(platform), "v")


def pastes(keys: Sequence[str]) -> bool:
    """Whether a chord pastes what the clipboard holds, in one program or another."""
    chord = set(keys)
    return chord in ({"ctrl", "v"}, {"meta", "v"}, {"ctrl", "shift", "v"}, {"shift", "insert"})


def permission_problem() -> str | None:
    """What keeps this program from moving the pointer on macOS; None: nothing does, or this is no macOS."""
    if sys.platform != "darwin":
        return None
    path = ctypes.util.find_library("ApplicationServices")
    if path and not ctypes.cdll.LoadLibrary(path).AXIsProcessTrusted():
        return (
            "macOS does not let this program use mouse and keyboard: allow the terminal in "
            "System Settings > Privacy & Security > Accessibility, and under Screen Recording too"
        )
    return None


class PlainKeyboard:
    """Windows and macOS: keys through pyautogui."""

    def __init__(self, pyautogui: Any) -> None:
        self._hands = pyautogui
        self._held: list[str] = []
        self._kept: list[str] = []

    def chord(
        self,
        names: Sequence[str],
        repeat: int = 1,
        pause: Callable[[float], None] = time.sleep,
        seconds: float = 0.0,
    ) -> None:
        try:
            self.press(names)
            last = pyautogui_key(names[-1])
            for number in range(repeat):
                if number:
                    self._hands.keyUp(last)
                    self._hands.keyDown(last)
                if seconds:
                    pause(seconds / repeat)
        finally:
            self.release()

    def press(self, names: Sequence[str]) -> None:
        for key in [pyautogui_key(name) for name in names]:
            self._held.append(key)
            self._hands.keyDown(key)

    def hold(self, names: Sequence[str]) -> None:
        for key in [pyautogui_key(name) for name in names]:
            self._kept.append(key)
            self._hands.keyDown(key)

    def let_go(self, names: Sequence[str] | None = None) -> None:
        kept = list(reversed(self._kept)) if names is None else [pyautogui_key(name) for name in names]
        for key in kept:
            if key in self._kept:
                self._kept.remove(key)
            self._hands.keyUp(key)

    def tap(self, name: str) -> None:
        self._hands.press(pyautogui_key(name))

    def release(self) -> None:
        while self._held:
            self._hands.keyUp(self._held.pop())

    def restore(self) -> None:
        pass  # nothing was changed

    def await_click(self) -> None:
        pass  # these systems keep mouse and keys in order

    def typable(self, text: str) -> bool:
        # Only what has the same key in every layout; all else goes through the clipboard.
        return all(char.isascii() and (char.isalnum() or char == " ") for char in text)

    def type(self, text: str) -> None:
        self._hands.write(text)


def pyautogui_key(name: str, platform: str = sys.platform) -> str:
    """What pyautogui calls a canonical key on that platform.

    Raises:
        ValueError: it has no such key.
    """
    if platform == "darwin" and name in ("meta", "alt"):
        return {"meta": "command", "alt": "option"}[name]
    return keys.pyautogui(name)


class PlainClipboard:
    """Windows and macOS: the clipboard is kept by the system; only its text is given back, and nobody says who
    takes it, so a text that was not seen to arrive stays for as long as a slow program may need."""

    def __init__(self) -> None:
        import pyperclip  # type: ignore[import-untyped,unused-ignore] # comes with pyautogui

        self._clip = pyperclip
        self._saved: str | None = None

    def lend(self, text: str, names: tuple[str, ...], window: int) -> None:
        if self._saved is None:
            self._saved = self._clip.paste()
        self._clip.copy(text)

    def forget_who_asked(self) -> None:
        pass  # nobody says who asks

    def taken(self, limit_s: float = 0.0) -> str:
        return "other"

    def give_back(self, seen: bool = True) -> None:
        if seen:
            self.end_loans()

    def end_loans(self) -> None:
        if self._saved is not None:
            self._clip.copy(self._saved)
            self._saved = None

    def forget(self, name: str) -> None:
        pass  # there is one clipboard, and no selection that says what is selected

    def text(self, name: str) -> str | None:
        return None


def devices() -> Devices:
    """Those of this system, on the display of this process."""
    if not sys.platform.startswith("linux"):
        import pyautogui

        return Devices(PlainMouse(pyautogui), PlainKeyboard(pyautogui), PlainClipboard(), Focus)
    from envs.desktop.clipboard import Selections
    from envs.desktop.keyboard import X11Keys
    from envs.display import windows

    def connection() -> Any:
        return windows.connect(os.environ["DISPLAY"], os.environ.get("XAUTHORITY"))

    display = connection()

    def focus() -> Focus:
        window, name = windows.focused(display)
        return Focus(window, name, windows.is_tk(display, window), windows.managed(display))

    return Devices(X11Mouse(display), X11Keys(display), Selections(connection), focus)


def opener(name: str, platform: str = sys.platform) -> list[str]:
    """The command by which Windows or macOS starts an application by its name, or brings it to the front."""
    if platform == "darwin":
        return ["open", "-a", name]
    # The name is passed as data: PowerShell reads it from its environment, never as a command.
    find = "$a = Get-StartApps | Where-Object Name -like ('*' + $env:AGENT_APP + '*') | Select-Object -First 1; "
    start = "if ($a) { Start-Process ('shell:AppsFolder\\' + $a.AppID) } else { exit 1 }"
    return ["powershell", "-NoProfile", "-NonInteractive", "-Command", find + start]


def start_by_name(name: str) -> str | None:
    """Start an application on Windows or macOS, or bring it to the front; what went wrong, or None."""
    try:
        done = subprocess.run(
            opener(name),
            env={**os.environ, "AGENT_APP": name},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        return str(failure)
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or ["there is no application of that name"])[-1]


def active_title() -> str | None:
    """Title of the window in front, on Windows and macOS, as far as pygetwindow knows it."""
    try:
        import pygetwindow  # type: ignore[import-untyped,unused-ignore] # comes with pyautogui there

        window = pygetwindow.getActiveWindow()
    except (ImportError, NotImplementedError, OSError):
        return None
    title = getattr(window, "title", window)
    return str(title() if callable(title) else title) if title else None
