"""Answers drawn in many rows at once are those of the stock `generate`, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

from model.families import FAMILIES
from model.training.algorithms.base import drawn_logps
from model.training.data.dataset import open_data
from model.training.opened import open_checkpoint
from model.training.rollout.decoder import Answer, Decoder
from model.training.rollout.prompts import Items, Prompt
from model.training.trainer.batch import collate, packed
from model.training.trainer.learner import Learner
from tests.training.learners import boxes, checkpoint

pytestmark = pytest.mark.filterwarnings("ignore")  # of other people's libraries about themselves
MIXED = ("qwen2_5_vl", "qwen2_vl", "qwen3_vl")
APART = ("qwen3_5", "minicpmv4_6")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("decoder")
    boxes(path / "data", pictures=4)
    return path


def opened_with_prompts(folder: Path, kind: str, count: int = 5) -> tuple[Any, list[Prompt]]:
    opened = open_checkpoint(checkpoint(folder / kind, kind))
    opened.model.eval()
    family = "qwen3-vl" if kind in ("qwen3_vl", "qwen3_5") else "minicpm-v" if "minicpm" in kind else "gta1"
    items = Items(FAMILIES[family], opened.encoder)
    items.add("point", open_data(folder / "data"))
    return opened, [items.prompt(item) for item in items.by_task["point"][:count]]


def all_of(decoder: Decoder) -> dict[int, Answer]:
    found: dict[int, Answer] = {}
    while len(decoder):
        found.update(decoder.step())
    return found


def stock(opened: Any, prompt: Prompt, most: int) -> list[int]:
    ids = torch.tensor([prompt.tokens])
    more = opened.eyes.inputs([seen.load() for seen in prompt.pictures], ids)
    said = opened.model.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=most,
        suppress_tokens=sorted(opened.encoder.never), **more,
    )  # fmt: skip
    return list(said[0, ids.shape[1] :].tolist())


@pytest.mark.parametrize("kind", [*MIXED, *APART])
def test_greedy_answers_are_those_of_generate(folder: Path, kind: str) -> None:
    opened, prompts = opened_with_prompts(folder, kind)
    decoder = Decoder(opened, most=8, temperature=0)
    assert decoder.apart == (kind in APART)
    expected = [stock(opened, prompt, 8) for prompt in prompts]
    if kind in MIXED:
        assert len({tuple(tokens) for tokens in expected}) > 1, "all alike: nothing would be noticed"
    if decoder.apart:
        said = [all_of(decoder)[tickets[0]] for prompt in prompts for tickets in decoder.add([prompt], [[[0]]])]
    else:
        tickets = decoder.add(prompts, [[[0]]] * len(prompts))
        found = all_of(decoder)
        said = [found[own[0]] for own in tickets]
    assert [answer.tokens for answer in said] == expected


@pytest.mark.parametrize("kind", MIXED)
def test_rows_that_come_and_go_do_not_change_each_other(folder: Path, kind: str) -> None:
    opened, prompts = opened_with_prompts(folder, kind)
    seeds = [[[7, number, turn] for turn in range(3)] for number in range(len(prompts))]
    alone: list[list[int]] = []
    for prompt, own in zip(prompts, seeds, strict=True):
        for seed in own:
            decoder = Decoder(opened, most=9)
            [[ticket]] = decoder.add([prompt], [[seed]])
            alone.append(all_of(decoder)[ticket].tokens)
    decoder, found, tickets = Decoder(opened, most=9), {}, []
    for prompt, own in zip(prompts, seeds, strict=True):  # each joins while those before are half-way
        tickets += decoder.add([prompt], [own])
        found.update(decoder.step())
        found.update(decoder.step())
    found.update(all_of(decoder))
    assert [found[ticket].tokens for own in tickets for ticket in own] == alone
    assert len({tuple(tokens) for tokens in alone}) > 5, "chance is the same for all"


def test_kept_log_probabilities_are_those_of_the_learner(folder: Path) -> None:
    opened, prompts = opened_with_prompts(folder, "qwen2_5_vl", 3)
    decoder = Decoder(opened, most=6)
    tickets = decoder.add(prompts, [[[n, turn] for turn in range(4)] for n in range(3)])
    found = all_of(decoder)
    rows = [
        packed([prompt.answered(found[t].tokens, 1.0, 1.0, logps=found[t].logps) for t in own])
        for prompt, own in zip(prompts, tickets, strict=True)
    ]
    batch = collate(rows, pad=opened.tokenizer.pad_token_id, picture=opened.encoder.picture)
    told = Learner(opened.model, opened.eyes)(batch).logps
    kept = [logp for own in tickets for t in own for logp in found[t].logps]
    assert told.tolist() == pytest.approx(kept, abs=1e-4)


def test_chance_follows_the_model(folder: Path) -> None:
    """4,000 first tokens beside the model's own shares."""
    opened, prompts = opened_with_prompts(folder, "qwen2_5_vl", 1)
    for temperature, top_p in ((1.0, 1.0), (0.5, 1.0), (1.0, 0.5)):
        decoder = Decoder(opened, most=1, temperature=temperature, top_p=top_p)
        decoder.add(prompts, [[[number] for number in range(4000)]])
        scores = decoder._logits[0].double()
        scores[sorted(opened.encoder.never)] = float("-inf")
        shares = torch.softmax(scores / temperature, -1)
        if top_p < 1:
            order = shares.argsort(descending=True)
            out = order[(shares[order].cumsum(0) - shares[order]) >= top_p]
            shares[out] = 0
            shares /= shares.sum()
        drawn = torch.bincount(
            torch.tensor([answer.tokens[0] for _, answer in decoder.step()]), minlength=len(shares)
        )
        assert not drawn[shares == 0].any()
        # Pearson's statistic has the mean k − 1 and the deviation √(2 (k − 1)).
        expected, k = shares * 4000, int((shares > 0).sum())
        there = expected > 0
        statistic = float(((drawn[there] - expected[there]) ** 2 / expected[there]).sum())
        assert abs(statistic - (k - 1)) < 5 * (2 * (k - 1)) ** 0.5


