"""RemoteMachine against our own server of OSWorld's protocol: every method, on a real display."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from envs.machine.base import MachineFault, Ran
from envs.machine.local import LocalMachine
from envs.remote import RemoteMachine

from .conftest import until


def test_it_knows_where_it_is(remote: RemoteMachine, local: LocalMachine) -> None:
    assert (remote.platform, remote.home) == ("Linux", local.home)
    assert remote.screen_size() == (900, 600)


def test_commands(remote: RemoteMachine) -> None:
    assert remote.run(["printf", "%s", "a  'b' 小"]) == Ran(0, "a  'b' 小")
    assert remote.run("printf '%s' 'one two'").out == "one two"
    assert remote.run("echo out; echo err >&2; exit 3", shell=True) == Ran(3, "out\n", "err\n")
    assert remote.run(["no-such-program-here"]).code == 127
    assert remote.run("pwd").out.strip() == remote.home
    assert remote.run(["ls", "-d", "~/Desktop"]).out.strip() == f"{remote.home}/Desktop"


def test_the_home_of_osworld_is_led_to_the_machine_s_own(remote: RemoteMachine) -> None:
    remote.write("/home/user/Documents/there.txt", b"x")
    assert remote.read(f"{remote.home}/Documents/there.txt") == b"x"
    assert remote.run(["cat", "/home/user/Documents/there.txt"]).out == "x"


@pytest.mark.parametrize(
    "data", [b"", bytes(range(256)) * 300, b"\r\n--x\r\n\r\n--", "小米 🚗\r\n".encode()], ids=len
)
def test_files_arrive_byte_for_byte(remote: RemoteMachine, data: bytes) -> None:
    path = f"{remote.home}/new/folder/file “a” b.bin"
    remote.write(path, data)
    assert remote.read(path) == data
    assert Path(path).read_bytes() == data


def test_what_is_not_there_is_none(remote: RemoteMachine) -> None:
    assert remote.read("~/nothing") is None
    assert remote.directory_tree("/no/such/folder") is None
    assert not remote.activate_window("no such window")
    assert not remote.close_window("no such window")
    assert remote.browser_endpoint() is None


def test_a_folder_is_no_file(remote: RemoteMachine) -> None:
    with pytest.raises(MachineFault, match="could not read"):
        remote.read(remote.home)


def test_directory_tree(remote: RemoteMachine) -> None:
    remote.write("~/tree/a.txt", b"")
    remote.write("~/tree/sub/b.txt", b"")
    assert remote.directory_tree(f"{remote.home}/tree") == {
        "type": "directory",
        "name": "tree",
        "children": [
            {"type": "file", "name": "a.txt"},
            {"type": "directory", "name": "sub", "children": [{"type": "file", "name": "b.txt"}]},
        ],
    }


def test_the_screenshot_is_the_screen(remote: RemoteMachine) -> None:
    with Image.open(io.BytesIO(remote.screenshot())) as image:
        assert image.size == (900, 600)
        assert image.format == "PNG"


def test_windows(remote: RemoteMachine, notepad: str) -> None:
    (window,) = [one for one in remote.windows() if one.title == "Notepad"]
    assert window.active
    assert window.box is not None
    assert window.box.width >= 600
    assert "Tk" in window.name
    assert remote.activate_window("notePAD")
    assert not remote.activate_window("notePAD", strict=True)


def test_what_was_started_runs_on(remote: RemoteMachine) -> None:
    remote.start("sleep 0.2; touch ~/started", shell=True)
    until(lambda: remote.read("~/started") is not None)


def test_closed_it_says_so(server: object) -> None:
    machine = RemoteMachine(server.url)  # type: ignore[attr-defined]
    machine.close()
    machine.close()
    with pytest.raises(MachineFault, match="was closed"):
        machine.screenshot()
