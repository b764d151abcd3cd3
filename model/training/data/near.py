"""Near-duplicates: perceptual hashes that differ in few bits, found without comparing all with all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from model.training.data.pictures import distance

BITS = 64


class Near:
    """Finds the hashes that differ in at most `bits` from a given one.

    Two hashes that differ in at most k bits agree in at least one of k + 1 pieces (pigeonhole), so only those that
    share a piece are compared.
    """

    def __init__(self, bits: int) -> None:
        if not 0 <= bits < BITS:
            raise ValueError(f"bits: {bits}; accepted: 0 to {BITS - 1}")
        self._bits = bits
        edges = [BITS * piece // (bits + 1) for piece in range(bits + 2)]
        self._pieces = list(pairwise(edges))
        self._shelves: list[dict[int, list[str]]] = [defaultdict(list) for _ in self._pieces]
        self._held: set[str] = set()

    def add(self, phash: str) -> None:
        """Remember a hash."""
        if phash not in self._held:
            self._held.add(phash)
            for shelf, piece in zip(self._shelves, self._keys(phash), strict=True):
                shelf[piece].append(phash)

    def find(self, phash: str) -> Iterator[str]:
        """The remembered hashes near this one, each once, nearest first."""
        met = {other for shelf, piece in zip(self._shelves, self._keys(phash), strict=True)
               for other in shelf.get(piece, ())}  # fmt: skip
        near = sorted((distance(phash, other), other) for other in met)
        return (other for bits, other in near if bits <= self._bits)

    def _keys(self, phash: str) -> list[int]:
        value = int(phash, 16)
        return [(value >> start) & ((1 << (end - start)) - 1) for start, end in self._pieces]


def groups(chains: Iterable[tuple[str, ...]], bits: int) -> dict[str, str]:
    """Hash → the hash that stands for its group: those of one chain belong together, and those that are near."""
    leader: dict[str, str] = {}

    def find(one: str) -> str:
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    near = Near(bits)
    for chain in chains:
        for phash in chain:
            if phash not in leader:
                leader[phash] = phash
                for other in near.find(phash):
                    leader[find(other)] = find(phash)
                near.add(phash)
            leader[find(phash)] = find(chain[0])
    smallest: dict[str, str] = {}
    for phash in leader:
        root = find(phash)
        smallest[root] = min(smallest.get(root, phash), phash)
    return {phash: smallest[find(phash)] for phash in leader}
