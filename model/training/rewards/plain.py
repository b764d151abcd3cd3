"""Rewards that read nothing but the form of an answer, or that someone else has decided."""

from __future__ import annotations

import math
from collections.abc import Sequence

from model.training.data.records import Episode, GroundingItem, TextItem
from model.training.rewards.base import Case, action_of, place_of


def valid_format(cases: Sequence[Case]) -> list[float | None]:
    """1 for an answer in exactly the family's form, ½ for one that had to be repaired, 0 for none.

    By itself it teaches a model to write nothing in the right form (TON: the format's reward rises, accuracy
    stays 0). MiMo-VL gives it no weight, and neither does this package unless told; `Mix` counts it only where
    some other reward is above 0.
    """
    return [_form(case) for case in cases]


def _form(case: Case) -> float | None:
    if isinstance(case.record, GroundingItem):
        return {"strict": 1.0, "repaired": 0.5, "failed": 0.0}[place_of(case).outcome]
    if isinstance(case.record, Episode):
        parsed = action_of(case)
        return 0.0 if parsed is None else 1.0 if parsed.outcome == "strict" else 0.5
    return None


def success(cases: Sequence[Case]) -> list[float | None]:
    """What the judge of the environment said of the whole episode; None where it could not say."""
    return [
        case.success
        if case.success is not None and math.isfinite(case.success) and 0 <= case.success <= 1
        else None
        for case in cases
    ]


def same_text(cases: Sequence[Case]) -> list[float | None]:
    """1 where a text item's completion was said, thinking and blanks around it apart."""
    found: list[float | None] = []
    for case in cases:
        if isinstance(case.record, TextItem):
            said = case.text.rpartition("</think>")[2].strip()
            found.append(float(said == case.record.completion.strip()))
        else:
            found.append(None)
    return found
