"""What is asked: items of a data set, as prompts of the model's family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from action_space.geometry import Frame, Size
from model.base import Message
from model.family import Family
from model.training.data.base import DataSet, pictures_of
from model.training.data.records import GroundingItem, Picture, Record
from model.training.data.render import CannotRender, Example, examples
from model.training.encode import CannotEncode, Encoder
from model.training.trainer.batch import Sample, Seen, sequence


@dataclass(frozen=True)
class Prompt:
    """A conversation up to the answer, as a checkpoint reads it.

    Attributes:
        name: of the item.
        tokens: ids, those of pictures in their places.
        positions: rotary positions, shape (3, n).
        delta: what the index of a later token lacks to its position.
        pictures: in the order of their tokens.
    """

    name: str
    tokens: tuple[int, ...]
    positions: NDArray[np.int64]
    delta: int
    pictures: tuple[Seen, ...]

    def asked(self) -> Sample:
        """The question alone, as a sequence; its last token has a weight: so `packed` leaves it apart."""
        weights = [0.0] * (len(self.tokens) - 1) + [1.0]
        return sequence(self.tokens, self.positions, weights, pictures=self.pictures, name=self.name)

    def answered(
        self, answer: Sequence[int], weight: float, advantage: float, *, logps: Sequence[float] = ()
    ) -> Sample:
        """The sequence that learns `answer`: the tokens that were drawn, never a text told again.

        Args:
            logps: with which they were drawn.
        """
        begun, count = len(self.tokens), len(answer)
        behind = np.tile(np.arange(begun, begun + count) + self.delta, (3, 1))
        return sequence(
            [*self.tokens, *answer],
            np.concatenate([self.positions, behind], axis=1),
            [0.0] * begun + [weight] * count,
            advantages=[0.0] * begun + [advantage] * count,
            pictures=self.pictures,
            name=self.name,
            more={"logps": list(logps)},
        )


def prompt_of(encoder: Encoder, example: Example, keys: Sequence[str]) -> Prompt:
    """The prompt of an example.

    Args:
        keys: names the pixels of each of its pictures.

    Raises:
        CannotEncode: it is longer than the encoder's limit, or its text holds the token of a picture.
    """
    tokens, images = encoder.prompt(example.messages)
    if len(tokens) > encoder.limit:
        raise CannotEncode(
            f"{example.id}: its prompt has {len(tokens)} tokens; accepted: up to {encoder.limit} (--max-tokens). "
            "A prompt is never cut."
        )
    if encoder.sight is None:
        return Prompt(example.id, tuple(tokens), np.tile(np.arange(len(tokens)), (3, 1)), 0, ())
    positions, delta = encoder.sight.positions(tokens, images)
    counts = [encoder.sight.tokens(image, place).count(encoder.picture) for place, image in enumerate(images)]
    seen = tuple(
        Seen(f"{key}-{image.width}x{image.height}", _given(image), count)
        for key, image, count in zip(keys, images, counts, strict=True)
    )  # fmt: skip
    return Prompt(example.id, tuple(tokens), positions[:, 0].cpu().numpy(), delta, seen)


def _given(image: Image.Image) -> Callable[[], Image.Image]:
    return lambda: image


@dataclass(frozen=True)
class Item:
    """One thing that can be asked.

    Attributes:
        name: of the example: the record's id, and the step's number for a step of an episode.
        task: of the curriculum.
        record, which: the record, and the number of the example in it.
        step: of the episode, from 0.
    """

    name: str
    task: str
    record: Record
    which: int
    step: int = 0


class Items:
    """The items of data sets, and their prompts.

    Args:
        family, encoder: in whose words, and for which checkpoint.
        keep: how many prompts and pictures are held in memory.

    Attributes:
        by_task: task → its items, in the order of the data.
        left_out: reason → how many were left out.
    """

    def __init__(self, family: Family, encoder: Encoder, *, keep: int = 4096) -> None:
        self.family, self._encoder = family, encoder
        self.by_task: dict[str, list[Item]] = {}
        self.left_out: dict[str, int] = {}
        self._data: dict[str, DataSet] = {}
        self._ask: dict[str, str] = {}
        self._beside: dict[tuple[str, str], list[Item]] = defaultdict(list)
        self._named: dict[str, Item] = {}
        self._built = lru_cache(keep)(self._build)
        self._images: dict[str, Image.Image] = {}
        self._keep = keep

    def add(self, task: str, data: DataSet, splits: tuple[str, ...] = ("train",), *, ask: str = "") -> int:
        """Take the items of `data` for that task; returns how many there are.

        Args:
            ask: a question about the first picture of every record, each once, in place of what they ask.
        """
        self._data[task], self._ask[task] = data, ask
        asked: set[str] = set()
        found = self.by_task.setdefault(task, [])
        for record in data:
            if record.origin.split not in splits:
                continue
            made = self._examples(record, ask, size_alone, self._leave_out)
            if ask:  # every picture once
                some = [picture.sha256 for picture in pictures_of(record)[:1]]
                if not some or some[0] in asked:
                    continue
                asked.update(some)
            for which, example in enumerate(made):
                step = int(example.id.rpartition("#")[2]) if record.record == "episode" and not ask else 0
                item = Item(f"{task}/{example.id}", task, record, which, step)
                found.append(item)
                if isinstance(record, GroundingItem):
                    self._beside[task, record.picture.sha256].append(item)
                self._named[item.name] = item
        return len(found)

    def _examples(
        self,
        record: Record,
        ask: str,
        open_picture: Callable[[Picture], Image.Image],
        unfit: Callable[[CannotRender], None],
    ) -> Iterator[Example]:
        if not ask:
            yield from examples(record, self.family, open_picture, unfit=unfit)
            return
        for picture in pictures_of(record)[:1]:
            image = open_picture(picture)
            shown, frame = self.family.view(image, Frame(Size(*image.size)))
            yield Example(record.id, (Message("user", (shown, ask)),), "", (picture,), frame=frame)

    def _leave_out(self, problem: CannotRender | CannotEncode) -> None:
        why = str(problem).partition(": ")[2] or str(problem)
        self.left_out[why] = self.left_out.get(why, 0) + 1

    def beside(self, item: Item) -> list[Item]:
        """The other items of its task about the same picture, in the order of the data."""
        if not isinstance(item.record, GroundingItem):
            return []
        return [one for one in self._beside[item.task, item.record.picture.sha256] if one is not item]

    def named(self, name: str) -> Item | None:
        """The item of that name; None: there is none."""
        return self._named.get(name)

    def prompt(self, item: Item) -> Prompt:
        """Raises CannotEncode, PictureFault."""
        return self._built(item.name)[0]

    def frame(self, item: Item) -> Frame | None:
        """Maps an answer's coordinates to pixels of the record's picture."""
        return self._built(item.name)[1].frame

    def picture(self, item: Item) -> Image.Image | None:
        """The last picture of the prompt, as the model sees it."""
        seen = self.prompt(item).pictures
        return seen[-1].load() if seen else None

    def _build(self, name: str) -> tuple[Prompt, Example]:
        item = self._named[name]
        made = self._examples(item.record, self._ask[item.task], self._open(item.task), lambda problem: None)
        example = next(one for number, one in enumerate(made) if number == item.which)
        keys = [picture.sha256 for picture in example.pictures]
        prompt = prompt_of(self._encoder, example, keys)
        # The same picture of several items is one object, so that a batch looks at it once.
        shared = tuple(
            Seen(seen.key, _given(self._images.setdefault(seen.key, seen.load())), seen.tokens)
            for seen in prompt.pictures
        )
        while len(self._images) > self._keep:
            del self._images[next(iter(self._images))]
        return Prompt(name, prompt.tokens, prompt.positions, prompt.delta, shared), example

    def _open(self, task: str) -> Callable[[Picture], Image.Image]:
        return self._data[task].open_picture


class _Blank(Image.Image):
    """A picture of which nothing but the size is asked."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self._size, self._mode = size, "RGB"

    def resize(self, size: Any, *args: Any, **kwargs: Any) -> Image.Image:
        """One of another size."""
        return _Blank(tuple(size))


def size_alone(picture: Picture) -> Image.Image:
    """In place of a picture where its pixels are not looked at."""
    return _Blank((picture.width, picture.height))
