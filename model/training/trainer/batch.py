"""Sequences to learn from, and how several become tensors.

Every token carries the weight of its loss and an advantage, so that the trainer need not know why it is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from PIL import Image


Features = dict[str, "torch.Tensor"]
"""What is kept of one picture (`features`): behind the projector, `tokens` and `deep0` …; or what the projector is
given, `patches` and their `order`."""


@dataclass(frozen=True)
class Seen:
    """One picture of a sequence.

    Attributes:
        key: names its pixels, for what is kept of it.
        load: gives it in the size that the model sees; one that cannot be read is an error, never another one.
        tokens: how many tokens of the sequence are its.
    """

    key: str
    load: Callable[[], Image.Image]
    tokens: int


@dataclass(frozen=True)
class Sample:
    """One sequence.

    Attributes:
        tokens: ids, shape (n,).
        positions: rotary positions in time, height and width, shape (3, n).
        weights: what the loss of each token counts, shape (n,); 0: it is only read.
        advantages: what each token's loss is multiplied with besides, shape (n,).
        origin: index of the token from whose state each token is told, shape (n,): the one before it, but for the
            first of a block.
        block: 0 for tokens that all behind them see; a token of block k is seen in block k only. Shape (n,).
        outer: the same one level up: blocks lie within outer blocks, as answers within questions. Shape (n,).
        pictures: in the order of their tokens.
        name: of the record, for messages.
        more: what an objective needs besides.
    """

    tokens: NDArray[np.int64]
    positions: NDArray[np.int64]
    weights: NDArray[np.float32]
    advantages: NDArray[np.float32]
    origin: NDArray[np.int64]
    block: NDArray[np.int64]
    pictures: tuple[Seen, ...] = ()
    name: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    outer: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def weight(self) -> float:
        """What all its tokens count together."""
        return float(self.weights.sum())


def sequence(
    tokens: Sequence[int],
    positions: NDArray[np.int64],
    weights: Sequence[float],
    *,
    advantages: Sequence[float] | None = None,
    pictures: tuple[Seen, ...] = (),
    name: str = "",
    more: dict[str, Any] | None = None,
) -> Sample:
    """A plain sequence: each token is told from the one before it.

    Raises:
        ValueError: the lengths differ, or the first token, which nothing tells, has a weight.
    """
    count = len(tokens)
    if not len(weights) == positions.shape[1] == count or (advantages is not None and len(advantages) != count):
        raise ValueError(f"{name}: {count} tokens, {len(weights)} weights, {positions.shape[1]} positions")
    if count == 0 or weights[0]:
        raise ValueError(f"{name}: the first token cannot be learned: nothing stands before it")
    return Sample(
        np.asarray(tokens, np.int64),
        positions.astype(np.int64),
        np.asarray(weights, np.float32),
        np.ones(count, np.float32) if advantages is None else np.asarray(advantages, np.float32),
        np.arange(-1, count - 1),
        np.zeros(count, np.int64),
        pictures,
        name,
        more or {},
    )


def packed(samples: Sequence[Sample]) -> Sample:
    """Several questions about the same pictures as one sequence: what they begin with in common is computed once.

    Each token sees the common beginning and its own question, at the positions that it has by itself, so that the
    losses are those of the samples apart. What is packed may be packed once more: several answers to each of
    several questions about one picture.

    Raises:
        ValueError: they show other pictures, or are packed twice already.
    """
    first = samples[0]
    keys = [seen.key for seen in first.pictures]
    if any([seen.key for seen in sample.pictures] != keys or sample.outer is not None for sample in samples):
        raise ValueError(f"{first.name}: only questions about the same pictures go into one sequence")
    if len(samples) == 1:
        return first
    # Up to the first token that differs or is learned, and never all of a sample.
    most = min(min(len(sample) - 1, int(np.argmax(sample.weights > 0))) for sample in samples)
    same = np.ones(most, bool)
    for sample in samples[1:]:
        same &= sample.tokens[:most] == first.tokens[:most]
    shared = most if same.all() else int(np.argmin(same))
    begun, origins, blocks = shared, [first.origin[:shared]], [np.zeros(shared, np.int64)]
    twice = any(sample.block.any() for sample in samples)
    inner = [np.zeros(shared, np.int64)]
    for number, sample in enumerate(samples, 1):
        rest = len(sample) - shared
        origin = sample.origin[shared:]
        origins.append(np.where(origin < shared, origin, origin - shared + begun))
        blocks.append(np.full(rest, number))
        inner.append(sample.block[shared:])
        begun += rest

    def joined(of: Callable[[Sample], Any]) -> Any:
        return np.concatenate(
            [of(first)[..., :shared], *(of(sample)[..., shared:] for sample in samples)], axis=-1
        )

    return Sample(
        joined(lambda sample: sample.tokens),
        joined(lambda sample: sample.positions),
        joined(lambda sample: sample.weights),
        joined(lambda sample: sample.advantages),
        np.concatenate(origins),
        np.concatenate(inner if twice else blocks),
        first.pictures,
        first.name,
        {"packed": [more for sample in samples for more in sample.more.get("packed", [sample.more])]},
        np.concatenate(blocks) if twice else None,
    )


@dataclass
class Batch:
    """What the model is run over at once.

    Attributes:
        ids: shape (rows, length), padded at the right.
        positions: shape (3, rows, length).
        mask: True where a token (third axis) sees another (fourth), shape (rows, 1, length, length); None: each
            sees all before it.
        rows, places: of the tokens that are learned, shape (learned,) each.
        origin: place in the same row of the token from whose state each is told, shape (learned,).
        weights, advantages: of the learned tokens, shape (learned,).
        pictures: of all rows, in order; `features`: what the vision encoder makes of them, where that is kept.
        samples: what it was made of.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor | None
    rows: torch.Tensor
    places: torch.Tensor
    origin: torch.Tensor
    weights: torch.Tensor
    advantages: torch.Tensor
    pictures: list[Image.Image]
    features: list[Features] | None
    samples: list[Sample]

    @property
    def targets(self) -> torch.Tensor:
        """Ids of the learned tokens, shape (learned,)."""
        return self.ids[self.rows, self.places]

    @property
    def tokens(self) -> int:
        """Number of tokens, padding not counted."""
        return sum(len(sample) for sample in self.samples)

    @property
    def padding(self) -> float:
        """Share of `ids` that is padding."""
        return 1 - self.tokens / self.ids.numel()


