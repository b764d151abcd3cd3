"""Rewards of an action beside the recorded one.

A point is right in the step's target, or, where that is not known, within `NEAR` of the screen's sides (MiMo-VL's
evaluation takes 0.04 or 0.14, lmms-eval; the stricter one stands here). Texts are compared without blanks around
them and without case.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from action_space.actions import BaseAction
from action_space.formats.base import FormatError
from action_space.geometry import Box
from action_space.schema import validate
from model.training.data.records import Episode, Step
from model.training.rewards.base import Case, action_of

NEAR = 0.04
_TEXTS = ("text", "answer", "app", "url")
_FREE = ("reason", "thought")  # said beside an action, no part of what is done


def exact(cases: Sequence[Case]) -> list[float | None]:
    """1 where type and every field are those of the recorded action."""
    return [None if (found := _fields(case)) is None else float(all(value == 1 for value in found))
            for case in cases]  # fmt: skip


def partial(cases: Sequence[Case]) -> list[float | None]:
    """The mean over the type and all fields of either action; of another type, 0.

    A point off its target earns by its distance, a text by its likeness (`difflib`), as in AgentCPM-GUI;
    a field too many counts as a wrong one, so that adding fields never pays.
    """
    return [None if (found := _fields(case)) is None else math.fsum(found) / len(found) for case in cases]


def _fields(case: Case) -> list[float] | None:
    """1 for the type and a number for each field; [0] for another type or no action; None: there is no truth."""
    if not isinstance(case.record, Episode) or case.step >= len(case.record.steps):
        return None
    step = case.record.steps[case.step]
    if step.action is None:
        return None
    try:
        right = validate(step.action)
    except FormatError:
        return None
    parsed = action_of(case)
    if parsed is None or parsed.action.action != right.action:
        return [0.0]
    one, other = _said(parsed.action), _said(right)
    return [1.0, *(_alike(name, one.get(name), other.get(name), step) for name in sorted({*one, *other}))]


def _said(action: BaseAction) -> dict[str, Any]:
    named = action.to_json()
    return {name: value for name, value in named.items() if name not in ("action", *_FREE)}


def _alike(name: str, one: Any, other: Any, step: Step) -> float:
    if one is None or other is None:
        return 0.0
    if name in ("start_point", "end_point"):
        return _near(one, other, step, is_target=name == "start_point")
    if name in _TEXTS:
        left, right = str(one).strip().casefold(), str(other).strip().casefold()
        return 1.0 if left == right else min(0.99, SequenceMatcher(None, left, right).ratio())
    if name == "scroll_distance":  # in pixels: how far is a matter of taste, within a factor of two
        return float(0.5 <= one / other <= 2.0) if other else float(one == other)
    return float(one == other)


def _near(one: Any, other: Any, step: Step, *, is_target: bool) -> float:
    if is_target and step.target is not None and Box(*step.target).contains(*one):
        return 1.0
    away = math.hypot((one[0] - other[0]) / step.picture.width, (one[1] - other[1]) / step.picture.height)
    if away <= NEAR and not (is_target and step.target is not None):
        return 1.0
    return max(0.0, min(0.99, 1 - away / 0.5))
