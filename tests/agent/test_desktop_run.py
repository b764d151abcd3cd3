"""`agent run --env desktop` on a private display, as a person types it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from envs.display.private import problem

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(problem() is not None, reason=str(problem())),
    pytest.mark.skipif(not shutil.which("mousepad"), reason="mousepad is not installed: apt-get install mousepad"),
]


def agent(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "agent.cli", "run", *arguments,
         "--env", "desktop", "--runs-dir", str(home), "--json"],
        env={**env, "HOME": str(home), **environ},
        capture_output=True,
        text=True,
        timeout=180,
    )  # fmt: skip


def test_a_text_is_written_and_saved_by_the_embedded_model(tmp_path: Path) -> None:
    done = agent(tmp_path, "write hello in the text editor and save it as note.txt")
    result = json.loads(done.stdout)
    assert (done.returncode, result["status"]) == (0, "claimed"), result
    assert (tmp_path / "note.txt").read_text() == "hello"
    assert Path(result["report"]).is_file()


def test_a_display_that_is_not_there_is_infrastructure(tmp_path: Path) -> None:
    done = agent(tmp_path, "open the calculator", DISPLAY=":399")
    result = json.loads(done.stdout)
    assert (done.returncode, result["cause"]) == (3, "infrastructure")
    assert ":399" in result["reason"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--url", "https://example.com/"), "url belongs to env 'browser'"),
        (("--machine", "http://127.0.0.1:9"), "machine belongs to env 'remote'"),
    ],
)
def test_settings_that_contradict_each_other(tmp_path: Path, flags: tuple[str, ...], said: str) -> None:
    done = agent(tmp_path, "open the calculator", *flags)
    assert done.returncode == 2
    assert said in json.loads(done.stdout)["reason"]