def test_tokens_of_pictures_are_never_drawn_and_limits_hold(folder: Path) -> None:
    opened, prompts = opened_with_prompts(folder, "qwen2_5_vl", 2)
    head = opened.model.get_output_embeddings().weight
    with torch.no_grad():
        head[sorted(opened.encoder.never)] *= 50  # now the likeliest, or the least likely
    decoder = Decoder(opened, most=7)
    tickets = decoder.add(prompts, [[[n] for n in range(30)]] * 2, [3, 100])
    found = all_of(decoder)
    assert not {token for answer in found.values() for token in answer.tokens} & opened.encoder.never
    for own, limit in zip(tickets, (3, 7), strict=True):
        lengths = [len(found[ticket].tokens) for ticket in own]
        assert max(lengths) == limit
        assert all(found[t].ended == (found[t].tokens[-1] == opened.tokenizer.eos_token_id) for t in own)


def test_what_is_dropped_leaves_the_others_as_they_are(folder: Path) -> None:
    opened, prompts = opened_with_prompts(folder, "qwen2_5_vl", 4)
    decoder = Decoder(opened, most=9, temperature=0)
    expected = [stock(opened, prompt, 9) for prompt in prompts]
    tickets = [own[0] for own in decoder.add(prompts, [[[0]]] * 4)]
    found = dict(decoder.step())
    longest = max(range(4), key=lambda n: len(prompts[n].tokens))
    decoder.drop({tickets[longest]})
    found.update(all_of(decoder))
    assert tickets[longest] not in found
    for number in set(range(4)) - {longest}:
        assert found[tickets[number]].tokens == expected[number]


