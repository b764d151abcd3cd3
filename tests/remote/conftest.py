"""A private display, our server of OSWorld's protocol over it, and a remote machine that talks to the server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from envs.machine.local import LocalMachine, served_machine
from envs.osworld.server import OsworldServer
from envs.remote import RemoteMachine

NOTEPAD = r"""
import sys, tkinter as tk
root = tk.Tk()
root.title("Notepad")
root.geometry("600x400+100+100")
pad = tk.Text(root, font=("DejaVu Sans Mono", 11), insertofftime=0)
pad.pack(fill="both", expand=True)
pad.focus_set()
def save(event=None):
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(pad.get("1.0", "end-1c"))
def clicked(event):
    with open(sys.argv[1] + ".clicks", "a") as file:
        file.write(f"{event.x_root} {event.y_root}\n")
pad.bind("<Control-s>", save)
pad.bind("<Button-1>", clicked)
root.mainloop()
"""


def until(condition: Callable[[], Any], limit_s: float = 60.0) -> Any:
    """The first true value of a condition."""
    deadline = time.monotonic() + limit_s
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
    return value


@pytest.fixture(scope="session")
def local() -> Iterator[LocalMachine]:
    with served_machine(None, (900, 600)) as machine:
        yield machine


@pytest.fixture(scope="session")
def server(local: LocalMachine) -> Iterator[OsworldServer]:
    with OsworldServer(local) as running:
        yield running


@pytest.fixture(scope="session")
def remote(server: OsworldServer) -> Iterator[RemoteMachine]:
    with RemoteMachine(server.url) as machine:
        yield machine


@pytest.fixture
def notepad(remote: RemoteMachine) -> Iterator[str]:
    """A window with a text field, which saves what it holds on Ctrl+S; the path that it saves to."""
    path = f"{remote.home}/notes-{time.monotonic_ns()}.txt"
    remote.write(f"{remote.home}/notepad.py", NOTEPAD.encode())
    remote.start(["python", f"{remote.home}/notepad.py", path])
    until(lambda: any(window.title == "Notepad" and window.active for window in remote.windows()))
    yield path
    remote.close_window("Notepad", strict=True)
    until(lambda: not any(window.title == "Notepad" for window in remote.windows()))
