"""Several rows, each with the same button: only the named row may be acted on. And runs that go nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from action_space.actions import Click, Finished
from agent.guard.confirm import Confirmation
from agent.guard.risk import RiskJudge
from agent.loop import Agent
from agent.trace.reader import read_trace
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from model.scripted import ScriptedModel
from tests.guard.conftest import Server

pytestmark = pytest.mark.browser
ROWS = ("Ada Byron 120", "Bob Stone 75", "Cora Lind 990")
PAGE = "<!doctype html><title>People</title><body style='font:22px sans-serif;margin:0'>"
PAGE += "<script>var gone = []</script>"
PAGE += "".join(
    f"<div style='position:absolute;top:{60 + 90 * i}px;left:20px'>{row}</div><button style='position:absolute;"
    f"top:{50 + 90 * i}px;left:400px;width:140px;height:44px;font-size:20px' "
    f"onclick='gone.push({i})'>Delete</button>"
    for i, row in enumerate(ROWS)
)
DONE = Finished(status="success")


def delete(row: int) -> Click:
    return Click(start_point=(470, 72 + 90 * row))


def confirmed(task: str) -> Confirmation:
    return Confirmation("risky", RiskJudge(task), None)


@pytest.fixture
def people(shop: Server) -> BrowserEnvironment:
    shop.pages["/people"] = PAGE
    with BrowserEnvironment(BrowserConfig(url=f"{shop.url}/people", viewport=(700, 400))) as environment:
        yield environment  # type: ignore[misc]


def test_only_the_row_that_the_task_names(people: BrowserEnvironment, tmp_path: Path) -> None:
    task = "delete the person Bob Stone"
    answers = [delete(0), delete(1), DONE]
    result = Agent(ScriptedModel(answers), people, confirm=confirmed(task), trace_dir=tmp_path / "run").run(task)
    assert people.evaluate("gone") == [1]
    first = read_trace(tmp_path / "run").steps[0]
    assert first["error"]["kind"] == "refused"
    assert "Ada" in first["error"]["message"]
    assert "bob stone" in first["error"]["message"]
    assert result.steps == 3


def test_who_insists_on_another_row_is_stopped(people: BrowserEnvironment) -> None:
    task = "delete the person Cora Lind"
    result = Agent(ScriptedModel([delete(0), delete(1), DONE]), people, confirm=confirmed(task)).run(task)
    assert (result.status, result.cause) == ("blocked", "refused")
    assert people.evaluate("gone") == []


def test_what_the_task_does_not_ask_for_is_refused_where_nobody_is_there(people: BrowserEnvironment) -> None:
    task = "read the number of Bob Stone"
    Agent(ScriptedModel([delete(1), DONE]), people, confirm=confirmed(task)).run(task)
    assert people.evaluate("gone") == []


def test_a_click_without_effect_is_told_refused_and_ends_the_run(
    people: BrowserEnvironment, tmp_path: Path
) -> None:
    people.evaluate("() => { window.clicks = 0; document.body.style.height = '390px'; }")
    people.evaluate("() => { document.onclick = () => { clicks += 1 } }")
    nowhere = Click(start_point=(300, 350))
    result = Agent(ScriptedModel([nowhere] * 20), people, trace_dir=tmp_path / "run").run("click")
    assert (result.status, result.cause) == ("blocked", "loop")
    steps = read_trace(tmp_path / "run").steps
    assert any("was done twice at the same place" in told for told in steps[2]["told"])
    assert [step["error"] is None for step in steps] == [True] * 4 + [False] * 2
    assert people.evaluate("clicks") == 4


def test_going_round_in_a_circle_ends_the_run(people: BrowserEnvironment, tmp_path: Path) -> None:
    people.evaluate("() => { document.documentElement.style.height = '400px'; }")
    colour = "e.clientY > 350 ? '#fdd' : '#ddf'"
    people.evaluate(f"() => {{ document.onclick = (e) => {{ document.body.style.background = {colour} }} }}")
    turns = [Click(start_point=(300, 370)), Click(start_point=(300, 20))] * 10
    result = Agent(ScriptedModel(turns), people, trace_dir=tmp_path / "run").run("click")
    assert (result.status, result.cause) == ("blocked", "loop")
    told = [line for step in read_trace(tmp_path / "run").steps for line in step["told"]]
    assert any("led back to the same screen" in line for line in told)
