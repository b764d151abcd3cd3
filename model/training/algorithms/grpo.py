"""GRPO fully on policy: one update a rollout, nothing clipped, no KL.

    J = E[ (1 / Σ|oᵢ|) · Σᵢ Σⱼ Aᵢ · log p(oᵢⱼ) ],   Aᵢ = (rᵢ − mean r) / (std r + 10⁻⁴)

over the answers oᵢ of one group, then the mean over groups. Source: MiMo-VL, 2506.03569, section 3 (objective);
Shao et al., 2402.03300 (advantage). The deviation is that of a sample (n − 1); 10⁻⁴ stands beside it as in TRL.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.training.algorithms.base import Algorithm
from model.training.algorithms.means import group
from model.training.trainer.loop import answer_loss


def normalised(rewards: Sequence[float]) -> list[float]:
    """(r − mean) / (std + 10⁻⁴); of equal rewards, exactly 0: their rounding errors are no signal."""
    if min(rewards) == max(rewards):
        return [0.0] * len(rewards)
    values = np.asarray(rewards, np.float64)
    return [float(value) for value in (values - values.mean()) / (values.std(ddof=1) + 1e-4)]


GRPO = Algorithm("grpo", normalised, group, answer_loss, on_policy=True)
