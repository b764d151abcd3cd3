"""The desktop environment itself: observing, rest, applications, the emergency stop, failures."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from action_space.actions import ADAPTER
from envs.base import FailSafe, LaunchFailed, TargetClosed
from envs.desktop import input_client as desktop_link
from envs.desktop.environment import DesktopConfig, DesktopEnvironment
from envs.display import windows as desktop_windows
from envs.display.environ import MARK
from envs.display.private import PrivateDisplay

from .conftest import RECORDER, Desk, Recorder, until


def act(action: str, **fields: Any) -> Any:
    return ADAPTER.validate_python({"action": action, **fields})


# -- seeing -------------------------------------------------------------------------------------------------


def test_an_observation_is_the_screen_with_its_title_and_frame(desk: Desk, recorder: Recorder) -> None:
    seen = desk.environment.observe()
    assert seen.title == "Recorder"
    assert seen.screenshot.mode == "RGB"
    assert seen.screenshot.size == seen.frame.screen == (1280, 800)
    assert (seen.frame.origin, seen.frame.pixel_ratio) == ((0.0, 0.0), (1.0, 1.0))
    x, y = recorder.at("canvas", 2, -3)
    assert seen.screenshot.getpixel((x, y)) == (255, 255, 255)
    assert seen.screenshot.getpixel((1279, 799)) == (0x3B, 0x55, 0x68)


def test_a_blinking_caret_is_no_change_and_does_not_delay_rest(desk: Desk, recorder: Recorder) -> None:
    desk.do("click", start_point=recorder.at("field", 300, 10))
    outcome = desk.do("wait", duration_ms=700)
    assert outcome.settled.reason == "stable"
    assert outcome.effect.nothing


def test_an_effect_says_where_the_screen_changed(desk: Desk, recorder: Recorder) -> None:
    desk.do("input", text="", start_point=recorder.at("field", 60, 10), clear=True)
    outcome = desk.do("input", text="seen")
    region = outcome.effect.region
    assert region is not None
    left, top, width, height = recorder.boxes["field"]
    assert left <= region.left < region.right <= left + width
    assert top <= region.top < region.bottom <= top + height


def test_rest_waits_for_a_program_that_computes_before_it_draws(desk: Desk, tmp_path: Path) -> None:
    code = """
import tkinter as tk, time
root = tk.Tk(); root.title("Slow"); root.geometry("300x200+0+0")
label = tk.Label(root, text="before"); label.pack()
def work(event):
    end = time.monotonic() + 0.6
    while time.monotonic() < end: pass
    label["text"] = "after"; root.title("Done")
