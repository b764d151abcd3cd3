"""What a model fails to say counts against it, and ends no evaluation."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.evaluate import EvalConfig, RunBroken, evaluate, evaluate_items, read
from agent.evaluate.suites import load_items
from tests.eval.eval_tasks import PageTask
from tests.eval_items.samples import screenspot
from tests.model.rude_server import SAID_NOTHING, TIRELESS, WRONG, serving

SILENT = ["null", "a refusal", "thinking alone", "parts that are no texts"]
OPENED = {"family": "generic", "profile": False}


@pytest.mark.browser
@pytest.mark.parametrize("manner", SILENT)
def test_an_episode_without_an_answer_is_failed_and_the_next_is_played(tmp_path: Path, manner: str) -> None:
    tasks = [PageTask(f"p{number}") for number in range(3)]
    with serving(SAID_NOTHING[manner]) as (url, asked):
        rules = EvalConfig("some-vlm", base_url=url, opened=OPENED, max_steps=3, max_seconds=60.0)
        summary = evaluate(tasks, rules, tmp_path, seeds=[0])
    assert summary["episodes"] == 3
    assert {row.details["cause"] for row in read(tmp_path).rows} == {"invalid_answer"}
    assert {(row.error, row.unparsed) for row in read(tmp_path).rows} == {("", 2)}
    assert len(asked) == 6, "one repair turn each"


@pytest.mark.browser
def test_an_episode_whose_time_is_up_while_the_model_answers_is_failed_and_the_next_is_played(
    tmp_path: Path,
) -> None:
    with serving(TIRELESS["words that drip"]) as (url, _):
        rules = EvalConfig("some-vlm", base_url=url, opened=OPENED, max_seconds=1.5)
        summary = evaluate([PageTask("a"), PageTask("b")], rules, tmp_path, seeds=[0])
    assert summary["episodes"] == 2
    assert {row.details["cause"] for row in read(tmp_path).rows} == {"limit"}


@pytest.mark.parametrize("manner", SILENT)
def test_a_question_without_an_answer_is_missed_and_the_next_is_asked(tmp_path: Path, manner: str) -> None:
    loaded = load_items("screenspot", screenspot(tmp_path / "data"))
    with serving(SAID_NOTHING[manner]) as (url, _):
        rules = EvalConfig("some-vlm", base_url=url, opened=OPENED)
        summary = evaluate_items(loaded.items, rules, tmp_path / "run", data=loaded.data)
    assert summary["items"] == len(loaded.items)
    assert summary["score"]["hits"] == 0
    assert {row.unparsed for row in read(tmp_path / "run").rows} == {1}


def test_a_question_that_is_too_long_is_missed_and_the_next_is_asked(tmp_path: Path) -> None:
    loaded = load_items("screenspot", screenspot(tmp_path / "data"))
    with serving(lambda call: WRONG["too long"][0](call) if call.n == 1 else SAID_NOTHING["null"](call)) as (
        url,
        _,
    ):
        rules = EvalConfig("some-vlm", base_url=url, opened=OPENED)
        summary = evaluate_items(loaded.items, rules, tmp_path / "run", data=loaded.data)
    assert summary["items"] == len(loaded.items)
    assert "context length" in next(iter(read(tmp_path / "run").rows)).reason


def test_a_model_that_is_gone_ends_the_run(tmp_path: Path) -> None:
    loaded = load_items("screenspot", screenspot(tmp_path / "data"))
    with serving(WRONG["404"][0]) as (url, _), pytest.raises(RunBroken, match="404"):
        evaluate_items(loaded.items, EvalConfig("some-vlm", base_url=url, opened=OPENED), tmp_path / "run")
