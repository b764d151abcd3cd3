"""Text that is pasted, fields that are emptied: nothing is lost, nothing else pressed, the clipboard kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from action_space.actions import Input
from envs.desktop.environment import DesktopConfig, DesktopEnvironment
from envs.display import windows as desktop_windows

from .conftest import Desk, until
from .test_exact_input import browser

# A text window that takes the clipboard at ctrl+v, as some programs do, and inserts what it holds only later.
LATE = """
import sys, tkinter as tk
root = tk.Tk(); root.title("late"); root.geometry("500x300+60+60")
text = tk.Text(root); text.pack(); text.focus_force()
def read():
    try:
        return text.clipboard_get(type="UTF8_STRING")
    except tk.TclError:
        return "<nothing>"
def paste(event):
    read()
    root.after(int(sys.argv[1]), lambda: text.insert("insert", read()))
    return "break"
text.bind("<Control-v>", paste)
def tell():
    root.title("late " + text.get("1.0", "end-1c").encode().hex())
    root.after(30, tell)
tell()
root.mainloop()
"""


@pytest.fixture
def started(desk: Desk) -> Iterator[Any]:
    """Starts programs, waits for their window, and ends them."""
    programs: list[subprocess.Popen[bytes]] = []

    def start(argv: list[str], title: str) -> None:
        programs.append(desk.display.start(argv))
        until(lambda: title in (desktop_windows.active_title(desk.display.name) or ""), 60)
        desk.seen = desk.environment.observe()

    yield start
    for program in programs:
        program.kill()
        program.wait()
    until(lambda: not desktop_windows.windows(desk.display.name))
    desk.seen = desk.environment.observe()


def title(desk: Desk) -> str:
    return desktop_windows.active_title(desk.display.name) or ""


def clipboard(desk: Desk, text: str | None = None) -> str:
    """What the clipboard holds, or have it hold a text."""
    command, null = ["xclip", "-selection", "clipboard"], subprocess.DEVNULL
    environ = desk.display.environ
    if text is not None:
        subprocess.run(command, input=text.encode(), env=environ, stdout=null, stderr=null, check=True, timeout=60)
        return text
    read = subprocess.run([*command, "-o"], env=environ, capture_output=True, timeout=60, check=False)
    return read.stdout.decode()


@pytest.mark.parametrize("after_ms", [0, 150, 1500, 5000])
def test_a_slow_program_gets_the_text_and_never_the_old_clipboard(desk: Desk, started: Any, after_ms: int) -> None:
    started([sys.executable, "-c", LATE, str(after_ms)], "late")
    clipboard(desk, "the old one")
    outcome = desk.do("input", text="小米 new", start_point=[200, 200])
    assert outcome.error is None
    assert clipboard(desk) == "the old one"  # for everybody else it is as it was, at once
    until(lambda: title(desk) == "late " + "小米 new".encode().hex(), 60)
    # What was not seen to arrive in time is said to be unknown.
    assert any("not known whether it arrived" in note for note in outcome.notes) == (after_ms == 5000)
    assert clipboard(desk) == "the old one"
    # What is pasted from now on is the clipboard, in that program too.
    assert desk.do("press", keys=["ctrl", "v"]).error is None
    until(lambda: title(desk) == "late " + "小米 newthe old one".encode().hex(), 60)


def test_lines_follow_each_other_in_a_slow_program(desk: Desk, started: Any) -> None:
    started([sys.executable, "-c", LATE, "700"], "late")
    text = "eins ä\nzwei\n小米 drei\n"
    assert desk.do("input", text=text, start_point=[200, 200]).error is None
    until(lambda: title(desk) == "late " + text.encode().hex(), 60)


def test_a_clipboard_manager_that_grabs_the_text_does_not_keep_it(desk: Desk, started: Any) -> None:
    started([sys.executable, "-c", LATE, "0"], "late")
    clipboard(desk, "mine")
    grab = "while true; do xclip -selection clipboard -o | xclip -selection clipboard; sleep 0.05; done"
    manager = desk.display.start(["sh", "-c", grab])
    try:
        desk.do("input", text="über", start_point=[200, 200])
        until(lambda: "über".encode().hex() in title(desk))
    finally:
        manager.kill()
        manager.wait()
    assert b"mine".hex() not in title(desk)
    until(lambda: clipboard(desk) == "mine")


@pytest.mark.browser
def test_chromium_gets_every_pasted_text(desk: Desk, started: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<meta charset=utf-8><title>start</title><textarea id=t style='width:600px;height:300px'></textarea>"
        "<script>let k = 0; onkeydown = () => k++; t.focus();"
        "setInterval(() => document.title = encodeURIComponent(t.value) + '=' + k, 30)</script>",
        encoding="utf-8",
    )
    program = browser(desk.display, page, tmp_path)
    try:
        until(lambda: "=" in title(desk), 60)
        desk.seen = desk.environment.observe()
        from urllib.parse import unquote

        for number in range(8):
            text = f"小米 {number}"
            outcome = desk.do("input", text=text, start_point=[300, 200], clear=True)
            assert outcome.error is None
            until(lambda text=text: unquote(title(desk)).startswith(f"{text}="))
    finally:
        program.kill()
        program.wait()
        until(lambda: not desktop_windows.windows(desk.display.name))
        desk.seen = desk.environment.observe()


def test_nothing_that_takes_text_is_an_error(desk: Desk, started: Any) -> None:
    started([sys.executable, "-c", "import tkinter as tk; r = tk.Tk(); r.title('bare'); r.mainloop()"], "bare")
    clipboard(desk, "mine")
    outcome = desk.do("input", text="naïve")
    assert outcome.error is not None
    assert "nothing took the text" in outcome.error.message
    assert clipboard(desk) == "mine"
    # Keys go out without an answer; that nothing came of them is said.
    assert any("not known whether it arrived" in note for note in desk.do("input", text="plain").notes)


def test_a_tk_program_that_was_killed_is_taken_for_no_other(desk: Desk, started: Any, tmp_path: Path) -> None:
    """It stays in Tk's list, and the server gives its number to the next program, whose keys differ."""
    tk = desk.display.start(
        [sys.executable, "-c", "import tkinter as tk; r = tk.Tk(); r.title('tk'); r.mainloop()"]
    )
    with desktop_windows.connected(desk.display.name) as display:
        until(lambda: title(desk) == "tk")
        number = desktop_windows.active_id(display)
        until(lambda: desktop_windows.is_tk(display, number))
        tk.kill()
        tk.wait()
        until(lambda: not desktop_windows.windows(display))
        assert not desktop_windows.is_tk(display, number)
    file = tmp_path / "note.txt"
    file.write_text("old", encoding="utf-8")
    started(["mousepad", "--disable-server", str(file)], "note.txt")
    assert desk.do("input", text="new", clear=True, start_point=[640, 420]).error is None
    desk.do("press", keys=["ctrl", "s"])
    until(lambda: file.read_text("utf-8").rstrip("\n") == "new")


