"""Caching and constrained decoding on weights in process; `models.py` does the work, in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

COMMAND = ["-m", "tests.bench.models", "--config", "qwen2_5_vl", "--random-weights", "--dtype", "float32"]


def run() -> list[dict[str, Any]]:
    """Entries for `benchmarks.json`."""
    done = subprocess.run([sys.executable, *COMMAND], stdout=subprocess.PIPE, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    command = "python " + " ".join(COMMAND)
    return [{**row, "name": f"inference/{row['name']}", "command": command} for row in rows]
