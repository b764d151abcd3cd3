"""The command line as a person and as a machine use it."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.trace.reader import read_trace
from tests.agent.conftest import Handler

CLICK = '{"action": "click", "start_point": [140, 70]}'
DONE = '{"action": "finished", "status": "success"}'


def agent(*args: str, cwd: Path, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "agent.cli", *args]
    full = {**os.environ, **(env or {})}
    return subprocess.run(command, cwd=cwd, env=full, capture_output=True, text=True, timeout=120, **options)


def script(folder: Path, *lines: str) -> str:
    path = folder / "script.txt"
    path.write_text("\n".join(lines))
    return f"scripted:{path}"


def last_json(done: subprocess.CompletedProcess) -> dict[str, Any]:
    assert done.stdout.count("\n") == 1, f"one line of JSON only: {done.stdout!r} {done.stderr!r}"
    return json.loads(done.stdout)


def test_a_run_for_a_person(counter_url: str, tmp_path: Path) -> None:
    model = script(tmp_path, CLICK, DONE)
    done = agent("run", "press count", "--url", counter_url, "--model", model, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    shown = done.stdout.replace("\n", "")
    for words in ("press count", "click", "% of the screen", "as the agent claims", folder.name, "report.html"):
        assert words in shown
    assert (folder / "report.html").stat().st_size > 10_000


def test_a_run_for_a_machine_with_settings_from_everywhere(counter_url: str, tmp_path: Path) -> None:
    model = script(tmp_path, *[CLICK] * 9)
    (tmp_path / "agent.toml").write_text(f'max_steps = 1\nviewport = "500x400"\nmodel = {json.dumps(model)}\n')
    done = agent(
        "run", "count", "--url", counter_url, "--no-report", "--json", cwd=tmp_path, env={"AGENT_MAX_STEPS": "2"}
    )
    data = last_json(done)
    assert (done.returncode, data["exit_code"], data["status"], data["cause"]) == (1, 1, "failed", "limit")
    assert data["steps"] == 2, "the environment wins over the file"
    assert data["report"] is None
    header = read_trace(Path(tmp_path / data["trace"])).run
    assert header is not None
    assert header["environment"]["config"]["viewport"] == [500, 400]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["run", ""], "task"),
        (["run", "x", "--model", "gpt-17"], "embedded"),
        (["run", "x", "--viewport", "big"], "WIDTHxHEIGHT"),
        (["run", "x", "--max-steps", "0"], "max_steps"),
        (["run", "x", "--task", "no-such-file.json"], "no-such-file.json"),
        (["run", "x", "--model", "scripted:no-such-file.txt"], "no-such-file.txt"),
        (["report", "no-such-run"], "no-such-run"),
    ],
)
def test_bad_usage_exits_2_and_names_what_is_wrong(args: list[str], words: str, tmp_path: Path) -> None:
    plain = agent(*args, cwd=tmp_path)
    assert plain.returncode == 2
    assert words in plain.stderr
    assert "Traceback" not in plain.stderr
    data = last_json(agent(*args, "--json", cwd=tmp_path))
    assert data["exit_code"] == 2
    assert words in data["reason"]


def test_an_unknown_key_in_the_file_exits_2(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text("max_step = 3\n")
    done = agent("run", "x", cwd=tmp_path)
    assert done.returncode == 2
    assert "max_step" in done.stderr
    assert "max_steps" in done.stderr


def expect_infrastructure(done: subprocess.CompletedProcess, cwd: Path, *words: str) -> None:
    data = last_json(done)
    assert (done.returncode, data["exit_code"], data["cause"]) == (3, 3, "infrastructure")
    for word in words:
        assert word in data["reason"]
    saved = read_trace(cwd / data["trace"]).result
    assert saved is not None, "the trace is readable"
    assert saved["reason"] == data["reason"]


def test_a_page_that_does_not_load_exits_3(tmp_path: Path) -> None:
    model = script(tmp_path, DONE)
    done = agent("run", "x", "--url", "http://127.0.0.1:9/", "--model", model, "--json", cwd=tmp_path)
    expect_infrastructure(done, tmp_path, "127.0.0.1:9")


def test_a_bad_certificate_exits_3(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=elsewhere",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]  # the browser hangs up, as it should
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        url = f"https://127.0.0.1:{server.server_port}/"
        done = agent("run", "x", "--url", url, "--model", script(tmp_path, DONE), "--json", cwd=tmp_path)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    expect_infrastructure(done, tmp_path, "certificate")


def test_an_endpoint_that_is_down_exits_3(counter_url: str, tmp_path: Path) -> None:
    done = agent(
        "run", "x", "--url", counter_url, "--model", "some-vlm", "--base-url", "http://127.0.0.1:9/v1", "--json",
        cwd=tmp_path,
    )  # fmt: skip
    expect_infrastructure(done, tmp_path, "127.0.0.1:9", "cannot be reached")


def test_no_browser_exits_3(counter_url: str, tmp_path: Path) -> None:
    done = agent(
        "run", "x", "--url", counter_url, "--browser", str(tmp_path / "none"), "--model", script(tmp_path, DONE),
        "--json", cwd=tmp_path,
    )  # fmt: skip
    expect_infrastructure(done, tmp_path, "none")


def test_a_site_that_closes_its_tab_is_a_failed_run(counter_url: str, tmp_path: Path) -> None:
    bye = '{"action": "click", "start_point": [140, 290]}'
    # Only a tab that a page has opened may be closed by a page: the first click opens one, and it stays alone.
    model = script(tmp_path, bye, '{"action": "close_tab", "index": 0}', bye, DONE)
    done = agent("run", "x", "--url", counter_url, "--model", model, "--json", cwd=tmp_path)
    data = last_json(done)
    assert (done.returncode, data["status"], data["cause"]) == (1, "failed", "target_closed")
    steps = list(read_trace(tmp_path / data["trace"]).steps)
    assert [step["action"]["action"] for step in steps] == ["click", "close_tab", "click"]
    assert steps[-1]["error"], "the step that did it is in the trace"


def test_a_trace_folder_that_cannot_be_written_exits_3(counter_url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = agent("run", "x", "--url", counter_url, "--model", script(tmp_path, DONE), "--runs-dir", "file/runs",
                 "--json", cwd=tmp_path)  # fmt: skip
    data = last_json(done)
    assert (done.returncode, data["cause"]) == (3, "infrastructure")
    assert "file/runs" in data["reason"]


def test_a_full_disk_exits_3_and_keeps_what_was_written(counter_url: str, tmp_path: Path) -> None:
    # A limit on the size of files stands for the full disk: writing fails half-way, with a real error.
    full = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from agent.trace import writer; step = writer.TraceWriter.step\n"
        "def later(self, *args):\n"
        "    if self.steps == 1: resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n"
        "    return step(self, *args)\n"
        "writer.TraceWriter.step = later; from agent.cli import main; main()"
    )
    command = [sys.executable, "-c", full, "run", "x", "--url", counter_url, "--json"]
    command += ["--model", script(tmp_path, CLICK, CLICK, CLICK)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    data = last_json(done)
    assert (done.returncode, data["cause"]) == (3, "infrastructure")
    assert "too large" in data["reason"]
    assert [step["step_num"] for step in read_trace(tmp_path / data["trace"]).steps] == [1]


def test_ctrl_c_leaves_a_complete_trace(counter_url: str, tmp_path: Path) -> None:
    wait = '{"action": "wait", "duration_ms": 30000}'
    command = [sys.executable, "-m", "agent.cli", "run", "x", "--url", counter_url]
    command += ["--model", script(tmp_path, CLICK, wait)]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "% of the screen" in line:  # step 1 is recorded, step 2 is under way
            break
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the whole group
    process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == 130
    (folder,) = (tmp_path / "runs").iterdir()
    result = read_trace(folder).result
    assert result is not None
    assert (result["cause"], result["steps"], result["exit_code"]) == ("interrupted", 1, 130)
    assert (folder / "report.html").exists()


def test_schema_and_version_are_for_machines(tmp_path: Path) -> None:
    schema = json.loads(agent("schema", cwd=tmp_path).stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    found = json.loads(agent("version", "--json", cwd=tmp_path).stdout)
    assert found["action schema"] == "1"


def test_help_tells_the_exit_codes(tmp_path: Path) -> None:
    shown = agent("run", "--help", cwd=tmp_path, env={"COLUMNS": "120"}).stdout
    for words in ("Exit codes", "130", "infrastructure", "--json", "agent.toml"):
        assert words in shown
