"""Set-up steps against a real display, real windows, a real browser and a real server."""

from __future__ import annotations

import functools
import sqlite3
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from envs.machine.local import LocalMachine, served_machine
from envs.tasks.base import SetupFailed
from envs.tasks.context import TaskContext
from envs.tasks.getters import GETTERS
from envs.tasks.registry import TaskFileError
from envs.tasks.setup import SETUP


@pytest.fixture(scope="module")
def stage() -> Iterator[TaskContext]:
    with served_machine(None) as machine:
        stage = TaskContext(0, machine=machine)
        yield stage
        stage.close()


def step(stage: TaskContext, name: str, **parameters: Any) -> None:
    SETUP.get(name, "config")(stage, **SETUP.check(name, parameters, name))


def test_files_come_from_a_server_from_this_computer_and_from_a_path(stage: TaskContext, tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_text("eins", encoding="utf-8")
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/a%20b.txt"
        step(stage, "download", files=[{"url": url, "path": "/home/user/Downloads/web.txt"}])
        with pytest.raises(SetupFailed, match="404"):
            step(stage, "download", files=[{"url": url + "x", "path": "a"}])
        server.shutdown()
    with pytest.raises(SetupFailed, match="cannot be fetched"):
        step(stage, "download", files=[{"url": url, "path": "a"}])
    step(stage, "download", files=[{"url": (tmp_path / "a b.txt").as_uri(), "path": "~/Desktop/file.txt"}])
    step(stage, "upload_file", files=[{"local_path": str(tmp_path / "a b.txt"), "path": "Documents/own.txt"}])
    machine = stage.opened_machine()
    for path in ("Downloads/web.txt", "Desktop/file.txt", "Documents/own.txt"):
        assert machine.read(f"/home/user/{path}") == b"eins"
    assert not Path("/home/user/Downloads/web.txt").exists()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def test_a_command_runs_again_until_it_holds_and_its_output_is_kept(stage: TaskContext) -> None:
    count = "echo x >> /home/user/tries; wc -l < /home/user/tries"
    step(stage, "execute", command=count, shell=True, until={"stdout": "3"}, stdout="told.txt")
    assert (stage.folder() / "told.txt").read_text("utf-8").strip() == "3"
    step(stage, "command", command=["false"])  # an exit code alone is no failure
    step(stage, "execute_with_verification", command="true", verification={"command_success": "test -f tries"})
    with pytest.raises(SetupFailed, match="does not hold"):
        step(
            stage, "execute_with_verification", command="true", max_wait_time=0.2, check_interval=0.05,
            verification={"window_exists": "Nobody's window"},
        )  # fmt: skip


def test_windows_are_opened_raised_and_closed(stage: TaskContext) -> None:
    machine = stage.opened_machine()
    machine.write("one.txt", b"text")
    step(stage, "launch", command=["mousepad", "/home/user/one.txt"])
    step(stage, "activate_window", window_name="one.txt")
    step(stage, "open", path="/home/user/Documents")
    step(stage, "activate_window", window_name="Documents", strict=True)
    step(stage, "activate_window", window_name="one.txt")
    assert "one.txt" in machine.windows()[-1].title
    step(stage, "close_window", window_name="one.txt")
    step(stage, "close_window", window_name="pcmanfm", by_class=True)


def test_the_browser_opens_and_closes_tabs_and_knows_visits(stage: TaskContext) -> None:
    visit = {"url": "https://example.org/", "title": "Example", "visit_time_from_now_in_seconds": 3600}
    step(stage, "update_browse_history", history=[visit])
    with pytest.raises(SetupFailed, match="KeyError"):
        step(stage, "update_browse_history", history=[{"url": "https://example.org/"}])
    step(stage, "launch", command=["google-chrome", "--remote-debugging-port=1337"])
    step(stage, "launch", command=["socat", "tcp-listen:9222,fork", "tcp:localhost:1337"])
    urls = ["chrome://version/", "data:text/html,<title>two</title>"]
    step(stage, "chrome_open_tabs", urls_to_open=urls)
    assert sorted(tab["url"] for tab in GETTERS.get("open_tabs_info", "")(stage)) == sorted(urls)
    step(stage, "chrome_close_tabs", urls_to_close=["chrome://version"])
    assert [tab["url"] for tab in GETTERS.get("open_tabs_info", "")(stage)] == urls[1:]
    machine = stage.opened_machine()
    assert isinstance(machine, LocalMachine)
    data = machine.read("~/.config/google-chrome/Default/History")
    assert data is not None
    copy = stage.folder() / "history"
    copy.write_bytes(data)
    db = sqlite3.connect(copy)
    try:
        assert db.execute("SELECT url FROM urls WHERE title = 'Example'").fetchall() == [("https://example.org/",)]
    finally:
        db.close()


def test_the_wallpaper_is_what_was_set(stage: TaskContext) -> None:
    from PIL import Image

    machine = stage.opened_machine()
    picture = Path(machine.home) / "Pictures" / "blue.png"
    Image.new("RGB", (64, 40), "blue").save(picture)
    step(stage, "change_wallpaper", path="/home/user/Pictures/blue.png")
    assert machine.wallpaper() == picture.read_bytes()


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("sleep", {"seconds": "long"}, "seconds: 'long' is not accepted"),
        ("launch", {}, "command: missing"),
        ("launch", {"command": "ls", "colour": 1}, "colour: unknown field; accepted here: command, shell"),
    ],
)
def test_parameters_are_checked_by_name_and_type(name: str, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(TaskFileError, match=words):
        SETUP.check(name, parameters, name)
