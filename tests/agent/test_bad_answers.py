"""What a model may answer instead of one valid action."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.loop import Agent
from agent.trace.reader import read_trace
from envs.browser.environment import BrowserEnvironment
from model.scripted import ScriptedModel

DONE = '{"action": "finished", "status": "success"}'


def answers(trace: Path) -> list[dict[str, object]]:
    return [answer for step in read_trace(trace).steps for answer in step["answers"]]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("I would click the big button in the middle.", "JSON"),
        ('{"action": "click", "start_point": [5000, 70]}', "640"),
        ('{"action": "click", "start_point": [0.21, 0.17]}', "start_point"),
        ('{"action": "jump", "start_point": [1, 2]}', "jump"),
        ('{"action": "open", "app": "Mail"}', "cannot be done here"),
        ("{" * 500_000 + "x" * 500_000, ""),
        ("", ""),
    ],
)
def test_one_repair_turn_then_a_typed_end(
    counter: BrowserEnvironment, tmp_path: Path, bad: str, words: str
) -> None:
    mended = Agent(ScriptedModel([bad, DONE]), counter, trace_dir=tmp_path / "mended").run("x")
    assert (mended.status, mended.steps, mended.parse["failed"]) == ("claimed", 1, 1)
    complaint = answers(tmp_path / "mended")[0]["error"]
    assert words in str(complaint)
    assert len(str(complaint)) < 1000
    assert "\n" not in str(complaint)

    failed = Agent(ScriptedModel([bad, bad]), counter, trace_dir=tmp_path / "failed").run("x")
    assert (failed.status, failed.cause, failed.exit_code) == ("failed", "invalid_answer", 1)
    (step,) = read_trace(tmp_path / "failed").steps
    assert step["action"] is None
    assert [answer["outcome"] for answer in step["answers"]] == ["failed", "failed"]


def test_of_two_actions_the_first_is_done_and_it_is_said(counter: BrowserEnvironment, tmp_path: Path) -> None:
    click = {"action": "click", "start_point": [140, 70]}
    script = ScriptedModel([json.dumps([click, click]), DONE])
    result = Agent(script, counter, trace_dir=tmp_path / "run").run("x")
    assert result.parse == {"strict": 1, "repaired": 1, "failed": 0}
    assert counter.evaluate("document.getElementById('n').textContent") == "1"
    assert "2" in str(answers(tmp_path / "run")[0]["repairs"])
