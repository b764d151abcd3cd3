"""The ways to tell a server the JSON Schema of an answer, and the dialects that servers read right."""

from __future__ import annotations

import json
from typing import Any

from action_space.schema import with_text_bounds
from action_space.strict_schema import strict_schema

SCHEMA_PARAMETERS = ("response_format", "structured_outputs", "guided_json", "format", "strict", "none")
"""Ways to give the schema, in the order in which they are tried: OpenAI's form (vLLM, SGLang, llama.cpp, Ollama,
LM Studio); vLLM's own, older vLLM's, Ollama's native one; OpenAI's form within what its own strict mode takes; and
not at all. A server that ignores one silently is found out by `model.probe`."""

BOUNDED = "bounded"
"""OpenAI's form with bounded texts: what is tried first where the server is a vLLM."""

ANY_TEXT = "^(?s:.*)$"
"""Says nothing. A text with a pattern *and* a length is what xgrammar cannot do, and vLLM then takes llguidance,
which reads both right; xgrammar alone would read the length wrong (control characters in, escapes out)."""

GUIDANCE = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""For llguidance: JSON as `json.dumps` writes it, so that a model cannot lose itself in blanks."""


def given(parameter: str, schema: dict[str, Any] | None, longest: int) -> dict[str, Any]:
    """The fields of a request that give `schema` in that way.

    Args:
        longest: characters of a text, where the way bounds them.
    """
    if schema is None or parameter == "none":
        return {}
    if parameter in ("response_format", BOUNDED, "strict"):
        if parameter == "strict":
            schema = strict_schema(schema)
        elif parameter == BOUNDED:
            schema = bounded(schema, longest)
        wrapped = {"name": "action", "schema": schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": wrapped}}
    if parameter == "structured_outputs":
        return {"structured_outputs": {"json": schema}}
    return {parameter: schema}


def bounded(schema: dict[str, Any], longest: int) -> dict[str, Any]:
    """The schema with no text longer than `longest`, so that an answer comes to its end."""
    out = with_text_bounds(schema)
    _bound(out, longest)
    return {**out, "x-guidance": GUIDANCE}


def _bound(spec: Any, longest: int) -> None:
    if isinstance(spec, list):
        for item in spec:
            _bound(item, longest)
    elif isinstance(spec, dict):
        if spec.get("type") == "string" and not {"enum", "const"} & set(spec):
            spec["maxLength"] = min(spec.get("maxLength", longest), longest)
            spec.setdefault("pattern", ANY_TEXT)
        for item in spec.values():
            _bound(item, longest)


def restored(parameter: str, text: str) -> str:
    """The answer as the format knows it: strict mode makes a model say null for every field that it leaves out."""
    if parameter != "strict":
        return text
    thought, tag, said = text.rpartition("</think>")
    value = _read(said)
    return text if value is None else thought + tag + json.dumps(value, ensure_ascii=False)


def is_full(parameter: str, text: str, longest: int) -> bool:
    """Whether a text in the answer has just the longest length that was allowed: it wanted to go on."""
    if parameter != BOUNDED:
        return False
    found: list[int] = []
    _read(text.rpartition("</think>")[2], found)
    return max(found, default=0) >= longest


def _read(text: str, lengths: list[int] | None = None) -> Any:
    """The JSON value in `text` without its nulls; None where there is none. `lengths` takes those of its texts."""

    def without_null(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if lengths is not None:
            lengths.extend(len(value) for _, value in pairs if isinstance(value, str))
        return {key: value for key, value in pairs if value is not None}

    try:
        return json.loads(text, object_pairs_hook=without_null)
    except (ValueError, RecursionError):
        return None
