"""The same run through Ray, on one local node."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.evaluate import EvalConfig, RunBroken, evaluate, read
from tests.eval.eval_tasks import NoteTask

HAS_RAY = importlib.util.find_spec("ray") is not None

RUN = """
import sys
import time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from agent.evaluate import EvalConfig, evaluate
from tests.eval.eval_tasks import DyingTask, NoteTask
if __name__ == "__main__":
    tasks = [NoteTask("a"), NoteTask("hangs", seconds=600.0), DyingTask("dies"), NoteTask("b")]
    kill = int(sys.argv[3])
    def progress(one):
        if one.done == kill:
            import os, signal
            os.kill(os.getpid(), signal.SIGKILL)
    evaluate(tasks, EvalConfig("oracle", max_seconds=3.0, grace_s=2.0), Path(sys.argv[1]), seeds=[0], workers=2,
             ray="local", on_progress=progress)
"""


@pytest.mark.slow
@pytest.mark.skipif(not HAS_RAY, reason="ray is not installed: pip install 'gui-agent-toolkit[ray]'")
def test_ray_plays_limits_hold_and_a_killed_head_resumes(tmp_path, left_over) -> None:
    script, out = tmp_path / "run.py", tmp_path / "out"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(out), str(Path(__file__).parents[2])]
    killed = subprocess.run([*command, "1"], capture_output=True, timeout=200)
    assert killed.returncode == -9
    assert len(read(out).rows) == 1
    subprocess.run([*command, "0"], capture_output=True, timeout=200, check=True)
    rows = read(out).rows
    errors = {row.task: row.error for row in rows}
    assert errors == {"a": "", "b": "", "hangs": "time_limit", "dies": "crash"}
    assert len(rows) == 4
    # What the killed head has left, Ray ends by itself; the second run ends its own.
    end = time.monotonic() + 60
    while left_over() and time.monotonic() < end:
        time.sleep(0.1)
    assert left_over() == []


@pytest.mark.skipif(HAS_RAY, reason="ray is installed here")
def test_missing_ray_is_named(tmp_path) -> None:
    with pytest.raises(RunBroken, match="ray: is not installed"):
        evaluate([NoteTask("a")], EvalConfig("oracle"), tmp_path, seeds=[0], ray="auto")
