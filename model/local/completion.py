"""How a constrained answer comes to its end when its tokens run out.

A grammar alone cannot keep a model from thinking, or writing a text, until the limit cuts the answer in two. So
near the limit a token is only taken when the answer can still be completed after it; else the answer is completed
here, in few tokens: quotes are closed, then brackets, optional fields are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

THOUGHT_ENDS = "</think>"
ROOM = 128
"""Tokens before the limit from which on every token is checked; a thought has to be over by then."""

# What ends most, first. Quotes come before brackets: within a text a bracket is only one more character.
_CLOSING = '"]},{[:0'
_TRIED = 40
"""Where none of them may come, such as in the name of an action, up to so many tokens are tried one by one."""
_LONGEST = 2000

_HARMLESS, _CLAIMS = b'"wait"', (b"success", b"finish", b"satisfied", b"answer", b"STATUS")
"""What nobody decided should do nothing, and least of all claim that the task is done."""


class Endings:
    """Completes answers.

    Args:
        tokenizer: `llguidance.LLTokenizer`.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._singles = [tokenizer.tokenize_str(character)[-1] for character in _CLOSING]
        self._tag = list(tokenizer.tokenize_str(THOUGHT_ENDS))

    def find(self, state: Any, *, thinking: bool = False, tries: int = 2) -> list[int] | None:
        """Few tokens that complete the answer; None: no way was found.

        Args:
            state: `llguidance.LLMatcher`; stays as it is.
            thinking: a thought is open and has to be ended first.
            tries: how many choices within an answer are decided by trying what follows.
        """
        state = state.deep_copy()
        out = self.end_thought(state) if thinking else []
        while not (state.is_stopped() or state.is_accepting()):
            if len(out) > _LONGEST:
                return None
            step: list[int] = list(state.compute_ff_tokens())
            if not step:
                step = next(([token] for token in self._singles if state.validate_tokens([token]) == 1), [])
            if not step:
                allowed = choices(state)
                if tries and 1 < len(allowed) <= _TRIED:
                    found = [self._after(state, token, tries - 1) for token in allowed]
                    ways = [way for way in found if way is not None]
                    return out + min(ways, key=self._rank) if ways else None
                step = allowed[:1]
            if not step or not state.consume_tokens(step):
                return None
            out += step
        return out

    def end_thought(self, state: Any) -> list[int]:
        """Ends the open thought of `state`, which moves on; returns the tokens of it."""
        out: list[int] = []
        # A character of several bytes may stand half written: it comes first.
        while state.validate_tokens(self._tag[:1]) == 0 and len(out) < 4:
            out.append(choices(state)[0])
            state.consume_tokens(out[-1:])
        # The grammar may end the thought within the tag, so that the rest of it is no longer allowed.
        return out + self._tag[: state.try_consume_tokens(self._tag)]

    def _after(self, state: Any, token: int, tries: int) -> list[int] | None:
        copy = state.deep_copy()
        rest = self.find(copy, tries=tries) if copy.consume_token(token) else None
        return None if rest is None else [token, *rest]

    def _rank(self, way: list[int]) -> tuple[int, int]:
        said = b'"' + self._tokenizer.decode_bytes(way)
        return 0 if _HARMLESS in said else 2 if any(word in said for word in _CLAIMS) else 1, len(way)


def choices(state: Any) -> list[int]:
    """Ids of all tokens that may come next."""
    bits = np.unpackbits(np.frombuffer(state.compute_bitmask(), dtype=np.uint8), bitorder="little")
    return [int(token) for token in bits.nonzero()[0]]
