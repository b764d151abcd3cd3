"""However a run ends (a signal, a full disk, a check that breaks) there is a typed result, and nothing is left."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.guard.limits import Approval
from agent.loop import Agent
from agent.policy import Policy, Verification
from agent.result import Interrupted
from agent.trace.reader import read_trace
from agent.trace.writer import TraceError
from envs.base import EnvironmentFault
from envs.browser.environment import BrowserEnvironment
from envs.tasks.base import Verdict
from model.families import FAMILIES
from model.scripted import ScriptedModel
from tests.agent.test_cli import CLICK, DONE, agent, last_json, script

WAIT = '{"action": "wait", "duration_ms": 60000}'
Browser = BrowserEnvironment


def short(cwd: Path) -> Path:
    """A folder for temporary files. Browsers keep sockets in it, whose paths must be short; pytest's are long."""
    folder = Path(tempfile.gettempdir(), f"end-{hashlib.sha256(str(cwd).encode()).hexdigest()[:8]}")
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def _short(tmp_path: Path) -> Iterator[None]:
    yield
    shutil.rmtree(short(tmp_path), ignore_errors=True)  # a browser that was left alone may still write


def started(*args: str, cwd: Path) -> subprocess.Popen[str]:
    """`agent run`, a group of its own, with a folder of its own for temporary files."""
    return subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "run", "x", *args],
        cwd=cwd,
        env={**os.environ, "TMPDIR": str(short(cwd))},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until_step(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    if not any("% of the screen" in line for line in process.stdout):
        pytest.fail("it ended before that")


def ended(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    process.stdout.read()
    process.stdout.close()
    return process.wait(60)


def left(cwd: Path, seconds: float = 60.0) -> list[str]:
    """What stays in the folder for temporary files; a watchdog gets the time that it needs."""
    end = time.monotonic() + seconds
    while (found := sorted(path.name for path in short(cwd).iterdir())) and time.monotonic() < end:
        time.sleep(0.05)
    return found


@pytest.mark.parametrize(
    ("number", "group"), [(signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGHUP, False)]
)
def test_a_signal_leaves_a_result_a_report_and_no_temporary_file(
    counter_url: str, tmp_path: Path, number: signal.Signals, group: bool
) -> None:
    process = started("--url", counter_url, "--model", script(tmp_path, CLICK, WAIT), cwd=tmp_path)
    until_step(process)
    (os.killpg if group else os.kill)(process.pid, number)
    assert ended(process) == 130
    (folder,) = (tmp_path / "runs").iterdir()
    result = read_trace(folder).result
    assert result is not None
    assert (result["cause"], result["steps"], result["exit_code"]) == ("interrupted", 1, 130)
    assert (folder / "report.html").exists()
    assert left(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_while_the_page_is_opened(tmp_path: Path, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        process = started("--url", url, "--model", script(tmp_path, DONE), cwd=tmp_path)
        connection, _ = silent.accept()
        process.send_signal(number)
        code = ended(process)
        connection.close()
    if number == signal.SIGKILL:
        assert list((tmp_path / "runs").iterdir()) == [], "no empty trace"
        assert left(tmp_path) == []
        return
    (folder,) = (tmp_path / "runs").iterdir()
    result = read_trace(folder).result
    assert result is not None
    assert (result["cause"], result["steps"], result["exit_code"], code) == ("interrupted", 0, 130, 130)
    assert left(tmp_path) == []


def test_a_killed_run_leaves_a_readable_trace_and_nothing_else(counter_url: str, tmp_path: Path) -> None:
    process = started("--url", counter_url, "--model", script(tmp_path, CLICK, WAIT), cwd=tmp_path)
    until_step(process)
    process.kill()
    ended(process)
    (folder,) = (tmp_path / "runs").iterdir()
    assert len(read_trace(folder).steps) == 1
    assert left(tmp_path) == []
    assert agent("report", str(folder), cwd=tmp_path).returncode == 0
    again = ["run", "x", "--url", counter_url, "--model", script(tmp_path, DONE)]
    done = agent(*again, cwd=tmp_path, env={"TMPDIR": str(short(tmp_path))})
    assert done.returncode == 0, done.stderr
    assert left(tmp_path) == []


FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from agent.trace import writer
step = writer.TraceWriter.step
def later(self, *args):
    if self.steps == {after}: resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
    return step(self, *args)
writer.TraceWriter.step = later
from agent.cli import main
main()
"""


@pytest.mark.parametrize(("after", "size"), [(0, 64), (2, 3000)])
def test_a_full_disk_tells_how_many_steps_were_done(
    counter_url: str, tmp_path: Path, after: int, size: int
) -> None:
    """A limit on the size of files stands for the full disk; 3,000 bytes still hold the result."""
    command = [sys.executable, "-c", FULL.format(after=after, size=size), "run", "x", "--url", counter_url]
    command += ["--json", "--no-report", "--model", script(tmp_path, CLICK, CLICK, CLICK)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    data = last_json(done)
    assert (done.returncode, data["cause"], data["steps"]) == (3, "infrastructure", after + 1)
    assert "too large" in data["reason"]
    trace = read_trace(Path(tmp_path / data["trace"]))
    assert [step["step_num"] for step in trace.steps] == list(range(1, after + 1))
    assert (trace.result is None) == (size == 64)
    assert [path.name for path in trace.folder.iterdir() if path.stat().st_size == 0 or "part" in path.name] == []


# -- checks -------------------------------------------------------------------------------------------------


def run(browser: Browser, folder: Path, judge: Callable[..., Any], *answers: str, **more: Any) -> Any:
    model = ScriptedModel(list(answers) or [DONE])
    return Agent(model, browser, trace_dir=folder, judge=judge, **more).run("press count")


def raises(error: BaseException) -> Callable[..., Verdict]:
    def judge(answer: str | None, status: str) -> Verdict:
        raise error

    return judge


@pytest.mark.parametrize(
    "error",
    [KeyError("total"), RecursionError(), MemoryError(), SystemExit(0), EnvironmentFault("gone")],
    ids=lambda error: type(error).__name__,
)
def test_a_check_that_breaks_is_no_success(counter: Browser, tmp_path: Path, error: BaseException) -> None:
    result = run(counter, tmp_path / "run", raises(error))
    assert (result.status, result.cause, result.exit_code) == ("unsure", "check_failed", 3)
    assert "the check could not be made" in result.reason
    saved = read_trace(tmp_path / "run").result
    assert saved is not None
    assert saved["cause"] == "check_failed"


def test_a_check_that_breaks_makes_no_failure_better(counter: Browser, tmp_path: Path) -> None:
    gave_up = '{"action": "finished", "status": "failed", "reason": "no way"}'
    result = run(counter, tmp_path / "run", raises(ValueError("x")), gave_up)
    assert (result.status, result.cause, result.exit_code) == ("failed", "gave_up", 1)
    assert "no way; the check could not be made (ValueError: x)" in result.reason


def test_an_interrupted_check_leaves_a_result(counter: Browser, tmp_path: Path) -> None:
    with pytest.raises(Interrupted) as stop:
        run(counter, tmp_path / "run", raises(KeyboardInterrupt()))
    assert stop.value.result.exit_code == 130
    saved = read_trace(tmp_path / "run").result
    assert saved is not None
    assert (saved["cause"], saved["steps"], saved["said"]) == ("interrupted", 1, "success")


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -1.0])
def test_a_score_that_is_none_is_written(counter: Browser, tmp_path: Path, score: float) -> None:
    result = run(counter, tmp_path / "run", lambda answer, status: Verdict(score, "because \ud83d"))
    assert (result.status == "verified") == (score >= 1)
    json.loads((tmp_path / "run" / "result.json").read_text("utf-8"), parse_constant=pytest.fail)


def test_the_result_comes_with_the_error_of_the_trace(counter: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "run"

    def in_the_way(step: Any) -> None:
        (folder / "step_2.png").mkdir()

    with pytest.raises(TraceError) as broken:
        run(counter, folder, lambda *_: Verdict(1.0), CLICK, DONE, on_step=in_the_way)
    assert broken.value.result is not None
    assert (broken.value.result.steps, broken.value.result.cause) == (2, "infrastructure")


# -- text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00 x", "\\u001b[31m", "\\u0000", "\\u202e"])
def test_a_thought_may_hold_anything(counter: Browser, tmp_path: Path, half: str) -> None:
    answer = f'{{"thought": "{half} look", "action": "finished", "status": "success", "answer": "{half}"}}'
    result = run(counter, tmp_path / "run", lambda *_: Verdict(1.0), answer)
    assert result.status == "verified"
    assert "look" in read_trace(tmp_path / "run").steps[0]["thought"]


def test_half_a_pair_in_a_title_and_a_command_line_that_is_no_utf8(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<!doctype html><title>x</title><script>document.title="A \\ud83d"</script>')
    command = [sys.executable, "-m", "agent.cli", "run", b"say \xff\xfe", "--url", page.as_uri()]
    command += ["--model", script(tmp_path, DONE)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert read_trace(folder).problems == ()


def test_what_a_model_says_cannot_steer_the_terminal(counter_url: str, tmp_path: Path) -> None:
    said = {"thought": "\x1b]0;owned\x07\x1b[2J\x9b31m thought", "answer": "\x1b[31mred"}
    model = script(tmp_path, json.dumps({**said, "action": "finished", "status": "success"}))
    shown = agent("run", "x", "--url", counter_url, "--model", model, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert not {"\x1b", "\x9b", "\x07"} & set(shown.stdout)
    data = agent("run", "x", "--url", counter_url, "--model", model, "--json", cwd=tmp_path)
    assert "\x1b" not in data.stdout
    assert last_json(data)["answer"] == "\x1b[31mred"


# -- approvals and families ---------------------------------------------------------------------------------


def test_nobody_is_asked_about_an_action_that_will_not_be_done(counter: Browser) -> None:
    asked: list[str] = []

    def review(action: Any) -> Approval:
        asked.append(action.action)
        return Approval(action)

    def look(model: Any, family: Any, turn: Any, action: Any, thought: str) -> Verification | None:
        return Verification(action, "it is not there") if action.action == "click" else None

    model = ScriptedModel([CLICK, DONE])
    result = Agent(model, counter, review=review, policy=Policy(model, second_look=look)).run("press count")
    assert (result.status, asked) == ("claimed", ["finished"])


def test_a_family_of_ones_own_needs_no_row(counter: Browser, tmp_path: Path) -> None:
    model = ScriptedModel([DONE])
    row = replace(FAMILIES[model.family], name="ours")
    model.family = "ours"
    result = Agent(model, counter, policy=Policy(model, family=row), trace_dir=tmp_path / "run").run("x")
    assert result.status == "claimed"
