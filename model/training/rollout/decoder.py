"""Many answers drawn at once from the model that learns, each row a prompt, a length and a chance of its own.

Rows come and go at every token: one that has ended makes room for the next, so that nobody waits for the longest.
Keys and values of all rows stand in one cache, aligned at their right end; positions are told to the model, so
that where a row's tokens lie in the cache does not matter. What an answer is depends on its own seed alone, and
not on its neighbours (but for rounding).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from model.local.model import cache_argument
from model.training.opened import Opened
from model.training.rollout.prompts import Prompt
from model.training.trainer.batch import collate, packed


@dataclass
class Answer:
    """What was drawn.

    Attributes:
        tokens: ids, the one that ends the turn included where it was drawn.
        logps: log-probability of each under the model itself (temperature 1, nothing suppressed).
        ended: by the token that ends a turn, not by the limit.
    """

    tokens: list[int] = field(default_factory=list)
    logps: list[float] = field(default_factory=list)
    ended: bool = False


@dataclass
class _Row:
    ticket: int
    chance: np.random.Generator
    position: int
    limit: int
    answer: Answer = field(default_factory=Answer)


class Decoder:
    """Draws answers.

    Args:
        most: tokens of an answer.
        temperature: 0: the most likely token; `top_p`: of those whose mass reaches it.

    Attributes:
        apart: the class has layers with a recurrent state, so that rows of different prompts do not mix: a prompt
            may only be added while there are no rows.
    """

    def __init__(self, opened: Opened, *, most: int, temperature: float = 1.0, top_p: float = 1.0) -> None:
        self._opened, self._most, self._temperature, self._top_p = opened, most, temperature, top_p
        self._rows: list[_Row] = []
        self._cache: Any = None
        self._held: Any = None  # True where a row has a token in the cache, shape (rows, length)
        self._logits: Any = None
        self._tickets = 0
        kinds = getattr(self._core().config.get_text_config(), "layer_types", None) or ()
        self.apart = any("linear" in str(kind) or "recurrent" in str(kind) for kind in kinds)
        self._ends = self._end_tokens()
        self.passes = 0

    def __len__(self) -> int:
        """Rows that are being drawn."""
        return len(self._rows)

    def _core(self) -> Any:
        model = self._opened.model
        return model.get_base_model() if hasattr(model, "peft_config") else model

    def _end_tokens(self) -> frozenset[int]:
        ends = self._core().generation_config.eos_token_id
        found = {self._opened.tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])}
        return frozenset(token for token in found if token is not None)

    # -- rows come ------------------------------------------------------------------------------------------

    @torch.no_grad()
    def add(
        self, prompts: Sequence[Prompt], seeds: Sequence[Sequence[Sequence[int]]], limits: Sequence[int] = ()
    ) -> list[list[int]]:
        """Begin answers to each prompt, as many as it has seeds; returns their tickets.

        Args:
            seeds: of each prompt, of each of its answers: the numbers that its chance is made of.
            limits: most tokens of each prompt's answers, where that is less than `most`.
        """
        if self.apart:
            assert len(prompts) == 1, "one prompt at a time in a class with recurrent layers"
            assert not self._rows, "one prompt at a time in a class with recurrent layers"
        with self._evaluating():
            cache, held, logits = self._prefilled(prompts)
        counts = torch.tensor([len(own) for own in seeds], device=logits.device)
        index = torch.repeat_interleave(torch.arange(len(prompts), device=logits.device), counts)
        _select(cache, index)
        self._join(cache, held[index], logits[index])
        tickets = []
        for number, (prompt, own) in enumerate(zip(prompts, seeds, strict=True)):
            limit = min(self._most, limits[number]) if limits else self._most
            tickets.append(list(range(self._tickets, self._tickets + len(own))))
            self._tickets += len(own)
            for ticket, seed in zip(tickets[-1], own, strict=True):
                chance = np.random.default_rng(list(seed))
                self._rows.append(_Row(ticket, chance, len(prompt.tokens) + prompt.delta, limit))
        return tickets

    def _prefilled(self, prompts: Sequence[Prompt]) -> tuple[Any, Any, Any]:
        """Cache, what of it is held, and the logits behind each prompt, padded at the left."""
        from transformers import DynamicCache

        core, opened = self._core(), self._opened
        if not self.apart and len({_keys(prompt) for prompt in prompts if prompt.pictures}) < sum(
            bool(prompt.pictures) for prompt in prompts
        ):
            return self._prefilled_together(prompts)
        device, longest = core.device, max(len(prompt.tokens) for prompt in prompts)
        ids = torch.full((len(prompts), longest), opened.tokenizer.pad_token_id or 0)
        held = torch.zeros((len(prompts), longest), dtype=torch.bool)
        positions = torch.zeros((3, len(prompts), longest), dtype=torch.long)
        for row, prompt in enumerate(prompts):
            begun = longest - len(prompt.tokens)
            ids[row, begun:] = torch.tensor(prompt.tokens)
            held[row, begun:] = True
            positions[:, row, begun:] = torch.from_numpy(prompt.positions)
        more: dict[str, Any] = {}
        pictures = [seen.load() for prompt in prompts for seen in prompt.pictures]
        if pictures and opened.eyes:
            more["mm_encoder_outputs"] = {"image": opened.eyes.features_of(pictures)}
        cache = DynamicCache(config=core.config.get_text_config())
        logits = self._forward(ids.to(device), held.to(device), positions.to(device), cache, more)
        return cache, held.to(device), logits

    def _prefilled_together(self, prompts: Sequence[Prompt]) -> tuple[Any, Any, Any]:
        """The same where several ask about one picture: what they begin with in common is computed once."""
        from transformers import DynamicCache

        core, opened = self._core(), self._opened
        together: dict[Any, list[int]] = {}
        for place, prompt in enumerate(prompts):
            together.setdefault(_keys(prompt) or place, []).append(place)
        rows = [packed([prompts[place].asked() for place in places]) for places in together.values()]
        batch = collate(
            rows, pad=opened.tokenizer.pad_token_id or 0, device=core.device, picture=opened.encoder.picture
        )
        more: dict[str, Any] = {}
        if batch.pictures and opened.eyes:
            more["mm_encoder_outputs"] = {"image": opened.eyes.features_of(batch.pictures)}
        cache: Any = DynamicCache(config=core.config.get_text_config())
        positions = batch.positions if opened.eyes is not None else batch.positions[0]
        self.passes += 1
        hidden = core.model(
            input_ids=batch.ids,
            attention_mask=batch.mask,
            position_ids=positions,
            use_cache=True,
            **{cache_argument(core.model): cache},
            **more,
        )[0]
        # From the rows that were computed to a row a prompt: its tokens, wherever they stand there.
        longest = max(len(prompt.tokens) for prompt in prompts)
        places_of = torch.zeros((len(prompts), longest), dtype=torch.long)
        row_of = torch.zeros((len(prompts), 1), dtype=torch.long)
        held = torch.zeros((len(prompts), longest), dtype=torch.bool)
        for number, (row, places) in enumerate(zip(rows, together.values(), strict=True)):
            for turn, place in enumerate(places, 1):
                own = np.flatnonzero((row.block == 0) | (row.block == turn))
                places_of[place, longest - len(own) :] = torch.from_numpy(own)
                held[place, longest - len(own) :] = True
                row_of[place] = number
        row_of, places_of = row_of.to(core.device), places_of.to(core.device)
        for layer in cache.layers:
            layer.keys = layer.keys[row_of, :, places_of].transpose(1, 2).contiguous()
            layer.values = layer.values[row_of, :, places_of].transpose(1, 2).contiguous()
        last = hidden[row_of[:, 0], places_of[:, -1]]
        return cache, held.to(core.device), core.get_output_embeddings()(last).float()

    def _forward(self, ids: Any, held: Any, positions: Any, cache: Any, more: dict[str, Any]) -> Any:
        core = self._core()
        places = positions if self._opened.eyes is not None else positions[0]
        self.passes += 1
        hidden = core.model(
            input_ids=ids,
            attention_mask=None if bool(held.all()) else held.long(),
            position_ids=places,
            use_cache=True,
            **{cache_argument(core.model): cache},
            **more,
        )[0]
        return core.get_output_embeddings()(hidden[:, -1]).float()

    def _join(self, cache: Any, held: Any, logits: Any) -> None:
        """Put new rows under those that are there."""
        if not self._rows:
            self._cache, self._held, self._logits = cache, held, logits
            return
        length = max(self._held.shape[1], held.shape[1])
        for old, new in zip(self._cache.layers, cache.layers, strict=True):
            old.keys = torch.cat([_wider(old.keys, length), _wider(new.keys, length)])
            old.values = torch.cat([_wider(old.values, length), _wider(new.values, length)])
        self._held = torch.cat([_padded(self._held, length), _padded(held, length)])
        self._logits = torch.cat([self._logits, logits])

    # -- a token for each -----------------------------------------------------------------------------------

    @torch.no_grad()
    def step(self) -> list[tuple[int, Answer]]:
        """Draw a token for every row; returns ticket and answer of those that are over, whose rows are gone."""
        if not self._rows:
            return []
        tokens, logps = self._drawn()
        over: list[tuple[int, Answer]] = []
        kept: list[int] = []
        for place, (row, token, logp) in enumerate(zip(self._rows, tokens, logps, strict=True)):
            row.answer.tokens.append(token)
            row.answer.logps.append(logp)
            row.answer.ended = token in self._ends
            if row.answer.ended or len(row.answer.tokens) >= row.limit:
                over.append((row.ticket, row.answer))
            else:
                kept.append(place)
        self._keep(kept)
        if self._rows:
            with self._evaluating():
                self._feed()
        return over

    def _feed(self) -> None:
        device = self._held.device
        ids = torch.tensor([[row.answer.tokens[-1]] for row in self._rows], device=device)
        positions = torch.tensor([[row.position] for row in self._rows], device=device).expand(3, -1, -1)
        self._held = torch.cat([self._held, self._held.new_ones(len(self._rows), 1)], dim=1)
        self._logits = self._forward(ids, self._held, positions, self._cache, {})
        for row in self._rows:
            row.position += 1

    def drop(self, tickets: set[int]) -> None:
        """Give up answers that nobody wants any more."""
        self._keep([place for place, row in enumerate(self._rows) if row.ticket not in tickets])

    def _keep(self, places: list[int]) -> None:
        if len(places) == len(self._rows):
            return
        self._rows = [self._rows[place] for place in places]
        if not self._rows:
            self._cache = self._held = self._logits = None
            return
        index = torch.tensor(places, device=self._held.device)
        _select(self._cache, index)
        self._held, self._logits = self._held[index], self._logits[index]
        empty = 0 if self.apart else int(self._held.any(0).long().argmax())
        if empty:  # what only the rows that went had
            self._held = self._held[:, empty:]
            for layer in self._cache.layers:
                layer.keys, layer.values = layer.keys[..., empty:, :], layer.values[..., empty:, :]

    def _drawn(self) -> tuple[list[int], list[float]]:
        plain = torch.log_softmax(self._logits, dim=-1)
        scores = self._logits.clone()
        never = sorted(self._opened.encoder.never)
        scores[:, never] = float("-inf")
        if self._temperature == 0:
            chosen = scores.argmax(-1)
        else:
            shares = torch.softmax(scores.double() / self._temperature, dim=-1)
            if self._top_p < 1:
                ranked, order = shares.sort(dim=-1, descending=True)
                ranked[ranked.cumsum(-1) - ranked >= self._top_p] = 0
                shares = torch.zeros_like(shares).scatter(-1, order, ranked)
            sums = shares.cumsum(-1)
            # One number of each row's own chance, laid against the sums of the shares.
            drawn = torch.tensor([row.chance.random() for row in self._rows], dtype=torch.float64)
            chosen = torch.searchsorted(sums, drawn.to(sums.device)[:, None] * sums[:, -1:], right=True)[:, 0]
            chosen = chosen.clamp(max=scores.shape[-1] - 1)
        logps = plain.gather(-1, chosen[:, None])[:, 0]
        return chosen.tolist(), logps.tolist()

    def _evaluating(self) -> Any:
        return _Evaluating(self._opened.model)


class _Evaluating:
    """Without dropout, and with products in 16 bit where the weights have that; as it was before, afterwards."""

    def __init__(self, model: Any) -> None:
        self._model = model
        half = model.dtype == torch.bfloat16
        self._cast = torch.autocast(model.device.type, torch.bfloat16, enabled=half)

    def __enter__(self) -> None:
        self._training = self._model.training
        self._model.eval()
        self._cast.__enter__()

    def __exit__(self, *problem: Any) -> None:
        self._cast.__exit__(*problem)
        self._model.train(self._training)


def _keys(prompt: Prompt) -> tuple[str, ...]:
    return tuple(seen.key for seen in prompt.pictures)


def _select(cache: Any, index: Any) -> None:
    """Keep these rows of a cache, in this order; recurrent states, which transformers does not select, too."""
    for layer in cache.layers:
        if hasattr(layer, "batch_select_indices"):
            layer.batch_select_indices(index)
            continue
        for states in (layer.conv_states, layer.recurrent_states):
            for key, state in states.items():
                if state is not None:
                    states[key] = state[index]


def _wider(states: Any, length: int) -> Any:
    """Keys or values with zeros before them, shape (rows, heads, length, size)."""
    missing = length - states.shape[-2]
    return torch.nn.functional.pad(states, (0, 0, missing, 0)) if missing else states


def _padded(held: Any, length: int) -> Any:
    missing = length - held.shape[1]
    return torch.nn.functional.pad(held, (missing, 0)) if missing else held
