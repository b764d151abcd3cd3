"""Decoding that can only produce valid JSON: llguidance masks the tokens that the schema does not allow.

Thinking stays free: text in `<think>…</think>` before the JSON is not constrained. Tokens that leave no choice
(`fast forward`) are given at once, so that they cost no model call. Near the limit of tokens,
`model.local.completion` sees to it that the answer is whole.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np

from action_space.schema import with_text_bounds
from model.local.completion import ROOM, THOUGHT_ENDS, Endings

OPTIONS = {
    # As `json.dumps` writes by default: what the formats render, and what training data has.
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
    "coerce_one_of": True,  # the alternatives exclude each other by their first field
}
LONGEST_TEXT = 1000
"""Characters of a text at most: longer repetition counts make grammars large, and a model that never closes its
quotes would use up its tokens."""

LONGEST_THOUGHT = 20_000
"""Characters after which a thought has to end: a model that never ends it would never answer."""


class Grammar:
    """A schema compiled for one tokenizer. Compiling takes milliseconds; `matcher` copies the compiled state.

    Args:
        tokenizer: `llguidance.LLTokenizer` of the model.
        schema: JSON Schema of the answer.
        thinking: allow one `<think>…</think>` block before it.

    Raises:
        ValueError: the schema cannot be compiled; says why.
    """

    def __init__(self, tokenizer: Any, schema: dict[str, Any], *, thinking: bool = True) -> None:
        import llguidance

        text = json.dumps({**for_decoding(with_text_bounds(schema)), "x-guidance": OPTIONS})
        rules = f"start: (think gap)? answer\nanswer: %json {text}\ngap: /\\n*/\n"
        rules += f"think[lazy]: /<think>(?s:.{{0,{LONGEST_THOUGHT}}})<\\/think>/\n"
        if not thinking:
            rules = f"start: %json {text}\n"
        self._tokenizer = tokenizer
        self._matcher = llguidance.LLMatcher(tokenizer, rules)
        if self._matcher.is_error():
            raise ValueError(f"the schema cannot be compiled: {self._matcher.get_error()}")
        self._endings = Endings(tokenizer)
        # A schema with much that is required needs more than the usual room to end in.
        self._room = max(ROOM, 2 * len(self._endings.find(self._matcher) or ()))

    def matcher(self) -> Matcher:
        """A fresh state at the beginning of an answer."""
        return Matcher(self._matcher.deep_copy(), self._tokenizer, self._endings, self._room)


class Matcher:
    """Where one answer stands in its grammar.

    Attributes:
        room: tokens before the limit from which on `in_time` has to be asked.
    """

    def __init__(self, state: Any, tokenizer: Any, endings: Endings, room: int) -> None:
        self._state, self._tokenizer, self._endings, self.room = state, tokenizer, endings, room
        self._begun: bytes | None = b""  # what was said, as long as it may be a thought

    @property
    def done(self) -> bool:
        """The answer is complete; nothing may follow but the end token."""
        return bool(self._state.is_stopped())

    @property
    def whole(self) -> bool:
        """The answer is valid as it stands, though more may come."""
        return bool(self._state.is_accepting())

    def allowed(self, vocabulary: int) -> np.ndarray:
        """Boolean mask of the tokens that may come next, shape (vocabulary,)."""
        words = np.frombuffer(self._state.compute_bitmask(), dtype=np.uint8)
        # Unpacked by hand: the library's own torch helper compiles for a minute at first use on a CPU.
        bits = np.unpackbits(words, bitorder="little")[:vocabulary]
        return np.pad(bits, (0, vocabulary - len(bits))).astype(bool)

    def forced(self) -> list[int]:
        """Tokens that must come next, in order; empty where there is a choice."""
        return list(self._state.compute_ff_tokens())

    def consume(self, token: int) -> None:
        """Moves on by one token.

        Raises:
            ValueError: the token is not allowed here.
        """
        if not self._state.consume_token(token):
            raise ValueError(f"token {token} is not allowed here: {self._state.get_error()}")
        if self._begun is not None:
            self._begun += self._tokenizer.decode_bytes([token])
            if not self._begun.startswith(b"<think>"[: len(self._begun)]) or THOUGHT_ENDS.encode() in self._begun:
                self._begun = None

    @property
    def thinking(self) -> bool:
        """A thought is open."""
        return bool(self._begun and self._begun.startswith(b"<think>"))

    def in_time(self, tokens: list[int], left: int) -> tuple[list[int], bool]:
        """What to say instead of `tokens` where `left` tokens are all that may come: the same, as long as the
        answer can be completed after them; else the end of the thought, or of the answer.

        Returns:
            the tokens, and whether they complete the answer.
        """
        after = self._copy()
        for token in tokens:
            after.consume(token)
        if after.thinking:
            state = self._state.deep_copy()
            closed = self._endings.end_thought(state) if self.thinking else []
            if closed:
                return closed, False
        rest = after._ending()
        if rest is not None and len(tokens) + len(rest) <= left:
            return tokens, False
        here = self._ending()
        return (tokens, False) if here is None else (here, True)

    def _ending(self) -> list[int] | None:
        return self._endings.find(self._state, thinking=self.thinking)

    def _copy(self) -> Matcher:
        copy = Matcher(self._state.deep_copy(), self._tokenizer, self._endings, self.room)
        copy._begun = self._begun
        return copy


def for_decoding(schema: Any) -> Any:
    """The schema without annotations, and with texts no longer than `LONGEST_TEXT`."""
    if isinstance(schema, list):
        return [for_decoding(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    drop = {"$schema", "$id", "description", "examples", "title", "default", "x-extension", "discriminator"}
    out: dict[str, Any] = {}
    for key, item in schema.items():
        if key in ("properties", "$defs") and isinstance(item, dict):
            # Below these the keys are names of fields, which may be called like an annotation.
            out[key] = {name: for_decoding(value) for name, value in item.items()}
        elif key not in drop:
            out[key] = for_decoding(item)
    if out.get("type") == "string" and not {"enum", "const", "pattern"} & set(out):
        out["maxLength"] = min(out.get("maxLength", LONGEST_TEXT), LONGEST_TEXT)
    return out


def grammar_for(tokenizer: Any, schema: dict[str, Any], *, thinking: bool = True) -> Grammar:
    """`Grammar`, remembered by schema."""
    return _compiled(tokenizer, json.dumps(schema), thinking)


@lru_cache(maxsize=32)
def _compiled(tokenizer: Any, text: str, thinking: bool) -> Grammar:
    return Grammar(tokenizer, json.loads(text), thinking=thinking)
