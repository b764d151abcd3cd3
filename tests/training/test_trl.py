"""Our loss and gradients beside those of TRL's `SFTTrainer`, on one and the same batch.

Opt-in: `pip install "gui-agent-toolkit[oracles]"`. TRL tells its makers of every trainer that is made, so it runs
in a process of its own that may not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.training.data.dataset import open_data
from model.training.opened import open_checkpoint
from model.training.trainer.batch import Seen, collate, sequence
from model.training.trainer.learner import Learner
from model.training.trainer.loop import answer_loss
from tests.tools.trl_side import SILENT, processor
from tests.training.learners import boxes, checkpoint

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(find_spec("trl") is None, reason="needs the extra oracles")
def test_loss_and_gradients_are_those_of_trl(tmp_path: Path) -> None:
    code = "import sys, pathlib, tests.training.test_trl as own; own.compare(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **SILENT}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "equal" in done.stdout


def compare(tmp_path: Path) -> None:
    """In the process that may not tell."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    base, data = checkpoint(tmp_path / "base"), boxes(tmp_path / "data", pictures=2)
    rows = [
        {
            "images": [open_data(data.folder).open_picture(record.picture)],
            "prompt": [{"role": "user", "content": f"Where is {record.instruction}?"}],
            "completion": [{"role": "assistant", "content": str(list(record.boxes[0]))}],
        }
        for record in data
    ]
    theirs = open_checkpoint(base)
    settings = SFTConfig(
        output_dir=str(tmp_path / "trl"), per_device_train_batch_size=len(rows), max_length=None, report_to="none",
        use_cpu=True, bf16=False, gradient_checkpointing=False,
    )  # fmt: skip
    trainer = SFTTrainer(
        model=theirs.model, args=settings, train_dataset=Dataset.from_list(rows), processing_class=processor(base)
    )
    inputs = next(iter(trainer.get_train_dataloader()))
    trainer.model.train()
    their_loss = trainer.compute_loss(trainer.model, dict(inputs))
    their_loss.backward()

    ours = open_checkpoint(base)
    batch = as_ours(ours, inputs)
    assert batch.weights.numel() == int((inputs["labels"] != -100).sum())
    loss, _ = answer_loss(Learner(ours.model, ours.eyes)(batch), batch, None)
    loss = loss / batch.weights.sum()
    loss.backward()
    assert float(loss) == pytest.approx(float(their_loss), abs=1e-5)
    for (name, one), (_, other) in zip(
        ours.model.named_parameters(), trainer.model.named_parameters(), strict=True
    ):
        assert torch.allclose(one.grad, other.grad, atol=1e-5), name
    print("equal")


def as_ours(opened: Any, inputs: Any) -> Any:
    """The same tokens, pictures and learned places as our batch."""
    eyes, samples, pictures = opened.eyes, [], []
    values, grids = inputs["pixel_values"], inputs["image_grid_thw"]
    at = 0
    for row, labels in zip(inputs["input_ids"], inputs["labels"], strict=True):
        kept = inputs["attention_mask"][len(samples)].bool()
        tokens, learned = row[kept].tolist(), (labels[kept] != -100).tolist()
        _, high, wide = grids[len(samples)].tolist()
        picture = _picture(eyes.processor, values[at : at + high * wide], high, wide)
        at += high * wide
        positions = eyes.sight.positions(tokens, [picture])[0][:, 0].numpy()
        seen = Seen("", lambda picture=picture: picture, high * wide // 4)  # type: ignore[misc]
        samples.append(sequence(tokens, positions, np.asarray(learned, float), pictures=(seen,)))
        pictures.append(picture)
    pad = opened.tokenizer.pad_token_id
    return collate(samples, pad=pad, picture=opened.model.config.image_token_id)


def _picture(processor: Any, values: torch.Tensor, high: int, wide: int) -> Any:
    """The picture that these patches came from."""
    from PIL import Image

    side, merge = processor.patch_size, processor.merge_size
    parts = values.view(high // merge, wide // merge, merge, merge, 3, processor.temporal_patch_size, side, side)
    pixels = parts[:, :, :, :, :, 0].permute(0, 2, 5, 1, 3, 6, 4).reshape(high * side, wide * side, 3).numpy()
    pixels = (pixels * np.array(processor.image_std) + np.array(processor.image_mean)) / processor.rescale_factor
    return Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8))
