"""What breaks a run half-way: each is named, and what was finished stays finished."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agent.evaluate import EvalConfig, Results, RunBroken, evaluate, read
from agent.evaluate.results import Unwritable
from tests.eval.eval_tasks import BrokenJudgeTask, NoteTask, PageTask

QUICK = {"max_seconds": 60.0, "grace_s": 60.0, "max_steps": 5}
ROOT = Path(__file__).parents[2]


@pytest.mark.browser
@pytest.mark.parametrize("model", ["oracle", "always-done"])
def test_check_that_raises_is_told_apart_and_counts_as_not_passed(tmp_path, model: str) -> None:
    summary = evaluate([BrokenJudgeTask("b"), PageTask("p")], EvalConfig(model, **QUICK), tmp_path, seeds=[0])
    assert summary["errors"] == {"judge": 1}
    assert summary["success"]["of"] == 2
    row = next(row for row in read(tmp_path).rows if row.task == "b")
    assert "the check raised KeyError: 'total'" in row.reason
    assert not row.passed
    assert row.steps == (1 if model == "always-done" else 0), "what was played is still told"


def test_wrong_ending_passes_nowhere(tmp_path) -> None:
    summary = evaluate([NoteTask("n")], EvalConfig("spoil", **QUICK), tmp_path, seeds=range(2))
    assert (summary["success"]["hits"], summary["success"]["of"]) == (0, 2)


class _Short(BaseHTTPRequestHandler):
    """Answers so many requests, then says that the model is gone for good."""

    left = 2

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        _Short.left -= 1
        good = _Short.left >= 0
        said = json.dumps({"action": "finished", "status": "failed"})
        chunk = {"choices": [{"delta": {"content": said}, "finish_reason": "stop"}]}
        body = (
            f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n" if good else '{"error": {"message": "no such model"}}'
        )
        self.send_response(200 if good else 404)
        self.send_header("Content-Type", "text/event-stream" if good else "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Short)
    server.daemon_threads = True
    _Short.left = 2
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.browser
def test_model_that_dies_half_way_ends_the_run_and_the_rest_is_played_later(tmp_path, endpoint: str) -> None:
    tasks = [PageTask(f"p{number}") for number in range(4)]
    rules = EvalConfig(
        "some-model", base_url=endpoint, api_key="secret-key", opened={"family": "generic"}, **QUICK
    )
    with pytest.raises(RunBroken, match="no such model"):
        evaluate(tasks, rules, tmp_path, seeds=[0])
    assert [row.task for row in read(tmp_path).rows] == ["p0", "p1"]
    assert json.loads((tmp_path / "summary.json").read_text())["episodes"] == 2
    _Short.left = 99
    summary = evaluate(tasks, rules, tmp_path, seeds=[0])
    assert summary["episodes"] == 4
    assert summary["record"]["prompt"]["family"] == "generic"
    assert len(summary["record"]["prompt"]["sha256"]) == 64
    assert summary["changed_between_sessions"] == []
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"secret-key" not in kept, "the key is in no file"


@pytest.mark.browser
def test_trace_that_cannot_be_written_ends_the_run_with_its_reason(tmp_path) -> None:
    (tmp_path / "file").touch()
    rules = EvalConfig("always-fail", traces=tmp_path / "file" / "traces", **QUICK)
    with pytest.raises(RunBroken, match="cannot be written"):
        evaluate([PageTask("p")], rules, tmp_path / "run", seeds=[0])


FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from agent.evaluate import EvalConfig, evaluate
from tests.eval.eval_tasks import NoteTask
def fill(progress):
    if progress.done == 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
if __name__ == "__main__":
    tasks = [NoteTask(f"n{i}") for i in range(5)]
    evaluate(tasks, EvalConfig("oracle"), Path(sys.argv[1]), seeds=[0], on_progress=fill)
"""


def test_full_disk_ends_the_run_keeps_its_rows_and_the_older_files(tmp_path) -> None:
    script, out = tmp_path / "run.py", tmp_path / "out"
    script.write_text(FULL)
    command = [sys.executable, str(script), str(out), str(ROOT)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "Unwritable" in ended.stderr
    assert "once it can, the same command goes on" in ended.stderr
    assert len(read(out).rows) == 2
    assert not (out / "summary.json").exists(), "nothing half-written"
    summary = evaluate([NoteTask(f"n{i}") for i in range(5)], EvalConfig("oracle"), out, seeds=[0])
    assert summary["success"]["hits"] == 5


def test_file_that_is_no_database_is_named(tmp_path) -> None:
    (tmp_path / "results.sqlite").write_text("nonsense" * 200)
    with pytest.raises(Unwritable, match=r"results\.sqlite: cannot be written"):
        Results(tmp_path, {})


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from agent.evaluate import EvalConfig, evaluate
from tests.eval.eval_tasks import NoteTask
if __name__ == "__main__":
    summary = evaluate([NoteTask(f"n{i}") for i in range(24)], EvalConfig("oracle"), Path(sys.argv[1]), seeds=[0],
                       workers=4, on_progress=lambda progress: print(progress.done, flush=True))
    print("success", summary["success"]["hits"], summary["sessions"])
"""


@pytest.mark.slow
def test_two_kills_leave_24_results_each_once_no_process_and_no_folder(tmp_path, left_over) -> None:
    script, out = tmp_path / "run.py", tmp_path / "out"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(out), str(ROOT)]
    temporary = Path(tempfile.mkdtemp(prefix="t", dir="/tmp"))  # a short path, as sockets want it
    for kill_after in (7, 15):
        environ = {**os.environ, "TMPDIR": str(temporary)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
            assert process.stdout
            next(line for line in process.stdout if int(line) >= kill_after)
            assert list(temporary.iterdir()), "workers keep what is temporary here"
            process.kill()
    end = time.monotonic() + 60
    while list(temporary.iterdir()) and time.monotonic() < end:
        time.sleep(0.05)
    assert list(temporary.iterdir()) == []
    temporary.rmdir()
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert finished.stdout.splitlines()[-1] == "success 24 3"
    rows = [(row.task, row.seed) for row in read(out).rows]
    assert len(rows) == len(set(rows)) == 24
    assert left_over() == []
