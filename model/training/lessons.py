"""A data set as batches: which examples a step learns from, read when they are needed.

The order is a function of seed and epoch alone. Batches are taken from examples of like length, so that little of
them is padding; examples about one picture may share a sequence (`packed`), and its pictures are looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from model.family import Family
from model.training.data.base import DataSet
from model.training.data.records import Picture, Record
from model.training.data.render import CannotRender, Example, examples
from model.training.encode import CannotEncode, Encoder
from model.training.trainer.batch import Batch, Features, Sample, Seen, collate, packed
from model.training.trainer.state import TrainingFault

_WINDOW = 50  # batches within which examples are sorted by length


@dataclass(frozen=True)
class _Entry:
    """One sequence: examples (record, number within it) that go into it, its length, what its tokens count."""

    examples: tuple[tuple[int, int], ...]
    length: int
    weight: float


@dataclass
class Survey:
    """What a data set holds for a family and a checkpoint.

    Attributes:
        examples, tokens, learned: how many; tokens that are learned.
        left_out: reason → how many records or steps were left out.
        dropped_turns: old turns that left because of the limit.
    """

    examples: int = 0
    tokens: int = 0
    learned: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    dropped_turns: int = 0


class Lessons:
    """Batches of a data set, for `loop.train`.

    Args:
        batch: sequences a step, in all processes together; `micro`: of these in one pass of a process.
        pack: most questions about one picture in a sequence.
        rank, world: which process this is, of how many.
        splits: which records are learned from.
        report: told how far the first look is, 0 to 1.

    Raises:
        TrainingFault: nothing is left to learn from.
        PictureFault, BadRecord: see `model.training.data`.
    """

    def __init__(
        self,
        data: DataSet,
        family: Family,
        encoder: Encoder,
        *,
        batch: int,
        micro: int,
        pack: int = 1,
        seed: int = 0,
        rank: int = 0,
        world: int = 1,
        device: Any = "cpu",
        splits: tuple[str, ...] = ("train",),
    ) -> None:
        self._data, self._family, self._encoder = data, family, encoder
        self._micro, self._seed, self._rank, self._world = micro, seed, rank, world
        self._device = device
        self._features: Callable[[Seen], Features] | None = None
        self.survey = Survey()
        self._records: list[Record] = [record for record in data if record.origin.split in splits]
        self._entries = self._plan(pack)
        if not self._entries:
            told = "; ".join(f"{count} × {why}" for why, count in self.survey.left_out.items()) or "it is empty"
            raise TrainingFault(f"{data.folder}: holds nothing to learn of the split {', '.join(splits)} ({told})")
        self.batch = min(batch, len(self._entries))
        self.steps_of_epoch = len(self._entries) // self.batch
        self._order: Callable[[int], list[list[int]]] = lru_cache(2)(self._ordered)
        self._pool = ThreadPoolExecutor(1)
        self._ahead: tuple[int, Future[list[Batch]]] | None = None

    # -- what is there ------------------------------------------------------------------------------------------

    def _plan(self, pack: int) -> list[_Entry]:
        """Every example once, with nothing but the sizes of its pictures."""
        singles: dict[tuple[str, ...], list[tuple[tuple[int, int], int, float]]] = {}
        for number, record in enumerate(self._records):
            for place, example in enumerate(examples(record, self._family, _blank, unfit=self._leave_out)):
                try:
                    sample, dropped = self._encoder.sample(example, _keys(example))
                except CannotEncode as problem:
                    self._leave_out(problem)
                    continue
                self.survey.examples += 1
                self.survey.tokens += len(sample)
                self.survey.learned += int((sample.weights > 0).sum())
                self.survey.dropped_turns += dropped
                # Only questions about one picture share a sequence; everything else stands alone.
                alone = record.record != "grounding" or pack == 1
                key = (record.id, str(place)) if alone else tuple(seen.key for seen in sample.pictures)
                singles.setdefault(key, []).append(((number, place), len(sample), sample.weight))
        entries = []
        for some in singles.values():
            for begun in range(0, len(some), pack):
                group = some[begun : begun + pack]
                # The common beginning is counted once for each; that is near enough for sorting.
                length = sum(size for _, size, _ in group)
                entries.append(_Entry(tuple(which for which, _, _ in group), length, sum(w for _, _, w in group)))
        return entries

    def _leave_out(self, problem: CannotRender | CannotEncode) -> None:
        why = str(problem).partition(": ")[2] or str(problem)
        self.survey.left_out[why] = self.survey.left_out.get(why, 0) + 1

    # -- batches ------------------------------------------------------------------------------------------------

    def _ordered(self, epoch: int) -> list[list[int]]:
        """Batches of an epoch, as places in the plan: shuffled, sorted by length in windows, shuffled again."""
        rng = np.random.default_rng([self._seed, epoch])
        places = rng.permutation(len(self._entries))
        window = self.batch * _WINDOW
        made = []
        for begun in range(0, len(places), window):
            some = sorted(places[begun : begun + window], key=lambda place: self._entries[place].length)
            made += [some[first : first + self.batch] for first in range(0, len(some), self.batch)]
        whole = [one for one in made if len(one) == self.batch]
        rest = [place for one in made if len(one) < self.batch for place in one]
        whole += [rest[first : first + self.batch] for first in range(0, len(rest) - self.batch + 1, self.batch)]
        return [[int(place) for place in whole[index]] for index in rng.permutation(len(whole))]

    def chosen(self, step: int) -> list[int]:
        """Places in the plan that all processes together learn from in that step."""
        epoch, place = divmod(step, self.steps_of_epoch)
        return self._order(epoch)[place]

    def total(self, step: int) -> float:
        """See `loop.Source`."""
        return sum(self._entries[place].weight for place in self.chosen(step))

    def batches(self, step: int) -> Sequence[Callable[[], Batch]]:
        """See `loop.Source`. The next step's pictures are read while this one is computed."""
        ready = self._ahead[1].result() if self._ahead and self._ahead[0] == step else self._made(step)
        self._ahead = (step + 1, self._pool.submit(self._made, step + 1))
        return [lambda batch=batch: batch for batch in ready]  # type: ignore[misc]

    def _made(self, step: int) -> list[Batch]:
        own = self.chosen(step)[self._rank :: self._world]
        samples = [self.sample(place) for place in own]
        pad = self._encoder.tokenizer.pad_token_id
        if pad is None:
            pad = self._encoder.tokenizer.eos_token_id
        return [
            collate(
                samples[first : first + self._micro],
                pad=pad,
                device=self._device,
                features=self._features,
                picture=self._encoder.picture,
            )
            for first in range(0, len(samples), self._micro)
        ]

    def sample(self, place: int) -> Sample:
        """The sequence at that place of the plan.

        Raises:
            PictureFault: a picture is missing, cut off or another one.
        """
        made = []
        for number, which in self._entries[place].examples:
            example = self._example(self._records[number], which)
            made.append(self._encoder.sample(example, _keys(example))[0])
        return packed(made)

    def _example(self, record: Record, which: int) -> Example:
        """That example of a record. Pictures are read for it alone, and only where their features are not kept."""
        wanted = False

        def look(picture: Picture) -> Image.Image:
            return self._data.open_picture(picture) if wanted and self._features is None else _blank(picture)

        made = examples(record, self._family, look, unfit=lambda problem: None)
        for _ in range(which):
            next(made)
        wanted = True
        return next(made)

    def pictures(self) -> Iterator[Seen]:
        """Every picture once, as sequences show it; read one after the other."""
        found: set[str] = set()
        for place in range(len(self._entries)):
            for seen in self.sample(place).pictures:
                if seen.key not in found:
                    found.add(seen.key)
                    yield seen

    def keep(self, features: Callable[[Seen], Features]) -> None:
        """From now on, take what is kept of pictures instead of reading them."""
        self._features = features

    def close(self) -> None:
        """End the reading ahead."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class _Blank(Image.Image):
    """A picture of which nothing but the size is asked: lengths of sequences need no pixels."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self._size, self._mode = size, "RGB"

    def resize(self, size: Any, *args: Any, **kwargs: Any) -> Image.Image:
        """One of another size."""
        return _Blank(tuple(size))


def _blank(picture: Picture) -> Image.Image:
    return _Blank((picture.width, picture.height))


def _keys(example: Example) -> list[str]:
    return [picture.sha256 for picture in example.pictures]
