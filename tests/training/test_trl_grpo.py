"""Gradients of our algorithms beside those of TRL's `GRPOTrainer`, on the same pictures, tokens and rewards.

Opt-in, and in a process of its own, as `test_trl` is. TRL makes its own advantages, and its own prompts; only the
answers and their rewards are given to it.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from model.training.algorithms import advantages_of, named
from model.training.data.dataset import open_data
from model.training.data.records import GroundingItem
from model.training.opened import open_checkpoint
from model.training.trainer.batch import collate
from model.training.trainer.learner import Learner
from tests.tools.trl_side import SILENT, processor
from tests.training.learners import boxes, checkpoint
from tests.training.test_trl import as_ours

ROOT = Path(__file__).parents[2]
GROUP, LONGEST = 4, 9
REWARDS = [1.0, 0.0, 0.25, 0.0, 0.5, 1.0, 1.0, 0.0]
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "one group": ({}, {"loss_type": "dapo"}, False),
    "token mean": ({"mean": "token"}, {"loss_type": "dapo"}, False),
    "sequence mean": ({"mean": "sequence"}, {"loss_type": "grpo"}, False),
    "dr-grpo": ({"name": "dr-grpo", "longest": LONGEST}, {"loss_type": "dr_grpo", "scale_rewards": "none"}, False),
    "dapo": ({"name": "dapo"}, {"loss_type": "dapo", "epsilon_high": 0.28}, True),
    "clipped": ({"name": "grpo-clip", "mean": "sequence"}, {"loss_type": "grpo"}, True),
    "gspo": (
        {"name": "gspo"},
        {
            "loss_type": "grpo",
            "importance_sampling_level": "sequence",
            "epsilon": 3e-4,
            "epsilon_high": 4e-4,
        },
        True,
    ),
}
"""Name → our choices, TRL's, and whether the answers were drawn by another model than the one that learns."""


@pytest.mark.skipif(find_spec("trl") is None, reason="needs the extra oracles")
def test_gradients_are_those_of_trl(tmp_path: Path) -> None:
    code = "import sys, pathlib, tests.training.test_trl_grpo as own; own.compare(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **SILENT}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [line.partition(": ")[0] for line in done.stdout.splitlines() if ": equal" in line] == list(CASES)


def compare(tmp_path: Path) -> None:
    """In the process that may not tell: all cases."""
    checkpoint(tmp_path / "base")
    data = boxes(tmp_path / "data", pictures=2, questions=1)
    records = [record for record in data if isinstance(record, GroundingItem)]
    rows = [
        {
            "images": [open_data(data.folder).open_picture(record.picture)],
            "prompt": [{"role": "user", "content": f"Where is {record.instruction}?"}],
        }
        for record in records
        for _ in range(GROUP)
    ]
    rng = random.Random(3)
    said = [[rng.randrange(300, 400) for _ in range(1 + (5 * place) % LONGEST)] for place in range(len(rows))]
    for name, (ours, theirs, drawn) in CASES.items():
        count = GROUP if name == "one group" else len(rows)
        _same(name, tmp_path, rows[:count], said[:count], REWARDS[:count], ours, theirs, drawn)
        print(f"{name}: equal")


def _same(
    name: str,
    folder: Path,
    rows: list[Any],
    said: list[list[int]],
    rewards: list[float],
    ours: dict[str, Any],
    theirs: dict[str, Any],
    drawn: bool,
) -> None:
    trainer, inputs = _trl(folder, rows, said, rewards, theirs)
    opened = open_checkpoint(folder / "base")
    # As TRL's other trainer has it: whole sequences and what is learned of them.
    ids = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], 1)
    mask = torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], 1)
    labels = torch.full_like(ids, -100)
    begun = inputs["prompt_ids"].shape[1]
    labels[:, begun:][inputs["completion_mask"].bool()] = 0
    plain = as_ours(
        opened,
        {
            "input_ids": ids,
            "attention_mask": mask,
            "labels": labels,
            "pixel_values": inputs["pixel_values"],
            "image_grid_thw": inputs["image_grid_thw"],
        },
    )
    learner = Learner(opened.model, opened.eyes)
    with torch.no_grad():
        now = learner(plain).logps
    kept = now + (torch.rand(now.shape, generator=torch.manual_seed(5)) - 0.5) * drawn
    if drawn:
        old = torch.zeros_like(inputs["completion_ids"], dtype=torch.float32)
        old[inputs["completion_mask"].bool()] = kept
        inputs["old_per_token_logps"] = old
    trainer._compute_loss(trainer.model, inputs).backward()

    algorithm = named(**ours)
    groups = [said[first : first + GROUP] for first in range(0, len(said), GROUP)]
    weights = [one for group in algorithm.weights([[*map(len, group)] for group in groups]) for one in group]
    advantages = [
        one
        for first in range(0, len(said), GROUP)
        for one in advantages_of(algorithm, rewards[first : first + GROUP])
    ]
    logps = iter(kept.split([len(one) for one in said]))
    samples = [
        replace(
            sample,
            weights=sample.weights * weight,
            advantages=sample.advantages * advantage,
            more={"logps": next(logps).tolist()},
        )
        for sample, weight, advantage in zip(plain.samples, weights, advantages, strict=True)
    ]
    batch = collate(samples, pad=opened.tokenizer.pad_token_id, picture=opened.model.config.image_token_id)
    loss, figures = algorithm.objective(learner(batch), batch, None)
    loss.backward()
    if drawn:
        assert 0 < figures["clipped"] < 1, "nothing was clipped, or all"
    moved = 0.0
    for (weight, one), (_, other) in zip(
        opened.model.named_parameters(), trainer.model.named_parameters(), strict=True
    ):
        assert one.grad is not None, weight
        assert other.grad is not None, weight
        moved = max(moved, float(one.grad.abs().max()))
        assert torch.allclose(one.grad, other.grad, atol=1e-5), f"{name}: {weight}"
    assert moved > 1e-3, "gradients this small are equal whatever they are"


def _trl(
    folder: Path, rows: list[Any], said: list[list[int]], rewards: list[float], theirs: dict[str, Any]
) -> Any:
    """A trainer, and its own tensors of a rollout whose answers and rewards are given."""
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    class Given(GRPOTrainer):  # type: ignore[misc]
        def _generate(self, prompts: list[Any]) -> Any:
            tokens, images, _ = self._tokenize_prompts(prompts)
            texts = self._tokenizer.batch_decode(said)
            answers = [[{"role": "assistant", "content": text}] for text in texts]
            return tokens, said, None, answers, None, {}, images, []

    settings = GRPOConfig(
        output_dir=str(folder / "trl"), per_device_train_batch_size=len(rows), num_generations=GROUP, beta=0.0,
        max_completion_length=LONGEST, report_to="none", use_cpu=True, bf16=False, gradient_checkpointing=False,
        **theirs,
    )  # fmt: skip
    # As TRL loads one itself: with another side, its marks of picture tokens stand beside the tokens.
    reader = processor(folder / "base")
    reader.tokenizer.padding_side = "left"
    trainer = Given(
        model=open_checkpoint(folder / "base").model,
        args=settings,
        reward_funcs=lambda completions, **_: rewards,
        train_dataset=Dataset.from_list(rows),
        processing_class=reader,
    )
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1
    return trainer, trainer._generate_and_score_completions(rows)