def collate(
    samples: Sequence[Sample],
    *,
    pad: int,
    device: Any = "cpu",
    features: Callable[[Seen], Features] | None = None,
    picture: int | None = None,
) -> Batch:
    """Tensors of several sequences.

    Args:
        pad: id that fills up the shorter ones.
        features: gives what is kept of a picture; None: the pictures themselves are loaded.
        picture: id that stands for a picture, so that its tokens can be counted.

    Raises:
        ValueError: a sequence has more or fewer picture tokens than its pictures, or learns one.
    """
    import torch

    for sample in samples:
        _check_pictures(sample, picture)

    length, count = max(len(sample) for sample in samples), len(samples)
    ids = np.full((count, length), pad, np.int64)
    positions = np.zeros((3, count, length), np.int64)
    blocks, outers = np.zeros((count, length), np.int64), np.zeros((count, length), np.int64)
    weights = np.zeros((count, length), np.float32)
    advantages, origin = np.zeros_like(weights), np.zeros_like(ids)
    for row, sample in enumerate(samples):
        size = len(sample)
        ids[row, :size], positions[:, row, :size] = sample.tokens, sample.positions
        weights[row, :size], advantages[row, :size] = sample.weights, sample.advantages
        origin[row, :size], blocks[row, :size] = sample.origin, sample.block
        outers[row, :size] = 0 if sample.outer is None else sample.outer
    rows, places = np.nonzero(weights)
    mask = None
    if blocks.any() or outers.any():
        seen = torch.ones(1, dtype=torch.bool, device=device)
        for level in (blocks, outers):
            block = torch.from_numpy(level).to(device)
            seen = seen & ((block[:, None, :] == 0) | (block[:, None, :] == block[:, :, None]))
        mask = (seen & torch.ones(length, length, dtype=torch.bool, device=device).tril())[:, None]
    shown = [seen for sample in samples for seen in sample.pictures]

    def tensor(array: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    return Batch(
        tensor(ids),
        tensor(positions),
        mask,
        tensor(rows),
        tensor(places),
        tensor(origin[rows, places]),
        tensor(weights[rows, places]),
        tensor(advantages[rows, places]),
        [] if features else [seen.load() for seen in shown],
        [features(seen) for seen in shown] if features and shown else None,
        list(samples),
    )


def _check_pictures(sample: Sample, picture: int | None) -> None:
    """What would otherwise fail inside the model, or silently put one picture in another's place."""
    if picture is None:
        return
    marked = sample.tokens == picture
    wanted = sum(seen.tokens for seen in sample.pictures)
    if int(marked.sum()) != wanted:
        raise ValueError(f"{sample.name}: has {int(marked.sum())} picture tokens, its pictures need {wanted}")
    if sample.weights[marked].any():
        raise ValueError(f"{sample.name}: a picture token has a weight, and none is ever said")
