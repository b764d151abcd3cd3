"""200 queued runs, 4 workers, 10 kills: `python -m tests.bench --only service`.

Real browsers: each run presses the button of its page once, and the page tells this program. Every other kill
takes one worker, the others the whole service, which is then started again on the same folder. Runs may be done
again once (`retries` 1). At the end every run has one end, and no process is left. A run that was killed after it
had pressed and before it ended presses again: that is what `retries` says.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx

from envs.processes import marked

RUNS, WORKERS, KILLS = 200, 4, 10
COMMAND = "python -m tests.bench --only service"
MARK, TOKEN = "AGENT_BENCH_SERVICE", "token-of-the-benchmark"
GONE_WITHIN_S = 60.0
_PAGE = b"""<!doctype html><title>Button</title><body style="margin:0;font:20px sans-serif">
<button style="position:absolute;left:40px;top:40px;width:200px;height:60px"
 onclick="said.textContent='pressed';navigator.sendBeacon('/pressed')">Press</button><p id=said></p>"""


class _Site(BaseHTTPRequestHandler):
    presses: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(_PAGE)

    def do_POST(self) -> None:
        self.presses[self.path] += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class _Service:
    """A service on one folder, started again whenever it was killed."""

    def __init__(self, folder: Path, url: str, model: str) -> None:
        self.token = uuid.uuid4().hex
        self._folder, self._url, self._model = folder, url, model
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "agent.cli", "serve", "--workers", str(WORKERS), "--url", self._url]
        command += ["--model", self._model, "--data", str(self._folder / "data"), "--no-report", "--port", "0"]
        environ = {**os.environ, MARK: self.token, "AGENT_SERVE_TOKEN": TOKEN}
        said = self._folder / f"said-{uuid.uuid4().hex[:6]}"
        with said.open("w") as file:
            self.process = subprocess.Popen(command, env=environ, stdout=file, stderr=file, cwd=self._folder)
        _until(lambda: "http://" in said.read_text() or self.process.poll() is not None, 120)
        if self.process.poll() is not None:
            raise SystemExit(f"the service did not start: {said.read_text()}")
        self.http = httpx.Client(
            base_url="http://" + said.read_text().partition("http://")[2].split()[0],
            headers={"authorization": f"Bearer {TOKEN}"},
            timeout=60,
        )

    def ended(self) -> int:
        with suppress(httpx.HTTPError):
            return int(self.http.get("/status").json()["ended"])
        return -1

    def workers(self) -> list[int]:
        import psutil

        with suppress(psutil.Error):
            children = psutil.Process(self.process.pid).children()
            return [child.pid for child in children if "agent.cli.serve.work" in " ".join(child.cmdline())]
        return []


def run(runs: int = RUNS, kills: int = KILLS, seed: int = 0) -> list[dict[str, Any]]:
    """Runs without an end, runs with two, processes and folders left over; all have to be 0."""
    draw = random.Random(seed)
    moments = sorted(draw.uniform(1, runs * 0.9) for _ in range(kills))
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="agent-bench-") as name,
        ThreadingHTTPServer(("127.0.0.1", 0), _Site) as site,
    ):
        threading.Thread(target=site.serve_forever, daemon=True).start()
        folder = Path(name)
        script = folder / "script.txt"
        press = {"action": "click", "start_point": [140, 70]}
        script.write_text(
            "\n".join(json.dumps(one) for one in (press, {"action": "finished", "status": "success"}))
        )
        service = _Service(folder, f"http://127.0.0.1:{site.server_port}/", f"scripted:{script}")
        ids = []
        for number in range(runs):
            job, key = {"task": "press", "retries": 1}, {"idempotency-key": f"run-{number}"}
            for _ in range(2):  # a client that is not sure sends it twice
                answer = service.http.post("/runs", json=job, headers=key).json()
            ids.append(answer["id"])
        whole, left = 0, 0
        for number, moment in enumerate(moments):
            _until(lambda at=moment: service.ended() >= at)
            time.sleep(draw.uniform(0, 1.5))
            if number % 2 and (workers := service.workers()):
                os.kill(draw.choice(workers), signal.SIGKILL)
                print(f"kill {number + 1}: a worker, at {service.ended()} runs", flush=True)
            else:
                whole += 1
                at = service.ended()
                service.process.kill()
                service.process.wait()
                if not _until(lambda: not marked(MARK, service.token), GONE_WITHIN_S):
                    left += len(marked(MARK, service.token))
                print(f"kill {number + 1}: the service, at {at} runs", flush=True)
                service.start()
        _until(lambda: service.ended() >= runs, 3600)
        took = time.monotonic() - began
        listed = service.http.get("/runs", params={"limit": 1000}).json()["runs"]
        found = [one["id"] for one in listed if one["state"] == "ended" and one["result"]]
        twice = sum(_ends(service, run_id) != 1 for run_id in ids)
        statuses = Counter(f"{one['result']['status']}" for one in listed if one["result"])
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(60)
        _until(lambda: not marked(MARK, service.token), GONE_WITHIN_S)
        presses = sum(_Site.presses.values())
        site.shutdown()
        figures = [
            ("runs without an end", len(set(ids) - set(found)), ""),
            ("runs with another number of ends than one", twice, ""),
            ("runs beyond those that were sent", len(listed) - runs, ""),
            ("runs that were done", statuses["claimed"], ""),
            ("processes left over", left + len(marked(MARK, service.token)), ""),
            ("presses beyond one a run, by runs done again", presses - statuses["claimed"], ""),
            ("a run, of the whole time", round(took / runs, 2), "s"),
        ]
    note = f"{runs} runs, {WORKERS} workers, {kills} kills, {whole} of them of the whole service"
    return [
        {"name": name, "value": value, "unit": unit, "command": COMMAND, "note": note}
        for name, value, unit in figures
    ]


def _ends(service: _Service, run_id: str) -> int:
    with service.http.stream("GET", f"/runs/{run_id}/events") as answer:
        return sum(line == "event: end" for line in answer.iter_lines())


def _until(ready: Any, limit_s: float = 900.0) -> bool:
    deadline = time.monotonic() + limit_s
    while not ready():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.1)
    return True


if __name__ == "__main__":
    for figure in run(*(int(word) for word in sys.argv[1:3])):
        print(f"{figure['name']}: {figure['value']} {figure['unit']} ({figure['note']})")
