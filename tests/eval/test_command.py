"""`agent eval` as a person or a script calls it."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from agent.cli.app import app


def call(*arguments: str):
    return CliRunner().invoke(app, ["eval", *arguments])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "suite: 'nothing' is not known; accepted: demo, "),
        (["miniwob", "--tasks", "click-button,no-such"], "tasks: no-such not in miniwob"),
        (["miniwob", "--tasks", ","], "tasks: there is none to play"),
        (["miniwob", "--viewport", "wide"], "write it as WIDTHxHEIGHT"),
        (["miniwob", "--blind", "--traces"], "--blind keeps no traces"),
    ],
)
def test_bad_usage_is_named_and_ends_with_2(tmp_path, arguments: list[str], message: str) -> None:
    result = call(*arguments, "--out", str(tmp_path))
    assert result.exit_code == 2
    assert message in result.output
    result = call(*arguments, "--out", str(tmp_path), "--json")
    assert result.exit_code == 2
    assert message in json.loads(result.stdout)["reason"]


def test_where_processes_are_other_ones_it_says_so(tmp_path, monkeypatch) -> None:
    monkeypatch.delattr("os.setsid")
    result = call("demo", "--out", str(tmp_path))
    assert result.exit_code == 2
    assert "Linux and macOS" in result.output


@pytest.mark.browser
def test_unknown_model_ends_with_2_and_says_what_is_accepted(tmp_path) -> None:
    result = call("miniwob", "--tasks", "click-test-2", "--model", "no-such", "--out", str(tmp_path))
    assert result.exit_code == 2
    assert "model: 'no-such' is not known; accepted: embedded" in result.output


@pytest.mark.browser
def test_json_summary_resume_and_another_model_in_the_same_folder(tmp_path) -> None:
    command = ["miniwob", "--tasks", "click-test-2,focus-text", "--out", str(tmp_path), "--json"]
    result = call(*command, "--seeds", "1", "--model", "oracle")
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert (summary["success"]["hits"], summary["episodes"]) == (2, 2)
    again = json.loads(call(*command, "--seeds", "2", "--model", "oracle").stdout)
    assert (again["success"]["hits"], again["episodes"]) == (4, 4), "two new episodes, two kept"
    refused = call(*command, "--model", "always-fail")
    assert refused.exit_code == 2
    assert 'model: "oracle" there, "always-fail" now' in json.loads(refused.stdout)["reason"]


@pytest.mark.browser
def test_blind_output_names_no_task(tmp_path) -> None:
    result = call(
        *["miniwob", "--tasks", "click-test-2,focus-text", "--seeds", "1", "--model", "always-done", "--blind"],
        *["--out", str(tmp_path), "--json"],
    )
    assert result.exit_code == 0
    assert json.loads(result.stdout)["false_claims_among_failures"]["hits"] == 2
    shown = result.output + (tmp_path / "summary.json").read_text()
    assert "focus-text" not in shown
    assert not (tmp_path / "results.csv").exists()


@pytest.mark.browser
@pytest.mark.slow
def test_interrupted_run_ends_with_130_keeps_its_rows_and_leaves_no_process(tmp_path, left_over) -> None:
    command = [sys.executable, "-m", "agent.cli", "eval", "miniwob", "--tasks", "click-test-2,focus-text"]
    command += ["--model", "always-fail", "--seeds", "500", "--out", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        first = process.stderr.readline()
        assert first.startswith("10 of 1000")
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "the same command goes on" in rest
    assert left_over() == []
    kept = sqlite3.connect(tmp_path / "results.sqlite").execute("SELECT count(*) FROM results").fetchone()[0]
    assert 10 <= kept < 1000
    assert json.loads((tmp_path / "summary.json").read_text())["episodes"] == kept
