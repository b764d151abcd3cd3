"""Several rewards as one: each in [0, 1] by itself, then weighed; what is missing stays missing."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from model.training.rewards.base import Case, Reward
from model.training.rewards.guards import BOUNDS, Bounds, deceit


@dataclass(frozen=True)
class Part:
    """One reward of a mix.

    Attributes:
        name: of it.
        weight: what it counts beside the others; 0: it is only written down.
        reward: see `model.training.rewards.base.Reward`.
        form: it looks at the form alone, and counts only where something else is earned.
    """

    name: str
    weight: float
    reward: Reward
    form: bool = False


@dataclass(frozen=True)
class Scored:
    """What one answer is worth.

    Attributes:
        reward: in [0, 1]; None: a part that counts could not be had.
        parts: name → number, of every part.
        guard: what a guard found, "" for nothing: then the reward is 0.
    """

    reward: float | None
    parts: dict[str, float | None] = field(default_factory=dict)
    guard: str = ""


class Mix:
    """Σ wᵢ rᵢ / Σ wᵢ.

    Attributes:
        parts: its rewards.
        bounds: of the guards.
        missing: part → how often it could not be had, so far; `caught`: guard → how often it minded.

    Raises:
        ValueError: nothing has a weight above 0.
    """

    def __init__(self, parts: Sequence[Part], bounds: Bounds = BOUNDS) -> None:
        if not any(part.weight > 0 for part in parts) or any(
            not (math.isfinite(part.weight) and part.weight >= 0) for part in parts
        ):
            told = ", ".join(f"{part.name}:{part.weight:g}" for part in parts) or "none"
            raise ValueError(f"rewards {told}: accepted: weights of 0 or more, one of them above 0")
        self.parts, self.bounds = tuple(parts), bounds
        self.missing: Counter[str] = Counter()
        self.caught: Counter[str] = Counter()
        self._counting = threading.Lock()

    def __call__(self, cases: Sequence[Case]) -> list[Scored]:
        """What each answer is worth. Answers that a guard minds are worth 0 and shown to no reward."""
        guards = [deceit(case, self.bounds) for case in cases]
        with self._counting:
            self.caught.update(found for found in guards if found)
        honest = [case for case, found in zip(cases, guards, strict=True) if not found]
        columns = {part.name: self._values(part, honest) for part in self.parts}
        scored, row = [], 0
        for found in guards:
            if found:
                scored.append(Scored(0.0, {part.name: 0.0 for part in self.parts}, found))
                continue
            values = {name: column[row] for name, column in columns.items()}
            scored.append(Scored(self._weighed(values), values))
            row += 1
        return scored

    def _values(self, part: Part, cases: list[Case]) -> list[float | None]:
        if not cases:
            return []
        values = part.reward(cases)
        if len(values) != len(cases):
            raise ValueError(f"reward {part.name}: gave {len(values)} numbers for {len(cases)} answers")
        for value in values:
            if value is not None and not 0 <= value <= 1:  # NaN too
                raise ValueError(
                    f"reward {part.name}: gave {value}; accepted: 0 to 1, or None where there is none"
                )
        with self._counting:
            self.missing[part.name] += sum(value is None for value in values)
        return values

    def _weighed(self, values: dict[str, float | None]) -> float | None:
        counted = [part for part in self.parts if part.weight > 0]
        if any(values[part.name] is None for part in counted):
            return None
        earned = any((values[part.name] or 0) > 0 for part in counted if not part.form)
        total = math.fsum(part.weight * (values[part.name] or 0.0) for part in counted if earned or not part.form)
        return total / math.fsum(part.weight for part in counted)
