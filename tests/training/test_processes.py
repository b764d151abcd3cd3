"""Two processes that train together take the steps that one takes with the same batch."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("accelerate")

from model.training.trainer.state import read_log
from tests.training.learners import boxes, checkpoint

ROOT = Path(__file__).parents[2]
CODE = """
import json, sys
from pathlib import Path
from model.training.sft import sft
from tests.training.learners import options
sft(options(Path(sys.argv[1]), sys.argv[2], **json.loads(sys.argv[3])))
"""


def train(folder: Path, out: str, processes: int, **more: Any) -> list[float]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    known = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(processes)}
    if processes > 1:
        known |= {"ACCELERATE_USE_CPU": "true", "LOCAL_WORLD_SIZE": str(processes), "OMP_NUM_THREADS": "1"}
    else:
        known = {}
    children = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", CODE, str(folder), out, json.dumps(more)],
            cwd=ROOT,
            env={**os.environ, **known, **({"RANK": str(rank), "LOCAL_RANK": str(rank)} if known else {})},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(processes)
    ]
    for child in children:
        _, told = child.communicate(timeout=600)
        assert child.returncode == 0, told[-3000:]
    return [line["loss"] for line in read_log(folder / out / "steps.jsonl")]


@pytest.mark.slow
@pytest.mark.parametrize("more", [{}, {"stages": "projector:2@1e-3,all:2@1e-3"}])
def test_two_processes_give_the_losses_of_one(tmp_path: Path, more: dict[str, Any]) -> None:
    boxes(tmp_path / "data", pictures=4)
    checkpoint(tmp_path / "base")
    one = train(tmp_path, "one", 1, **{"steps": 4, **more})
    two = train(tmp_path, "two", 2, **{"steps": 4, **more})
    assert len(one) == 4
    assert two == pytest.approx(one, abs=1e-5)
    # And they go on where two were stopped, with one: the state is whole.
    again = train(tmp_path, "two", 1, **{"steps": 4, **more})
    assert again == two
