"""A detector beside `model.embedded.eyes` as they are, and the two together, on the same screens.

The eyes look with the shipped detector and with rules; "rules" in the tables means them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.embedded.eyes.detector import KINDS, STATES, Detection, ElementDetector, decode
from model.training.detector.evaluate import Tally, summary, tally, thresholds
from model.training.detector.targets import Screen, read_picture

# What the eyes call a thing → what it is called here. They know no cells and no headings.
_RULES = {"textarea": "field", "panel": "dialog", "listbox": "dialog"}


@dataclass
class Comparison:
    """Tables (`evaluate.summary`) of the detector, the rules and both; where each kind is from; CPU seconds."""

    detector: dict[str, Any]
    rules: dict[str, Any] | None = None
    both: dict[str, Any] | None = None
    taken_from: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # a screen
    by_look: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {k: v for k, v in vars(self).items() if v}


def compare(weights: Path, screens: list[Screen], validation: list[Screen], with_rules: bool = True) -> Comparison:
    """Measure `weights` on `screens`.

    Args:
        validation: other screens. Thresholds, and which of the two each kind is taken from, are chosen on them;
            with none, the thresholds are those in the file and each kind is taken from the detector.
        with_rules: run `model.embedded.eyes` as well.
    """
    detector = ElementDetector(weights)
    limits = detector.thresholds
    sources = dict.fromkeys(KINDS, "detector")
    if validation:
        limits = thresholds(validation, [detector.grid(read_picture(s.path)) for s in validation], decode)
        if with_rules:
            sources = _better(detector, limits, validation)
    net: list[Tally] = []
    rule: list[Tally] = []
    both: list[Tally] = []
    spent = {"detector": 0.0, "rules": 0.0}
    for screen in screens:
        picture = read_picture(screen.path)
        began = time.process_time()
        seen = detector.detect(picture, limits)
        spent["detector"] += time.process_time() - began
        net.append(tally(screen, seen))
        if with_rules:
            began = time.process_time()
            told = rules(picture)
            spent["rules"] += time.process_time() - began
            rule.append(tally(screen, told))
            chosen = [one for one in seen if sources[one.kind] == "detector"]
            chosen += [one for one in told if sources[one.kind] == "rules"]
            both.append(tally(screen, chosen))
    looks = sorted({screen.look for screen in screens})
    return Comparison(
        summary(net),
        summary(rule) if rule else None,
        summary(both) if both else None,
        sources if with_rules else {},
        {name: round(value / len(screens), 3) for name, value in spent.items() if value},
        {look: _of(look, screens, {"detector": net, "rules": rule, "both": both}) for look in looks},
    )


def _of(look: str, screens: list[Screen], tallies: dict[str, list[Tally]]) -> dict[str, Any]:
    rows = {}
    for name, those in tallies.items():
        mine = [one for one, screen in zip(those, screens, strict=False) if screen.look == look]
        if mine:
            rows[name] = summary(mine, draws=100).get("all")
    return rows


def rules(picture: Any) -> list[Detection]:
    """What the rules see on a picture (uint8 RGB), in the detector's kinds. Nothing is remembered."""
    from PIL import Image

    from model.embedded.eyes.reader import Reader

    found = []
    for element in Reader().look(Image.fromarray(picture)).elements:
        kind = _RULES.get(element.kind, element.kind)
        if kind in KINDS:
            states = tuple(s for s in STATES if s in element.state)
            left, top, right, bottom = (float(side) for side in element.box)
            found.append(Detection(kind, (left, top, right, bottom), element.confidence, states))
    return found


def _better(detector: ElementDetector, limits: dict[str, float], screens: list[Screen]) -> dict[str, str]:
    """For each kind, whose F1 by overlap is the higher on `screens`."""
    sums = {"detector": Tally(), "rules": Tally()}
    for screen in screens:
        picture = read_picture(screen.path)
        sums["detector"].add(tally(screen, detector.detect(picture, limits)))
        sums["rules"].add(tally(screen, rules(picture)))

    def f1(total: Tally, kind: str) -> float:
        return 2 * total.overlap.get(kind, 0) / max(1, total.true.get(kind, 0) + total.found.get(kind, 0))

    return {kind: max(("detector", "rules"), key=lambda name: f1(sums[name], kind)) for kind in KINDS}
