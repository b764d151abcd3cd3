"""RLOO: each answer beside the mean of the others, on policy.

    Aᵢ = rᵢ − (1 / (n − 1)) · Σ_{k ≠ i} r_k,   J = mean over answers of Aᵢ · log p(oᵢ)

log p of a whole answer is the sum of its tokens', so that no length is divided by. Source: Ahmadian et al.,
2402.14740 (REINFORCE leave-one-out).
"""

from __future__ import annotations

from collections.abc import Sequence

from model.training.algorithms.base import Algorithm
from model.training.trainer.loop import answer_loss


def beside_the_others(rewards: Sequence[float]) -> list[float]:
    """r − mean of the other rewards; of equal rewards, exactly 0."""
    if min(rewards) == max(rewards):
        return [0.0] * len(rewards)
    total, others = sum(rewards), len(rewards) - 1
    return [reward - (total - reward) / others for reward in rewards]


def whole(groups: Sequence[Sequence[int]]) -> list[list[float]]:
    """1 / answers for every token."""
    count = sum(map(len, groups))
    return [[1 / count for _ in group] for group in groups]


RLOO = Algorithm("rloo", beside_the_others, whole, answer_loss, on_policy=True)