root.bind("<space>", work)
root.mainloop()
"""
    program = desk.display.start([sys.executable, "-c", code])
    try:
        until(lambda: desktop_windows.active_title(desk.display.name) == "Slow")
        desk.seen = desk.environment.observe()
        outcome = desk.do("press", keys=["space"])
        assert outcome.observation.title == "Done"
        assert outcome.effect.title == "Done"
    finally:
        program.kill()
        program.wait()
        desk.seen = desk.environment.observe()


# -- applications -------------------------------------------------------------------------------------------


def test_open_starts_raises_and_switches(desk: Desk, recorder: Recorder) -> None:
    def count() -> int:
        return len(desktop_windows.windows(desk.display.name))

    before = count()
    assert desk.do("open", app="calculator").error is None
    assert desk.seen.title == "galculator"
    assert count() == before + 1
    assert desk.do("appswitch", app="Recorder").error is None
    assert desk.seen.title == "Recorder"
    # It runs: open brings it to the front instead of starting another.
    assert desk.do("open", app="Galculator").error is None
    assert desk.seen.title == "galculator"
    assert count() == before + 1
    window = desktop_windows.windows(desk.display.name)[-1]
    assert window.name == "galculator.Galculator"
    assert window.active
    assert window.box is not None
    assert desktop_windows.close(desk.display.name, window.id)
    until(lambda: count() == before)
    assert not desktop_windows.close(desk.display.name, window.id)
    assert not desktop_windows.activate(desk.display.name, window.id)
    desk.seen = desk.environment.observe()


@pytest.mark.parametrize(("action", "hint"), [("open", "nearest: "), ("appswitch", "windows: 'Recorder'")])
def test_an_unknown_application_is_not_found(desk: Desk, recorder: Recorder, action: str, hint: str) -> None:
    outcome = desk.do(action, app="Mouspaddington 3000")
    assert outcome.error is not None
    assert outcome.error.kind == "not_found"
    assert hint in outcome.error.message


def test_an_application_that_ends_at_once_is_an_error(desk: Desk) -> None:
    outcome = desk.do("open", app="false")
    assert outcome.error is not None
    assert outcome.error.kind == "failed"
    assert "exit code 1" in outcome.error.message


def test_a_command_line_is_no_application(desk: Desk, tmp_path: Path) -> None:
    outcome = desk.do("open", app=f"touch {tmp_path}/made; touch {tmp_path}/made")
    assert outcome.error is not None
    assert outcome.error.kind == "not_found"
    assert list(tmp_path.iterdir()) == []


# -- the emergency stop -------------------------------------------------------------------------------------


def push(desk: Desk, x: int, y: int) -> None:
    """Move the pointer as a person would."""
    with desktop_windows.connected(desk.display.name) as display:
        display.screen().root.warp_pointer(x, y)
        display.sync()


@pytest.mark.parametrize("corner", [(0, 0), (1279, 0), (0, 799), (1279, 799)])
def test_the_pointer_in_a_corner_stops_everything(desk: Desk, recorder: Recorder, corner: tuple[int, int]) -> None:
    recorder.new()
    push(desk, *corner)
    with pytest.raises(FailSafe, match="corner"):
        desk.do("click", start_point=recorder.at("canvas", 9, 9))
    with pytest.raises(FailSafe):
        desk.do("press", keys=["a"])
    assert recorder.all("press") == recorder.all("key") == []
    push(desk, 640, 20)
    assert desk.do("click", start_point=recorder.at("canvas", 9, 9)).error is None


def test_an_action_in_a_corner_stays_one_point_inside_and_stops_nothing(desk: Desk, recorder: Recorder) -> None:
    for x, y in ((0, 0), (1279, 0), (0, 799), (1279, 799)):
        outcome = desk.do("click", start_point=[x, y])
        assert outcome.error is None
        assert "corner" in outcome.notes[0]
        with desktop_windows.connected(desk.display.name) as display:
            at = display.screen().root.query_pointer()
        assert abs(at.root_x - x) == abs(at.root_y - y) == 1
    assert desk.do("drag", start_point=[300, 0], end_point=[0, 0]).error is None
    assert desk.do("hover", start_point=[640, 5]).notes == ()


# -- several, and failures ----------------------------------------------------------------------------------


def test_two_displays_share_no_clipboard_keys_or_pictures(desk: Desk, recorder: Recorder, tmp_path: Path) -> None:
    with PrivateDisplay(size=(1024, 768)) as second:
        other = Desk(second)
        with other.environment:
            own = Recorder(other, tmp_path / "log")
            for number in range(2):
                outcomes: list[Any] = []

                def work(desk: Desk, recorder: Recorder, text: str, outcomes: list[Any] = outcomes) -> None:
                    at = recorder.at("field", 60, 10)
                    outcomes.append(desk.do("input", text=text, start_point=at, clear=True))

                texts = f"erste Fläche {number} 一", f"zweite Fläche {number} 二"
                pairs = zip((desk, other), (recorder, own), texts, strict=True)
                threads = [threading.Thread(target=work, args=pair) for pair in pairs]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert [outcome.error for outcome in outcomes] == [None, None]
                until(lambda texts=texts: (recorder.state["text"], own.state["text"]) == texts)
            assert other.seen.screenshot.size == (1024, 768)
            assert desk.seen.screenshot.size == (1280, 800)


def test_a_display_that_goes_away_is_said_so_and_close_is_harmless() -> None:
    display = PrivateDisplay(size=(320, 240))
    environment = DesktopEnvironment(DesktopConfig(display=display.name))
    seen = environment.observe()
    display.close()
    with pytest.raises(TargetClosed):
        environment.execute(act("click", start_point=[50, 50]), seen)
    with pytest.raises(TargetClosed):
        environment.observe()
    environment.close()
    environment.close()
    with pytest.raises(TargetClosed, match="closed"):
        environment.observe()


def test_the_hands_end_with_the_environment_and_let_go_first(desk: Desk, recorder: Recorder) -> None:
    from envs.processes import marked

    def hands() -> list[int]:
        found = []
        for pid in marked(MARK, desk.display.environ[MARK]):
            line = Path(f"/proc/{pid}/cmdline")
            if line.exists() and b"input_process" in line.read_bytes():
                found.append(pid)
        return found

    known = set(hands())
    environment = DesktopEnvironment(DesktopConfig(display=desk.display.name))
    (own,) = set(hands()) - known
    assert os.getsid(own) != os.getsid(0)  # Ctrl-C at a terminal does not reach it
    seen = environment.observe()
    hold = act("longpress", start_point=recorder.at("canvas", 44, 44), duration_ms=9000)
    recorder.new()

    def work() -> None:
        with pytest.raises(TargetClosed):
            environment.execute(hold, seen)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: recorder.all("press"))
    os.kill(own, 15)
    until(lambda: recorder.all("release"))
    thread.join()
    environment.close()
    until(lambda: set(hands()) == known)


def test_a_monitor_that_is_not_there_is_named(desk: Desk) -> None:
    with pytest.raises(LaunchFailed, match="monitor: 3"):
        DesktopEnvironment(DesktopConfig(display=desk.display.name, monitor=3))
    with DesktopEnvironment(DesktopConfig(display=desk.display.name, monitor=1)) as environment:
        assert environment.observe().screenshot.size == (1280, 800)


@pytest.mark.parametrize(
    ("name", "complaint"), [("seven", "'seven' is not a display"), (":4096", "cannot be reached")]
)
def test_a_display_that_is_not_there_is_named(name: str, complaint: str) -> None:
    with pytest.raises(LaunchFailed, match=complaint):
        DesktopEnvironment(DesktopConfig(display=name))


def test_a_wayland_session_is_refused_with_what_works_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(LaunchFailed, match=r"no screen.*--private-display"):
        DesktopEnvironment()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(LaunchFailed, match=r"Wayland.*--private-display.*X11 session"):
        DesktopEnvironment()


@contextlib.contextmanager
def bare_display(*screens: str) -> Iterator[str]:
    """A display without mark and window manager, with screens of these sizes; its name."""
    read, write = os.pipe()
    sizes = [part for number, size in enumerate(screens) for part in ("-screen", str(number), size)]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), *sizes, "-ac", "-noreset"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    try:
        os.close(write)
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A screen like a person's own, named by DISPLAY: no mark, no window manager, black."""
    with bare_display("320x240x24") as name:
        (tmp_path / "none").touch()
        monkeypatch.setenv("DISPLAY", name)
        monkeypatch.setenv("XAUTHORITY", str(tmp_path / "none"))
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield name


