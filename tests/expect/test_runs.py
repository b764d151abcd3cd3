"""Runs with expectations in a real browser: verified, refuted, and unknown."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from action_space.actions import Click, Finished
from agent.guard.limits import Limits
from agent.loop import Agent
from agent.report.page import build_report
from agent.trace.reader import read_trace
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.tasks.base import Verdict
from model.scripted import ScriptedModel

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>Order</title><style>body{margin:0;font:24px sans-serif}</style>
<button style="position:absolute;left:40px;top:40px;width:200px;height:60px" onclick="
 say.textContent = 'Order saved'; history.pushState(0, '', '/orders/7');
 if (KEEPS) fetch('/api/save')">Save</button>
<p id=say style="position:absolute;left:40px;top:120px">Nothing yet</p>"""
SAVE, DONE = Click(start_point=(140, 70)), Finished(status="success")


class Shop(BaseHTTPRequestHandler):
    """A page that says that it saved, and a server that knows whether it did."""

    def do_GET(self) -> None:
        if self.path == "/api/save":
            self.server.saved += 1  # type: ignore[attr-defined]
        api = self.path.startswith("/api")
        page = PAGE.replace("KEEPS", "true" if self.path == "/honest" else "false")
        body = json.dumps({"saved": self.server.saved}) if api else page  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("content-type", "application/json" if api else "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.saved = 0  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserEnvironment]:
    with BrowserEnvironment(BrowserConfig(viewport=(640, 400))) as environment:
        yield environment


def test_all_met_is_verified_and_the_record_says_so(
    browser: BrowserEnvironment, shop: str, tmp_path: Path
) -> None:
    browser.goto(f"{shop}/honest")
    browser.observe().screenshot.crop((40, 40, 240, 100)).resize((300, 90)).save(tmp_path / "button.png")
    lines = [
        'text "order saved"', 'no text "Error"', 'address contains "/orders/"', f"address == {shop}/orders/7",
        f"picture {tmp_path / 'button.png'}", f"http {shop}/api/orders $.saved == 1",
    ]  # fmt: skip
    agent = Agent(ScriptedModel([SAVE, DONE]), browser, expectations=lines, trace_dir=tmp_path / "run")
    result = agent.run("save")
    assert [one["outcome"] for one in result.expectations] == ["met"] * 6, result.expectations
    assert (result.status, result.cause, result.exit_code) == ("verified", "done", 0)
    saved = read_trace(tmp_path / "run").result
    assert saved is not None
    assert [one["expectation"] for one in saved["expectations"]] == lines
    html = build_report(tmp_path / "run").read_text("utf-8")
    assert html.count("✓ met") == 6
    assert "address contains &#34;/orders/&#34;" in html


def test_the_screen_says_saved_and_the_server_knows_better(browser: BrowserEnvironment, shop: str) -> None:
    browser.goto(shop)
    lines = ['text "Order saved"', f"http {shop}/api/orders saved == 1"]
    result = Agent(ScriptedModel([SAVE, DONE]), browser, expectations=lines).run("save")
    assert (result.status, result.cause, result.exit_code) == ("failed", "not_verified", 1)
    assert [one["outcome"] for one in result.expectations] == ["met", "not_met"]
    assert f"http {shop}/api/orders saved == 1: it is 0" in result.reason


def test_what_cannot_be_checked_leaves_the_effect_unknown(browser: BrowserEnvironment, shop: str) -> None:
    browser.goto(f"{shop}/honest")
    lines = ['text "Order saved"', f"http {shop}/honest saved == 1"]
    result = Agent(ScriptedModel([SAVE, DONE]), browser, expectations=lines).run("save")
    assert (result.status, result.cause, result.exit_code) == ("unsure", "check_failed", 3)
    assert "the answer is no JSON" in result.reason


def test_a_judge_and_expectations_have_to_agree(browser: BrowserEnvironment, shop: str) -> None:
    browser.goto(f"{shop}/honest")

    def run(score: float, line: str) -> tuple[str, str]:
        model = ScriptedModel([DONE])
        agent = Agent(model, browser, judge=lambda answer, said: Verdict(score, "looked"), expectations=[line])
        result = agent.run("save")
        return result.status, result.cause

    assert run(1.0, 'text "Nothing yet"') == ("verified", "done")
    assert run(1.0, 'no text "Nothing yet"') == ("failed", "not_verified")
    assert run(0.0, 'text "Nothing yet"') == ("failed", "not_verified")


@pytest.mark.parametrize(
    ("last", "status"), [("unsure", "verified"), ("failed", "failed"), ("infeasible", "blocked")]
)
def test_what_the_agent_calls_failed_is_never_made_a_success(
    browser: BrowserEnvironment, shop: str, last: str, status: str
) -> None:
    browser.goto(f"{shop}/honest")
    end = json.dumps({"action": "finished", "status": last})
    result = Agent(ScriptedModel([end]), browser, expectations=['text "Nothing yet"']).run("save")
    assert (result.status, result.expectations[0]["outcome"]) == (status, "met")


def test_a_limit_does_not_undo_what_was_done(browser: BrowserEnvironment, shop: str) -> None:
    browser.goto(f"{shop}/honest")
    agent = Agent(
        ScriptedModel([SAVE]), browser, limits=Limits(max_steps=1), expectations=[f"http {shop}/api/x saved == 1"]
    )
    result = agent.run("save")
    assert (result.status, result.cause) == ("verified", "limit")


def test_a_function_is_called_with_the_last_screen(
    browser: BrowserEnvironment, shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop_checks.py").write_text(
        "def told(seen):\n    return seen.url.endswith('/honest'), seen.title\n"
        "def asserts(seen):\n    assert seen.url is None, 'there is an address'\n    return True\n"
        "def nothing(seen):\n    pass\n"
        "def broken(seen):\n    return seen.nowhere\n"
    )
    monkeypatch.chdir(tmp_path)
    browser.goto(f"{shop}/honest")
    names = ("told", "asserts", "nothing", "broken")
    lines = [f"python shop_checks:{name}" for name in names]
    result = Agent(ScriptedModel([DONE]), browser, expectations=lines).run("save")
    found = [(one["outcome"], one["seen"]) for one in result.expectations]
    assert found[:2] == [("met", "Order"), ("not_met", "there is an address")]
    assert [outcome for outcome, _ in found[2:]] == ["unknown", "unknown"]
    assert "returned None" in found[2][1]
    assert "AttributeError" in found[3][1]


def agent(*arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent.cli", "run", *arguments, "--json"],
        cwd=where,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_command_line_refuses_before_it_opens_anything(tmp_path: Path) -> None:
    done = agent("look", "--expect", "sees Saved", where=tmp_path)
    assert done.returncode == 2
    assert "accepted: text" in json.loads(done.stdout)["reason"]
    (tmp_path / "mine.toml").write_text("expect = ['python os:getcwd']\n")
    done = agent("look", "--config", "mine.toml", where=tmp_path)
    assert done.returncode == 2
    assert "only where --expect names it" in json.loads(done.stdout)["reason"]
    (tmp_path / "agent.toml").write_text("expect = ['text \"x\"']\n")
    done = agent("look", where=tmp_path)
    assert done.returncode == 2
    assert "expect" in json.loads(done.stdout)["reason"]
    assert not (tmp_path / "runs").exists()


def test_the_command_line_says_what_became_of_each(tmp_path: Path) -> None:
    done = agent(
        "add SU7 to wishlist", "--expect", 'text "SU7"', "--expect", "file nowhere.csv exists", where=tmp_path
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], told["cause"]) == (1, "failed", "not_verified"), done.stderr
    assert [one["outcome"] for one in told["expectations"]] == ["met", "not_met"]
    assert re.search(r"file nowhere\.csv exists: there is no such file", told["reason"])
