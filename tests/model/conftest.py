"""Tiny checkpoints, made once per session."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.tools.random_weights import KINDS, make_checkpoint

# Models this small lose far more to the hand-over between threads than they win by them.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Kind → folder of a checkpoint with random weights."""
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: make_checkpoint(kind, folder / kind) for kind in KINDS}
