"""The parts that need no screen: monitors and their frames, applications by name, what differs between systems."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from action_space import keys
from action_space.geometry import Size
from envs.base import LaunchFailed
from envs.desktop import platforms as desktop_system
from envs.desktop.apps import App, closest, find, installed, read, window_of
from envs.desktop.capture import Monitor, bitmap, choose, frame_of, is_black, picture_of, screen_problem
from envs.desktop.controller import notches_for
from envs.desktop.mouse import notch as wheel_notch
from envs.machine.base import Window

# A laptop with a higher screen to its left, and one above, as mss lists them: all as one first.
LAYOUT = [
    {"left": -1440, "top": -1080, "width": 3360, "height": 3640},
    {"left": 0, "top": 0, "width": 1920, "height": 1080},
    {"left": -1440, "top": 0, "width": 1440, "height": 2560},
    {"left": 0, "top": -1080, "width": 1920, "height": 1080},
]


@pytest.mark.parametrize(
    ("number", "pixel", "point"),
    [
        (0, (0, 0), (-1440, -1080)),
        (0, (1440, 1080), (0, 0)),
        (1, (100, 50), (100, 50)),
        (2, (0, 0), (-1440, 0)),
        (2, (1439, 2559), (-1, 2559)),
        (3, (5, 1079), (5, -1)),
    ],
)
def test_pixels_of_a_monitor_are_points_of_the_desktop(
    number: int, pixel: tuple[int, int], point: tuple[int, int]
) -> None:
    monitor = choose(LAYOUT, number)
    frame = frame_of(monitor, (monitor.width, monitor.height))
    x, y = frame.screen_to_device(*pixel)
    assert (int(x // 1), int(y // 1)) == point
    assert frame.device_to_screen(x, y) == pixel


@pytest.mark.parametrize("ratio", [1.25, 1.5, 2.0])
def test_a_scaled_monitor_has_more_pixels_than_points(ratio: float) -> None:
    monitor = Monitor(-1280, 40, 1280, 800)
    frame = frame_of(monitor, (int(1280 * ratio), int(800 * ratio)))
    assert frame.screen == Size(1280 * ratio, 800 * ratio)
    assert frame.pixel_ratio == (ratio, ratio)
    for pixel in ((0, 0), (333, 77), (int(1280 * ratio) - 1, int(800 * ratio) - 1)):
        x, y = frame.screen_to_device(*pixel)
        assert -1280 <= x < 0
        assert 40 <= y < 840
        assert frame.device_to_screen(x, y) == pixel


@pytest.mark.parametrize("number", [-1, 4])
def test_a_monitor_that_is_not_there_is_refused(number: int) -> None:
    with pytest.raises(LaunchFailed, match=f"monitor: {number}; it is 0 .* 1 to 3"):
        choose(LAYOUT, number)


def test_a_look_and_a_picture_are_the_same_pixels() -> None:
    pixels = np.random.default_rng(7).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    shot = SimpleNamespace(size=(7, 5), raw=bytearray(pixels.tobytes()))
    wanted = pixels[:, :, 2::-1]
    assert np.array_equal(np.asarray(picture_of(shot)), wanted)
    with Image.open(io.BytesIO(bitmap(shot))) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), wanted)


def test_black_is_black_only_when_all_of_it_is() -> None:
    picture = Image.new("RGB", (40, 30))
    assert is_black(picture)
    picture.putpixel((39, 29), (0, 0, 1))
    assert not is_black(picture)


@pytest.mark.parametrize(
    ("environ", "platform", "part"),
    [
        ({}, "linux", "DISPLAY is not set"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", "Wayland"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux", None),
        ({}, "darwin", None),
        ({}, "win32", None),
    ],
)
def test_what_is_known_about_a_screen_before_it_is_looked_at(
    environ: dict[str, str], platform: str, part: str | None
) -> None:
    problem = screen_problem(None, environ, platform)
    assert problem is None if part is None else part in str(problem)
    assert screen_problem(":7", {}, "linux") is None


# -- applications -------------------------------------------------------------------------------------------


@pytest.fixture
def menu(tmp_path: Path) -> dict[str, str]:
    """An environment whose menus hold what the tests wrote, and nothing else."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("mousepad", "xfce4-terminal", "chromium", "gimp-2.10", "top", "env"):
        (programs / name).touch(0o755)
    files = {
        "system/org.xfce.mousepad": "Name=Mousepad\nName[de]=Texteditor Maus\nGenericName=Text Editor\n"
        "Exec=mousepad %U\nCategories=GTK;TextEditor;",
        "system/xfce4-terminal": "Name=Xfce Terminal\nExec=xfce4-terminal\nCategories=TerminalEmulator;\n"
        "[Desktop Action new]\nName=Other\nExec=false",
        "system/xfce4-terminal-settings": "Name=Xfce Terminal Settings\nExec=xfce4-terminal --preferences\n"
        "Categories=Settings;",
        "system/chromium": "Name=Chromium Web Browser\nExec=env LANG=C chromium %U\nCategories=WebBrowser;",
        "system/gimp": 'Name=GNU Image Manipulation Program\nExec="gimp-2.10" %U\nStartupWMClass=Gimp-2.10',
        "system/top": "Name=Processes\nExec=top\nTerminal=true",
        "system/hidden": "Name=Hidden\nExec=top\nNoDisplay=true",
        "system/gone": "Name=Gone\nExec=no-such-program",
        "system/broken": 'Name=Broken\nExec="unclosed',
        "own/top": "Name=My Processes\nExec=top",
    }
    for name, text in files.items():
        folder, _, file = name.partition("/")
        path = tmp_path / folder / "applications" / f"{file}.desktop"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[Desktop Entry]\nType=Application\n{text}\n", encoding="utf-8")
    return {
        "HOME": str(tmp_path),
        "PATH": str(programs),
        "XDG_DATA_HOME": str(tmp_path / "own"),
        "XDG_DATA_DIRS": str(tmp_path / "system"),
    }


