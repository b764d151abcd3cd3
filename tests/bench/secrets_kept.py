"""50 runs with five kinds of secret each, a third of them killed: what is found of them in what the runs leave.

`python -m tests.bench --only secrets_kept`. A password, a plain field, a one-time code, an address with a token,
and the key of a model, on a site that writes all that it is given into titles, texts and addresses.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from tests.secrets.place import leaks, play, site

RUNS, KINDS, STEPS = 50, 5, 6
COMMAND = "python -m tests.bench --only secrets_kept"


def run(runs: int = RUNS, seed: int = 0) -> list[dict[str, Any]]:
    """Occurrences; they have to be 0."""
    draw = random.Random(seed)
    found: list[str] = []
    files = killed = reached = 0
    with site() as server, tempfile.TemporaryDirectory(prefix="agent-bench-") as name:
        for number in range(runs):
            server.seen.clear()
            after = draw.randint(1, STEPS) if number % 3 == 2 else 0
            work, said, code = play(Path(name) / str(number), server.url, kill_after=after)
            if not after and code:
                raise SystemExit(f"run {number} ended with {code}: {said[-2000:]}")
            killed += code == -9
            done = any(path.startswith("/done") for path in server.seen)
            reached += done
            found += leaks(work, server.given()["code"] if done else "")
            files += sum(path.is_file() for path in work.rglob("*"))
            print(f"\rsecrets: {number + 1} of {runs}", end="", flush=True)
    note = f"{runs} runs × {KINDS} kinds, {killed} killed, {files} files searched; {reached} forms were sent"
    return [
        {
            "name": "occurrences in all artefacts",
            "value": len(found),
            "unit": "occurrences",
            "command": COMMAND,
            "note": note + (f"; {found[:3]}" if found else ""),
        }
    ]
