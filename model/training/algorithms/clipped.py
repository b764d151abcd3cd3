"""The clipped surrogate, for several updates a rollout.

    J = Σ w · min(ρ A, clip(ρ, 1 − low, 1 + high) A),   ρ = p(token) / p_rollout(token)

low = high: PPO (Schulman et al., 1707.06347, equation 7), as GRPO takes it (2402.03300); high > low: clip-higher
(DAPO, 2503.14476: .2 and .28), which lets unlikely tokens rise further.
"""

from __future__ import annotations

from typing import Any

import torch

from model.training.algorithms.base import drawn_logps
from model.training.trainer.batch import Batch
from model.training.trainer.learner import Told
from model.training.trainer.loop import Objective


def clipped(low: float, high: float) -> Objective:
    """The objective; its figures are the share of tokens that were clipped, and the mean of ρ."""

    def objective(told: Told, batch: Batch, heads: Any) -> tuple[torch.Tensor, dict[str, float]]:
        drawn, _ = drawn_logps(batch)
        ratio = (told.logps - drawn).exp()
        free, held = ratio * batch.advantages, ratio.clamp(1 - low, 1 + high) * batch.advantages
        loss = -(torch.minimum(free, held) * batch.weights).sum()
        cut = float((held < free).float().mean()) if ratio.numel() else 0.0
        return loss, {"clipped": cut, "ratio": float(ratio.detach().mean()) if ratio.numel() else 1.0}

    return objective
