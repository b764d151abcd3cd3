"""The browser and the counter page of the loop's tests, and tiny checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.agent.conftest import browser, counter, counter_url
from tests.tools.random_weights import make_checkpoint

__all__ = ["browser", "counter", "counter_url"]

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Class → folder of a checkpoint with random weights."""
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: make_checkpoint(kind, folder / kind) for kind in ("qwen2_5_vl", "qwen3_vl", "qwen3_5")}
