"""`agent doctor`: what it finds, what it advises, and its exit code, with real programs and folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.cli import doctor
from agent.cli.settings import Settings

NAMES = [
    "python",
    "playwright",
    "browser",
    "display",
    "model",
    "disk",
    "fonts",
    *(name for name, *_ in doctor._EXTRAS),
]


def run(*args: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli", "doctor", *args]
    env = {**os.environ, **variables}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def checks(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.browser
def test_a_machine_on_which_the_tests_run_is_ready(tmp_path: Path) -> None:
    done = run("--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["ready"] is True
    found = checks(done)
    assert list(found) == NAMES
    assert {found[name]["state"] for name in ("python", "playwright", "browser", "model", "disk")} == {"ok"}
    assert "starts" in found["browser"]["found"]


@pytest.mark.browser
def test_text_shows_every_check_and_the_verdict(tmp_path: Path) -> None:
    done = run(cwd=tmp_path)
    assert done.returncode == 0
    assert all(name in done.stdout for name in NAMES)
    assert done.stdout.rstrip().endswith("Ready: the main job can run.")


def test_a_browser_that_is_no_program(tmp_path: Path) -> None:
    done = run("--json", cwd=tmp_path, AGENT_BROWSER=str(tmp_path / "missing"))
    assert done.returncode == 3
    assert checks(done)["browser"]["state"] == "missing"
    assert str(tmp_path / "missing") in checks(done)["browser"]["found"]


def test_a_browser_that_does_not_start(tmp_path: Path) -> None:
    broken = script(tmp_path / "chrome", "echo 'libnss3.so: cannot open shared object file' >&2; exit 127")
    check = doctor.browser(Settings(browser=broken))
    assert check.state == "missing"
    assert "libnss3.so" in check.found
    assert "install --with-deps chromium" in check.mend


def test_an_empty_machine_has_no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.delenv("AGENT_BROWSER", raising=False)
    check = doctor.browser(Settings())
    if sys.platform.startswith("linux"):
        assert check.state == "missing"
        assert check.mend.endswith("-m playwright install chromium")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    check = doctor.disk(tmp_path / "file")
    assert check.state == "missing"
    assert "cannot be written" in check.found
    assert "--runs-dir" in check.mend


def test_a_folder_that_is_yet_to_be_made(tmp_path: Path) -> None:
    assert doctor.disk(tmp_path / "a" / "b").state == "ok"
    assert not (tmp_path / "a").exists(), "looking makes nothing"


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text("max_step = 3\n")
    done = run("--json", cwd=tmp_path)
    assert done.returncode == 3
    assert "max_step" in checks(done)["settings"]["found"]


def test_no_display_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    assert doctor.display().state in ("ok", "optional")
    monkeypatch.setenv("DISPLAY", ":7")
    if sys.platform.startswith("linux"):
        assert doctor.display().found.startswith("DISPLAY=:7")


def test_fonts_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux comes without them")
    monkeypatch.setenv("PATH", str(tmp_path))
    script(tmp_path / "fc-list", "echo /usr/share/fonts/DejaVuSans.ttf: DejaVu Sans")
    check = doctor.fonts()
    assert (check.state, check.found) == ("optional", "none for emoji")
    assert "fonts-noto-color-emoji" in check.mend


def test_an_extra_that_is_not_installed() -> None:
    check = doctor.extra("no-such-package", "local", "something")
    assert check.state == "optional"
    assert check.mend.endswith("-m pip install -e '.[local]'")
    assert doctor.extra("rich", "local", "something").state == "ok"


class Models(BaseHTTPRequestHandler):
    """An endpoint that knows one key, and falls over on /broken."""

    def do_GET(self) -> None:
        good = self.headers.get("authorization") == "Bearer right"
        self.send_response(500 if "/broken" in self.path else 200 if good else 401)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Models)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("path", "key", "state", "word"),
    [
        ("/v1", "right", "ok", "answers"),
        ("/v1/", "wrong", "missing", "refuses the key"),
        ("/broken", "right", "missing", "answers 500"),
    ],
)
def test_a_model_behind_an_endpoint(endpoint: str, path: str, key: str, state: str, word: str) -> None:
    check = doctor.model(Settings(model="some-7b", base_url=endpoint + path, api_key=key))  # type: ignore[arg-type]
    assert check.state == state
    assert word in check.found


def test_an_endpoint_that_is_down() -> None:
    check = doctor.model(Settings(model="some-7b", base_url="http://127.0.0.1:9/v1"))
    assert check.state == "missing"
    assert "does not answer" in check.found
    assert "http://127.0.0.1:9/v1" in check.mend


def test_words_are_read_not_assumed() -> None:
    assert doctor.read_word("teapot").lower() == "teapot"
