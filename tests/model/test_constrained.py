"""Random weights can only say valid actions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from action_space.geometry import Frame, Size
from action_space.schema import wire_schema
from model.base import Message, Request, Sampling
from model.constrained import Grammar, _compiled, for_decoding
from model.families import FAMILIES
from model.local import LocalModel


@pytest.mark.parametrize("family", ["generic", "mimo-vl"])
def test_random_weights_can_only_say_valid_actions(
    family: str, checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred for each family; the thousand of the benchmark are run by `python -m model.bench`."""
    # Random weights would think, and write texts, up to the limit; shorter ones save minutes.
    monkeypatch.setattr("model.constrained.LONGEST_THOUGHT", 60)
    monkeypatch.setattr("model.constrained.LONGEST_TEXT", 120)
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
