"""DAPO's loss: clip-higher, and the mean over all tokens of the step.

    J = (1 / Σ of all lengths) · Σ min(ρ A, clip(ρ, .8, 1.28) A),   Aᵢ = (rᵢ − mean r) / (std r + 10⁻⁴)

Source: Yu et al., 2503.14476. That groups without signal are drawn again is the business of who draws them, not of
the loss.
"""

from __future__ import annotations

from model.training.algorithms.base import Algorithm
from model.training.algorithms.clipped import clipped
from model.training.algorithms.grpo import normalised
from model.training.algorithms.means import token

DAPO = Algorithm("dapo", normalised, token, clipped(0.2, 0.28))
