"""`agent train`: what the commands print, how they end, and that a model is evaluated while it is trained."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from typer.testing import CliRunner

from agent.cli.app import app
from model.training.trainer.state import read_log
from tests.training.learners import boxes, checkpoint

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore")  # of other people's libraries about themselves


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("train-cli")
    boxes(path / "data", pictures=3)
    boxes(path / "data", pictures=2, split="validation")
    checkpoint(path / "base")
    return path


def call(*args: Any) -> Any:
    return CliRunner().invoke(app, ["train", *map(str, args)])


def known(folder: Path, out: str) -> list[Any]:
    return [
        folder / "data", "--model", folder / "base", "--out", folder / out, "--family", "gta1", "--device", "cpu",
        "--batch", 2, "--lr", 1e-3,
    ]  # fmt: skip


def test_train_and_export_with_figures_of_the_validation_split(folder: Path) -> None:
    more = ["--steps", 4, "--lora", 2, "--eval-every", 2, "--eval-tokens", 4, "--tensorboard", "--json"]
    done = call("sft", *known(folder, "run"), *more)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["steps"] == 4
    assert not told["stopped"]
    assert 0 <= told["figures"]["eval_score"] <= 1
    evaluated = [line["step"] for line in read_log(folder / "run" / "steps.jsonl") if "eval_score" in line]
    assert evaluated == [2, 4]
    assert (folder / "run" / "curves.png").stat().st_size > 5000
    assert list((folder / "run" / "tensorboard").glob("events*"))

    done = call("export", folder / "run", "--out", folder / "exported", "--json")
    assert done.exit_code == 0, done.output
    assert (folder / "exported" / "model.safetensors").is_file()
    done = call("merge", folder / "run" / "adapter", "--model", folder / "base", "--out", folder / "merged")
    assert done.exit_code == 0, done.output
    assert "layers changed" in done.output


def test_what_will_be_trained_is_shown_block_by_block(folder: Path) -> None:
    done = call("sft", *known(folder, "shown"), "--steps", 1, "--blocks", "projector")
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stderr.splitlines() if "projector" in line or "vision" in line]
    assert any("projector" in row and "82,304" in row for row in rows), done.stderr
    assert any("vision" in row and "0" in row for row in rows)


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--steps", 1, "--blocks", "eyes"], 2, "accepted: vision, projector, language"),
        (["--steps", 9, "--lr", 1e30, "--clip", 1e9], 1, "so the run was stopped"),
        (["--model", "nowhere"], 2, "is not a checkpoint"),
        (["--steps", 1, "--eval-every", 1, "--eval-suite", "nothing"], 2, "nothing"),
    ],
)
def test_every_ending_has_its_code_and_its_sentence(folder: Path, more: list[Any], code: int, said: str) -> None:
    done = call("sft", *known(folder, f"ends-{code}-{len(more)}"), *more)
    assert done.exit_code == code
    assert said in done.output


def test_ctrl_c_saves_the_state_and_the_same_command_goes_on(folder: Path) -> None:
    args = [*known(folder, "stopped"), "--steps", 40, "--save-every", 100]
    command = [sys.executable, "-m", "agent.cli", "train", "sft", *map(str, args)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    log = folder / "stopped" / "steps.jsonl"
    while child.poll() is None and (not log.is_file() or len(read_log(log)) < 3):
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate()
    assert child.returncode == 130
    assert "its state is saved; the same command goes on" in out
    done = call("sft", *args, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1])["steps"] == 40
    assert [line["step"] for line in read_log(log)] == list(range(1, 41))
