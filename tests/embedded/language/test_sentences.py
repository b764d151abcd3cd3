"""Everyday sentences in varied wording, written before the grammar was, against their goals."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from model.embedded.language.words import fold
from model.embedded.planner import goals_of

SENTENCES = [json.loads(line) for line in (Path(__file__).parent / "sentences.jsonl").read_text().splitlines()]
"""`split`: "work" were looked at while the grammar was made; "final" only for a figure."""


def same(task: str, gold: list[dict[str, Any]]) -> bool:
    """Whether the goals are exactly those, articles and letter case apart."""
    return [_plain(g.gold()) for g in goals_of(task) if g.do != "remark"] == [_plain(g) for g in gold]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("do") in ("avoid", "unknown"):
            return value["do"]
        kept = {k: _plain(v) for k, v in value.items() if v not in ("", [], {}, False) or k == "on"}
        return {k.lower() if k != "on" else k: v for k, v in kept.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return re.sub(r"^(?:the|a|an|my) | (?:box|field)$", "", fold(value)) if isinstance(value, str) else value


def share(split: str) -> float:
    chosen = [s for s in SENTENCES if s["split"] == split]
    return sum(same(s["task"], s["goals"]) for s in chosen) / len(chosen)


def test_sentences_that_were_worked_on() -> None:
    assert share("work") >= 0.9


def test_sentences_that_were_not_looked_at() -> None:
    assert share("final") >= 0.5


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda s: s["task"][:40])
def test_no_clause_is_dropped(sentence: dict[str, Any]) -> None:
    """Each part of a task is a goal, a remark, a ban, or said word for word not to be understood."""
    assert goals_of(sentence["task"])
