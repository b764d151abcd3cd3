"""`agent train dpo`: loss by hand, pairs from runs and from answers scored claim by claim, a run and its crash."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from PIL import Image
from typer.testing import CliRunner

from agent.cli.app import app
from model.base import Reply, Request
from model.families import FAMILIES
from model.training.data.dataset import FolderData
from model.training.data.records import Episode, Step
from model.training.dpo.claims import judge
from model.training.dpo.loss import dpo as objective_of
from model.training.dpo.pairs import pairs_of_runs, pairs_of_scores, read_pairs
from model.training.dpo.run import Options, dpo
from model.training.sft import sft
from model.training.trainer.batch import collate, packed, sequence
from model.training.trainer.learner import Told
from model.training.trainer.state import TrainingFault, read_log
from tests.training.learners import boxes, checkpoint
from tests.training.learners import options as sft_options
from tests.training.makers import ORIGIN, screen

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.filterwarnings("ignore")  # of other people's libraries about themselves


# -- the loss ------------------------------------------------------------------------------------------------


def row(tokens: int, reference: float, name: str = "a") -> Any:
    positions = np.tile(np.arange(tokens + 2), (3, 1))
    more = {"tokens": tokens, "reference": reference}
    return sequence(list(range(tokens + 2)), positions, [0.0, 0.0] + [1.0] * tokens, more=more, name=name)


@pytest.mark.parametrize("together", [False, True])
def test_loss_and_gradient_by_hand(together: bool) -> None:
    # Better: log π = −1 − 2 = −3, log π₀ = −3.5: gained .5. Worse: −1, −0.6: gained −.4. β(.5 + .4) = .45.
    rows = [row(2, -3.5), row(1, -0.6)]
    batch = collate([packed(rows)] if together else rows, pad=0)
    said = torch.tensor([-1.0, -2.0, -1.0], requires_grad=True)
    loss, figures = objective_of(0.5)(Told(said, torch.zeros(0)), batch, None)
    loss.backward()
    assert said.grad is not None
    assert float(loss.detach()) == pytest.approx(-math.log(1 / (1 + math.exp(-0.45))))
    slope = 0.5 / (1 + math.exp(0.45))  # β σ(−margin)
    assert said.grad.tolist() == pytest.approx([-slope, -slope, slope])
    assert figures == {"margin": pytest.approx(0.45), "preferred": 1.0}


def test_losses_of_pairs_are_summed() -> None:
    batch = collate([row(2, -3.5), row(1, -0.6), row(1, -1.0), row(1, -1.0)], pad=0)
    said = torch.tensor([-1.0, -2.0, -1.0, -2.0, -1.0])
    loss, figures = objective_of(0.5)(Told(said, torch.zeros(0)), batch, None)
    assert float(loss) == pytest.approx(math.log(1 + math.exp(-0.45)) + math.log(1 + math.exp(0.5)))
    assert figures == {"margin": pytest.approx((0.45 - 0.5) / 2), "preferred": 0.5}


# -- pairs from runs -----------------------------------------------------------------------------------------


def episode(data: FolderData, name: str, verdict: Any, clicks: list[tuple[int, int, int]], **more: Any) -> Episode:
    """Steps of (screen, x, y)."""
    steps = tuple(
        Step(
            picture=data.add_picture(screen(number, (168, 112))),
            action={"action": "click", "start_point": [x, y]},
            outcome="done",
        )
        for number, x, y in clicks
    )
    return Episode(id=name, origin=ORIGIN.model_copy(update=more), task="Press it.", steps=steps, verdict=verdict)


GOOD, WRONG = [(0, 10, 10), (1, 50, 50), (2, 90, 90)], [(0, 10, 10), (1, 20, 80), (3, 5, 5)]


@pytest.fixture
def data(tmp_path: Path) -> FolderData:
    return FolderData(tmp_path / "data", create=True)


def test_a_pair_stands_where_a_failed_run_leaves_a_verified_one(data: FolderData) -> None:
    data.append(episode(data, "good", "verified", GOOD), episode(data, "bad", "failed", WRONG))
    [pair] = pairs_of_runs(data, FAMILIES["mimo-vl"]).pairs
    assert pair.item == "good#1"
    assert "[50, 50]" in pair.better
    assert "[20, 80]" in pair.worse


@pytest.mark.parametrize(
    ("clicks", "verdict", "why"),
    [
        ([(5, 10, 10), (1, 20, 80)], "failed", "never stood where a verified one did"),
        ([(0, 10, 10), (7, 20, 80)], "failed", "never stood where a verified one did"),
        (GOOD, "failed", "never stood where a verified one did"),
        (WRONG, "claimed", "without both a verified and a failed"),
    ],
)
def test_what_cannot_be_compared_is_no_pair(data: FolderData, clicks: Any, verdict: str, why: str) -> None:
    data.append(episode(data, "good", "verified", GOOD), episode(data, "other", verdict, clicks))
    found = pairs_of_runs(data, FAMILIES["mimo-vl"])
    assert found.pairs == []
    assert any(why in reason for reason in found.left_out)


def test_of_several_verified_runs_the_one_that_goes_along_longest_is_taken(data: FolderData) -> None:
    data.append(
        episode(data, "short", "verified", [(0, 30, 30), (1, 50, 50)]),
        episode(data, "long", "verified", GOOD),
        episode(data, "bad", "failed", WRONG),
    )
    assert [pair.item for pair in pairs_of_runs(data, FAMILIES["mimo-vl"]).pairs] == ["long#1"]


# -- pairs from scores ---------------------------------------------------------------------------------------


class Says:
    """A model that answers by a function of the text it is asked."""

    name, family = "says", "canonical"

    def __init__(self, answer: Callable[[str], str]) -> None:
        self._answer = answer
        self.asked: list[Request] = []

    def generate(self, request: Request, on_text: Any = None) -> Reply:
        self.asked.append(request)
        return Reply(self._answer(request.messages[-1].text))

    def close(self) -> None: ...


IMAGE = Image.new("RGB", (56, 56), "red")


def test_the_score_is_minus_the_claims_that_are_denied() -> None:
    splitter = Says(
        lambda text: "<think>hm</think>\n- Is it red?\n2. Is it round?\n* Is there a button?\nIs it red?"
    )
    checker = Says(lambda text: "No." if "round" in text else "yes, it is")
    found = judge(splitter, checker, IMAGE, "What is it?", "a red round button")
    assert found.questions == ("Is it red?", "Is it round?", "Is there a button?")
    assert found.verdicts == (True, False, True)
    assert found.score == -1
    assert "a red round button" in splitter.asked[0].messages[0].text
    assert splitter.asked[0].pictures == []
    assert [len(request.pictures) for request in checker.asked] == [1, 1, 1]


@pytest.mark.parametrize(
    ("split", "check", "score"),
    [
        ("- Is it red?", "perhaps", None),
        ("- Is it red?", "", None),
        ("- Is it red?", "notable", None),
        ("I cannot do that.", "yes", None),
        ("", "yes", None),
        ("none", "yes", 0),
        ("- 是红色吗?", "是的", 0),
        ("- 是红色吗?", "不是", -1),
        ("- Is it red?", "<think>no</think> Yes", 0),
    ],
)
def test_what_is_neither_yes_nor_no_is_no_score(split: str, check: str, score: float | None) -> None:
    assert judge(Says(lambda text: split), Says(lambda text: check), IMAGE, "What?", "red").score == score


def test_pairs_are_of_different_scores_and_no_more_than_wanted() -> None:
    chance = np.random.default_rng(0)
    made = pairs_of_scores("x", ["a", "b", "c", "d"], [-1, 0, None, -1], chance, most=9)
    assert {(pair.better, pair.worse) for pair in made} == {("b", "a"), ("b", "d")}
    assert made[0].scores == (0, -1)
    assert len(pairs_of_scores("x", list("abcdef"), [0, -1, -2, -3, -4, -5], chance, most=2)) == 2
    assert pairs_of_scores("x", ["a", "b"], [-1, -1], chance) == []
    assert len(pairs_of_scores("x", ["a", "a", "b", "b"], [0, 0, -1, -1], chance, most=9)) == 1


# -- a run ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dpo")
    data = FolderData(path / "runs", create=True)
    for number in range(8):
        more = {"split": "validation"} if number > 5 else {}
        good = [(10 * number, 10, 10), (10 * number + 1, 50 + 5 * number, 50)]
        wrong = [(10 * number, 10, 10), (10 * number + 1, 20, 80)]
        data.append(
            episode(data, f"good{number}", "verified", good, **more),
            episode(data, f"bad{number}", "failed", wrong, **more),
        )
    boxes(path / "data", pictures=3)
    checkpoint(path / "base")
    return path


def options(folder: Path, out: str, **more: Any) -> Options:
    known: dict[str, Any] = {
        "family": "mimo-vl",
        "steps": 6,
        "lr": 1e-3,
        "batch": 4,
        "device": "cpu",
        "save_every": 2,
    }
    return Options(data=folder / "runs", model=folder / "base", out=folder / out, **{**known, **more})


def weights(place: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(next(place.glob("*model.safetensors")))


@pytest.mark.parametrize("more", [{}, {"lora": 2, "lr": 1e-2}])
def test_the_margin_of_pairs_never_learned_rises(folder: Path, more: dict[str, Any]) -> None:
    out = f"margin-{len(more)}"
    run, place = dpo(options(folder, out, steps=20, evaluate_every=10, **more))
    lines = read_log(folder / out / "steps.jsonl")
    assert lines[0]["loss"] == pytest.approx(math.log(2), abs=1e-5), "the model is where it began"
    assert lines[0]["margin"] == pytest.approx(0, abs=1e-4)
    assert run.figures["eval_margin"] > 0.1
    assert run.figures["eval_preferred"] == 1
    assert place.is_dir()


def test_a_run_that_is_stopped_goes_on_to_the_same_end(folder: Path) -> None:
    whole, end = dpo(options(folder, "whole", lora=2))
    steps = iter(range(1, 9))
    dpo(options(folder, "stopped", lora=2), stop=lambda: next(steps) == 3)
    again, place = dpo(options(folder, "stopped", lora=2))
    assert again.losses == whole.losses
    one, other = weights(end), weights(place)
    assert all(torch.equal(one[key], other[key]) for key in one)
    with pytest.raises(TrainingFault, match=r"pairs\.jsonl: is of another run"):
        dpo(options(folder, "stopped", lora=2, beta=0.5))


def test_a_run_that_is_killed_goes_on_to_the_same_end(folder: Path) -> None:
    whole, _ = dpo(options(folder, "killed-whole", steps=12))
    code = (
        "import sys; from pathlib import Path; from model.training.dpo.run import dpo\n"
        "from tests.training.rl.test_dpo import options; dpo(options(Path(sys.argv[1]), 'killed', steps=12))"
    )
    for name in ("pairs.jsonl", "reference.json", "states/000002", "states/000006"):
        child = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stderr=subprocess.DEVNULL)
        while child.poll() is None and not (folder / "killed" / name).exists():
            time.sleep(0.01)
        child.kill()
        child.wait()
    again, _ = dpo(options(folder, "killed", steps=12))
    assert again.losses == whole.losses


def test_answers_that_are_drawn_become_pairs_by_their_claims(folder: Path) -> None:
    splitter = Says(lambda text: f"- Does it begin with {text.rpartition('Answer: ')[2][1:2]!r}?")
    checker = Says(lambda text: "yes" if ord(text.partition("'")[2][:1] or "a") % 2 else "no")
    given = {"data": folder / "data", "ask": "Describe the screen.", "family": "gta1", "most": 14, "samples": 6}
    with pytest.raises(TrainingFault, match="--ask: needs --splitter and --checker"):
        dpo(Options(**{**vars(options(folder, "asked")), **given}))
    # A checkpoint that has learned nothing seldom ends its answers.
    _, head = sft(sft_options(folder, "taught", steps=40, lr=3e-3, batch=8, micro=0))
    run, _ = dpo(
        Options(**{**vars(options(folder, "asked")), **given, "model": head}), splitter=splitter, checker=checker
    )
    pairs, about = read_pairs(folder / "asked" / "pairs.jsonl")
    assert pairs
    assert all(pair.scores is not None and pair.scores[0] > pair.scores[1] for pair in pairs)
    assert max(sum(pair.item == other.item for other in pairs) for pair in pairs) <= 2
    assert about["run"]["ask"] == "Describe the screen."
    assert run.losses[0] == pytest.approx(math.log(2), abs=1e-5)
    assert run.losses[-1] < run.losses[0]


def test_data_without_pairs_says_why(folder: Path) -> None:
    with pytest.raises(TrainingFault, match=r"gives no pairs of the split train \(there are none\)"):
        dpo(Options(**{**vars(options(folder, "none")), "data": folder / "data"}))


def test_the_command(folder: Path) -> None:
    args = ["--model", folder / "base", "--family", "mimo-vl", "--device", "cpu", "--lr", 1e-3, "--batch", 4]
    done = CliRunner().invoke(
        app,
        ["train", "dpo", str(folder / "runs"), "--out", str(folder / "cli"), *map(str, args), "--steps", "3",
         "--eval-every", "3", "--json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["steps"] == 3
    assert told["figures"]["eval_margin"] > 0
    wrong = CliRunner().invoke(
        app, ["train", "dpo", *map(str, [folder / "runs", "--out", folder / "bad", *args, "--beta", 0])]
    )
    assert wrong.exit_code == 2
    assert "--beta 0.0: accepted: a number above 0" in wrong.output