def test_menus_hold_what_can_be_started_and_own_files_hide_the_systems(menu: dict[str, str]) -> None:
    names = {app.name for app in installed(menu)}
    assert names == {
        "Mousepad", "Xfce Terminal", "Xfce Terminal Settings", "Chromium Web Browser",
        "GNU Image Manipulation Program", "My Processes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("Mousepad", "mousepad"),
        ("the text editor", "mousepad"),
        ("texteditor maus", "mousepad"),
        ("mosepad", "mousepad"),
        ("Terminal", "xfce4-terminal"),
        ("terminal emulator", "xfce4-terminal"),
        ("Chrome", "env"),
        ("web browser", "env"),
        ("GIMP", "gimp-2.10"),
        ("image manipulation", "gimp-2.10"),
        ("Photoshop", None),
        ("x", None),
    ],
)
def test_applications_are_found_by_what_people_call_them(
    menu: dict[str, str], name: str, program: str | None
) -> None:
    found = find(name, installed(menu))
    assert (found.argv[0] if found else None) == program
    if name == "Terminal":
        assert found is not None
        assert found.argv == ("xfce4-terminal",)


def test_field_codes_and_terminals_are_known(menu: dict[str, str], tmp_path: Path) -> None:
    app = read(tmp_path / "system/applications/org.xfce.mousepad.desktop", menu)
    assert app is not None
    assert app.argv == ("mousepad",)
    top = read(tmp_path / "system/applications/top.desktop", menu)
    assert top is not None
    assert top.terminal
    assert read(tmp_path / "system/applications/none.desktop", menu) is None


def test_the_nearest_names_are_said(menu: dict[str, str]) -> None:
    assert closest("mousepod pro", [app.name for app in installed(menu)])[0] == "Mousepad"


