"""The shipped element detector on screens in looks that training never saw, beside the rules.

BENCH_SCREENS names data sets of such screens, BENCH_CHECKS those on which the scores that count are chosen, both
separated by colons. docs/detector.md says how they were drawn.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from model.embedded.eyes.detector import WEIGHTS

COMMAND = "BENCH_SCREENS=unseen:unseen-qt:unseen-tk BENCH_CHECKS=checks python -m tests.bench --only detector"
COLUMNS = {"recall_centre": "recall, centre", "precision_centre": "precision, centre",
           "recall_iou": "recall, IoU 0.5", "precision_iou": "precision, IoU 0.5"}  # fmt: skip


def run() -> list[dict[str, Any]]:
    """Recall and precision over all operable kinds and of each, states, and the rules on the same screens."""
    from model.training.detector.compare import compare
    from model.training.detector.targets import load_screens

    screens, checks = (
        [Path(name) for name in os.environ.get(variable, "").split(":") if name]
        for variable in ("BENCH_SCREENS", "BENCH_CHECKS")
    )
    if not screens or not checks:
        raise SystemExit("detector: name folders of screens, BENCH_SCREENS=A:B BENCH_CHECKS=C (docs/detector.md)")
    return entries(compare(WEIGHTS, load_screens(screens), load_screens(checks)).to_json())


def entries(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures of a comparison (`model.training.detector.compare.Comparison.to_json`)."""
    made = []
    for side in ("detector", "rules"):
        for key, title in COLUMNS.items():
            low, value, high = found[side]["all"][key]
            note = f"{found[side]['all']['n']} elements; 95 % interval {low}–{high}, whole screens drawn again"
            made.append(_entry(f"{side}: {title}", value, "", note))
        states = found[side]["states"]
        made.append(_entry(f"{side}: all states right", states["right"], "", f"of {states['n']} matched"))
        made.append(_entry(f"{side}: time", found["seconds"][side], "CPU s a screen"))
    for kind, row in found["detector"].items():
        if kind in ("all", "states"):
            continue
        note = f"{row['n']} elements; precision {row['precision_centre'][1]}"
        if kind in found["rules"]:
            rule = found["rules"][kind]
            note += f"; the rules {rule['recall_centre'][1]} and {rule['precision_centre'][1]}"
        made.append(_entry(f"{kind}: recall, centre", row["recall_centre"][1], "", note))
    return made


def _entry(name: str, value: float, unit: str, note: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "note": note, "command": COMMAND}
