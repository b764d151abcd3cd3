"""The loop on a real page, with a model that says what the test wants."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from action_space.actions import AskUser, Click, Finished, Hover, Navigate, Wait
from agent.guard.limits import Approval, Limits
from agent.loop import Agent, Judge
from agent.trace.reader import read_trace
from envs.browser.environment import BrowserEnvironment
from envs.tasks.base import Verdict
from model.scripted import ScriptedModel

COUNT = Click(start_point=(140, 70))
DONE = Finished(status="success", answer="1")


def judge_count(browser: BrowserEnvironment, wanted: str) -> Judge:
    def judge(answer: str | None, status: str) -> Verdict:
        count = browser.evaluate("document.getElementById('n').textContent")
        return Verdict(float(count == wanted), f"count is {count}, wanted {wanted}")

    return judge


def test_a_verified_run_and_its_trace(counter: BrowserEnvironment, tmp_path: Path) -> None:
    steps = []
    agent = Agent(
        ScriptedModel([COUNT, DONE]),
        counter,
        trace_dir=tmp_path / "run",
        judge=judge_count(counter, "1"),
        on_step=steps.append,
    )
    result = agent.run("  press count once ")
    assert (result.status, result.cause, result.exit_code) == ("verified", "done", 0)
    assert (result.steps, result.answer, result.said) == (2, "1", "success")
    assert result.parse == {"strict": 2, "repaired": 0, "failed": 0}
    assert [step.number for step in steps] == [1, 2]

    header, saved = read_trace(tmp_path / "run").run, read_trace(tmp_path / "run").result
    assert header is not None
    assert (header["task"], header["model"]["name"], header["trace_version"]) == (
        "press count once",
        "scripted",
        1,
    )
    assert saved is not None
    assert (saved["status"], saved["verdict"]["score"]) == ("verified", 1.0)
    first, last = read_trace(tmp_path / "run").steps
    assert first["action"] == {"action": "click", "start_point": [140, 70]}
    assert first["effect"]["changed"] > 0
    left, _, _, bottom = first["effect"]["region"]
    assert left < 60
    assert bottom > 120, "the number below the button changed"
    assert (first["done"], last["done"]) == (False, True)
    for name in ("step_1.png", "step_2.png", "final.png"):
        assert (tmp_path / "run" / name).read_bytes()[:4] == b"\x89PNG"


def test_claimed_without_a_check_and_refuted_with_one(counter: BrowserEnvironment) -> None:
    assert Agent(ScriptedModel([DONE]), counter).run("x").status == "claimed"
    refuted = Agent(ScriptedModel([DONE]), counter, judge=judge_count(counter, "9")).run("x")
    assert (refuted.status, refuted.cause, refuted.exit_code) == ("failed", "not_verified", 1)
    assert "wanted 9" in refuted.reason


@pytest.mark.parametrize(
    ("word", "status"), [("failed", "failed"), ("unsure", "unsure"), ("infeasible", "blocked")]
)
def test_an_honest_end_is_no_success(counter: BrowserEnvironment, word: str, status: str) -> None:
    result = Agent(ScriptedModel([json.dumps({"action": "finished", "status": word})]), counter).run("x")
    assert (result.status, result.said, result.exit_code) == (status, word, 1)


def test_the_model_is_told_that_nothing_changed(counter: BrowserEnvironment) -> None:
    steps = []
    Agent(ScriptedModel([Click(start_point=(600, 380)), COUNT]), counter, on_step=steps.append).run("x")
    assert steps[0].effect == "nothing changed"
    assert steps[1].effect != "nothing changed"


def test_limits_end_a_run(counter: BrowserEnvironment) -> None:
    forever = [COUNT] * 50
    steps = Agent(ScriptedModel(forever), counter, limits=Limits(max_steps=3)).run("x")
    assert (steps.cause, steps.steps) == ("limit", 3)
    assert "3 steps" in steps.reason
    still = ScriptedModel([Hover(start_point=(600, 380))] * 50)
    idle = Agent(still, counter, limits=Limits(max_repeats=2)).run("x")
    # One that takes the pointer off the button, two without effect, two that are refused.
    assert (idle.status, idle.cause, idle.steps) == ("blocked", "loop", 5)
    assert "changed nothing" in idle.reason
    slow = Agent(ScriptedModel([Wait(duration_ms=50)] * 50), counter, limits=Limits(max_seconds=0.04)).run("x")
    assert (slow.cause, "time limit" in slow.reason) == ("limit", True)
    with pytest.raises(ValueError, match="max_steps"):
        Limits(max_steps=0)


def test_a_question_is_answered_or_blocks(counter: BrowserEnvironment) -> None:
    script = [AskUser(question="Which colour?"), COUNT, DONE]
    asked = []
    result = Agent(ScriptedModel(script), counter, ask=lambda q: asked.append(q) or "red").run("x")
    assert (result.status, asked) == ("claimed", ["Which colour?"])
    result = Agent(ScriptedModel(script), counter).run("x")
    assert (result.status, result.cause, result.reason) == ("blocked", "question", "Which colour?")


def test_a_refused_action_is_not_done(counter: BrowserEnvironment) -> None:
    def no_leaving(action: object) -> Approval:
        return Approval(action, "stay on this page" if isinstance(action, Navigate) else "")

    steps = []
    away = Navigate(url="about:blank")
    agent = Agent(ScriptedModel([away, DONE]), counter, review=no_leaving, on_step=steps.append)
    assert agent.run("x").status == "claimed"
    assert (steps[0].error, steps[0].record["error"]["kind"]) == ("stay on this page", "refused")
    assert counter.observe().title == "Counter"


def test_the_environment_may_end_the_episode(counter: BrowserEnvironment) -> None:
    def over() -> bool:
        return bool(counter.evaluate("document.getElementById('n').textContent == '2'"))

    agent = Agent(ScriptedModel([COUNT] * 9), counter, stop=over, judge=judge_count(counter, "2"))
    result = agent.run("count to two")
    assert (result.status, result.cause, result.steps) == ("verified", "stopped", 2)


def test_works_inside_a_running_event_loop(counter: BrowserEnvironment) -> None:
    async def both() -> list[str]:
        awaited = await Agent(ScriptedModel([COUNT, DONE]), counter).arun("x")
        # As in a notebook cell: a plain call while a loop runs in this thread.
        plain = Agent(ScriptedModel([COUNT, DONE]), counter).run("x")
        return [awaited.status, plain.status]

    assert asyncio.run(both()) == ["claimed", "claimed"]


@pytest.mark.parametrize("task", ["", "  \n"])
def test_an_empty_task_is_refused(counter: BrowserEnvironment, task: str) -> None:
    with pytest.raises(ValueError, match="task"):
        Agent(ScriptedModel([]), counter).run(task)
