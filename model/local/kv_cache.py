"""What is not computed twice within a run: the key/value cache of the common prefix, and the pictures' features.

A conversation is compared token by token with the one answered before; a picture counts as equal when its pixels
are. The cache is cut back to the common prefix and only the rest is computed. The answer is the same as without.

Layers with a recurrent state (linear attention) cannot be cut back, only extended. Copies of their states are kept
at a few places, the marks: where a prompt ended, and where it parted from the one before, because the next is
likely to part near there. Such a model goes back to the last mark within the common prefix.
"""

from __future__ import annotations

import copy
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from PIL import Image


def picture_key(image: Image.Image) -> bytes:
    """Equal for pictures with equal pixels."""
    # Processors have instructions for this one, which makes it twice as fast as others.
    return hashlib.sha256(f"{image.mode} {image.size} ".encode() + image.tobytes()).digest()


@dataclass
class Session:
    """What one run has computed.

    Attributes:
        cache: keys, values and states of `tokens`; None: nothing yet.
        tokens: token ids, each with the key of the picture that it belongs to, or b"".
        marks: length of a prefix → copies of the layers that cannot be cut back, as they were after it.
        parted: where the newest conversation parted from the one before.
    """

    cache: Any = None
    tokens: list[tuple[int, bytes]] = field(default_factory=list)
    marks: dict[int, dict[int, Any]] = field(default_factory=dict)
    parted: int = 0

    def start(self, cache: Any) -> None:
        """Begin anew with an empty cache."""
        self.cache, self.tokens, self.marks = cache, [], {}

    def reuse(self, tokens: list[tuple[int, bytes]], spans: list[tuple[int, int]]) -> int:
        """Cuts the cache back to what `tokens` have in common with it; returns the length that is left.

        Args:
            tokens: the new conversation, as in `self.tokens`.
            spans: (first, end) of each picture's tokens, in order; a picture is reused whole or not at all.
        """
        common = 0
        # At least one token has to be computed: its logits are the answer's beginning.
        for old, new in zip(self.tokens, tokens[:-1], strict=False):
            if old != new:
                break
            common += 1
        self.parted = next((first for first, end in spans if first < common < end), common)
        return self._cut(self.parted) if self.cache is not None else 0

    def _cut(self, length: int) -> int:
        """Cut the cache back to `length` tokens, or to the last mark before; returns what is left."""
        held: int = self.cache.get_seq_length()
        if length >= held:
            return held
        stateful = self._stateful()
        if stateful:
            length = max((mark for mark in self.marks if mark <= length), default=0)
        if length == 0:
            return 0
        for index, layer in enumerate(self.cache.layers):
            if index in stateful:
                self.cache.layers[index] = copy.deepcopy(self.marks[length][index])
            else:
                layer.crop(length - held)  # negative: how many to drop
        self.marks = {mark: states for mark, states in self.marks.items() if mark <= length}
        return length

    def stops(self, length: int) -> list[int]:
        """Where to pause and make a mark while the rest of `length` tokens is computed; the last is the end."""
        held = self.cache.get_seq_length()
        return [self.parted, length] if self._stateful() and held < self.parted < length else [length]

    def mark(self, limit: int = 4) -> None:
        """Make it possible to come back to where the cache stands now; the `limit` newest marks are kept."""
        if stateful := self._stateful():
            states = {index: copy.deepcopy(self.cache.layers[index]) for index in stateful}
            self.marks[self.cache.get_seq_length()] = states
            for old in list(self.marks)[:-limit]:
                del self.marks[old]

    def _stateful(self) -> list[int]:
        """Indices of the layers that cannot be cut back."""
        return [index for index, layer in enumerate(self.cache.layers) if not getattr(layer, "roomy", False)]


def empty_cache(config: Any) -> Any:
    """A cache of keys and values for a text model, whose layers have room to grow.

    The layers of transformers copy all that they hold for every token that comes; these only when they are full.
    """
    import torch
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    class PreallocatedLayer(DynamicLayer):
        roomy = True
        _rooms: tuple[torch.Tensor, torch.Tensor] | None = None

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Appends; `self.keys` and `self.values` always are the beginning of the room."""
            held = self.get_seq_length()
            end = held + key_states.shape[-2]
            if not self.is_initialized:
                self.lazy_initialization(key_states, value_states)
            if self._rooms is None or self._rooms[0].shape[-2] < end:
                self._rooms = self._larger(key_states, held, end), self._larger(value_states, held, end)
                for room, states in zip(self._rooms, (self.keys, self.values), strict=True):
                    if held and states is not None:
                        room[:, :, :held] = states
            for room, states in zip(self._rooms, (key_states, value_states), strict=True):
                room[:, :, held:end] = states
            self.keys, self.values = (room[:, :, :end] for room in self._rooms)
            return self.keys, self.values

        @staticmethod
        def _larger(like: torch.Tensor, held: int, end: int) -> torch.Tensor:
            rows, heads, _, size = like.shape
            return like.new_empty(rows, heads, max(end + 256, held + held // 4), size)

    cache = DynamicCache(config=config)
    cache.layers = [PreallocatedLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


class Sessions:
    """The sessions used last; each holds a key/value cache, which is large."""

    def __init__(self, limit: int = 2) -> None:
        self._limit = limit
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def get(self, name: str) -> Session:
        """The session of that name; "" is a fresh one that is not kept."""
        if not name:
            return Session()
        session = self._sessions.pop(name, None) or Session()
        self._sessions[name] = session
        while len(self._sessions) > self._limit:
            self._sessions.popitem(last=False)
        return session

    def forget(self, name: str) -> None:
        """Drop one: a pass that broke off leaves some of its layers longer than others."""
        self._sessions.pop(name, None)

    def clear(self) -> None:
        """Forget all of them."""
        self._sessions.clear()


class ImageFeatureCache:
    """Features of the pictures seen last, by picture key."""

    def __init__(self, limit: int = 8) -> None:
        self._limit = limit
        self._features: OrderedDict[bytes, Any] = OrderedDict()
        self.computed = 0

    def get(self, key: bytes, compute: Any) -> Any:
        """The features under `key`, computed if they are not there."""
        features = self._features.pop(key, None)
        if features is None:
            features = compute()
            self.computed += 1
        self._features[key] = features
        while len(self._features) > self._limit:
            self._features.popitem(last=False)
        return features

    def clear(self) -> None:
        """Forget all of them."""
        self._features.clear()
