"""Keys and passwords, however they are given, are in nothing that a run or an evaluation leaves behind."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from tests.agent.test_cli import agent

KEY, PASSWORD = "sk-very-secret-0123", "hunter2-long"
SAID = json.dumps({"thought": f"the key is {KEY}", "action": "finished", "status": "success", "answer": KEY})


class _Endpoint(BaseHTTPRequestHandler):
    """Answers with the key that it was given, as careless servers do in their errors."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        good = self.headers.get("Authorization") == f"Bearer {KEY}"
        chunk = {"choices": [{"delta": {"content": SAID}, "finish_reason": "stop"}]}
        body = (
            f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n" if good else json.dumps({"error": {"message": KEY}})
        )
        self.send_response(200 if good else 401)
        self.send_header("Content-Type", "text/event-stream" if good else "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def given(way: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The key by a flag, the environment or a file."""
    if way == "file":
        (folder / "agent.toml").write_text(f'api_key = "{KEY}"\n')
        return [], {}
    return (["--api-key", KEY], {}) if way == "flag" else ([], {"AGENT_API_KEY": KEY})


def assert_clean(folder: Path, *shown: str) -> None:
    """The key stands in no file but the one that gave it, and in nothing that was shown."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "agent.toml"]
    assert len(files) > 3
    for secret in (KEY, PASSWORD):
        assert [str(path) for path in files if secret.encode() in path.read_bytes()] == []
        assert not any(secret in text for text in shown)


@pytest.mark.browser
@pytest.mark.parametrize("way", ["flag", "environment", "file"])
def test_no_key_and_no_password_is_left_by_a_run(
    counter_url: str, endpoint: str, tmp_path: Path, way: str
) -> None:
    flags, variables = given(way, tmp_path)
    url = counter_url.replace("http://", f"http://me:{PASSWORD}@")
    command = ["run", "press count", "--url", url, "--model", "some-model", "--base-url", f"http://{endpoint}"]
    done = agent(*command, "--family", "generic", *flags, cwd=tmp_path, env=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert_clean(tmp_path, done.stdout, done.stderr, agent("report", str(folder), cwd=tmp_path).stdout)


@pytest.mark.parametrize("way", ["flag", "environment", "file"])
def test_no_key_is_left_by_an_evaluation(endpoint: str, tmp_path: Path, way: str) -> None:
    flags, variables = given(way, tmp_path)
    (tmp_path / "data").mkdir()
    Image.new("RGB", (200, 100)).save(tmp_path / "data" / "a.png")
    item = {"id": "a", "picture": "a.png", "instruction": "the button", "box": [1, 2, 30, 40]}
    (tmp_path / "data" / "items.jsonl").write_text(json.dumps(item) + "\n")
    command = ["eval", "folder", "--data", "data", "--out", "out", "--model", "some-model", "--family", "generic"]
    done = agent(*command, "--base-url", f"http://me:{PASSWORD}@{endpoint}", *flags, cwd=tmp_path, env=variables)
    assert "Traceback" not in done.stderr
    shown = [agent("eval", name, "out", cwd=tmp_path) for name in ("report", "show")]
    assert_clean(tmp_path, done.stdout, done.stderr, *(one.stdout for one in shown))


def test_an_error_that_repeats_the_key_is_shown_without_it(
    counter_url: str, endpoint: str, tmp_path: Path
) -> None:
    command = ["run", "x", "--url", counter_url, "--model", "m", "--base-url", f"http://{endpoint}", "--json"]
    done = agent(*command, "--family", "generic", cwd=tmp_path, env={"AGENT_API_KEY": f"{KEY}-not"})
    assert done.returncode == 3
    assert f"{KEY}-not" not in done.stdout + done.stderr
