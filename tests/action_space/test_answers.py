"""Answers as models really write them, each with what must become of it (``answers.json``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from action_space.formats import FORMATS, FormatError
from action_space.geometry import Frame, Size

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))
FRAME = Frame(Size(1280, 800))


def test_there_are_enough() -> None:
    outcomes = [case["outcome"] for case in ANSWERS]
    assert min(outcomes.count(outcome) for outcome in ("strict", "repaired", "failed")) >= 20


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: f"{case['format']}: {case['answer'][:50]!r}")
def test_answer(case: dict[str, Any]) -> None:
    form = FORMATS[case["format"]]
    if case["outcome"] == "failed":
        with pytest.raises(FormatError) as error:
            form.parse(case["answer"], FRAME)
        assert case["error"] in str(error.value)
        assert "\n" not in str(error.value)
        return
    parsed = form.parse(case["answer"], FRAME)
    assert parsed.action.to_json() == case["action"]
    assert parsed.outcome == case["outcome"], parsed.repairs
    assert parsed.thought == case.get("thought", "")
    assert case.get("repair", "") in "; ".join(parsed.repairs)
