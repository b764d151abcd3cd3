"""The SDK's own client against `agent mcp`, over both transports and both generations of the protocol."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult

from tests.serve.conftest import COUNT, DELETE, DONE, NICKNAME, TOKEN, Face, Site, click, command, script

pytestmark = pytest.mark.browser
WAYS = [(transport, mode) for transport in ("stdio", "http") for mode in ("legacy", "auto")]
Served = Callable[..., Face]


class Person:
    """Answers what a server asks."""

    def __init__(self, *answers: dict[str, Any] | str) -> None:
        self.answers, self.asked = list(answers), list[str]()

    async def __call__(self, context: Any, params: Any) -> ElicitResult:
        self.asked.append(params.message)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            return ElicitResult(action=answer)
        return ElicitResult(action="accept", content=answer)


@asynccontextmanager
async def client(
    transport: str, mode: str, served: Served, cwd: Path, *args: str, person: Person | None = None
) -> AsyncIterator[Client]:
    if transport == "stdio":
        whole = command("mcp", *args)
        server = StdioServerParameters(command=whole[0], args=whole[1:], cwd=cwd, env=dict(os.environ))
        async with Client(server, mode=mode, elicitation_callback=person) as opened:
            yield opened
        return
    face = served("mcp", "--http", *args)
    async with at(face, mode, person) as opened:
        yield opened


@asynccontextmanager
async def at(face: Face, mode: str, person: Person | None = None) -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(headers=headers, timeout=120) as http:
        server = streamable_http_client(f"{face.base}/mcp", http_client=http)
        async with Client(server, mode=mode, elicitation_callback=person) as opened:
            yield opened


def text(result: Any) -> str:
    return "\n".join(part.text for part in result.content if part.type == "text")


def data(result: Any) -> dict[str, Any]:
    assert not result.is_error, text(result)
    found: dict[str, Any] = result.structured_content
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("transport", "mode"), WAYS)
def test_a_task_on_the_bundled_store(transport: str, mode: str, served: Served, tmp_path: Path) -> None:
    """Embedded model, real browser: steps are told as they happen, and the run is a resource."""

    async def play() -> None:
        async with client(transport, mode, served, tmp_path) as face:
            assert (face.protocol_version or "") >= "2026" if mode == "auto" else face.protocol_version < "2026"
            names = {tool.name for tool in (await face.list_tools()).tools}
            assert names == {"screenshot", "find", "read", "act", "run_task", "stop_run"}
            seen = await face.call_tool("screenshot")
            assert [part.type for part in seen.content] == ["text", "image"]
            assert json.loads(text(seen))["width"] == 1280
            steps: list[str] = []

            async def told(progress: float, total: float | None, message: str | None) -> None:
                steps.append(message or "")

            task = {"task": "add SU7 to wishlist", "wait_s": 120}
            report = data(await face.call_tool("run_task", task, progress_callback=told))
            assert (report["state"], report["status"]) == ("ended", "claimed"), report
            assert len(steps) == report["steps"] >= 2
            assert '"finished"' in steps[-1]
            again = data(await face.call_tool("run_task", {"run": report["run"]}))
            assert again == report
            run, page, picture = [(await face.read_resource(uri)).contents[0] for uri in report["resources"]]
            assert len(json.loads(run.text)["steps_taken"]) == report["steps"]
            assert "add SU7 to wishlist" in page.text
            assert picture.mime_type == "image/png"
            (listed,) = json.loads((await face.read_resource("runs://all")).contents[0].text)
            assert (listed["run"], listed["state"]) == (report["run"], "ended")

    asyncio.run(play())


@pytest.mark.parametrize(("transport", "mode"), WAYS)
def test_questions_and_approvals_by_elicitation(
    transport: str, mode: str, served: Served, site: Site, tmp_path: Path
) -> None:
    question = {"action": "ask_user", "question": "Which nickname?"}
    model = script(tmp_path, question, click(DELETE), click(COUNT), click(DELETE), DONE)
    person = Person({"answer": "Countess"}, {"approve": False}, {"approve": True})

    async def play() -> None:
        async with client(
            transport, mode, served, tmp_path, "--url", site.url, "--model", model, person=person
        ) as face:
            report = data(await face.call_tool("run_task", {"task": "tidy up"}))
            assert (report["status"], report["answer"]) == ("claimed", "it is done"), report
            assert report["last_steps"][1].endswith("Not done: the person said no to this delete.")

    asyncio.run(play())
    assert person.asked[0] == "Which nickname?"
    assert "delete (“Delete account”)" in person.asked[1]
    assert str(list(DELETE)) in person.asked[1]
    site.until("deleted")
    assert site.told == ["counted 1", "deleted"], "once refused, once allowed"


@pytest.mark.parametrize(("transport", "mode"), [("stdio", "legacy"), ("http", "auto")])
def test_a_client_that_cannot_ask_answers_with_another_call(
    transport: str, mode: str, served: Served, site: Site, tmp_path: Path
) -> None:
    question = {"action": "ask_user", "question": "Which nickname?"}
    model = script(tmp_path, question, click(DELETE), DONE)

    async def play() -> None:
        async with client(transport, mode, served, tmp_path, "--url", site.url, "--model", model) as face:
            report = data(await face.call_tool("run_task", {"task": "tidy up"}))
            assert (report["state"], report["request"]["kind"]) == ("waiting", "question")
            run, first = report["run"], report["request"]["id"]
            other = await face.call_tool("run_task", {"task": "another"})
            assert other.is_error
            assert f"run {run} goes on" in text(other)
            busy = await face.call_tool("act", {"action": click(COUNT)})
            assert "works on the screen" in text(busy)
            reply = {"run": run, "request": first, "answer": "Countess"}
            report = data(await face.call_tool("run_task", reply))
            assert (report["state"], report["request"]["kind"]) == ("waiting", "approval")
            assert report["request"]["action"] == {"action": "click", "start_point": list(DELETE)}
            late = await face.call_tool("run_task", reply)
            assert "answered already" in text(late)
            reply = {"run": run, "request": report["request"]["id"], "approve": True}
            report = data(await face.call_tool("run_task", reply))
            assert (report["state"], report["status"]) == ("ended", "claimed")
            missing = await face.call_tool("run_task", {"run": "../../etc"})
            assert "is none" in text(missing)

    asyncio.run(play())
    site.until("deleted")


def test_single_steps_inside_the_rules(site: Site, served: Served, tmp_path: Path) -> None:
    """Eyes, hands and what forbids them; a risky action is asked about, and refused without a yes."""
    person = Person({"approve": False}, {"approve": True}, {"approve": True})
    args = ("--url", site.url, "--forbid-action", "drag", "--block-site", "example.com")

    async def play() -> None:
        async with client("stdio", "auto", served, tmp_path, *args, person=person) as face:
            found = data(await face.call_tool("find", {"text": "Count", "kind": "button"}))
            (match,) = found["matches"]
            done = await face.call_tool("act", {"action": click(tuple(match["point"]))})
            assert "% of the screen" in text(done)
            assert done.content[-1].type == "image"
            assert "counted 1" in text(await face.call_tool("read"))
            fill = {"action": "input", "start_point": list(NICKNAME), "text": "Countess"}
            await face.call_tool("act", {"action": fill})
            assert text(await face.call_tool("read", {"near": "Account"})) != ""
            no = await face.call_tool("act", {"action": click(DELETE)})
            assert no.is_error
            assert "the person said no" in text(no)
            assert "deleted" not in site.told
            await face.call_tool("act", {"action": click(DELETE)})
            site.until("deleted")
            for action, words in (
                ({"action": "drag", "start_point": [1, 1], "end_point": [9, 9]}, "do not allow the action drag"),
                ({"action": "navigate", "url": "https://example.com/"}, "example.com"),
                ({"action": "click", "start_point": [5000, 1]}, "outside the screenshot"),
                ({"action": "clack"}, "clack"),
            ):
                wrong = await face.call_tool("act", {"action": action})
                assert wrong.is_error, action
                assert words in text(wrong), text(wrong)
            assert "kind: 'knob' is none" in text(await face.call_tool("find", {"text": "a", "kind": "knob"}))

    asyncio.run(play())
    assert len(person.asked) == 3


def test_a_client_may_vanish_and_another_go_on(site: Site, served: Served, tmp_path: Path) -> None:
    model = script(tmp_path, click(COUNT), {"action": "ask_user", "question": "Go on?"}, click(COUNT), DONE)
    face = served("mcp", "--http", "--url", site.url, "--model", model)

    async def play() -> None:
        async with at(face, "legacy") as first:
            report = data(await first.call_tool("run_task", {"task": "count", "wait_s": 0}))
            run = report["run"]
        async with at(face, "auto") as second:
            report = data(await second.call_tool("run_task", {"run": run}))
            assert report["request"]["text"] == "Go on?"
            assert report["steps"] == 1
            stopped = data(await second.call_tool("stop_run", {"run": run}))
            assert (stopped["status"], stopped["reason"]) == ("failed", "stopped by the client")
            run = data(await second.call_tool("run_task", {"task": "once more"}))["run"]
            task = asyncio.create_task(second.call_tool("run_task", {"run": run, "wait_s": 60}))
            await asyncio.sleep(0)
            task.cancel()
        async with at(face, "auto") as third:
            report = data(await third.call_tool("run_task", {"run": run}))
            assert (report["state"], report["status"]) == ("ended", "claimed")

    asyncio.run(play())


def test_who_may_talk_to_it(site: Site, served: Served, tmp_path: Path) -> None:
    face = served("mcp", "--http", "--url", site.url)
    url, right = f"{face.base}/mcp", {"authorization": f"Bearer {TOKEN}"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}

    def post(headers: dict[str, str], **more: Any) -> httpx.Response:
        return httpx.post(url, headers={"accept": "application/json, text/event-stream", **headers}, **more)

    for headers, status, kind in (
        ({}, 401, "unauthorized"),
        ({"authorization": "Bearer wrong"}, 401, "unauthorized"),
        ({**right, "origin": "https://evil.example"}, 403, "cross_site"),
        ({**right, "sec-fetch-site": "cross-site"}, 403, "cross_site"),
        ({**right, "host": "evil.example"}, 421, "wrong_host"),
    ):
        answer = post(headers, json=body)
        assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind), headers

    large = post(right, content=b" " * 2_000_000)
    assert (large.status_code, large.json()["error"]["type"]) == (413, "too_large")

    def endless() -> Any:
        for _ in range(40):
            yield b" " * 65536

    assert post(right, content=endless()).status_code == 413
    about = "io.modelcontextprotocol"
    meta = {f"{about}/protocolVersion": "1999-01-01", f"{about}/clientCapabilities": {}}
    strange = {**right, "mcp-protocol-version": "1999-01-01", "mcp-method": "tools/list"}
    unknown = post(strange, json={**body, "params": {"_meta": meta}})
    assert unknown.status_code == 400
    assert "1999-01-01" in unknown.text
    clash = command("mcp", "--http", "--port", str(face.port))
    done = subprocess.run(clash, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert f"port: 127.0.0.1:{face.port} cannot be served at" in done.stderr
