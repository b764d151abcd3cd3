"""GSPO: one ratio for a whole answer, clipped as a whole.

    sᵢ = ( p(oᵢ) / p_rollout(oᵢ) )^(1/|oᵢ|)
    J = mean over answers of min(sᵢ Aᵢ, clip(sᵢ, 1 − 3·10⁻⁴, 1 + 4·10⁻⁴) Aᵢ)

Source: Zheng et al., 2507.18071; section 5.1 for the range.
"""

from __future__ import annotations

from typing import Any

import torch

from model.training.algorithms.base import Algorithm, drawn_logps
from model.training.algorithms.grpo import normalised
from model.training.algorithms.means import sequence
from model.training.trainer.batch import Batch
from model.training.trainer.learner import Told
from model.training.trainer.loop import Objective


def by_answer(low: float, high: float) -> Objective:
    """The objective; its figure is the share of answers' tokens that were clipped."""

    def objective(told: Told, batch: Batch, heads: Any) -> tuple[torch.Tensor, dict[str, float]]:
        drawn, answer = drawn_logps(batch)
        if not drawn.numel():
            return told.logps.sum(), {"clipped": 0.0}
        empty = torch.zeros(int(answer[-1]) + 1, device=drawn.device)
        sums = empty.index_add(0, answer, told.logps - drawn)
        lengths = empty.index_add(0, answer, torch.ones_like(drawn)).clamp(min=1)
        ratio = (sums / lengths).exp()[answer]
        free, held = ratio * batch.advantages, ratio.clamp(1 - low, 1 + high) * batch.advantages
        loss = -(torch.minimum(free, held) * batch.weights).sum()
        return loss, {"clipped": float((held < free).float().mean())}

    return objective


GSPO = Algorithm("gspo", normalised, sequence, by_answer(3e-4, 4e-4))
