"""RemoteEnvironment on a real display behind the server: one request an action, exact text, typed errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from action_space.actions import ADAPTER
from envs.base import StepResult, TargetClosed
from envs.osworld.server import OsworldServer
from envs.remote import RemoteEnvironment, RemoteMachine

from .conftest import until


class Screen:
    """The environment and its last observation."""

    def __init__(self, machine: RemoteMachine) -> None:
        self.environment = RemoteEnvironment(machine)
        self.seen = self.environment.observe()

    def do(self, action: str, **fields: object) -> StepResult:
        outcome = self.environment.execute(ADAPTER.validate_python({"action": action, **fields}), self.seen)
        self.seen = outcome.observation
        return outcome


@pytest.fixture
def screen(remote: RemoteMachine, notepad: str) -> Iterator[Screen]:
    screen = Screen(remote)
    yield screen
    screen.environment.close()


def saved(screen: Screen, remote: RemoteMachine, path: str) -> str:
    assert screen.do("press", keys=["ctrl", "s"]).error is None
    return until(lambda: remote.read(path)).decode()


TEXTS = [
    "plain words 123",
    '<a href="x">it\'s 100% &amp; {[(~`^|\\)]}</a>',
    "ÄÖÜß é",
    "小米汽车 🚗",
    "two\nlines <3\n\nand more",
    "~/home $HOME $(date) `date` ';'",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_typed_exactly(screen: Screen, remote: RemoteMachine, notepad: str, text: str) -> None:
    outcome = screen.do("input", start_point=[400, 300], text=text)
    assert outcome.error is None
    assert outcome.effect.region is not None
    assert saved(screen, remote, notepad) == text


def test_long_text_and_clearing(screen: Screen, remote: RemoteMachine, notepad: str) -> None:
    screen.do("input", text="to be replaced")
    long = "小" * 70_000
    assert screen.do("input", text=long, start_point=[400, 300]).error is None
    assert saved(screen, remote, notepad).endswith(long)


def test_a_click_lands_on_its_pixel_once(screen: Screen, remote: RemoteMachine, notepad: str) -> None:
    assert screen.do("click", start_point=[345, 267]).error is None
    assert until(lambda: remote.read(f"{notepad}.clicks")).decode().split("\n")[:-1] == ["345 267"]


def test_what_cannot_be_done_is_an_error_in_the_outcome(screen: Screen) -> None:
    outside = screen.do("click", start_point=[5000, 10]).error
    assert outside is not None
    assert outside.kind == "out_of_bounds"
    unsupported = screen.do("navigate", url="https://example.com").error
    assert unsupported is not None
    assert unsupported.kind == "unsupported"
    missing = screen.do("appswitch", app="no such window").error
    assert missing is not None
    assert missing.kind == "not_found"
    assert "Notepad" in missing.message


def test_windows_are_raised_by_name(screen: Screen) -> None:
    assert screen.do("appswitch", app="notepad").error is None


def test_each_action_is_one_request(local: object, remote: RemoteMachine, notepad: str) -> None:
    asked: list[str] = []
    with OsworldServer(local) as counted:  # type: ignore[arg-type]
        handler = counted._server.RequestHandlerClass
        counted._server.RequestHandlerClass = type(
            "Counting",
            (handler,),
            {"_answer": lambda self, method: (asked.append(self.path), handler._answer(self, method))[1]},
        )
        with RemoteMachine(counted.url) as machine:
            screen = Screen(machine)
            asked.clear()
            screen.do("input", start_point=[400, 300], text="x < y", clear=True, submit=True)
    assert asked.count("/execute") == 1
    assert set(asked) == {"/execute", "/screenshot"}


def test_closed_it_says_so(screen: Screen) -> None:
    screen.environment.close()
    screen.environment.close()
    with pytest.raises(TargetClosed, match="closed"):
        screen.environment.observe()


SLOW = """
import sys, tkinter as tk
root = tk.Tk(); root.title("slow"); root.geometry("500x300+60+60")
text = tk.Text(root); text.pack(); text.focus_force()
def paste(event):
    text.clipboard_get(type="UTF8_STRING")
    root.after(1200, lambda: text.insert("insert", text.clipboard_get(type="UTF8_STRING")))
    return "break"
text.bind("<Control-v>", paste)
def tell():
    root.title("slow " + text.get("1.0", "end-1c").encode().hex())
    root.after(30, tell)
tell()
root.mainloop()
"""


def test_the_machine_s_clipboard_is_neither_typed_nor_lost(remote: RemoteMachine) -> None:
    def titles() -> list[str]:
        return [window.title for window in remote.windows()]

    def clipboard() -> str:
        return remote.run(["xclip", "-selection", "clipboard", "-o"]).out

    remote.write("~/slow.py", SLOW.encode())
    remote.start(["python", f"{remote.home}/slow.py"])
    until(lambda: any(title.startswith("slow") for title in titles()))
    remote.start("printf 'the old one' | xclip -selection clipboard", shell=True)
    until(lambda: clipboard() == "the old one")
    screen = Screen(remote)
    try:
        for text in ("小米", "über"):
            assert screen.do("input", text=text, start_point=[200, 200]).error is None
            assert clipboard() == "the old one"
            until(lambda text=text: any(text.encode().hex() in title for title in titles()))
        assert f"slow {'小米über'.encode().hex()}" in titles()
    finally:
        screen.environment.close()
        remote.close_window("slow")
        until(lambda: not any(title.startswith("slow") for title in titles()))
