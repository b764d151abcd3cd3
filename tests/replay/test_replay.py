"""Replays on pages that have changed: the right thing or nothing; what cannot be played, and why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from agent.replay.recording import NotPlayable, Recording
from agent.trace.writer import TraceError
from envs.tasks.base import Task
from model.embedded.eyes.reader import Reader
from tests.replay.drift import DRIFTS, Drift, play, relabelled, removed

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BY_NAME = {drift.name: drift for drift in DRIFTS}


@pytest.mark.parametrize("name", ["none", "pixel ratio 2", "zoom 125 %", "window 1000x700", "dark", "banner"])
def test_a_page_that_looks_otherwise_is_played_all_the_same(name: str, recorded: Path, wish: Task) -> None:
    played = play(recorded, wish, BY_NAME[name])
    assert played.right, played.reason


@pytest.mark.parametrize(
    "drift", [BY_NAME["other language"], relabelled("Only necessary"), removed("Only necessary")]
)
def test_what_is_not_there_is_refused_and_nothing_else_pressed(drift: Drift, recorded: Path, wish: Task) -> None:
    usual = play(recorded, wish, BY_NAME["none"])
    played = play(recorded, wish, drift)
    assert played.refused, played.reason
    assert played.clicks == usual.clicks[: len(played.clicks)]
    assert "step 1" in played.reason


def changed(recorded: Path, folder: Path, name: str, **fields: object) -> Path:
    """A copy of the run with fields of one of its files changed."""
    shutil.copytree(recorded, folder)
    data = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps({**data, **fields}))
    return folder


def test_what_cannot_be_played_says_why(recorded: Path, tmp_path: Path) -> None:
    reader = Reader()
    failed = changed(recorded, tmp_path / "failed", "result.json", status="failed", reason="lost its way")
    with pytest.raises(NotPlayable, match=r"did not end well \(failed: lost its way\); --anyway"):
        Recording(failed, reader)
    assert Recording(failed, reader, anyway=True).steps
    with pytest.raises(NotPlayable, match="version 99"):
        Recording(changed(recorded, tmp_path / "later", "run.json", trace_version=99), reader)
    with pytest.raises(TraceError):
        Recording(tmp_path, reader)
    gone = changed(recorded, tmp_path / "gone", "result.json")
    (gone / "step_1.png").unlink()
    with pytest.raises(NotPlayable, match=r"step_1.png: the screenshot cannot be read"):
        Recording(gone, reader)


def test_the_texts_that_it_types_have_names(recorded: Path) -> None:
    recording = Recording(recorded, Reader())
    assert list(recording.variables) == ["search"]
    recording.with_values({"search": "YU7"})
    assert [step.action["text"] for step in recording.steps if step.kind == "input"] == ["YU7"]
    with pytest.raises(NotPlayable, match=r"var: 'colour' is no text of this run; it has: search"):
        recording.with_values({"colour": "red"})


def test_the_command_plays_once_for_every_row(recorded: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("search\nSU7\nSU7 \n")
    told = CliRunner().invoke(
        app, ["replay", str(recorded), "--each", str(rows), "--runs-dir", str(tmp_path / "runs"), "--json"]
    )
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)["rows"]
    assert [row["status"] for row in found] == ["verified", "verified"]
    assert [row["values"]["search"] for row in found] == ["SU7", "SU7 "]
    assert all(row["usage"]["model_calls"] == 0 for row in found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--var", "search"], "write it as NAME=TEXT"),
        (["--var", "colour=red"], "it has: search"),
        (["--each", "none.csv"], "cannot be read"),
    ],
)
def test_bad_values_are_told(arguments: list[str], said: str, recorded: Path) -> None:
    told = CliRunner().invoke(app, ["replay", str(recorded), *arguments, "--json"])
    assert told.exit_code == 2
    assert said in json.loads(told.stdout)["reason"]


def test_its_steps_can_be_listed(recorded: Path) -> None:
    told = CliRunner().invoke(app, ["replay", str(recorded), "--show"])
    assert told.exit_code == 0
    assert "--var search=…" in told.output


def test_a_secret_is_never_typed_by_its_name(recorded: Path, tmp_path: Path) -> None:
    folder = changed(recorded, tmp_path / "secret", "result.json")
    lines = (folder / "traj.jsonl").read_text().replace('"text": "SU7"', '"text": "<secret:word>"')
    (folder / "traj.jsonl").write_text(lines)
    told = CliRunner().invoke(app, ["replay", str(folder), "--runs-dir", str(tmp_path / "runs"), "--json"])
    assert told.exit_code == 2
    assert "types <secret:word>: --secrets FILE" in json.loads(told.stdout)["reason"]
