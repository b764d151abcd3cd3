"""How good a detector is: recall and precision of each kind, with intervals, on labelled screens.

Right by *centre*: same kind, the middle of the true box inside the found one's and the other way round, areas
within a factor of four. Right by *overlap*: same kind, intersection over union at least 0.5. Each true element is
met once, best score first. Intervals: 95 %, by drawing whole screens again (bootstrap), because elements of one
screen go together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model.embedded.eyes.detector import KINDS, STATES, Detection
from model.training.detector.targets import Screen, read_picture

Find = Callable[[Any], list[Detection]]
_PARTS = ("true", "found", "centre", "overlap")
OPERABLE = tuple(kind for kind in KINDS if kind not in ("text", "heading"))


def overlaps(one: Any, others: Any) -> Any:
    """Intersection over union of a box [4] with boxes [n, 4]."""
    wide = np.minimum(one[2], others[:, 2]) - np.maximum(one[0], others[:, 0])
    high = np.minimum(one[3], others[:, 3]) - np.maximum(one[1], others[:, 1])
    shared = np.clip(wide, 0, None) * np.clip(high, 0, None)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return shared / np.maximum((one[2] - one[0]) * (one[3] - one[1]) + areas - shared, 1e-9)


def centred(one: Any, others: Any) -> Any:
    """Whether a box and each of others hold each other's middles and are of like size."""
    x, y = (one[0] + one[2]) / 2, (one[1] + one[3]) / 2
    xs, ys = (others[:, 0] + others[:, 2]) / 2, (others[:, 1] + others[:, 3]) / 2
    size = (one[2] - one[0]) * (one[3] - one[1])
    sizes = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    there = (x >= others[:, 0]) & (x <= others[:, 2]) & (y >= others[:, 1]) & (y <= others[:, 3])
    back = (xs >= one[0]) & (xs <= one[2]) & (ys >= one[1]) & (ys <= one[3])
    return there & back & (sizes < 4 * size) & (size < 4 * sizes)


@dataclass
class Tally:
    """Counts of one screen, by kind: true elements, found ones, right by centre, right by overlap; states."""

    true: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    centre: dict[str, int] = field(default_factory=dict)
    overlap: dict[str, int] = field(default_factory=dict)
    states: tuple[int, int] = (0, 0)  # right, of the matched ones

    def add(self, other: Tally) -> None:
        """Sum in place."""
        for part in _PARTS:
            mine = getattr(self, part)
            for kind, count in getattr(other, part).items():
                mine[kind] = mine.get(kind, 0) + count
        self.states = (self.states[0] + other.states[0], self.states[1] + other.states[1])


def tally(screen: Screen, found: Iterable[Detection], state_kinds: tuple[str, ...] = OPERABLE) -> Tally:
    """Compare what was found on a screen with its labels."""
    result = Tally()
    those = sorted(found, key=lambda one: -one.score)
    for kind in KINDS:
        true = np.flatnonzero(screen.kinds == KINDS.index(kind))
        mine = [one for one in those if one.kind == kind]
        if len(true):
            result.true[kind] = len(true)
        if mine:
            result.found[kind] = len(mine)
        for name, rule in (("centre", centred), ("overlap", overlaps)):
            left = list(true)
            for one in mine:
                if not left:
                    break
                value = rule(np.array(one.box), screen.boxes[left])
                best = int(
                    np.argmax(
                        overlaps(np.array(one.box), screen.boxes[left])
                        * (value > (0.5 if name == "overlap" else 0))
                    )
                )
                if value[best] < 0.5:
                    continue
                met = left.pop(best)
                counts = getattr(result, name)
                counts[kind] = counts.get(kind, 0) + 1
                if name == "overlap" and kind in state_kinds and kind not in ("icon", "image", "link", "cell"):
                    told = tuple(s for s, on in zip(STATES, screen.states[met], strict=True) if on)
                    right, of = result.states
                    result.states = (right + (set(told) == set(one.states)), of + 1)
    return result


def evaluate(screens: list[Screen], find: Find) -> list[Tally]:
    """One tally a screen. `find`: picture (uint8 RGB) → what is on it."""
    return [tally(screen, find(read_picture(screen.path))) for screen in screens]


def summary(
    tallies: list[Tally], kinds: tuple[str, ...] = OPERABLE, draws: int = 400, seed: int = 0
) -> dict[str, Any]:
    """Recall and precision for each kind and for all `kinds` together, [low, value, high] at 95 %."""
    rng = np.random.default_rng(seed)
    samples = [rng.integers(len(tallies), size=len(tallies)) for _ in range(draws)]
    table: dict[str, Any] = {}
    for name, members in [("all", kinds), *((kind, (kind,)) for kind in kinds)]:
        counts = np.array(
            [[sum(getattr(t, part).get(k, 0) for k in members) for part in _PARTS] for t in tallies], float
        )  # fmt: skip
        if not counts[:, 0].sum():
            continue
        drawn = np.stack([counts[s].sum(axis=0) for s in samples])
        whole = counts.sum(axis=0)
        row: dict[str, Any] = {"n": int(whole[0])}
        for title, top, bottom in (
            ("recall_centre", 2, 0),
            ("precision_centre", 2, 1),
            ("recall_iou", 3, 0),
            ("precision_iou", 3, 1),
        ):
            ratios = drawn[:, top] / np.maximum(drawn[:, bottom], 1)
            low, high = np.percentile(ratios, [2.5, 97.5])
            row[title] = [round(float(v), 3) for v in (low, whole[top] / max(whole[bottom], 1), high)]
        table[name] = row
    right, of = sum(t.states[0] for t in tallies), sum(t.states[1] for t in tallies)
    table["states"] = {"n": of, "right": round(right / max(of, 1), 4)}
    return table


def thresholds(
    screens: list[Screen], grids: list[Any], decode: Callable[[Any, int, int, dict[str, float]], list[Detection]]
) -> dict[str, float]:
    """The score from which an element of each kind counts: the best F1 by overlap on `screens`."""
    base = dict.fromkeys(KINDS, 0.05)
    found = [decode(grid, s.width, s.height, base) for s, grid in zip(screens, grids, strict=True)]
    best: dict[str, float] = {}
    for kind in KINDS:
        marks, total = [], 0
        for screen, those in zip(screens, found, strict=True):
            true = list(np.flatnonzero(screen.kinds == KINDS.index(kind)))
            total += len(true)
            for one in sorted((d for d in those if d.kind == kind), key=lambda d: -d.score):
                value = overlaps(np.array(one.box), screen.boxes[true]) if true else np.zeros(0)
                hit = bool(len(value)) and float(value.max()) >= 0.5
                if hit:
                    true.pop(int(value.argmax()))
                marks.append((one.score, hit))
        marks.sort(reverse=True)
        top, chosen, right = 0.0, 0.3, 0
        for count, (score, hit) in enumerate(marks, 1):
            right += hit
            f1 = 2 * right / (count + total)
            if f1 > top:
                top, chosen = f1, score
        best[kind] = round(max(0.05, min(chosen, 0.9)) - 1e-4, 4)
    return best
