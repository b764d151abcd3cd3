"""`agent serve` as a process: runs over HTTP, from the queue to their end, and what goes wrong on the way."""

from __future__ import annotations

import ipaddress
import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from envs.processes import marked
from tests.serve.conftest import COUNT, DELETE, DONE, TOKEN, Face, Site, click, command, script, until

pytestmark = pytest.mark.browser
Served = Callable[..., Face]
RIGHT = {"authorization": f"Bearer {TOKEN}"}


class Api:
    """A client of one service."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.http = httpx.Client(base_url=face.base, headers=RIGHT, timeout=60)

    def add(self, task: str = "count", key: str | None = None, **job: Any) -> dict[str, Any]:
        headers = {"idempotency-key": key} if key else {}
        answer = self.http.post("/runs", json={"task": task, **job}, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def run(self, run_id: str) -> dict[str, Any]:
        return self.http.get(f"/runs/{run_id}").json()

    def ended(self, run_id: str) -> dict[str, Any]:
        return until(lambda: (run := self.run(run_id))["state"] == "ended" and run, f"{run_id} never ended", 120)

    def events(self, run_id: str, after: int = 0) -> list[dict[str, Any]]:
        """All events, to the end of the stream."""
        with self.http.stream("GET", f"/runs/{run_id}/events", headers={"last-event-id": str(after)}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = list(answer.iter_lines())
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


@pytest.fixture
def api(served: Served) -> Iterator[Callable[..., Api]]:
    opened: list[Api] = []

    def start(*args: str, **options: Any) -> Api:
        opened.append(Api(served("serve", *args, **options)))
        return opened[-1]

    yield start
    for one in opened:
        one.http.close()


def test_a_run_from_the_queue_to_its_artifacts(api: Any, site: Site, tmp_path: Path) -> None:
    model = script(tmp_path, click(COUNT), DONE)
    service = api("--url", site.url, "--model", model)
    run = service.add("count", key="one")
    assert run["state"] in ("queued", "running")
    again = service.http.post("/runs", json={"task": "count"}, headers={"idempotency-key": "one"})
    assert (again.status_code, again.json()["id"]) == (200, run["id"])
    other = service.http.post("/runs", json={"task": "another"}, headers={"idempotency-key": "one"})
    assert (other.status_code, other.json()["error"]["type"]) == (409, "key_taken")
    events = service.events(run["id"])
    kinds = [event["kind"] for event in events]
    assert kinds[:2] == ["state", "begin"]
    assert kinds[-3:] == ["step", "step", "end"]
    assert [event["number"] for event in events] == list(range(1, len(events) + 1))
    assert service.events(run["id"], after=len(events) - 1) == events[-1:]
    result = service.ended(run["id"])["result"]
    assert (result["status"], result["answer"], result["steps"]) == ("claimed", "it is done", 2)
    assert site.told == ["counted 1"], "once, though it was sent twice"
    files = {
        one["path"]: one["bytes"] for one in service.http.get(f"/runs/{run['id']}/artifacts").json()["artifacts"]
    }
    assert {"run.json", "traj.jsonl", "result.json", "step_1.png", "final.png", "report.html"} <= set(files)
    page = service.http.get(f"/runs/{run['id']}/artifacts/report.html")
    assert len(page.content) == files["report.html"]
    assert "sandbox" in page.headers["content-security-policy"]
    for path in ("../../runs.sqlite", "..%2f..%2fruns.sqlite", "nothing.png", "/etc/passwd"):
        assert service.http.get(f"/runs/{run['id']}/artifacts/{path}").status_code == 404, path


@pytest.mark.slow
def test_a_task_of_the_store_is_verified(api: Any) -> None:
    service = api()
    runs = [service.add("add SU7 to wishlist", seed=seed) for seed in (0, 1)]
    assert [service.ended(run["id"])["result"]["status"] for run in runs] == ["verified", "verified"]


def test_somebody_answers_or_nobody_does(api: Any, site: Site, tmp_path: Path) -> None:
    model = script(tmp_path, {"action": "ask_user", "question": "Which one?"}, click(DELETE), DONE)
    service = api("--url", site.url, "--model", model, "--workers", "1")
    alone = service.add("tidy up")
    result = service.ended(alone["id"])["result"]
    assert (result["status"], result["cause"]) == ("blocked", "question")
    run = service.add("tidy up", attended=True)["id"]
    question = until(lambda: service.run(run)["request"])
    assert (question["kind"], question["text"]) == ("question", "Which one?")

    def reply(**said: Any) -> httpx.Response:
        return service.http.post(f"/runs/{run}/replies", json=said)

    assert reply(request="request-9", answer="a").json()["error"]["type"] == "no_such_request"
    assert reply(request=question["id"], answer="the first").status_code == 200
    assert reply(request=question["id"], answer="again").status_code == 409
    approval = until(lambda: service.run(run)["request"])
    assert (approval["kind"], approval["action"]["start_point"]) == ("approval", list(DELETE))
    bad = reply(request=approval["id"], approve=True, action={"action": "clack"})
    assert (bad.status_code, bad.json()["error"]["field"]) == (422, "action")
    assert reply(request=approval["id"], approve=True, action=click(COUNT)).status_code == 200
    assert service.ended(run)["result"]["status"] == "claimed"
    assert site.told == ["counted 1"], "the person put another action in place of the risky one"


def test_a_crash_takes_nothing_else_down_and_is_done_again_only_where_it_may_be(
    api: Any, site: Site, tmp_path: Path
) -> None:
    """Workers that are killed while they work; everything that they had started goes with them."""
    question = {"action": "ask_user", "question": "Go on?"}
    model = script(tmp_path, question, click(COUNT), DONE)
    service = api("--url", site.url, "--model", model, "--workers", "3")
    runs = [service.add("count", attended=True, retries=retries)["id"] for retries in (0, 1, 0)]
    until(lambda: all(service.run(run)["request"] for run in runs))
    workers = sorted(worker_pids(service.face))
    assert len(workers) == 3
    logs = {run: worker_of(workers, run) for run in runs}
    for run in runs[:2]:
        os.kill(logs[run], signal.SIGKILL)
    result = service.ended(runs[0])["result"]
    assert (result["status"], result["cause"]) == ("failed", "infrastructure")
    assert "its worker died (exit code -9)" in result["reason"]
    until(lambda: (run := service.run(runs[1]))["attempt"] == 2 and run["request"])
    for run in runs[1:]:
        answer = {"request": service.run(run)["request"]["id"], "answer": "yes"}
        service.http.post(f"/runs/{run}/replies", json=answer)
        assert service.ended(run)["result"]["status"] == "claimed"
    assert site.told == ["counted 1", "counted 1"], "each on a page of its own"
    assert [event["kind"] for event in service.events(runs[1])].count("end") == 1
    until(lambda: not worker_pids(service.face), "a worker is left over")


def worker_pids(face: Face) -> list[int]:
    import psutil

    found = []
    for child in psutil.Process(face.process.pid).children():
        with_work = "agent.cli.serve.work" in " ".join(child.cmdline())
        found += [child.pid] if with_work else []
    return found


def worker_of(pids: list[int], run: str) -> int:
    """The worker whose standard error is the log of that run."""
    return next(pid for pid in pids if run in str(Path(f"/proc/{pid}/fd/2").readlink()))


def test_a_service_that_is_killed_goes_on_where_it_was(api: Any, site: Site, tmp_path: Path) -> None:
    model = script(tmp_path, {"action": "ask_user", "question": "Go on?"}, click(COUNT), DONE)
    data = tmp_path / "data"
    args = ("--url", site.url, "--model", model, "--workers", "2", "--data", str(data))
    first = api(*args)
    lost, retried = (first.add("count", attended=True, retries=retries)["id"] for retries in (0, 1))
    until(lambda: first.run(lost)["request"] and first.run(retried)["request"])
    waiting = [first.add("count")["id"] for _ in range(3)]
    clash = subprocess.run(command("serve", *args[4:], "--port", "0"), capture_output=True, text=True, timeout=60)
    assert clash.returncode == 2
    assert "is used by another service" in clash.stderr
    first.face.process.kill()
    first.face.process.wait()
    second = api(*args)
    result = second.ended(lost)["result"]
    reasons = {"infrastructure": "the service was killed while it ran", "interrupted": "the service has gone"}
    assert result["reason"] == reasons[result["cause"]]
    again = until(lambda: second.run(retried)["request"])
    second.http.post(f"/runs/{retried}/replies", json={"request": again["id"], "answer": "yes"})
    assert second.ended(retried)["result"]["status"] == "claimed"
    for run in waiting:
        assert second.ended(run)["result"]["cause"] == "question", "nobody is there for these"
    for run in (lost, retried, *waiting):
        assert [event["kind"] for event in second.events(run)].count("end") == 1
    assert second.http.get("/status").json() == {"queued": 0, "running": 0, "ended": 5, "workers_busy": 0}
    second.face.process.terminate()
    assert second.face.process.wait(30) == 0
    until(lambda: not marked("AGENT_SERVICE", str(data.resolve())), "something is left over")


def test_cancelling(api: Any, site: Site, tmp_path: Path) -> None:
    model = script(tmp_path, {"action": "ask_user", "question": "Go on?"}, click(COUNT), DONE)
    service = api("--url", site.url, "--model", model, "--workers", "1", "--queue", "1")
    running = service.add("count", attended=True)["id"]
    until(lambda: service.run(running)["request"])
    waiting = service.add("count")["id"]
    full = service.http.post("/runs", json={"task": "count"})
    assert (full.status_code, full.json()["error"]["type"]) == (429, "queue_full")
    assert full.headers["retry-after"] == "10"
    for run, reason in ((waiting, "cancelled before it began"), (running, "cancelled")):
        assert service.http.post(f"/runs/{run}/cancel").status_code == 200
        result = service.ended(run)["result"]
        assert (result["cause"], result["reason"]) == ("interrupted", reason)
        assert service.http.post(f"/runs/{run}/cancel").json()["result"] == result, (
            "the second time changes nothing"
        )
    assert site.told == []
    listed = service.http.get("/runs", params={"state": "ended", "limit": 1}).json()
    assert [run["id"] for run in listed["runs"]] == [waiting]
    older = service.http.get("/runs", params={"before": listed["next"]}).json()
    assert [run["id"] for run in older["runs"]] == [running]


def test_a_client_that_vanishes_disturbs_nothing(api: Any, site: Site, tmp_path: Path) -> None:
    model = script(tmp_path, {"action": "ask_user", "question": "Go on?"}, click(COUNT), DONE)
    service = api("--url", site.url, "--model", model)
    run = service.add("count", attended=True)["id"]
    with httpx.stream("GET", f"{service.face.base}/runs/{run}/events", headers=RIGHT, timeout=60) as answer:
        next(answer.iter_lines())
    question = until(lambda: service.run(run)["request"])
    service.http.post(f"/runs/{run}/replies", json={"request": question["id"], "answer": "yes"})
    assert service.events(run)[-1]["kind"] == "end"
    assert "Traceback" not in "\n".join(service.face.lines)


def test_the_rules_of_the_service_hold_for_every_job(api: Any, site: Site, tmp_path: Path) -> None:
    model = script(tmp_path, click(COUNT), DONE)
    host = site.url.partition("//")[2].rstrip("/")
    service = api("--model", model, "--block-site", "example.com", "--max-steps", "5")

    def post(**job: Any) -> dict[str, Any]:
        answer = service.http.post("/runs", json={"task": "count", **job})
        assert answer.status_code == 422, answer.text
        return answer.json()["error"]

    for job, field, words in (
        ({"task": " "}, "task", "is empty"),
        ({"hat": "big"}, "hat", "is no field of a run; accepted: task, url"),
        ({"url": "file:///etc/passwd"}, "url", "only http:// and https://"),
        ({"url": "http://example.com/"}, "url", "example.com is blocked"),
        ({"url": site.url}, "url", "nobody named it"),
        ({"url": "http://169.254.169.254/latest"}, "url", "private network"),
        ({"max_steps": 6}, "max_steps", "more than this service allows: 5"),
        ({"viewport": [10, 10]}, "viewport", "64 to 8192"),
        ({"forbid_actions": ["clack"]}, "forbid_actions", "no action that can be forbidden"),
    ):
        wrong = post(**job)
        assert (wrong["type"], wrong["field"]) == ("invalid", field), wrong
        assert words in wrong["message"]
    # A name that leads into the private network is known only when it is looked up.
    name = socket.gethostname()
    with suppress(OSError):
        assert ipaddress.ip_address(socket.gethostbyname(name)).is_private
        result = service.ended(service.add("count", url=f"http://{name}:{host.partition(':')[2]}/")["id"])[
            "result"
        ]
        assert result["status"] == "failed"
        assert "private network, and nobody named it" in result["reason"]
    assert site.told == []
    named = api("--model", model, "--allow-site", host, "--data", str(tmp_path / "other"))
    run = named.add("count", url=site.url, forbid_actions=["click"])
    assert named.ended(run["id"])["result"]["status"] == "claimed"
    assert site.told == [], "the job itself forbade it"
    assert named.ended(named.add("count", url=site.url)["id"])["result"]["status"] == "claimed"
    assert site.told == ["counted 1"]


def test_the_document_says_what_there_is(api: Any) -> None:
    service = api()
    found = httpx.get(f"{service.face.base}/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    assert httpx.get(f"{service.face.base}/health").json() == {"status": "ok"}
    jsonschema.Draft202012Validator.check_schema(found["components"]["schemas"]["Job"])
    jsonschema.Draft202012Validator(found["components"]["schemas"]["Job"]).validate({"task": "a", "retries": 1})
    for path, calls in found["paths"].items():
        for method in calls:
            address = path.replace("{id}", "no-such").replace("{path}", "a.png")
            answer = service.http.request(method, address, json={"task": ""} if method == "post" else None)
            assert str(answer.status_code) in calls[method]["responses"], (method, path, answer.text)
            if answer.status_code >= 400:
                jsonschema.validate(answer.json(), found["components"]["schemas"]["Error"])
    assert service.http.get("/hat").json()["error"]["type"] == "not_found"
    assert service.http.put("/runs").json()["error"]["type"] == "wrong_method"


def test_who_may_talk_to_it(api: Any, tmp_path: Path) -> None:
    service = api()
    base, job = service.face.base, {"task": "count"}
    for headers, status, kind in (
        ({}, 401, "unauthorized"),
        ({"authorization": "Bearer wrong"}, 401, "unauthorized"),
        ({**RIGHT, "origin": "http://evil.example"}, 403, "cross_site"),
        ({**RIGHT, "host": "evil.example"}, 421, "wrong_host"),
    ):
        answer = httpx.post(f"{base}/runs", json=job, headers=headers)
        assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
    for content, status, kind in (
        (b"x" * 2_000_000, 413, "too_large"),
        (b"{", 400, "no_json"),
        (b"[1]", 422, "invalid"),
    ):
        answer = httpx.post(f"{base}/runs", content=content, headers={**RIGHT, "content-type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
    form = httpx.post(f"{base}/runs", data=job, headers=RIGHT)
    assert (form.status_code, form.json()["error"]["type"]) == (415, "wrong_type")
    assert service.http.get("/runs").json()["runs"] == []
    for args, words in (
        (("--port", str(service.face.port)), "cannot be served at"),
        (("--port", "0", "--user-data-dir", str(tmp_path)), "2 workers cannot share one"),
        (("--port", "0", "--confirm", "sometimes"), "confirm"),
    ):
        done = subprocess.run(
            command("serve", *args, "--data", str(tmp_path / "d")), capture_output=True, text=True, timeout=60
        )
        assert done.returncode in (2, 3)
        assert words in done.stderr
