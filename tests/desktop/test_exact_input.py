"""What was asked is what programs get: repeated and held keys, long presses, paths, notches, tabs, layouts."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from envs.desktop.environment import DesktopConfig, DesktopEnvironment
from envs.display import windows as desktop_windows
from envs.display.private import PrivateDisplay

from .conftest import Desk, Recorder, until

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _fresh(desk: Desk, recorder: Recorder) -> None:
    desk.do("click", start_point=recorder.at("canvas", 9, 9))
    recorder.new()


def keys(recorder: Recorder) -> list[str]:
    """Every key event as "+name" and "-name", in order."""
    found = []
    for fact in recorder._lines()[recorder._read :]:
        if fact["kind"] in ("key", "key up"):
            found.append(f"{'+' if fact['kind'] == 'key' else '-'}{fact['name']}")
    return found


def down(desk: Desk) -> int:
    """How many keys and buttons the server holds to be down."""
    with desktop_windows.connected(desk.display.name) as display:
        held = sum(byte.bit_count() for byte in display.query_keymap())
        return held + (display.screen().root.query_pointer().mask & 0x700).bit_count()


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"keys": ["down", "down", "down"]}, ["+Down", "-Down"] * 3),
        ({"keys": ["shift", "down"], "repeat": 3}, ["+Shift_L", *["+Down", "-Down"] * 3, "-Shift_L"]),
        ({"keys": ["ctrl", "plus"], "repeat": 2}, ["+Control_L", "+Shift_L", *["+plus", "-plus"] * 2, "-Shift_L"]),
        ({"keys": ["x"], "repeat": 2}, ["+x", "-x"] * 2),
    ],
)
def test_a_key_that_is_named_or_counted_several_times_is_struck_as_often(
    desk: Desk, recorder: Recorder, asked: dict[str, Any], wanted: list[str]
) -> None:
    assert desk.do("press", **asked).error is None
    until(lambda: len(keys(recorder)) >= len(wanted))
    assert keys(recorder)[: len(wanted)] == wanted


def test_keys_that_are_held_stay_down_from_step_to_step(desk: Desk, recorder: Recorder) -> None:
    desk.do("key_down", keys=["shift"])
    assert down(desk) == 1
    desk.do("press", keys=["right"], repeat=2)
    desk.do("click", start_point=recorder.at("canvas", 300, 150))
    desk.do("scroll", direction="down", notches=1, start_point=recorder.at("canvas", 300, 150))
    desk.do("key_up", keys=["shift"])
    until(lambda: "-Shift_L" in keys(recorder))
    assert keys(recorder) == ["+Shift_L", *["+Right", "-Right"] * 2, "-Shift_L"]
    assert [press["state"] for press in recorder.all("press")] == [1, 1]
    assert down(desk) == 0


def test_a_button_that_is_held_stays_down_and_is_let_go_elsewhere(desk: Desk, recorder: Recorder) -> None:
    desk.do("mouse_down", start_point=recorder.at("canvas", 40, 40))
    desk.do("hover", start_point=recorder.at("canvas", 400, 40))
    desk.do("hover", start_point=recorder.at("canvas", 400, 200))
    desk.do("mouse_up")
    release = until(lambda: recorder.all("release"))[0]
    assert (release["x"], release["y"]) == (400, 200)
    assert len(recorder.all("press")) == 1
    assert down(desk) == 0


@pytest.mark.parametrize("end", ["close", "kill", "interrupt"])
def test_what_is_held_is_let_go_however_the_run_ends(desk: Desk, end: str) -> None:
    code = """
import sys
from action_space.actions import KeyDown, MouseDown
from envs.desktop import DesktopConfig, DesktopEnvironment
with DesktopEnvironment(DesktopConfig(display=sys.argv[1])) as environment:
    seen = environment.observe()
    seen = environment.execute(MouseDown(start_point=(30, 300)), seen).observation
    seen = environment.execute(KeyDown(keys=("ctrl", "shift")), seen).observation
    print("held", flush=True)
    sys.stdin.readline()
