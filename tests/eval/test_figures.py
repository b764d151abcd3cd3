"""Intervals against published values, and what counts as what."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evaluate import EpisodeResult, summarize, wilson
from agent.evaluate.summary import write


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        # Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3 (score, without continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_published(hits: int, trials: int, low: float, high: float) -> None:
    assert wilson(hits, trials) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilson_holds_the_share_and_is_symmetric(a: int, b: int) -> None:
    hits, trials = min(a, b), max(a, b)
    low, high = wilson(hits, trials)
    assert 0 <= low <= high <= 1
    if trials:
        assert low <= hits / trials <= high
    mirrored = wilson(trials - hits, trials)
    assert (1 - mirrored[1], 1 - mirrored[0]) == (pytest.approx(low), pytest.approx(high))


def test_wilson_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="hits: 3"):
        wilson(3, 2)


ROWS = [
    EpisodeResult(
        "a", 0, "verified", passed=True, claimed=True, steps=2, strict=2, model_calls=2, model_cpu_s=1.0
    ),
    EpisodeResult("a", 1, "verified", passed=True, steps=4, strict=3, repaired=1, model_calls=4, model_cpu_s=1.0),
    EpisodeResult("b", 0, "failed", claimed=True, steps=1, strict=1, model_calls=1, model_cpu_s=1.0),
    EpisodeResult("b", 1, "unsure", steps=3, strict=1, unparsed=2, model_calls=3, model_cpu_s=1.0),
    EpisodeResult("b", 2, "failed", error="time_limit"),
    EpisodeResult("b", 3, "failed", error="setup"),
]


def test_what_counts_as_what() -> None:
    summary = summarize(ROWS)
    assert (summary["success"]["hits"], summary["success"]["of"]) == (2, 5), "a set-up failure is nobody's failure"
    false = summary["false_claims_among_failures"]
    assert (false["hits"], false["of"]) == (1, 3)
    assert summary["claimed_among_passed"]["hits"] == 1
    assert summary["setup_failures"] == 1
    assert summary["errors"] == {"time_limit": 1, "setup": 1}
    assert summary["answers"]["strict"]["value"] == pytest.approx(0.7)
    assert summary["answers"]["unparsed"]["hits"] == 2
    assert summary["model_cpu_s_per_call"] == pytest.approx(0.4)
    assert summary["tasks"]["a"]["success"]["value"] == 1.0
    assert summary["success_mean_over_tasks"] == pytest.approx(0.5)


def test_blind_names_no_task(tmp_path) -> None:
    write(tmp_path, ROWS, {"suite": "s"}, blind=True)
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert "tasks" not in summary
    assert summary["success"]["hits"] == 2


def test_csv_holds_every_row(tmp_path) -> None:
    write(tmp_path, ROWS, {"suite": "s"})
    with (tmp_path / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["task"], int(row["seed"]), row["passed"]) for row in rows][:2] == [
        ("a", 0, "True"),
        ("a", 1, "True"),
    ]
    assert len(rows) == len(ROWS)
