"""By what the losses of a step are divided: three ways to weigh long answers beside short ones.

The weights of a step come to 1, answers without a token apart. Of one group, and of groups that are equally long,
the mean over tokens and the mean over groups are one and the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.training.algorithms.base import Weights


def token(groups: Sequence[Sequence[int]]) -> list[list[float]]:
    """1 / Σ of all answers' lengths: every token of the step counts the same (DAPO, 2503.14476;
    TRL's `dapo`)."""
    total = sum(map(sum, groups))
    return [[1 / total if length else 0.0 for length in group] for group in groups]


def sequence(groups: Sequence[Sequence[int]]) -> list[list[float]]:
    """1 / (answers · own length): every answer counts the same (GRPO, 2402.03300; TRL's `grpo`)."""
    count = sum(map(len, groups))
    return [[1 / (count * length) if length else 0.0 for length in group] for group in groups]


def group(groups: Sequence[Sequence[int]]) -> list[list[float]]:
    """1 / (groups · Σ of the group's lengths): every group counts the same, and in it every token (MiMo-VL,
    2506.03569, section 3)."""
    return [[1 / (len(groups) * sum(one)) if length else 0.0 for length in one] for one in groups]


MEANS: dict[str, Weights] = {"token": token, "sequence": sequence, "group": group}
