"""Dr. GRPO: GRPO without the two divisions that favour long wrong answers and groups that are nearly solved.

    Aᵢ = rᵢ − mean r,   J = (1 / (answers · longest)) · Σᵢ Σⱼ Aᵢ · log p(oᵢⱼ)

Every token of every step has one weight, whatever the lengths. Source: Liu et al., 2503.20783; TRL's `dr_grpo`.
Here on policy, as the default is.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.training.algorithms.base import Algorithm
from model.training.trainer.loop import answer_loss


def centred(rewards: Sequence[float]) -> list[float]:
    """r − mean; of equal rewards, exactly 0."""
    if min(rewards) == max(rewards):
        return [0.0] * len(rewards)
    mean = sum(rewards) / len(rewards)
    return [reward - mean for reward in rewards]


def dr_grpo(longest: int) -> Algorithm:
    """The algorithm, for answers of up to `longest` tokens."""

    def weights(groups: Sequence[Sequence[int]]) -> list[list[float]]:
        count = sum(map(len, groups))
        return [[1 / (count * longest) for _ in group] for group in groups]

    return Algorithm("dr-grpo", centred, weights, answer_loss, on_policy=True)
