"""`agent eval` on recorded items, as a person or a script calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from agent.evaluate.suites import SUITES
from tests.eval_items.samples import own, screenspot, write


def call(*arguments: object):
    return CliRunner().invoke(app, ["eval", *map(str, arguments)])


def test_help_names_every_suite() -> None:
    shown = call("--help").output.replace("\n", " ")
    assert [name for name in SUITES if name not in shown] == []


def test_the_embedded_model_on_screenspot(tmp_path: Path) -> None:
    command = ["screenspot", "--data", screenspot(tmp_path / "data"), "--out", tmp_path / "run"]
    result = call(*command, "--model", "embedded", "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert summary["score"]["hits"] == 9
    assert set(summary["baselines"]) == {"always-refuse", "centre-point", "oracle", "random-point"}
    shown = call(*command, "--model", "embedded")
    assert shown.exit_code == 0
    assert "mean of the cells" in shown.output
    assert "baseline random-point" in shown.output


def test_recorded_answers(tmp_path: Path) -> None:
    folder = own(tmp_path / "data")
    path = write(tmp_path / "answers.json", [{"id": "nothing", "refused": True}])
    result = call(
        "folder", "--data", folder, "--tasks", "nothing", "--predictions", path, "--out", tmp_path, "--json"
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["metrics"]["refusal"]["value"] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["screenspot"], "data: screenspot needs --data FOLDER"),
        (["demo", "--skip-bad"], "recorded"),
        (["demo", "--data", "."], "data: demo is bundled and takes no --data"),
        (["screenspot", "--data", "nowhere"], "nowhere: is not a folder"),
        (["folder", "--data", "{data}", "--variant", "cn"], "variant: folder has none"),
        (["folder", "--data", "{data}", "--model", "no-such"], "model: 'no-such' is not known"),
        (["folder", "--data", "{data}", "--predictions", "gone.jsonl"], "gone.jsonl: cannot be read"),
    ],
)
def test_bad_usage_ends_with_2(tmp_path: Path, arguments: list[str], told: str) -> None:
    folder = own(tmp_path / "data")
    filled = [word.replace("{data}", str(folder)) for word in arguments]
    result = call(*filled, "--out", tmp_path / "run", "--json")
    assert result.exit_code == 2, result.output
    assert told in json.loads(result.stdout)["reason"]


def test_bad_items_are_named_or_left_out(tmp_path: Path) -> None:
    folder = own(tmp_path / "data")
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
    items[0]["picture"] = "gone.png"
    write(folder / "items.jsonl", items)
    refused = call("folder", "--data", folder, "--model", "oracle", "--out", tmp_path / "run")
    assert refused.exit_code == 2
    assert "item 0 (box): picture: 'gone.png'" in refused.output
    passed = call("folder", "--data", folder, "--model", "oracle", "--out", tmp_path / "run", "--skip-bad")
    assert passed.exit_code == 0, passed.output
    assert "1 items left out" in passed.output
    assert "left out: " in passed.output