def test_windows_belong_to_applications_by_class_then_by_title() -> None:
    app = App("Mousepad", ("Mousepad",), ("mousepad",), ("mousepad",))
    windows = [
        Window("1", "notes about mousepad", "viewer.Viewer"),
        Window("2", "a.txt", "mousepad.Mousepad"),
        Window("3", "Contacts - Form", "tk.Tk"),
    ]
    assert window_of(windows, "text editor", app) == windows[1]
    assert window_of(windows, "contacts", None) == windows[2]
    assert window_of(windows, "tact", None) is None
    assert window_of(windows[:1], "mousepad", app, by_title=False) is None
    assert window_of([], "contacts", app) is None


# -- systems ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "chord", "notch"), [("linux", "ctrl", 1), ("win32", "ctrl", 120), ("darwin", "meta", 5)]
)
def test_what_differs_between_systems(platform: str, chord: str, notch: int) -> None:
    assert desktop_system.command_key(platform) == chord
    assert wheel_notch(platform) == notch


@pytest.mark.parametrize(
    ("window", "chord"),
    [
        ("xfce4-terminal.Xfce4-terminal", ("shift", "insert")),
        ("xterm.XTerm", ("shift", "insert")),
        ("mousepad.Mousepad", ("ctrl", "v")),
        ("", ("ctrl", "v")),
    ],
)
def test_terminals_paste_by_other_keys(window: str, chord: tuple[str, ...]) -> None:
    assert desktop_system.paste_chord(window, "linux") == chord


def test_every_key_that_pyautogui_has_is_known_on_windows_and_macos() -> None:
    assert desktop_system.pyautogui_key("meta", "darwin") == "command"
    assert desktop_system.pyautogui_key("meta", "win32") == "win"
    with pytest.raises(ValueError, match="altgr"):
        desktop_system.pyautogui_key("altgr", "win32")


class Pressed:
    """Takes down what is pressed, in pyautogui's words."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def keyDown(self, key: str) -> None:
        if key == "f9":
            raise RuntimeError("stuck")
        self.log.append(f"+{key}")

    def keyUp(self, key: str) -> None:
        self.log.append(f"-{key}")


def test_a_plain_keyboard_releases_in_reverse_also_when_a_key_fails() -> None:
    pressed = Pressed()
    keyboard = desktop_system.PlainKeyboard(pressed)
    keyboard.chord(keys.chord(["ctrl", "shift", "a"]))
    assert pressed.log == ["+ctrl", "+shift", "+a", "-a", "-shift", "-ctrl"]
    pressed.log.clear()
    with pytest.raises(RuntimeError):
        keyboard.chord(["ctrl", "f9"])
    assert pressed.log == ["+ctrl", "-f9", "-ctrl"]
    assert keyboard.typable("abc 12")
    assert not keyboard.typable("a-b")
    assert not keyboard.typable("é")


def test_names_of_applications_are_data_on_windows_and_macos() -> None:
    evil = "x'; Remove-Item C:\\"
    assert desktop_system.opener("TextEdit", "darwin") == ["open", "-a", "TextEdit"]
    assert evil not in " ".join(desktop_system.opener(evil, "win32"))


@pytest.mark.parametrize(
    ("points", "window", "notches"),
    [(0, "", 0), (56, "", 1), (560, "mousepad.Mousepad", 10), (560, "chromium.Chromium", 5), (10**6, "", 400)],
)
def test_distances_become_notches_of_the_wheel(points: float, window: str, notches: int) -> None:
    assert notches_for(points, window) == notches


def test_keysyms_of_characters_from_before_unicode_are_known() -> None:
    from envs.desktop.keyboard import _symbols

    cases: dict[str, Any] = {"a": 0x61, "é": 0xE9, "ж": 0x6D6, "λ": 0x7EB, "א": 0xCE0, "€": 0x20AC}
    for char, symbol in cases.items():
        assert symbol in _symbols(char)
    assert _symbols("中") == [0x01004E2D]
    with pytest.raises(ValueError, match="appselect"):
        _symbols("appselect")
