"""Pairs of answers that the model draws itself, scored claim by claim."""

from __future__ import annotations

import zlib
from collections import Counter

import numpy as np

from model.base import Model
from model.training.dpo.claims import judge
from model.training.dpo.pairs import Found, pairs_of_scores
from model.training.encode import CannotEncode
from model.training.opened import Opened
from model.training.rollout.decoder import Answer, Decoder
from model.training.rollout.prompts import Items


def pairs_of_answers(
    opened: Opened,
    items: Items,
    decoder: Decoder,
    splitter: Model,
    checker: Model,
    *,
    question: str,
    samples: int,
    most: int,
    seed: int,
) -> Found:
    """Answers to a question about every item's picture, as pairs.

    Args:
        samples: answers to each; most: pairs of each.

    Raises:
        ModelFault: splitter or checker cannot be asked.
    """
    found = Found([], Counter())
    for item in items.by_task["all"]:
        try:
            prompt = items.prompt(item)
        except CannotEncode:
            found.left_out["prompts that are too long"] += 1
            continue
        picture = items.picture(item)
        assert picture is not None, item.name
        number = zlib.crc32(item.name.encode())
        [tickets] = decoder.add([prompt], [[[seed, number, turn] for turn in range(samples)]])
        drawn: dict[int, Answer] = {}
        while len(decoder):
            drawn.update(decoder.step())
        texts, scores = [], []
        for ticket in tickets:
            answer = drawn[ticket]
            text = str(opened.tokenizer.decode(answer.tokens, skip_special_tokens=True))
            if not answer.ended or not text.strip():
                found.left_out["answers that are empty or were cut"] += 1
                continue
            score = judge(splitter, checker, picture, question, text).score
            if score is None:
                found.left_out["answers that could not be split or judged"] += 1
            texts.append(text)
            scores.append(score)
        chance = np.random.default_rng([seed, number])
        made = pairs_of_scores(item.name.removeprefix("all/"), texts, scores, chance, most=most)
        if not made:
            found.left_out["questions whose answers all score alike"] += 1
        found.pairs += made
    return found
