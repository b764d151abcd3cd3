"""What OSWorld's server takes: nothing before it knows who asks, nothing too large, nothing that never ends."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from envs.osworld import server as osworld_server
from envs.osworld.server import OsworldServer
from envs.remote import RemoteEnvironment, RemoteMachine

from .conftest import until


@pytest.fixture
def line(server: OsworldServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        yield line


def answer(line: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    text = b""
    while part := line.recv(65536):
        text += part
    return text


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("POST /setup/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://x.example\r\n", 403),
        ("POST /setup/upload HTTP/1.1\r\nHost: evil.example\r\n", 403),
        ("POST /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n", 404),
        ("POST /execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n", 413),
        ("POST /file HTTP/1.1\r\nHost: 127.0.0.1\r\n", 413),
    ],
)
def test_no_byte_of_a_body_is_read_that_is_not_welcome(line: socket.socket, head: str, status: int) -> None:
    # The body is announced and never sent: who waits for it does not answer.
    line.sendall(f"{head}Content-Length: {1 << 30}\r\n\r\n".encode())
    assert answer(line).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    "length", ["-1", "1e9", "٣", "9" * 5000, "0x10", "", "5\r\nTransfer-Encoding: chunked"], ids=str.split
)
def test_a_length_that_is_none_is_refused(line: socket.socket, length: str) -> None:
    line.sendall(f"POST /execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n".encode())
    assert answer(line)[9:12] in (b"411", b"413")


@pytest.mark.parametrize(
    "sent",
    ["", "POST /exe", "POST /execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nab"],
)
def test_who_sends_too_slowly_is_cut_off(
    line: socket.socket, server: OsworldServer, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    for name in ("_IDLE_S", "_HEAD_S", "_BODY_S"):
        monkeypatch.setattr(osworld_server, name, 0.3)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as slow:
        slow.sendall(sent.encode())
        answer(slow)  # returns: the server ends it
    assert httpx.get(f"{server.url}/platform").text == "Linux"


def test_one_connection_serves_many_requests(server: OsworldServer) -> None:
    with httpx.Client(base_url=server.url) as client:
        for _ in range(3):
            assert client.get("/platform").status_code == 200
            assert client.post("/screen_size", json={}).json()["width"] == 900
            assert client.post("/file", data={"file_path": "/no/such"}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"no boundary in here"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file_path"\r\n\r\n/tmp',
        ),
    ],
)
def test_a_damaged_form_is_refused(server: OsworldServer, kind: str, body: bytes) -> None:
    found = httpx.post(f"{server.url}/setup/upload", content=body, headers={"Content-Type": kind})
    assert found.status_code == 400


def test_a_large_file_arrives_whole(remote: RemoteMachine) -> None:
    data = os.urandom(1 << 20) * 24 + b"\r\n--boundary--\r\n"
    remote.write("~/large.bin", data)
    assert remote.read("~/large.bin") == data


def test_links_in_a_circle_are_listed_and_not_followed_for_ever(remote: RemoteMachine) -> None:
    root = Path(remote.home) / "circle"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "up").symlink_to("..")
    (root / "a" / "b" / "self").symlink_to(".")
    (root / "a" / "b" / "top").symlink_to(root)
    (root / "gone").symlink_to("nowhere")
    tree = remote.directory_tree(str(root))
    assert tree is not None
    names: list[str] = []
    left = [tree]
    while left:
        one = left.pop()
        names.append(one["name"])
        left += one.get("children", [])
    assert sorted(names) == ["a", "b", "circle", "gone", "self", "top", "up"]


def test_a_deep_folder_is_listed(remote: RemoteMachine) -> None:
    here = Path(remote.home) / "deep"
    for _ in range(700):
        here /= "d"
    os.makedirs(here)  # noqa: PTH103 - pathlib's own recursion is not deep enough
    assert remote.directory_tree(f"{remote.home}/deep") is not None


# -- the screen -----------------------------------------------------------------------------------------------


def test_names_with_emoji_and_quotes_reach_the_machine(remote: RemoteMachine) -> None:
    from action_space.actions import AppSwitch, Open

    with RemoteEnvironment(remote) as environment:
        seen = environment.observe()
        for name in ("🚗 cars", "a \"b\" 'c' \\", "小米\n"):
            for action in (Open(app=name), AppSwitch(app=name)):
                error = environment.execute(action, seen).error
                assert error is not None
                assert error.kind == "not_found"
                assert repr(name) in error.message


def test_a_screen_that_is_resized_is_followed(tmp_path: Path) -> None:
    from action_space.actions import Click
    from envs.machine.local import served_machine

    with contextlib.ExitStack() as stack:
        server = stack.enter_context(OsworldServer(stack.enter_context(served_machine(None, (900, 600)))))
        remote = stack.enter_context(RemoteMachine(server.url))
        environment = stack.enter_context(RemoteEnvironment(remote))
        seen = environment.observe()
        for part in ("--newmode 640x480 25.18 640 656 752 800 480 490 492 525", "--addmode screen 640x480",
                     "--output screen --mode 640x480", "--fb 640x480"):  # fmt: skip
            assert remote.run(["xrandr", *part.split()]).code == 0
        late = environment.execute(Click(start_point=(500, 300)), seen)
        assert late.error is not None
        assert "resized from 900x600 to 640x480" in late.error.message
        seen = late.observation
        assert seen.screenshot.size == (640, 480)
        assert seen.frame.pixel_ratio == (1.0, 1.0)
        assert environment.execute(Click(start_point=(630, 470)), seen).error is None
        assert until(remote.cursor_position) == (630, 470)


def test_what_is_held_on_a_machine_is_let_go_at_the_end(remote: RemoteMachine) -> None:
    from action_space.actions import KeyDown, MouseDown
    from envs.display.windows import connected

    def down(display: str) -> int:
        with connected(display) as connection:
            held = sum(byte.bit_count() for byte in connection.query_keymap())
            return held + (connection.screen().root.query_pointer().mask & 0x700).bit_count()

    display = remote.run(["printenv", "DISPLAY"]).out.strip()
    with RemoteEnvironment(remote) as environment:
        seen = environment.observe()
        seen = environment.execute(KeyDown(keys=("shift", "ctrl")), seen).observation
        environment.execute(MouseDown(start_point=(880, 590)), seen)
        assert down(display) == 3
    assert down(display) == 0
