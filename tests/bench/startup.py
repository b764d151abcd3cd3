"""How long `agent --help` takes, against importing what any command line of this kind imports."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median
from typing import Any

ROUNDS = 7
HELP = [sys.executable, "-m", "agent.cli", "--help"]
BARE = [sys.executable, "-c", "import typer, rich, pydantic"]


def run() -> list[dict[str, Any]]:
    """Medians of alternating runs, and their ratio."""
    for command in (HELP, BARE):
        _seconds(command)  # the first run fills the file cache and writes bytecode
    pairs = [(_seconds(HELP), _seconds(BARE)) for _ in range(ROUNDS)]
    ours, bare = (median(times) for times in zip(*pairs, strict=True))
    command = "python -m tests.bench --only startup"
    return [
        {"name": "startup/help", "value": round(ours, 3), "unit": "s", "command": command},
        {"name": "startup/bare", "value": round(bare, 3), "unit": "s", "command": command},
        {"name": "startup/ratio", "value": round(ours / bare, 2), "unit": "×", "command": command},
    ]


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
