"""What an algorithm is, and what all of them do with rewards that are missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from model.training.trainer.batch import Batch, Sample
from model.training.trainer.loop import Objective

Advantages = Callable[[Sequence[float]], list[float]]
"""Rewards of a group, two or more → the advantage of each of its answers."""
Weights = Callable[[Sequence[Sequence[int]]], list[list[float]]]
"""Of each group, how many tokens each answer has → the weight of every token of that answer."""


@dataclass(frozen=True)
class Algorithm:
    """How answers with rewards are learned.

    Attributes:
        name: as `named` knows it.
        advantages: of a group (see `advantages_of`, which knows about missing rewards).
        weights: of the tokens of all answers of a step.
        objective: the loss, for `trainer.loop.train`.
        on_policy: it is right for one update a rollout alone, because it does not look at who made the answers.
    """

    name: str
    advantages: Advantages
    weights: Weights
    objective: Objective
    on_policy: bool = False


def advantages_of(algorithm: Algorithm, rewards: Sequence[float | None]) -> list[float | None]:
    """Advantages of one group; None: the answer teaches nothing, because its reward could not be had.

    The group goes on without what is missing; of one answer that is left, nothing can be said.

    Raises:
        ValueError: a reward is not a finite number.
    """
    there = [reward for reward in rewards if reward is not None]
    if wrong := [reward for reward in there if not math.isfinite(reward)]:
        raise ValueError(f"reward {wrong[0]}: accepted: a finite number, or None where there is none to be had")
    if len(there) < 2:
        return [None] * len(rewards)
    made = iter(algorithm.advantages(there))
    return [None if reward is None else next(made) for reward in rewards]


def drawn_logps(batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities with which the learned tokens were drawn, and the number of the answer each belongs to.

    They are what generation kept: `Sample.more["logps"]`, one for each learned token.

    Returns:
        Two tensors of shape (learned,), in the order of `batch.targets`.

    Raises:
        ValueError: a sample lacks them, or has more or fewer than learned tokens.
    """
    numbers: list[float] = []
    answers: list[int] = []
    count = 0
    for sample in batch.samples:
        begun = len(numbers)
        for more in sample.more.get("packed", [sample.more]):
            if "logps" not in more:
                raise ValueError(f"{sample.name}: has no log-probabilities of the rollout (more['logps'])")
            numbers += [float(value) for value in more["logps"]]
            answers += [count] * len(more["logps"])
            count += 1
        _check(sample, len(numbers) - begun)
    device = batch.weights.device
    return torch.tensor(numbers, device=device), torch.tensor(answers, dtype=torch.long, device=device)


def _check(sample: Sample, found: int) -> None:
    learned = int((sample.weights != 0).sum())
    if found != learned:
        raise ValueError(f"{sample.name}: has {found} log-probabilities of the rollout, {learned} learned tokens")
