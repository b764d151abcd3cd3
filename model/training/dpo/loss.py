"""Direct preference optimisation: the better answer gains on the worse one, measured from where the model began.

    L = −log σ( β · [ (log π(y⁺) − log π₀(y⁺)) − (log π(y⁻) − log π₀(y⁻)) ] )

log π(y) is the sum over the tokens of an answer, π₀ the model before training. Source: Rafailov et al.,
2305.18290, equation 7; TRL's `DPOTrainer` with loss type "sigmoid", whose loss and gradients are the same
(`test_trl_dpo.py`).
"""

from __future__ import annotations

from typing import Any

import torch

from model.training.trainer.batch import Batch
from model.training.trainer.learner import Told
from model.training.trainer.loop import Objective


def sums_of(told: Told, batch: Batch) -> tuple[torch.Tensor, list[dict[str, Any]]]:
    """Log-probability of each whole answer, in the order of the batch, and what is known of each.

    Returns:
        A tensor of shape (answers,), and `Sample.more` of each answer.
    """
    index: list[int] = []
    known: list[dict[str, Any]] = []
    for sample in batch.samples:
        for more in sample.more.get("packed", [sample.more]):
            index += [len(known)] * int(more["tokens"])
            known.append(more)
    place = torch.tensor(index, device=told.logps.device)
    return told.logps.new_zeros(len(known)).index_add(0, place, told.logps), known


def dpo(beta: float) -> Objective:
    """The objective, for batches in which the better answer of each pair stands right before the worse one.

    Each answer's `more` has `tokens`, how many it has, and `reference`, its log-probability under π₀. A source of
    such batches gives the number of pairs as its total. Figures: `margin`, the mean of β·[…]; `preferred`, the
    share of pairs in which it is above 0.
    """

    def objective(told: Told, batch: Batch, heads: Any) -> tuple[torch.Tensor, dict[str, float]]:
        sums, known = sums_of(told, batch)
        gained = sums - torch.tensor([more["reference"] for more in known], device=sums.device)
        margin = beta * (gained[0::2] - gained[1::2])
        loss = -torch.nn.functional.logsigmoid(margin).sum()
        seen = margin.detach()
        return loss, {"margin": float(seen.mean()), "preferred": float((seen > 0).float().mean())}

    return objective
