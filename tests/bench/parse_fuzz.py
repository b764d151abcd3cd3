"""100,000 broken answers through every format: `python -m tests.bench --only parse_fuzz`.

Wrong is what raises something else than FormatError, or gives an action that does not validate, lies outside the
picture or cannot be written.
"""

from __future__ import annotations

import time
from typing import Any

from tests.action_space.mutations import Tally, answers

COUNT, SEED = 100_000, 20_261_125
COMMAND = "python -m tests.bench --only parse_fuzz"


def run(count: int = COUNT, seed: int = SEED) -> list[dict[str, Any]]:
    """How many answers went wrong, what became of the others, and the slowest of them."""
    tally, slowest = Tally(), 0.0
    for name, text, frame in answers(count, seed):
        started = time.process_time()
        tally.parse(name, text, frame)
        slowest = max(slowest, time.process_time() - started)
    note = ", ".join(f"{outcome} {number:,}" for outcome, number in sorted(tally.outcomes.items()))
    wrong = {"name": "parse_fuzz/wrong", "value": len(tally.wrong), "unit": f"of {tally.count:,}", "note": note}
    slow = {"name": "parse_fuzz/slowest", "value": round(slowest, 3), "unit": "CPU s"}
    return [{**entry, "command": COMMAND} for entry in (wrong, slow)]
