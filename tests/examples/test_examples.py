"""Every script in examples/ runs as its first lines say, in an empty folder, and does what it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agent.trace.reader import read_trace

EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.browser


def run(name: str, folder: Path, *args: str) -> str:
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *args]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_run_task(tmp_path: Path) -> None:
    printed = run("run_task.py", tmp_path)
    assert "claimed" in printed
    assert (tmp_path / "example-run" / "report.html").is_file()
    trace = read_trace(tmp_path / "example-run")
    assert trace.result is not None
    assert trace.result["said"] == "success"


def test_controller_only(tmp_path: Path) -> None:
    lines = run("controller_only.py", tmp_path).splitlines()
    assert "1280×800" in lines[0]
    assert "% of the screen changed" in lines[1]
    assert len(lines) == 5
    assert (tmp_path / "screen.png").is_file()


def test_scripted(tmp_path: Path) -> None:
    assert "verified: {'score': 1.0" in run("scripted.py", tmp_path)
    assert (tmp_path / "scripted-run" / "report.html").is_file()


def test_async_run(tmp_path: Path) -> None:
    assert run("async_run.py", tmp_path).splitlines() == ["claimed after 2 steps"] * 2


def test_remote_machine(tmp_path: Path) -> None:
    lines = run("remote_machine.py", tmp_path).splitlines()
    assert lines[0].startswith("Linux, home ")
    assert lines[1] == "hello 小米"
    assert [line.partition(":")[0] for line in lines[2:]] == ["hover", "press", "input"]
    assert (tmp_path / "screen.png").is_file()


def test_osworld_agent(tmp_path: Path) -> None:
    assert run("osworld_agent.py", tmp_path).splitlines() == ["score 1.0", "result.txt", "traj.jsonl"]


def test_gymnasium_env(tmp_path: Path) -> None:
    lines = run("gymnasium_env.py", tmp_path).splitlines()
    assert lines[1] == "screenshot (800, 1280, 3)"
    assert lines[-1].startswith("finished reward 0.0 terminated True")


def test_every_example_has_a_test() -> None:
    tested = {f"{name.removeprefix('test_')}.py" for name in globals() if name.startswith("test_")}
    assert {path.name for path in EXAMPLES.glob("*.py")} <= tested


def test_rpa_form(tmp_path: Path) -> None:
    lines = run("rpa_form.py", tmp_path).splitlines()
    assert lines[:2] == ["the agent: claimed", "on the wish list: SU7"]
    assert lines[2].startswith("“Launch the rocket” is not on the screen")
    assert list((tmp_path / "screen-evidence").glob("*.png"))
