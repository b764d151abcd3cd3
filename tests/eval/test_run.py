"""Real runs of tiny suites in real browsers, with everything going wrong that may."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.evaluate import EvalConfig, evaluate
from tests.eval.eval_tasks import BusyTask, DyingTask, PageTask, ShyTask, StuckTask

pytestmark = pytest.mark.browser

QUICK = {"max_seconds": 60.0, "grace_s": 60.0, "max_steps": 5}


def test_oracle_all_always_done_none_and_claims_are_told(tmp_path) -> None:
    tasks = [PageTask("one"), PageTask("two")]
    oracle = evaluate(tasks, EvalConfig("oracle", **QUICK), tmp_path / "oracle", seeds=[0])
    assert (oracle["success"]["hits"], oracle["success"]["of"]) == (2, 2)
    done = evaluate(tasks, EvalConfig("always-done", **QUICK), tmp_path / "done", seeds=[0])
    assert done["success"]["hits"] == 0
    assert done["false_claims_among_failures"]["value"] == 1.0
    fail = evaluate(tasks[:1], EvalConfig("always-fail", **QUICK), tmp_path / "fail", seeds=[0])
    assert (fail["success"]["hits"], fail["false_claims_among_failures"]["hits"]) == (0, 0)
    assert fail["answers"]["strict"]["value"] == 1.0


def test_setup_failure_is_retried_once_and_told_apart(tmp_path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    tasks = [ShyTask("shy", folder=marks), ShyTask("never", folder=marks, always=True)]
    summary = evaluate(tasks, EvalConfig("oracle", **QUICK), tmp_path / "run", seeds=[0])
    assert summary["tasks"]["shy"]["success"]["hits"] == 1
    assert summary["tasks"]["never"]["setup_failures"] == 1
    assert summary["success"]["of"] == 1, "what could not be set up is in no share"
    assert len(list(marks.glob("shy-*"))) == 2
    assert len(list(marks.glob("never-*"))) == 2


def test_time_limit_ends_a_hung_browser_and_the_run_goes_on(tmp_path, left_over) -> None:
    tasks = [StuckTask("stuck"), PageTask("fine")]
    rules = EvalConfig("oracle", max_seconds=10.0, grace_s=8.0)
    summary = evaluate(tasks, rules, tmp_path, seeds=[0])
    assert summary["errors"] == {"time_limit": 1}
    assert summary["tasks"]["fine"]["success"]["hits"] == 1
    assert left_over() == []


def test_endless_loop_in_a_page_does_not_stop_the_run(tmp_path, left_over) -> None:
    rules = EvalConfig("random-point", max_seconds=3.0, grace_s=12.0, max_steps=3)
    summary = evaluate([BusyTask("busy"), PageTask("fine")], rules, tmp_path, seeds=[0])
    assert summary["episodes"] == 2
    assert summary["tasks"]["busy"]["success"]["hits"] == 0
    assert left_over() == []


def test_dead_worker_costs_one_episode(tmp_path) -> None:
    summary = evaluate([DyingTask("dying"), PageTask("fine")], EvalConfig("oracle", **QUICK), tmp_path, seeds=[0])
    assert summary["errors"] == {"crash": 1}
    assert summary["tasks"]["fine"]["success"]["hits"] == 1


RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from agent.evaluate import EvalConfig, evaluate
from tests.eval.eval_tasks import PageTask
if __name__ == "__main__":
    tasks = [PageTask(f"page{n}") for n in range(4)]
    summary = evaluate(tasks, EvalConfig("oracle"), Path(sys.argv[1]), seeds=range(3), workers=2,
                       on_progress=lambda progress: print(progress.done, flush=True))
    print("success", summary["success"]["hits"], summary["success"]["of"])
"""


@pytest.mark.slow
def test_killed_run_resumes_with_nothing_lost_or_doubled(tmp_path, left_over) -> None:
    script, out = tmp_path / "run.py", tmp_path / "out"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(out), str(Path(__file__).parents[2])]
    for kill_after in ("2", "5"):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for line in process.stdout:
                if line.strip() == kill_after:
                    os.kill(process.pid, signal.SIGKILL)
                    break
    before = set(sqlite3.connect(out / "results.sqlite").execute("SELECT rowid, task, seed FROM results"))
    assert len(before) >= 5
    finished = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert finished.stdout.splitlines()[-1] == "success 12 12"
    with sqlite3.connect(out / "results.sqlite") as db:
        after = db.execute("SELECT rowid, task, seed FROM results").fetchall()
    assert before <= set(after), "rows that were there before the kill stay as they were"
    assert len({(task, seed) for _, task, seed in after}) == len(after) == 12
    assert left_over() == []
