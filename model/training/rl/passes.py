"""pass@1, pass@k and the greedy answer on items that are not learned."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from math import comb

import numpy as np

from model.training.opened import Opened
from model.training.pools.difficulty import PASSED
from model.training.rewards import Case, Mix
from model.training.rollout.decoder import Answer, Decoder
from model.training.rollout.prompts import Item, Items


def pass_at(k: int, passed: int, of: int) -> float:
    """Chance that one of k answers passes, where `passed` of `of` did: 1 − C(n−c, k)/C(n, k) (Chen et al. 2021,
    2107.03374, equation 1).

    Raises:
        ValueError: k is not within 1 and `of`.
    """
    if not 1 <= k <= of or not 0 <= passed <= of:
        raise ValueError(f"pass@{k} of {passed} in {of}; accepted: k of 1 to the number of answers")
    return 1 - comb(of - passed, k) / comb(of, k)


def evaluate(
    opened: Opened,
    items: Items,
    chosen: Mapping[str, Sequence[Item]],
    mixes: Mapping[str, Mix],
    *,
    samples: int,
    most: int,
    seed: int = 0,
    together: int = 32,
) -> dict[str, float]:
    """Figures over `chosen`, and over the items of each task.

    Args:
        samples: answers to an item at temperature 1; `most`: tokens of one.
        together: items that are answered at once.

    Returns:
        `greedy`: share of items whose most likely answer passes; `pass1`: mean share of sampled answers that do;
        `passK` of K samples; `tokens`: mean length of the sampled answers. A reward that is missing does not pass.
    """
    found: dict[str, float] = {}
    rows: dict[str, list[tuple[float, float, float, float]]] = {}
    for task, own in chosen.items():
        decoders = (Decoder(opened, most=most, temperature=0), Decoder(opened, most=most))
        size = 1 if decoders[0].apart else together
        rows[task] = []
        for first in range(0, len(own), size):
            some = own[first : first + size]
            greedy = _answers(decoders[0], items, some, [[[0]]] * len(some))
            seeds = [[[seed, zlib.crc32(item.name.encode()), turn] for turn in range(samples)] for item in some]
            sampled = _answers(decoders[1], items, some, seeds)
            for item, one, several in zip(some, greedy, sampled, strict=True):
                [best] = _passed(opened, items, item, mixes[task], one)
                good = _passed(opened, items, item, mixes[task], several)
                lengths = float(np.mean([len(answer.tokens) for answer in several]))
                rows[task].append((best, sum(good) / samples, pass_at(samples, sum(good), samples), lengths))
    every = [row for own_rows in rows.values() for row in own_rows]
    for task, own_rows in {"": every, **(rows if len(rows) > 1 else {})}.items():
        behind = f"_{task}" if task else ""
        for name, values in zip(
            ("greedy", "pass1", f"pass{samples}", "tokens"), zip(*own_rows, strict=True), strict=False
        ):
            found[f"{name}{behind}"] = float(np.mean(values))
    return found | {"items": float(len(every))}


def _answers(
    decoder: Decoder, items: Items, some: Sequence[Item], seeds: Sequence[Sequence[Sequence[int]]]
) -> list[list[Answer]]:
    tickets = decoder.add([items.prompt(item) for item in some], seeds)
    found: dict[int, Answer] = {}
    while len(decoder):
        found.update(decoder.step())
    return [[found[ticket] for ticket in own] for own in tickets]


def _passed(opened: Opened, items: Items, item: Item, mix: Mix, answers: Sequence[Answer]) -> list[bool]:
    frame, picture = items.frame(item), items.picture(item)
    texts = [str(opened.tokenizer.decode(answer.tokens, skip_special_tokens=True)) for answer in answers]
    cases = [
        Case(item.record, items.family, frame, text, len(answer.tokens), answer.ended, item.task, item.step,
             picture=picture)
        for answer, text in zip(answers, texts, strict=True)
    ]  # fmt: skip
    return [(one.reward or 0.0) >= PASSED for one in mix(cases)]