"""
    command = [sys.executable, "-c", code, desk.display.name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as owner:
        assert owner.stdin is not None
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"held\n"
        assert down(desk) == 3
        if end == "close":
            owner.stdin.close()
        else:
            owner.send_signal(signal.SIGKILL if end == "kill" else signal.SIGINT)
        owner.wait(60)
        until(lambda: down(desk) == 0)


def test_long_presses_are_as_long_as_asked(desk: Desk, recorder: Recorder) -> None:
    desk.do("mouse_down", start_point=recorder.at("canvas", 77, 77), button="right")
    desk.do("wait", duration_ms=300)
    desk.do("mouse_up", button="right")
    until(lambda: recorder.all("release"))
    assert recorder.all("release")[0]["time"] - recorder.all("press")[0]["time"] >= 300
    recorder.new()
    desk.do("press", keys=["f7"], duration_ms=1200)
    # The server repeats a key that is held for more than its delay, which is how a program knows of the hold.
    until(lambda: keys(recorder)[-1:] == ["-F7"])
    assert keys(recorder).count("+F7") > 3


def test_a_drag_passes_the_points_of_its_path(desk: Desk, recorder: Recorder) -> None:
    path = [(500, 40), (500, 180), (60, 180)]
    outcome = desk.do(
        "drag",
        start_point=recorder.at("canvas", 60, 40),
        path=[recorder.at("canvas", *point) for point in path],
        end_point=recorder.at("canvas", 60, 60),
        button="right",
        modifiers=["ctrl"],
    )
    assert outcome.error is None
    release = until(lambda: recorder.all("release"))[0]
    assert (release["x"], release["y"], release["button"]) == (60, 60, 3)
    assert recorder.all("press")[0]["state"] == 4
    # Tk tells the last of moves that came together: the corners are looked for within a step of the pointer.
    passed = [(fact["x"], fact["y"]) for fact in recorder.all("motion")]
    at = 0
    for corner in path:
        near = [number for number, point in enumerate(passed) if number >= at and math.dist(point, corner) < 30]
        assert near, (corner, passed)
        at = near[0]


@pytest.mark.parametrize(("direction", "button"), [("down", 5), ("up", 4)])
@pytest.mark.parametrize("notches", [1, 5, 13])
def test_the_wheel_turns_by_exactly_so_many_notches(
    desk: Desk, recorder: Recorder, direction: str, button: int, notches: int
) -> None:
    at = recorder.at("canvas", 200, 120)
    desk.do("scroll", direction=direction, notches=notches, start_point=at)
    until(lambda: len(recorder.all("release")) >= notches)
    desk.do("hover", start_point=recorder.at("canvas", 9, 9))
    assert [press["button"] for press in recorder.all("press")] == [button] * notches


def test_a_tab_in_a_text_presses_tab_and_a_line_break_enter(desk: Desk, recorder: Recorder) -> None:
    desk.do("click", start_point=recorder.at("field", 60, 10))
    recorder.new()
    assert desk.do("input", text="ab\tc\n").error is None
    until(lambda: "-Return" in keys(recorder))
    assert [name for name in keys(recorder) if name[0] == "+"] == ["+a", "+b", "+Tab", "+c", "+Return"]


def test_the_second_screen_of_a_display_is_seen_and_worked(tmp_path: Path) -> None:
    from action_space.actions import Click, Press
    from tests.desktop.test_desktop import bare_display

    with bare_display("640x480x24", "500x400x24") as name:
        log = tmp_path / "log"
        environ = {**os.environ, "DISPLAY": f"{name}.1"}
        recorder = Path(__file__).with_name("recorder.py")
        program = subprocess.Popen([sys.executable, str(recorder), str(log)], env=environ)
        try:
            with DesktopEnvironment(DesktopConfig(display=f"{name}.1")) as environment:
                until(lambda: log.exists() and "ready" in log.read_text())
                seen = environment.observe()
                assert seen.screenshot.size == (500, 400)
                assert seen.screenshot.getbbox() is not None
                seen = environment.execute(Click(start_point=(300, 150)), seen).observation
                environment.execute(Press(keys=("a",)), seen)
                until(lambda: '"name": "a"' in log.read_text())
                assert '"button": 1' in log.read_text()
        finally:
            program.kill()
            program.wait()


# -- layouts ------------------------------------------------------------------------------------------------


@pytest.fixture
def layouts(desk: Desk) -> Any:
    """Has the display use layouts, and one of them."""
    from envs.desktop.xkb import Groups

    def use(names: str, group: int = 0) -> None:
        subprocess.run(["setxkbmap", "-layout", names], env=desk.display.environ, check=True, timeout=60)
        with desktop_windows.connected(desk.display.name) as display:
            Groups(display).use(group)
            display.sync()

    yield use
    use("us")


@pytest.mark.parametrize(
    ("names", "group"),
    [("ru", 0), ("gr", 0), ("us,ru", 1), ("us,de,ru,gr", 0), ("us,de,ru,gr", 2), ("us,de,ru,gr", 3)],
)
def test_text_and_shortcuts_are_right_in_any_layout_and_group(
    desk: Desk, recorder: Recorder, layouts: Any, names: str, group: int
) -> None:
    from envs.desktop.xkb import Groups

    layouts(names, group)
    text = "Hello, World [1] жы αβ ä?"
    outcome = desk.do("input", text=text, start_point=recorder.at("field", 60, 10), clear=True)
    assert outcome.error is None
    until(lambda: recorder.state["text"] == text)
    recorder.new()
    desk.do("press", keys=["ctrl", "k"])
    assert until(lambda: [fact for fact in recorder.all("key") if fact["char"]])[-1]["char"] == "\x0b"
    with desktop_windows.connected(desk.display.name) as display:
        assert Groups(display).now() == group


@pytest.mark.browser
@pytest.mark.parametrize("names", ["ru", "gr", "us,ru"])
def test_shortcuts_work_in_chromium_in_a_layout_without_latin_letters(
    desk: Desk, layouts: Any, tmp_path: Path, names: str
) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<meta charset=utf-8><title>start</title><textarea id=t style='width:600px;height:300px'>old</textarea>"
        "<script>t.focus(); setInterval(() => document.title = 'value=' + t.value, 30)</script>",
        encoding="utf-8",
    )
    layouts(names, 1 if "," in names else 0)
    program = browser(desk.display, page, tmp_path)
    try:
        until(lambda: "value=old" in (desktop_windows.active_title(desk.display.name) or ""), 60)
        desk.seen = desk.environment.observe()
        for chord in ("a", "c"):
            assert desk.do("press", keys=["ctrl", chord]).error is None
        desk.do("press", keys=["end"])
        assert desk.do("press", keys=["ctrl", "v"]).error is None
        until(lambda: "value=oldold" in (desktop_windows.active_title(desk.display.name) or ""))
    finally:
        program.kill()
        program.wait()
        until(lambda: desktop_windows.active_title(desk.display.name) == "Recorder")
        desk.seen = desk.environment.observe()


def browser(display: PrivateDisplay, page: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Chromium with one page in a window without tabs."""
    from envs.browser.install import find

    program = find()
    assert program is not None
    return display.start(
        [str(program), "--no-sandbox", "--test-type", "--no-first-run", "--disable-gpu",
         f"--user-data-dir={folder / 'profile'}", f"--app={page.as_uri()}"]
    )  # fmt: skip


# -- what is borrowed is given back ---------------------------------------------------------------------------


def test_the_keyboard_map_is_restored_although_a_release_fails(desk: Desk, recorder: Recorder) -> None:
    def mapping() -> list[list[int]]:
        with desktop_windows.connected(desk.display.name) as display:
            rows = display.get_keyboard_mapping(8, 248)
            width = max(len(row) for row in rows)
            return [[*row, *[0] * (width - len(row))] for row in rows]

    code = """
import sys
from envs.desktop.input_process import InputProcess
from envs.desktop.platforms import devices
hands = InputProcess(devices())
hands.op_chord(["ж"])
hands.op_keys(["shift"], down=True)
hands.op_button(None, "left", True)
print("borrowed", flush=True)
sys.stdin.readline()
def broken(button):
    raise RuntimeError("the button is stuck")
release, hands._mouse.up = hands._mouse.up, broken
hands.end()
release("left")
"""
    before = mapping()
    pipe = subprocess.PIPE
    environ = {**desk.display.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], env=environ, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"borrowed\n"
        assert mapping() != before
        process.communicate(b"\n", timeout=60)
    assert process.returncode == 0
    assert [row[:4] for row in mapping()] == [row[:4] for row in before]
    assert down(desk) == 0