def test_a_black_picture_behind_wayland_is_refused(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without a window manager or background shows what rootless Xwayland shows: nothing."""
    with DesktopEnvironment() as environment:
        assert environment.observe().screenshot.getbbox() is None
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(LaunchFailed, match="Wayland"):
        DesktopEnvironment()


def test_on_a_persons_own_screen_the_clipboard_outlives_the_environment(bare: str, tmp_path: Path) -> None:
    copy = ["xclip", "-selection", "clipboard"]
    null = subprocess.DEVNULL
    subprocess.run(copy, input=b"precious", stdout=null, stderr=null, check=True, timeout=20)
    with DesktopEnvironment() as environment:
        desk = Desk.__new__(Desk)
        desk.environment, desk.seen = environment, environment.observe()
        program = subprocess.Popen([sys.executable, str(RECORDER), str(tmp_path / "log")])
        try:
            until(lambda: desktop_windows.windows(bare))
            desk.do("input", text="Größe", start_point=[310, 230])
        finally:
            program.kill()
            program.wait()
    read = subprocess.run([*copy, "-o"], capture_output=True, check=True, timeout=20)
    assert read.stdout == b"precious"
    # And no longer than another program takes it over.
    (holder,) = [process for process in desktop_link._LASTING if process.poll() is None]
    subprocess.run(copy, input=b"next", stdout=null, stderr=null, check=True, timeout=20)
    holder.wait(20)


def test_a_library_that_cannot_be_imported_is_a_clear_error(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "Xlib").mkdir()
    (tmp_path / "Xlib" / "__init__.py").write_text("raise ModuleNotFoundError('no X here')\n")
    monkeypatch.setitem(desk.display.environ, "PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(LaunchFailed, match="Mouse and keyboard cannot be used") as caught:
        DesktopEnvironment(DesktopConfig(display=desk.display.name))
    assert "[desktop]" in caught.value.hint


def test_on_x11_neither_tk_nor_pyautogui_is_needed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("pyautogui", "tkinter"):
        (tmp_path / f"{name}.py").write_text("import sys\nsys.exit('NOTE: You must install tkinter')\n")
    monkeypatch.setitem(desk.display.environ, "PYTHONPATH", str(tmp_path))
    with DesktopEnvironment(DesktopConfig(display=desk.display.name)) as environment:
        seen = environment.observe()
        assert environment.execute(act("hover", start_point=[640, 30]), seen).error is None
        assert environment.observe().frame.pointer == (640, 30)


def test_the_config_can_be_pickled() -> None:
    config = DesktopConfig(display=":7", monitor=2)
    assert pickle.loads(pickle.dumps(config)) == config


def test_it_works_inside_a_running_event_loop(desk: Desk) -> None:
    import asyncio

    async def look() -> Image.Image:
        return desk.environment.observe().screenshot

    assert asyncio.run(look()).size == (1280, 800)