def test_a_picture_that_several_ask_about_is_looked_at_once(folder: Path) -> None:
    opened, _ = opened_with_prompts(folder, "qwen3_vl", 1)
    items = Items(FAMILIES["qwen3-vl"], opened.encoder)
    items.add("point", open_data(folder / "data"))
    one, other, third = [items.prompt(item).pictures[0].load() for item in items.by_task["point"][:3]]
    assert one is other
    assert one is not third
    twice = opened.eyes.features_of([one, third, other])
    apart = opened.eyes.features_of([one.copy(), third.copy(), other.copy()])
    for found, expected in zip(twice.pooler_output, apart.pooler_output, strict=True):
        assert torch.allclose(found, expected, atol=1e-5)
    for layer, right in zip(twice.deepstack_features, apart.deepstack_features, strict=True):
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(layer, right, strict=True))
    assert twice.pooler_output[0] is twice.pooler_output[2]


def test_several_answers_to_several_questions_in_one_sequence_are_those_apart(folder: Path) -> None:
    """Packed twice: losses and gradients are the same, and the picture is looked at once."""
    opened, _ = opened_with_prompts(folder, "qwen2_5_vl", 1)
    items = Items(FAMILIES["gta1"], opened.encoder)
    items.add("point", open_data(folder / "data"))
    one, other = items.by_task["point"][:2]
    assert items.beside(one) == [other]
    answers = [[[5, 6, 7], [8], [9, 10]], [[5, 6], [11, 12, 13, 14]]]
    groups = [
        [items.prompt(item).answered(answer, 0.5 + turn, 1.0 + len(answer), logps=[-1.0] * len(answer))
         for turn, answer in enumerate(own)]
        for item, own in zip((one, other), answers, strict=True)
    ]  # fmt: skip
    learner = Learner(opened.model, opened.eyes)
    found = []
    for rows in (
        [sample for group in groups for sample in group],
        [packed(group) for group in groups],
        [packed([packed(group) for group in groups])],
        [packed([packed(groups[0]), packed(groups[1][:1])]), groups[1][1]],
    ):
        batch = collate(rows, pad=opened.tokenizer.pad_token_id, picture=opened.encoder.picture)
        opened.model.zero_grad()
        told = learner(batch)
        (told.logps * batch.weights * batch.advantages).sum().backward()
        gradients = {name: weight.grad.clone() for name, weight in opened.model.named_parameters()}
        found.append((told.logps.tolist(), gradients, batch))
        assert drawn_logps(batch)[0].tolist() == [-1.0] * 12
    for logps, gradients, _ in found[1:]:
        assert logps == pytest.approx(found[0][0], abs=1e-4)
        assert all(torch.allclose(gradients[name], found[0][1][name], atol=1e-4) for name in gradients)
    tokens = [batch.tokens for _, _, batch in found]
    assert tokens[2] < tokens[1] < tokens[0]
    assert len(found[2][2].pictures) == 1
    with pytest.raises(ValueError, match="only questions about the same pictures"):
        packed([packed([packed(group) for group in groups])] * 2)


@pytest.mark.parametrize("kind", MIXED)
def test_prompts_about_one_picture_begin_as_those_apart(folder: Path, kind: str) -> None:
    opened, prompts = opened_with_prompts(folder, kind, 8)
    opened.model.eval()
    assert len({prompt.pictures[0].key for prompt in prompts}) == 4
    found = []
    for some in ([prompts], [[prompt] for prompt in prompts]):
        decoder, said = Decoder(opened, most=6), []
        for part in some:
            seeds = [[[prompts.index(prompt), turn] for turn in range(2)] for prompt in part]
            said.append((decoder.add(part, seeds), all_of(decoder)))
        found.append([answers[ticket] for tickets, answers in said for own in tickets for ticket in own])
    assert [answer.tokens for answer in found[0]] == [answer.tokens for answer in found[1]]
    for one, other in zip(*found, strict=True):
        assert one.logps == pytest.approx(other.logps, abs=1e-4)
