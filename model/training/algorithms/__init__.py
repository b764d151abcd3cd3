"""What answers with rewards teach: advantages, weights of tokens, a loss. One file an algorithm; `named` finds it.

The trainer knows none of them: an algorithm turns the rewards of a group of answers into advantages, the lengths
of all answers into weights, and its objective is handed to `trainer.loop.train`. The weights hold every division
already, so a `Source` of these samples gives 1 as its `total`.
"""

from __future__ import annotations

from dataclasses import replace

from model.training.algorithms.base import Algorithm, advantages_of
from model.training.algorithms.clipped import clipped
from model.training.algorithms.dapo import DAPO
from model.training.algorithms.dr_grpo import centred, dr_grpo
from model.training.algorithms.grpo import GRPO, normalised
from model.training.algorithms.gspo import GSPO
from model.training.algorithms.means import MEANS
from model.training.algorithms.rloo import RLOO
from model.training.trainer.state import TrainingFault

__all__ = ["NAMES", "Algorithm", "advantages_of", "named"]

NAMES = ("grpo", "grpo-clip", "grpo-clip-high", "rloo", "gspo", "dr-grpo", "dapo")


def named(name: str = "grpo", *, mean: str = "", normalise: bool | None = None, longest: int = 1024) -> Algorithm:
    """An algorithm by its name, with other choices where they are given.

    Args:
        mean: "token", "sequence" or "group" instead of the algorithm's own (`means`).
        normalise: divide advantages by the group's deviation, or not, instead of the algorithm's own choice.
        longest: most tokens of an answer, by which Dr. GRPO divides.

    Raises:
        TrainingFault: there is none of that name, or a choice has no place in it.
    """
    if name not in NAMES:
        raise TrainingFault(f"--algorithm {name}: accepted: {', '.join(NAMES)}")
    if mean and mean not in MEANS:
        raise TrainingFault(f"--mean {mean}: accepted: {', '.join(MEANS)}")
    if name == "gspo" and mean not in ("", "sequence"):
        raise TrainingFault(f"--mean {mean}: gspo weighs whole answers; accepted: sequence")
    if name == "rloo" and normalise:
        raise TrainingFault("--normalise: rloo compares with the other answers and does not divide; take grpo")
    if longest < 1:
        raise TrainingFault(f"longest answer {longest}: accepted: 1 or more tokens")
    chosen = {
        "grpo": GRPO,
        "grpo-clip": replace(GRPO, name="grpo-clip", objective=clipped(0.2, 0.2), on_policy=False),
        "grpo-clip-high": replace(GRPO, name="grpo-clip-high", objective=clipped(0.2, 0.28), on_policy=False),
        "rloo": RLOO,
        "gspo": GSPO,
        "dr-grpo": dr_grpo(longest),
        "dapo": DAPO,
    }[name]
    if mean:
        chosen = replace(chosen, weights=MEANS[mean])
    if normalise is not None and name != "rloo":
        chosen = replace(chosen, advantages=normalised if normalise else centred)
    return chosen
