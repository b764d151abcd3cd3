"""How hard each item is for the model, by the share of its answers that pass, and how often each kind is drawn.

An item is *easy* where all answers of its last group passed, *hard* where none did, *normal* else, and before it
was ever drawn. A pool's probability is set: with `easy:0.1`, one draw of ten is of an item that is solved already,
so that it stays solved. That is MiMo-7B's easy-data re-sampling (2505.07608, section 3.3: α = 10 %; deleting
solved items made the policy unstable), in the general form of prime-rl's pools.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

NAMES = ("easy", "normal", "hard")
PASSED = 0.5
"""The reward from which an answer counts as passed."""


def parse_pools(said: str) -> dict[str, float]:
    """From "easy:0.1,normal:0.8,hard:0.1"; a pool that is not named is never drawn from; "": no pools.

    Raises:
        ValueError: it is not written so, or no pool is drawn from.
    """
    if not said:
        return {}
    found: dict[str, float] = {}
    for entry in said.split(","):
        name, _, text = entry.strip().partition(":")
        try:
            share = float(text)
        except ValueError:
            share = math.nan
        if name not in NAMES or not (math.isfinite(share) and share >= 0) or name in found:
            raise ValueError(f"pools: {entry.strip()!r}; accepted: {', '.join(NAMES)}, each NAME:PROBABILITY")
        found[name] = share
    if not any(found.values()):
        raise ValueError(f"pools: {said}; accepted: a probability above 0 for one of them")
    return found


@dataclass
class Pools:
    """The items of one task.

    Attributes:
        names: all items.
        shares: pool → how likely a draw is of it; empty: every item is as likely as any other.
        rates: item → share of its last group's answers that passed.
    """

    names: Sequence[str]
    shares: dict[str, float] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)

    def pool(self, name: str) -> str:
        """The pool that the item is in."""
        rate = self.rates.get(name)
        return "normal" if rate is None or 0 < rate < 1 else "easy" if rate == 1 else "hard"

    def saw(self, name: str, rewards: Sequence[float | None]) -> None:
        """A group of answers to the item; missing rewards say nothing about it."""
        there = [reward for reward in rewards if reward is not None]
        if there:
            self.rates[name] = sum(reward >= PASSED for reward in there) / len(there)

    def sizes(self) -> dict[str, int]:
        """How many items each pool has."""
        found = dict.fromkeys(NAMES, 0)
        for name in self.names:
            found[self.pool(name)] += 1
        return found

    def order(self, chance: np.random.Generator, most: int) -> list[str]:
        """Items in the order in which they are drawn, none twice; up to `most`.

        A pool that is used up, or has nothing, leaves its share to the others.
        """
        if not self.shares:
            return [self.names[place] for place in chance.permutation(len(self.names))[:most]]
        left: dict[str, list[str]] = {name: [] for name in NAMES}
        for name in self.names:
            left[self.pool(name)].append(name)
        shuffled = {pool: [own[place] for place in chance.permutation(len(own))] for pool, own in left.items()}
        found: list[str] = []
        while len(found) < most:
            there = [pool for pool in NAMES if shuffled[pool] and self.shares.get(pool, 0) > 0]
            if not there:
                # What is left is in pools that are never drawn from, unless there is nothing else at all.
                if not found:
                    return [self.names[place] for place in chance.permutation(len(self.names))[:most]]
                break
            shares = np.array([self.shares[pool] for pool in there])
            found.append(shuffled[there[int(chance.choice(len(there), p=shares / shares.sum()))]].pop())
        return found
