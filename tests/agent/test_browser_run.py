"""`agent run` in a browser: what it keeps, refuses and never writes, and how it ends when the browser dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from envs.processes import marked
from tests.agent.test_cli import agent, last_json, script
from tests.envs.conftest import Server

pytestmark = pytest.mark.browser
DONE = '{"action": "finished", "status": "success"}'
SECRET = "hunter2-and-more"


@pytest.fixture
def site() -> Iterator[str]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.url
    server.stop.set()
    server.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


def read_json(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    return found


def read_steps(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "traj.jsonl").read_text("utf-8").splitlines()]


def navigate(url: str) -> str:
    return json.dumps({"action": "navigate", "url": url})


def test_what_was_downloaded_stays_in_the_folder_of_the_run(site: str, tmp_path: Path) -> None:
    names = ("report.csv", "../../evil.csv")
    model = script(tmp_path, *(navigate(f"{site}/download?name={name}") for name in names), DONE)
    done = agent("run", "download", "--url", f"{site}/plain", "--model", model, "--json", cwd=tmp_path)
    data = last_json(done)
    assert data["exit_code"] == 0, done.stderr
    assert [Path(path).name for path in data["downloads"]] == ["report.csv", "_.._evil.csv"]
    folder = tmp_path / data["trace"]
    for path in data["downloads"]:
        assert (tmp_path / path).read_bytes() == b"a,b\n1,2\n"
        assert (tmp_path / path).is_relative_to(folder / "downloads")
    result = read_json(folder, "result.json")
    assert result["downloads"] == ["downloads/report.csv", "downloads/_.._evil.csv"]
    assert [bool(step["effect"]["downloads"]) for step in read_steps(folder) if step["effect"]] == [True, True]


def test_a_download_too_large_is_said(site: str, tmp_path: Path) -> None:
    model = script(tmp_path, navigate(f"{site}/download?name=big.bin&mb=500"), DONE)
    done = agent(
        "run", "download", "--url", f"{site}/plain", "--model", model, "--download-limit-mb", "1", cwd=tmp_path
    )
    shown = done.stdout.replace("\n", " ")
    assert "big.bin" in shown
    assert "download_limit_mb" in shown
    (folder,) = (tmp_path / "runs").iterdir()
    result = read_json(folder, "result.json")
    assert result["downloads"] == []
    assert "big.bin" in result["failed_downloads"][0]


@pytest.mark.parametrize("way", ["variable", "file", "address"])
def test_a_password_is_in_no_artefact(site: str, tmp_path: Path, way: str) -> None:
    """The site refuses this password; it is sent, and written nowhere."""
    host = site.removeprefix("http://")
    model = script(tmp_path, navigate(f"{site}/plain"), navigate(f"http://ann:{SECRET}@{host}/auth"), DONE)
    args, env = ["--url", f"{site}/"], {}
    if way == "variable":
        env = {"AGENT_HTTP_CREDENTIALS": f"ann:{SECRET}"}
    elif way == "file":
        (tmp_path / "secret.txt").write_text(f"ann:{SECRET}\n")
        args += ["--http-credentials", f"@{tmp_path / 'secret.txt'}"]
    else:
        args = ["--url", f"http://ann:{SECRET}@{host}/"]
    done = agent("run", "look", *args, "--model", model, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    written = [path for path in folder.rglob("*") if path.suffix in (".json", ".jsonl", ".html")]
    assert len(written) >= 4
    for path in written:
        assert SECRET not in path.read_text("utf-8"), path.name
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("url", ["file:///etc/passwd", "file:///etc/../etc/hostname"])
def test_no_file_is_opened_that_nobody_named(site: str, tmp_path: Path, url: str) -> None:
    model = script(tmp_path, navigate(url), DONE)
    done = agent("run", "read", "--url", f"{site}/plain", "--model", model, "--json", cwd=tmp_path)
    (step, _) = read_steps(tmp_path / last_json(done)["trace"])
    assert step["error"]["kind"] == "refused"
    assert "--allow-files" in step["error"]["message"]


def test_files_of_a_named_folder_are_opened(site: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<title>Local</title>")
    model = script(tmp_path, navigate((tmp_path / "page.html").as_uri()), DONE)
    done = agent(
        "run", "read", "--url", f"{site}/plain", "--model", model, "--json", "--allow-files", str(tmp_path),
        "--allow-files", "/nowhere", cwd=tmp_path,
    )  # fmt: skip
    (step, _) = read_steps(tmp_path / last_json(done)["trace"])
    assert step["error"] is None
    assert step["effect"]["title"] == "Local"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the process table in /proc")
@pytest.mark.parametrize("victim", ["run-driver", "--user-data-dir"])
def test_a_browser_that_is_killed_exits_3(site: str, tmp_path: Path, victim: str) -> None:
    model = script(tmp_path, '{"action": "wait", "duration_ms": 60000}', DONE)
    command = [
        sys.executable,
        "-m",
        "agent.cli",
        "run",
        "wait",
        "--url",
        f"{site}/plain",
        "--model",
        model,
        "--json",
    ]
    environ = {**os.environ, "AGENT_TEST_MARK": tmp_path.name}
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environ) as program:
        event = threading.Event()
        while not list(tmp_path.glob("runs/*/run.json")):  # the browser has started
            assert program.poll() is None
            event.wait(0.05)
        for pid in marked("AGENT_TEST_MARK", tmp_path.name):
            words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
            if victim in words:
                os.kill(pid, signal.SIGKILL)
        out, _ = program.communicate(timeout=120)
    data = json.loads(out)
    assert (program.returncode, data["exit_code"], data["cause"]) == (3, 3, "infrastructure")
    assert read_json(tmp_path / data["trace"], "result.json")["cause"] == "infrastructure"
