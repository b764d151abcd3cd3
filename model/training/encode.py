"""From an example to a sequence: the tokens of a run's prompt, the answer behind it, and what of it is learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from model.base import Message, ModelProtocolError
from model.local.model import NOTHING, chat_of
from model.training.data.render import Example
from model.training.trainer.batch import Sample, Seen, sequence


class CannotEncode(ValueError):
    """An example that this checkpoint cannot be taught. The message names it and says why."""


@dataclass(frozen=True)
class Encoder:
    """How a checkpoint reads.

    Attributes:
        tokenizer, sight: of the checkpoint; sight None: it reads text only.
        never: ids that may not stand in an answer: those that stand for pictures.
        picture: id that stands for a picture in the chat template's text.
        limit: most tokens of a sequence; turns that are too old leave, whole.
        turns: how many answers at the end are learned, the newest first; 0: all that may be.
        marks: special tokens that build a conversation; in texts they are broken, in answers refused.
    """

    tokenizer: Any
    sight: Any
    picture: int | None
    never: frozenset[int] = frozenset()
    limit: int = 8192
    turns: int = 1
    marks: tuple[str, ...] = ()

    def sample(self, example: Example, keys: Sequence[str]) -> tuple[Sample, int]:
        """The sequence, and how many old turns left it.

        Args:
            keys: names the pixels of each picture of the example.

        Raises:
            CannotEncode: it is too long without its past, or holds a token that stands for pictures.
        """
        messages, learned, dropped = list(example.messages), set(example.learned), 0
        shown = list(keys)
        while True:
            built = self._built(example, messages, learned, shown)
            if len(built) <= self.limit:
                return built, dropped
            first = next((place for place, one in enumerate(messages) if one.role == "assistant"), None)
            if first is None:
                raise CannotEncode(
                    f"{example.id}: has {len(built)} tokens without its past; accepted: up to {self.limit} "
                    "(--max-tokens). A prompt is never cut."
                )
            opening = next(place for place, one in enumerate(messages) if one.role == "user")
            task = messages[opening].parts
            begun = max(first - 1, opening)
            before = sum(_pictures(message) for message in messages[:begun])
            del shown[before : before + _pictures(messages[begun])]
            if begun == opening and (words := tuple(part for part in task if isinstance(part, str))):
                messages[opening] = Message("user", words)  # it holds the task, which never leaves
                begun += 1
            del messages[begun : first + 1]
            learned = {place - (first + 1 - begun) for place in learned if place > first}
            dropped += 1

    def _built(self, example: Example, messages: list[Message], learned: set[int], keys: list[str]) -> Sample:
        prompt, spans = self._text(example, messages, learned)
        coded = self.tokenizer(prompt, add_special_tokens=False, return_offsets_mapping=True)
        ids, offsets = coded["input_ids"], coded["offset_mapping"]
        weights = np.zeros(len(ids), np.float32)
        for begun, end in spans:
            inside = [place for place, (left, right) in enumerate(offsets) if left < end and right > begun]
            weights[inside] = 1
            after = inside[-1] + 1 if inside else len(ids)
            if after < len(ids) and ids[after] in self._ends():
                weights[after] = 1  # where an answer ends is a part of it
        answer = self.tokenizer(_after(prompt, example.completion), add_special_tokens=False)["input_ids"]
        self._check_answer(example, answer)
        answer = [*answer, self.tokenizer.eos_token_id]
        images = [part for message in messages for part in message.parts if isinstance(part, Image.Image)]
        tokens, counts, kept = self._with_pictures(example.id, ids, images, weights)
        tokens += answer
        kept += [1.0] * len(answer)
        if self.sight is None:
            positions = np.tile(np.arange(len(tokens)), (3, 1))
        else:
            positions = self.sight.positions(tokens, images)[0][:, 0].cpu().numpy()
        seen = tuple(
            Seen(f"{key}-{image.width}x{image.height}", _given(image), count)
            for key, image, count in zip(keys, images, counts, strict=True)
        )
        return sequence(tokens, positions, kept, pictures=seen, name=example.id)

    def _text(
        self, example: Example, messages: list[Message], learned: set[int]
    ) -> tuple[str, list[tuple[int, int]]]:
        """The conversation in the checkpoint's chat template, and where the learned answers stand in it."""
        kwargs = example.chat_template_kwargs
        whole = self._chat(messages, kwargs)
        wanted = sorted(learned)
        if self.turns:
            wanted = wanted[max(0, len(wanted) - (self.turns - 1)) :] if self.turns > 1 else []
        spans = []
        for place in wanted:
            before, said = self._chat(messages[:place], kwargs), messages[place].text
            # A template that changes what was said (as those that cut thoughts) leaves nothing to learn there.
            if whole.startswith(before + said):
                spans.append((len(before), len(before) + len(said)))
        return whole, spans

    def _chat(self, messages: Sequence[Message], kwargs: Mapping[str, Any]) -> str:
        told = chat_of(tuple(messages), self.marks)
        if self.sight is None:  # templates of text models take texts
            told = [{"role": one["role"], "content": _joined(one["content"])} for one in told]
        template = self.tokenizer.apply_chat_template
        return str(template(told, add_generation_prompt=True, tokenize=False, **kwargs))

    def prompt(
        self, messages: Sequence[Message], chat_template_kwargs: Mapping[str, Any] = NOTHING
    ) -> tuple[list[int], list[Image.Image]]:
        """Tokens of a conversation up to the answer, and its pictures.

        Raises:
            CannotEncode: its text holds the token that stands for a picture.
        """
        ids = self.tokenizer(self._chat(messages, chat_template_kwargs), add_special_tokens=False)["input_ids"]
        images = [part for message in messages for part in message.parts if isinstance(part, Image.Image)]
        return self._with_pictures("the prompt", ids, images, np.zeros(len(ids)))[0], images

    def _with_pictures(
        self, name: str, ids: list[int], images: list[Image.Image], weights: Any
    ) -> tuple[list[int], list[int], list[float]]:
        """Tokens with those of each picture in its place, how many each has, and the weights beside them."""
        found = ids.count(self.picture) if self.picture is not None else 0
        if found > len(images):
            raise CannotEncode(f"{name}: its text holds the token that stands for a picture")
        if found < len(images):
            raise CannotEncode(f"{name}: has {len(images)} pictures, and the checkpoint shows {found} of them")
        tokens: list[int] = []
        kept: list[float] = []
        counts: list[int] = []
        for token, weight in zip(ids, weights, strict=True):
            if token != self.picture or self.sight is None:
                tokens.append(token)
                kept.append(float(weight))
                continue
            try:
                part = self.sight.tokens(images[len(counts)], len(counts))
            except ModelProtocolError as error:
                raise CannotEncode(f"{name}: {error}") from error
            tokens += part
            kept += [0.0] * len(part)
            counts.append(part.count(self.picture))
        return tokens, counts, kept

    def _check_answer(self, example: Example, answer: list[int]) -> None:
        if mark := next((mark for mark in self.marks if mark in example.completion), None):
            raise CannotEncode(
                f"{example.id}: the answer holds {mark}, which builds conversations and is never said"
            )
        if wrong := self.never.intersection(answer):
            names = ", ".join(self.tokenizer.convert_ids_to_tokens(sorted(wrong)))
            raise CannotEncode(f"{example.id}: the answer holds {names}, which stands for pictures, never said")

    def _ends(self) -> tuple[int, ...]:
        return (self.tokenizer.eos_token_id,)


def _after(prompt: str, answer: str) -> str:
    """An answer behind a prompt whose chat template has begun the thought already (Qwen3.5's does)."""
    if not prompt.rstrip().endswith("<think>"):
        return answer
    if answer.startswith("<think>"):
        return answer.removeprefix("<think>").lstrip("\n")
    return f"\n</think>\n\n{answer}"


def _pictures(message: Message) -> int:
    return sum(isinstance(part, Image.Image) for part in message.parts)


def _joined(content: list[dict[str, Any]]) -> str:
    return "".join(part.get("text", "") for part in content)


def _given(image: Image.Image) -> Callable[[], Image.Image]:
    return lambda: image
