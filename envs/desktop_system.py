"""What differs between X11, Windows and macOS: keys, clipboard, wheel, permission. Runs in the hands' process."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Protocol

from action_space import keys

# One turn of the wheel by one notch, in what pyautogui's scroll takes; X11 sends one button press a notch.
_NOTCH = {"win32": 120, "darwin": 5}
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

    def chord(self, names: Sequence[str]) -> None: ...
    def hold(self, names: Sequence[str]) -> None: ...
    def tap(self, name: str) -> None: ...
    def release(self) -> None: ...
    def restore(self) -> None: ...
    def await_click(self) -> None: ...
    def typable(self, text: str) -> bool: ...
    def type(self, text: str) -> None: ...


def notch(platform: str = sys.platform) -> int:
    """What pyautogui's scroll takes for one notch of the wheel."""
    return _NOTCH.get(platform, 1)


def command_key(platform: str = sys.platform) -> str:
    """The modifier of copy and paste."""
    return "meta" if platform == "darwin" else "ctrl"


def is_terminal(window_class: str) -> bool:
    """Whether a program takes ctrl+v for something else than pasting."""
    return any(name in window_class.casefold() for name in _TERMINALS)


def paste_chord(window_class: str = "", platform: str = sys.platform) -> tuple[str, ...]:
    """The keys that paste in a program of that "instance.Class" (X11 only)."""
    if is_terminal(window_class):
        return ("shift", "insert")
    return (command_key(platform), "v")


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

    def chord(self, names: Sequence[str]) -> None:
        try:
            self.hold(names)
        finally:
            self.release()

    def hold(self, names: Sequence[str]) -> None:
        for name in names:
            key = pyautogui_key(name)
            self._held.append(key)
            self._hands.keyDown(key)

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
    """Windows and macOS: the clipboard is kept by the system; only its text is given back."""

    def __init__(self) -> None:
        import pyperclip  # type: ignore[import-untyped,unused-ignore] # comes with pyautogui

        self._clip = pyperclip
        self._saved: str | None = None

    def lend(self, text: str, names: tuple[str, ...]) -> int:
        if self._saved is None:
            self._saved = self._clip.paste()
        self._clip.copy(text)
        return 0

    def taken(self, mark: int) -> bool:
        return True

    def give_back(self) -> None:
        if self._saved is not None:
            self._clip.copy(self._saved)
            self._saved = None


def keyboard_and_clipboard(pyautogui: Any) -> tuple[Keyboard, Any]:
    """Those of this system, on the display of this process."""
    if not sys.platform.startswith("linux"):
        return PlainKeyboard(pyautogui), PlainClipboard()
    from envs.desktop_clipboard import Selections
    from envs.desktop_keys import X11Keys
    from envs.desktop_windows import connect

    name = os.environ["DISPLAY"]

    def connection() -> Any:
        return connect(name, os.environ.get("XAUTHORITY"))

    return X11Keys(connection()), Selections(connection)


def focused_class() -> str:
    """ "instance.Class" of the window that has the focus, on X11; "" elsewhere."""
    if not sys.platform.startswith("linux"):
        return ""
    from envs.desktop_windows import active_class

    return active_class(os.environ["DISPLAY"])


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
