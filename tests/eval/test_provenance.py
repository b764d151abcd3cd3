"""What a run was made of, and the options of the model that it shares with `agent run`."""

from __future__ import annotations

import json
import sys

import pytest

from agent.cli.evaluate import opened
from agent.cli.settings import load_settings
from agent.evaluate import EpisodeResult, EvalConfig, Results, evaluate, read
from agent.evaluate.baselines import prompt_of
from agent.evaluate.provenance import changed, data, prompt_record, session
from agent.evaluate.results import Unwritable
from envs.tasks import suite
from model.families import FAMILIES
from tests.eval.eval_tasks import NoteTask


def test_settings_reach_the_model_as_they_do_in_agent_run(tmp_path) -> None:
    flags = {
        "model": "m",
        "family": "qwen3_vl",
        "device": "cpu",
        "think": False,
        "adapter": tmp_path,
        "api_key": "k",
    }
    given = opened(load_settings(flags))
    assert given == {"family": "qwen3_vl", "device": "cpu", "thinking": False, "adapter": str(tmp_path)}
    options = EvalConfig(
        "m", base_url="http://h/v1", api_key="k", opened=json.loads(json.dumps(given))
    ).model_options
    assert (options.adapter, options.family, options.api_key) == (tmp_path, "qwen3_vl", "k")
    assert "k" not in json.dumps(EvalConfig("m", api_key="sesame").record()).split('"')
    assert "sesame" not in repr(EvalConfig("m", api_key="sesame"))


def test_data_hash_knows_a_changed_task_and_no_order() -> None:
    tasks = suite("demo")[:3]
    assert data(tasks) == data(tasks[::-1])
    assert data(tasks)["sha256"] != data(tasks[:2])["sha256"]
    assert data([NoteTask("a")])["sha256"] != data([NoteTask("a", seconds=2.0)])["sha256"]


def test_prompt_is_the_text_that_the_family_is_told() -> None:
    families = [row for row in FAMILIES.values() if not row.grounds_only]
    records = {row.name: prompt_record(prompt_of(row)) for row in families}
    assert len(records) > 3
    for name, record in records.items():
        assert "TASK" in json.dumps(record["messages"]), name
        assert record == prompt_record(prompt_of(FAMILIES[name])), "the same again"
    assert len({record["sha256"] for record in records.values()}) > 3


def test_key_on_the_command_line_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/bin/agent", "eval", "demo", "--api-key", "sesame", "--api-key=sesame"])
    one = session([NoteTask("a")])
    assert one["command"] == ["agent", "eval", "demo", "--api-key", "…", "--api-key=…"]
    assert one["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))


def test_what_changed_between_sessions_is_named() -> None:
    one = {"versions": {"x": "1"}, "machine": {"cores": 2}, "prompt": {"sha256": "a"}}
    assert changed([one, one]) == []
    assert changed([one, {**one, "versions": {"x": "2"}}, {**one, "prompt": None}]) == ["versions"]


def test_changed_task_is_told_added_ones_are_not_and_a_call_without_work_is_no_session(tmp_path) -> None:
    rules = EvalConfig("oracle")
    evaluate([NoteTask("a")], rules, tmp_path, seeds=[0])
    assert evaluate([NoteTask("a")], rules, tmp_path, seeds=[0])["sessions"] == 1
    summary = evaluate([NoteTask("a"), NoteTask("b")], rules, tmp_path, seeds=[0])
    assert (summary["sessions"], summary["changed_between_sessions"]) == (2, [])
    summary = evaluate([NoteTask("a", seconds=0.2)], rules, tmp_path, seeds=[1])
    assert summary["changed_between_sessions"] == ["data"]
    assert summary["record"]["tasks_changed"] == ["a"]


def test_run_is_read_while_it_is_being_written(tmp_path) -> None:
    with Results(tmp_path, {"model": "m"}) as results:
        results.add(EpisodeResult("a", 0, "failed"))
        assert [row.task for row in read(tmp_path).rows] == ["a"]
        results.add(EpisodeResult("b", 0, "failed"))
        assert len(read(tmp_path).rows) == 2
        results.note("other", {"x": [1]})
        assert results.noted("other") == {"x": [1]}
    assert issubclass(Unwritable, OSError), "the command line ends with 3"
