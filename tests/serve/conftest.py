"""A small site on loopback, and the faces of the package as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ACCOUNT = """<!doctype html><title>Account</title><style>body{margin:0;font:20px sans-serif}
button,input{position:absolute;left:40px;width:260px;height:60px;font:20px sans-serif}</style>
<p style="position:absolute;left:40px;top:0">Account of Ada</p>
<button style="top:80px" onclick="tell('deleted')">Delete account</button>
<button style="top:160px" onclick="tell('counted ' + ++count)">Count</button>
<input style="top:240px" placeholder="Nickname" oninput="tell('nickname ' + this.value)">
<p id=said style="position:absolute;left:340px;top:80px"></p>
<script>var count = 0
function tell(what) { said.textContent = what; navigator.sendBeacon('/told', what) }</script>"""
DELETE, COUNT, NICKNAME = (170, 110), (170, 190), (170, 270)
TOKEN = "token-of-the-tests-0123456789"


@dataclass
class Site:
    """The site, and what its page told the server that it was made to do."""

    url: str
    told: list[str] = field(default_factory=list)

    def until(self, words: str) -> None:
        """Wait until the page has told this."""
        until(lambda: words in self.told, f"{words!r} was never told, only {self.told}")


def until(condition: Callable[[], Any], what: str = "it did not come true", limit_s: float = 60.0) -> Any:
    """The first true value of a condition."""
    deadline = time.monotonic() + limit_s
    while not (value := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return value


@pytest.fixture(scope="module")
def whole_site() -> Iterator[Site]:
    found: list[Site] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(ACCOUNT.encode())

        def do_POST(self) -> None:
            found[0].told.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        found.append(Site(f"http://127.0.0.1:{server.server_port}/"))
        yield found[0]
        server.shutdown()


@pytest.fixture
def site(whole_site: Site) -> Site:
    whole_site.told.clear()
    return whole_site


def script(folder: Path, *actions: dict[str, Any]) -> str:
    """A model that says these actions."""
    path = folder / "script.txt"
    path.write_text("\n".join(json.dumps(action) for action in actions), "utf-8")
    return f"scripted:{path}"


def click(point: tuple[int, int]) -> dict[str, Any]:
    return {"action": "click", "start_point": list(point)}


DONE = {"action": "finished", "status": "success", "answer": "it is done"}


def command(*args: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "agent.cli", *args]


@dataclass
class Face:
    """A face that serves on HTTP, as a process of its own."""

    process: subprocess.Popen[str]
    lines: list[str]
    port: int
    reader: threading.Thread

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., Face]]:
    """Starts faces; they are ended with the test."""
    running: list[subprocess.Popen[str]] = []
    readers: list[threading.Thread] = []

    def start(*args: str, cwd: Path = tmp_path, token: str = TOKEN) -> Face:
        environ = {**os.environ, "AGENT_SERVE_TOKEN": token}
        process = subprocess.Popen(
            command(*args, "--port", "0"), cwd=cwd, env=environ, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        running.append(process)
        lines: list[str] = []
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line.rstrip())
            if "http://" in line:
                break
        assert "http://" in "".join(lines[-1:]), lines
        address = lines[-1].partition("http://")[2]
        reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()), daemon=True)
        reader.start()
        readers.append(reader)
        return Face(process, lines, int(address.partition(":")[2].partition("/")[0]), reader)

    yield start
    for process in running:
        process.terminate()
    for process, reader in zip(running, readers, strict=False):
        process.wait(30)
        reader.join(10)
        process.stderr.close()  # type: ignore[union-attr]
