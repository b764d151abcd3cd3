"""What an answer is worth: numbers in [0, 1], each by a rule of its own, then weighed. One file a kind.

A reward is a function of several answers → a number in [0, 1] each, or None where there is none to be had. None is
never turned into a number: the group goes on without that answer, or is drawn again. What is known to deceive a
rule (`guards`) earns nothing from any of them.
"""

from model.training.rewards.base import Case, Reward
from model.training.rewards.mix import Mix, Scored
from model.training.rewards.named import NAMES, parse_rewards

__all__ = ["NAMES", "Case", "Mix", "Reward", "Scored", "parse_rewards"]
