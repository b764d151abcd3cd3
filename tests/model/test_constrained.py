"""Random weights can only say valid actions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from action_space.geometry import Frame, Size
from action_space.schema import validate, wire_schema, with_text_bounds
from model.base import Message, Request, Sampling
from model.families import FAMILIES
from model.local.decode import Decoded, decode
from model.local.grammar import Grammar, _compiled, for_decoding, grammar_for
from model.local.model import LocalModel


@pytest.mark.parametrize("family", ["generic", "mimo-vl"])
def test_random_weights_can_only_say_valid_actions(
    family: str, checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred for each family; the thousand of the benchmark are run by `python -m tests.bench.models`."""
    # Random weights would think, and write texts, up to the limit; shorter ones save minutes.
    monkeypatch.setattr("model.local.grammar.LONGEST_THOUGHT", 60)
    monkeypatch.setattr("model.local.grammar.LONGEST_TEXT", 120)
    _compiled.cache_clear()
    model = LocalModel(checkpoints["qwen2_5_vl"], family=family, device="cpu", dtype="float32")
    row, frame = FAMILIES[family], Frame(Size(1280, 800), model=Size(1288, 812))
    schema = row.format.schema(frame)
    assert schema is not None
    seen: set[str] = set()
    calls = tokens = 0
    for seed in range(100):
        sampling = Sampling(temperature=1.0, seed=seed, max_tokens=1500)
        reply = model.generate(
            Request((Message("user", ("Go.",)),), schema=schema, sampling=sampling, session="s")
        )
        parsed = row.format.parse(reply.text, frame)
        assert parsed.outcome == "strict", reply.text
        seen.add(parsed.action.action)
        calls += reply.usage.model_calls
        tokens += reply.usage.completion_tokens
    assert calls < tokens
    assert len(seen) > 8, "the alternatives stay open"


def test_thinking_stays_free_and_the_schema_comes_after_it(checkpoints: dict[str, Path]) -> None:
    import llguidance.hf
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(checkpoints["qwen2_5_vl"])
    guide = llguidance.hf.from_tokenizer(tokenizer)
    grammar = Grammar(guide, wire_schema(Size(100, 100), ["click"]))
    matcher = grammar.matcher()
    thought = '<think>First {"action": "drag"} comes to mind.\nThen not.</think>\n'
    for token in tokenizer.encode(thought, add_special_tokens=False):
        matcher.consume(token)
    openings = {tokenizer.decode([int(token)])[0] for token in matcher.allowed(len(tokenizer)).nonzero()[0]}
    assert openings == {"\n", "{"}
    for token in tokenizer.encode('{"action"', add_special_tokens=False):
        matcher.consume(token)
    assert tokenizer.decode(matcher.forced()) == ': "click", "start_point": ['
    with pytest.raises(ValueError, match="not allowed"):
        matcher.consume(tokenizer.encode("}", add_special_tokens=False)[0])
    closed = Grammar(guide, wire_schema(Size(100, 100), ["click"]), thinking=False).matcher()
    assert closed.forced(), "without thinking the first token is forced"


def test_a_schema_that_cannot_be_compiled_is_an_error(checkpoints: dict[str, Path]) -> None:
    import llguidance.hf
    from transformers import AutoTokenizer

    guide = llguidance.hf.from_tokenizer(AutoTokenizer.from_pretrained(checkpoints["qwen2_5_vl"]))
    with pytest.raises(ValueError, match="cannot be compiled"):
        Grammar(guide, {"type": "string", "pattern": "(unclosed"})


def test_fields_called_like_annotations_survive() -> None:
    schema = for_decoding(
        {"type": "object", "properties": {"title": {"type": "string", "title": "T"}}, "title": "X"}
    )
    assert schema["properties"]["title"] == {"type": "string", "maxLength": 1000}
    assert "title" not in schema
    assert len(json.dumps(for_decoding(wire_schema(Size(9, 9))))) < 20_000


