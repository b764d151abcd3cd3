"""Our loss and gradients of pairs beside those of TRL's `DPOTrainer`, on the same pictures and answers.

Opt-in, and in a process of its own, as `test_trl` is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from model.training.data.dataset import open_data
from model.training.data.records import GroundingItem
from model.training.dpo.loss import dpo, sums_of
from model.training.opened import open_checkpoint
from model.training.trainer.batch import collate, packed
from model.training.trainer.learner import Learner
from tests.tools.trl_side import SILENT, processor
from tests.training.learners import boxes, checkpoint
from tests.training.test_trl import as_ours

ROOT = Path(__file__).parents[3]
BETA = 0.3


@pytest.mark.skipif(find_spec("trl") is None, reason="needs the extra oracles")
def test_loss_and_gradients_are_those_of_trl(tmp_path: Path) -> None:
    code = "import sys, pathlib, tests.training.rl.test_trl_dpo as own; own.compare(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **SILENT}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "equal" in done.stdout


def moved(folder: Path) -> Any:
    """The checkpoint after it has moved a little from where it began: else every margin is 0."""
    opened = open_checkpoint(folder)
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for weight in opened.model.parameters():
            weight += 0.02 * torch.randn(weight.shape, generator=generator)
    return opened


def compare(folder: Path) -> None:
    """In the process that may not tell."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    base, data = checkpoint(folder / "base"), boxes(folder / "data", pictures=2)
    records = [record for record in data if isinstance(record, GroundingItem)]
    rows = [
        {
            "images": [open_data(data.folder).open_picture(record.picture)],
            "prompt": [{"role": "user", "content": f"Where is {record.instruction}?"}],
            "chosen": [{"role": "assistant", "content": str(list(record.boxes[0]))}],
            "rejected": [{"role": "assistant", "content": f"nowhere, {number}"}],
        }
        for number, record in enumerate(records)
    ]
    settings = DPOConfig(
        output_dir=str(folder / "trl"), per_device_train_batch_size=len(rows), beta=BETA, max_length=None,
        report_to="none", use_cpu=True, bf16=False, gradient_checkpointing=False,
    )  # fmt: skip
    reader = processor(base)
    reader.tokenizer.padding_side = "left"
    trainer = DPOTrainer(
        model=moved(base).model, ref_model=open_checkpoint(base).model, args=settings,
        train_dataset=Dataset.from_list(rows), processing_class=reader,
    )  # fmt: skip
    inputs = next(iter(trainer.get_train_dataloader()))
    trainer.model.train()
    theirs = trainer.compute_loss(trainer.model, dict(inputs))
    theirs.backward()

    plain = dict(inputs)
    plain["labels"] = plain["input_ids"].masked_fill(plain.pop("completion_mask") == 0, -100)
    reference = open_checkpoint(base)
    batch = as_ours(reference, plain)
    count = len(rows)
    for sample in batch.samples:
        sample.more["tokens"] = int((sample.weights > 0).sum())
    with torch.no_grad():
        sums, _ = sums_of(Learner(reference.model, reference.eyes)(batch), batch)
    for sample, value in zip(batch.samples, sums.tolist(), strict=True):
        sample.more["reference"] = value
    ours = moved(base)
    rows_of_pairs = []
    for better, worse in zip(batch.samples[:count], batch.samples[count:], strict=True):
        # The same picture, though it came out of two rows of patches.
        rows_of_pairs.append(packed([better, worse]))
    own = collate(rows_of_pairs, pad=ours.tokenizer.pad_token_id, picture=ours.model.config.image_token_id)
    loss, figures = dpo(BETA)(Learner(ours.model, ours.eyes)(own), own, None)
    loss = loss / count
    loss.backward()
    assert abs(figures["margin"]) > 1e-2, "nothing has moved"
    assert float(loss) == pytest.approx(float(theirs), abs=1e-5)
    largest = 0.0
    for (name, one), (_, other) in zip(
        ours.model.named_parameters(), trainer.model.named_parameters(), strict=True
    ):
        assert one.grad is not None, name
        assert other.grad is not None, name
        largest = max(largest, float(one.grad.abs().max()))
        assert torch.allclose(one.grad, other.grad, atol=1e-5), name
    assert largest > 1e-3, "gradients this small are equal whatever they are"
    print("equal", figures)
