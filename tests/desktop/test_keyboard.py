"""Keys and text: what is typed arrives exactly, in whatever program has the focus."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from envs.display import windows as desktop_windows

from .conftest import Desk, Recorder, until

EVERYTHING = 'Zoë – 你好，世界 🚀 <a&b> "it\'s" \\n $HOME `x` %d {} [~^|] ;:,.?!@#*()_+-='
ASCII = "".join(map(chr, range(32, 127)))


@pytest.fixture(autouse=True)
def _fresh(recorder: Recorder) -> None:
    recorder.new()


def typed(desk: Desk, recorder: Recorder, text: str) -> str:
    """What the entry holds after `text` was typed into it, once nothing more comes."""
    outcome = desk.do("input", text=text, start_point=recorder.at("field", 60, 10), clear=True)
    assert outcome.error is None
    until(lambda: recorder.state["text"] == text) if text else None
    return str(recorder.state["text"])


@pytest.mark.parametrize(
    "text",
    [ASCII, EVERYTHING, "é", "🚀👩‍🚀🇩🇪", "Русский текст, ελληνικά, עברית, ไทย", "x" * 900, "", "  two  spaces  "],
)
def test_text_arrives_exactly(desk: Desk, recorder: Recorder, text: str) -> None:
    assert typed(desk, recorder, text) == text


@pytest.mark.parametrize("layout", ["de", "fr", "ru", "us,ru"])
def test_text_arrives_exactly_in_other_layouts(desk: Desk, recorder: Recorder, layout: str) -> None:
    def use(*arguments: str) -> None:
        subprocess.run(["setxkbmap", *arguments], env=desk.display.environ, check=True, timeout=20)

    use("-layout", layout)
    try:
        assert typed(desk, recorder, "Yz{}[]@\\ 'quoted' жы 1234 äöü") == "Yz{}[]@\\ 'quoted' жы 1234 äöü"
    finally:
        use("-layout", "us")


def test_caps_lock_changes_nothing(desk: Desk, recorder: Recorder) -> None:
    desk.do("press", keys=["capslock"])
    try:
        assert typed(desk, recorder, "MiXed 1!a") == "MiXed 1!a"
    finally:
        desk.do("press", keys=["capslock"])


@pytest.mark.parametrize("ending", [{"text": "order 1\n"}, {"text": "bestellt: Öl", "submit": True}])
def test_a_trailing_line_break_and_submit_press_enter_once(
    desk: Desk, recorder: Recorder, ending: dict[str, object]
) -> None:
    desk.do("input", start_point=recorder.at("field", 60, 10), clear=True, **ending)
    until(lambda: recorder.all("enter"))
    desk.do("wait", duration_ms=50)
    assert [fact["text"] for fact in recorder.all("enter")] == [str(ending["text"]).strip()]


def test_input_without_clear_goes_where_the_caret_is(desk: Desk, recorder: Recorder) -> None:
    typed(desk, recorder, "abc")
    desk.do("press", keys=["home"])
    desk.do("input", text="→")
    until(lambda: recorder.state["text"] == "→abc")


def test_chords_press_all_keys_and_release_them_in_reverse(desk: Desk, recorder: Recorder) -> None:
    desk.do("click", start_point=recorder.at("field", 60, 10))
    recorder.new()
    desk.do("press", keys=["ctrl", "shift", "k"])
    until(lambda: len(recorder.all("key up")) >= 3)
    assert [fact["name"] for fact in recorder.all("key")] == ["Control_L", "Shift_L", "K"]
    assert recorder.all("key")[-1]["state"] == 5
    assert [fact["name"] for fact in recorder.all("key up")] == ["K", "Shift_L", "Control_L"]


@pytest.mark.parametrize(
    ("key", "name"),
    [("f5", "F5"), ("pagedown", "Next"), ("?", "question"), ("altgr", "ISO_Level3_Shift"), ("f20", "F20")],
)
def test_single_keys(desk: Desk, recorder: Recorder, key: str, name: str) -> None:
    assert desk.do("press", keys=[key]).error is None
    assert until(lambda: [fact["name"] for fact in recorder.all("key")])[-1] == name


def test_a_key_that_no_keyboard_has_is_refused(desk: Desk) -> None:
    outcome = desk.do("press", keys=["appselect"])
    assert outcome.error is not None
    assert outcome.error.kind == "unsupported"
    assert "appselect" in outcome.error.message


def test_text_that_cannot_be_typed_is_refused(desk: Desk, recorder: Recorder) -> None:
    typed(desk, recorder, "before")
    outcome = desk.do("input", text="nul \0")
    assert outcome.error is not None
    assert outcome.error.kind == "refused"
    assert "text: position 4" in outcome.error.message
    assert recorder.state["text"] == "before"


def test_the_clipboard_holds_what_it_held_before(desk: Desk, recorder: Recorder) -> None:
    environ = desk.display.environ
    copy = ["xclip", "-selection", "clipboard"]
    null = subprocess.DEVNULL
    subprocess.run(copy, input="mine – 你".encode(), env=environ, stdout=null, stderr=null, check=True, timeout=20)
    assert typed(desk, recorder, "über 世界") == "über 世界"
    read = subprocess.run([*copy, "-o"], env=environ, capture_output=True, check=True, timeout=20)
    assert read.stdout.decode() == "mine – 你"
    # It is a clipboard like any other afterwards: another program can take it over.
    subprocess.run(copy, input=b"next", env=environ, stdout=null, stderr=null, check=True, timeout=20)
    desk.do("input", text="", start_point=recorder.at("field", 60, 10), clear=True)
    desk.do("press", keys=["ctrl", "v"])
    until(lambda: recorder.state["text"] == "next")


@pytest.mark.parametrize("text", ["line 1", "wide", "wide wide"])
def test_select_text_at_a_point(desk: Desk, recorder: Recorder, text: str) -> None:
    typed(desk, recorder, "the line 1 is wide wide open")
    outcome = desk.do("select", text=text, start_point=recorder.at("field", 80, 10))
    assert outcome.error is None
    assert until(lambda: recorder.state["selected"]) == text


def test_select_refuses_what_is_not_there(desk: Desk, recorder: Recorder) -> None:
    typed(desk, recorder, "apples and pears")
    outcome = desk.do("select", text="plums", start_point=recorder.at("field", 80, 10))
    assert outcome.error is not None
    assert outcome.error.kind == "not_found"
    assert "'apples and pears'" in outcome.error.message


# -- other people's programs --------------------------------------------------------------------------------


@pytest.fixture
def front(desk: Desk) -> Iterator[None]:
    """Closes whatever a test opened, and gives the recorder the focus again."""
    before = {window.id for window in desktop_windows.windows(desk.display.name)}
    yield
    for window in desktop_windows.windows(desk.display.name):
        if window.id not in before:
            with desktop_windows.connected(desk.display.name) as display:
                display.create_resource_object("window", int(window.id, 0)).kill_client()
                display.sync()
    until(lambda: {window.id for window in desktop_windows.windows(desk.display.name)} <= before)
    desktop_windows.activate(desk.display.name, min(before))
    desk.seen = desk.environment.observe()


@pytest.mark.usefixtures("front")
def test_a_terminal_gets_text_exactly(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "typed"
    assert desk.do("open", app="Terminal").error is None
    assert desk.do("input", text=f"cat > {file}", submit=True).error is None
    assert desk.do("input", text=f"{EVERYTHING}\n  second line\n").error is None
    desk.do("press", keys=["ctrl", "d"])
    until(lambda: file.exists() and file.read_text("utf-8") == f"{EVERYTHING}\n  second line\n")


@pytest.mark.usefixtures("front")
def test_a_gtk_editor_gets_text_exactly(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "written.txt"
    file.write_text("", encoding="utf-8")
    before = len(desktop_windows.windows(desk.display.name))
    desk.display.start(["mousepad", "--disable-server", str(file)])
    until(lambda: len(desktop_windows.windows(desk.display.name)) > before)
    desk.seen = desk.environment.observe()
    text = f"{EVERYTHING}\n    indented\n\tby a tab\n\nend"
    assert desk.do("input", text=text).error is None
    desk.do("press", keys=["ctrl", "s"])
    until(lambda: file.read_text("utf-8").rstrip("\n") == text)