class Babbler:
    """A tokenizer, and answers under a schema that are drawn from nothing but noise."""

    def __init__(self, folder: Path) -> None:
        import llguidance.hf
        from transformers import AutoTokenizer

        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.guide = llguidance.hf.from_tokenizer(self.tokenizer)

    def answer(self, schema: dict[str, Any], limit: int, seed: int, liked: str = "") -> tuple[str, Decoded]:
        """The text and how it came about.

        Args:
            liked: a text whose tokens are much more probable than all others.
        """
        source = torch.Generator().manual_seed(seed)
        bias = torch.zeros(len(self.tokenizer))
        bias[self.tokenizer.encode(liked)] = 20.0

        def step(tokens: list[int]) -> torch.Tensor:
            return torch.randn(len(self.tokenizer), generator=source) * 2 + bias

        sampling = Sampling(temperature=1.0, seed=seed, max_tokens=limit)
        matcher = grammar_for(self.guide, schema).matcher()
        out = decode(
            step, step([]), end=frozenset({self.tokenizer.eos_token_id}), sampling=sampling, matcher=matcher
        )
        return self.tokenizer.decode(out.tokens), out


@pytest.fixture(scope="module")
def babbler(checkpoints: dict[str, Path]) -> Babbler:
    return Babbler(checkpoints["qwen2_5_vl"])


# The least number of tokens in which this tokenizer can say a whole answer is near the first limit of each family.
@pytest.mark.parametrize("family", ["generic", "mimo-vl", "minicpm-v", "qwen2.5-vl", "qwen3-vl", "agentcpm-gui"])
def test_an_answer_is_whole_however_few_tokens_it_may_have(family: str, babbler: Babbler) -> None:
    row = FAMILIES[family]
    frame = Frame(Size(1280, 800), model=row.space or Size(1288, 812))
    schema = row.format.schema(frame)
    assert schema is not None
    hurried = 0
    for seed in range(36):
        limit = (75 if row.format.name == "qwen" else 12) + (0, 1, 3, 8, 20, 45, 90, 130, 300)[seed % 9]
        text, out = babbler.answer(schema, limit, seed)
        assert len(out.tokens) <= limit
        assert out.ended, text
        assert row.format.parse(text, frame).outcome == "strict", text
        hurried += out.hurried
    assert 3 < hurried < 36


def test_a_thought_that_would_fill_the_limit_is_ended_and_an_answer_is_chosen(babbler: Babbler) -> None:
    schema = wire_schema(Size(100, 100))
    for limit in (150, 200, 300):
        text, out = babbler.answer(schema, limit, limit, liked="<think> thinking about it 好")
        assert out.hurried
        assert out.ended
        thought, closed, said = text.partition("</think>")
        assert closed, "the thought was ended"
        assert thought.startswith("<think>")
        validate(json.loads(said), Size(100, 100))


def test_an_answer_that_was_cut_short_claims_no_success(babbler: Babbler) -> None:
    """The limit left nothing to choose with: it waits."""
    text, out = babbler.answer(wire_schema(Size(100, 100)), 12, 1)
    assert out.hurried
    assert json.loads(text) == {"action": "wait"}


def test_too_few_tokens_for_any_answer_are_told(babbler: Babbler) -> None:
    text, out = babbler.answer(wire_schema(Size(100, 100)), 3, 1)
    assert not out.ended
    assert len(out.tokens) == 3
    assert "wait".startswith(text.removeprefix('{"action": "')) or '{"action": "'.startswith(text)


@pytest.mark.parametrize("schema", [{"type": "integer"}, {"type": "string"}, {"enum": ["a", "b"]}])
def test_answers_that_are_no_object_are_ended_too(schema: dict[str, Any], babbler: Babbler) -> None:
    for limit in (4, 12, 140):
        text, out = babbler.answer(schema, limit, limit)
        assert out.ended
        json.loads(text.rpartition("</think>")[2])


def test_the_longest_length_of_a_text_is_held(babbler: Babbler) -> None:
    """The schema for servers leaves it out, because some read it wrongly; this library does not."""
    wire = wire_schema(Size(100, 100), ["open", "click", "upload"])
    bounded = with_text_bounds(wire)["$defs"]
    assert bounded["Open"]["properties"]["app"]["maxLength"] == 200
    assert bounded["Click"]["properties"]["text"]["maxLength"] == 1000
    assert bounded["Upload"]["properties"]["paths"]["items"]["maxLength"] == 4096
    assert "maxLength" not in json.dumps(wire)
    text, out = babbler.answer(wire_schema(Size(100, 100), ["open"]), 2000, 5, liked="application")
    assert not out.hurried
    assert len(json.loads(text)["app"]) == 200