# -- emptying a field ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "new name"])
def test_emptying_in_a_list_of_files_changes_no_file_and_goes_nowhere(
    desk: Desk, started: Any, tmp_path: Path, text: str
) -> None:
    folder = tmp_path / "up" / "sub"
    folder.mkdir(parents=True)
    for name in "abc":
        (folder / f"{name}.txt").write_text(name)
    started(["pcmanfm", "--no-desktop", str(folder)], "sub")
    outcome = desk.do("input", text=text, clear=True, start_point=[640, 500])
    if not text:
        assert any(note.startswith("clear: ") for note in outcome.notes)
    assert title(desk).startswith("sub") or "sub" in [
        one.title for one in desktop_windows.windows(desk.display.name)
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt", "b.txt", "c.txt"]
    assert [one.title for one in desktop_windows.windows(desk.display.name)] == ["sub"]


@pytest.mark.parametrize("text", ["", "neu", "ein ä"])
def test_a_field_of_gtk_is_emptied(desk: Desk, started: Any, tmp_path: Path, text: str) -> None:
    file = tmp_path / "note.txt"
    file.write_text("one\ntwo\nthree", encoding="utf-8")
    started(["mousepad", "--disable-server", str(file)], "note.txt")
    assert desk.do("input", text=text, clear=True, start_point=[640, 420]).error is None
    desk.do("press", keys=["ctrl", "s"])
    until(lambda: file.read_text("utf-8").rstrip("\n") == text)


def test_a_terminal_has_no_field_to_empty(desk: Desk, started: Any) -> None:
    started(["xfce4-terminal", "--disable-server", "--title=shell"], "shell")
    outcome = desk.do("input", text="ls", clear=True)
    assert outcome.error is not None
    assert outcome.error.kind == "unsupported"
    assert outcome.error.message.startswith("clear: a terminal")


# -- questions, and no window manager ------------------------------------------------------------------------


def test_a_question_of_the_application_in_front_is_said(desk: Desk, started: Any, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("x", encoding="utf-8")
    started(["mousepad", "--disable-server", str(file)], "note.txt")
    desk.do("input", text="changed")
    outcome = desk.do("press", keys=["ctrl", "w"])
    assert any(note.startswith("a question of the application is in front now") for note in outcome.notes)


def test_without_a_window_manager_text_arrives_or_the_cause_is_said(tmp_path: Path) -> None:
    from tests.desktop.test_desktop import bare_display

    with bare_display("640x480x24") as name:
        environ = {**os.environ, "DISPLAY": name}
        told = tmp_path / "told"
        field = (
            "import sys, tkinter as tk; r = tk.Tk(); r.geometry('400x300+0+0'); t = tk.Entry(r); t.pack()\n"
            "def tell():\n open(sys.argv[1], 'w').write(t.get()); r.after(30, tell)\n"
            "tell(); r.mainloop()"
        )
        program = subprocess.Popen([sys.executable, "-c", field, str(told)], env=environ)
        try:
            with DesktopEnvironment(DesktopConfig(display=name)) as environment:
                until(told.exists)
                seen = environment.observe()
                outcome = environment.execute(Input(text="naïve", start_point=(200, 10)), seen)
                assert outcome.error is None
                until(lambda: told.read_text("utf-8") == "naïve")
                outcome = environment.execute(Input(text="ö", start_point=(200, 200)), outcome.observation)
                outcome = environment.execute(Input(text="ö", start_point=(500, 400)), outcome.observation)
                assert outcome.error is not None
                assert "no window manager runs on this display" in outcome.error.message
        finally:
            program.kill()
            program.wait()
