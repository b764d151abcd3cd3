"""Two runs on the same items: figures against published ones, and what is compared with what."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from agent.cli.app import app
from agent.evaluate import EpisodeResult, Results, read
from agent.evaluate.compare import NothingShared, compare, mcnemar, newcombe
from agent.evaluate.stats import bootstrap, summarize


def test_newcombe_published() -> None:
    # Altman and others, Statistics with Confidence (2000), table 6.2: 14, 5, 0, 22 of 41; 0.122 (0.011 to 0.226).
    assert newcombe(14, 0, 5, 22) == (pytest.approx(0.0115, abs=1e-3), pytest.approx(0.2265, abs=1e-3))


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    # Twice the binomial tail at one half, by hand: 2·1/32; 2·(1+10)/1024; all of it.
    [(0, 5, 0.0625), (1, 9, 22 / 1024), (3, 3, 1.0), (0, 0, 1.0)],
)
def test_mcnemar_by_hand(only_a: int, only_b: int, p: float) -> None:
    assert mcnemar(only_a, only_b) == pytest.approx(p)
    assert mcnemar(only_b, only_a) == pytest.approx(p)


def test_counts_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="only_a, only_b: -1, 3"):
        mcnemar(-1, 3)
    with pytest.raises(ValueError, match="below 0"):
        newcombe(1, -1, 0, 0)


counts = st.integers(0, 60)


@given(counts, counts, counts, counts)
def test_interval_holds_the_difference_and_turns_round_with_the_sides(
    both: int, only_a: int, only_b: int, neither: int
) -> None:
    low, high = newcombe(both, only_a, only_b, neither)
    pairs = both + only_a + only_b + neither
    assert -1 <= low <= high <= 1
    if pairs:
        assert low - 1e-9 <= (only_b - only_a) / pairs <= high + 1e-9
    turned = newcombe(both, only_b, only_a, neither)
    assert (-turned[1], -turned[0]) == (pytest.approx(low), pytest.approx(high))


def test_test_is_exact_under_no_difference() -> None:
    """With a fair coin, p ≤ 0.05 comes up in at most one of twenty."""
    trials = 12
    share = sum(math.comb(trials, hits) for hits in range(trials + 1) if mcnemar(hits, trials - hits) <= 0.05)
    assert share / 2**trials <= 0.05


def test_bootstrap_holds_the_mean_and_narrows_with_more() -> None:
    draw = random.Random(1)
    few, many = ([draw.random() for _ in range(size)] for size in (20, 2000))
    widths = []
    for values in (few, many):
        low, high = bootstrap(values)
        assert low < sum(values) / len(values) < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 5
    assert bootstrap([1.0] * 10)[0] < 0.8, "ten of ten is no certainty"


def store(folder, name: str, rows: list[EpisodeResult], **config: object) -> None:
    with Results(folder, {"suite": "s", "model": name, **config}) as results:
        for row in rows:
            results.add(row)


def rows(passed: dict[str, bool], **more: object) -> list[EpisodeResult]:
    return [
        EpisodeResult(task, 0, "x", passed=good, reason="r", details={"groups": {"kind": task[0]}}, **more)  # type: ignore[arg-type]
        for task, good in passed.items()
    ]


def test_only_items_that_both_played_count_and_flips_are_named(tmp_path) -> None:
    store(
        tmp_path / "a",
        "A",
        [*rows({"p1": True, "p2": True, "q1": False}), EpisodeResult("q2", 0, "failed", error="setup")],
    )
    store(tmp_path / "b", "B", rows({"p1": False, "q1": True, "p2": True, "q2": True, "q3": True}))
    found = compare(read(tmp_path / "a"), read(tmp_path / "b"))
    assert (found["both"]["pairs"], found["both"]["only_a"], found["both"]["only_b"]) == (3, 1, 1)
    assert [flip["task"] for flip in found["flips"]] == ["p1", "q1"], "what B lost comes first"
    assert found["left_out"] == {"only_in_a": 0, "only_in_b": 1, "not_played": 1}
    assert found["groups"]["kind"]["p"]["difference"] == pytest.approx(-0.5)
    assert found["groups"]["kind"]["q"]["difference"] == 1.0


def test_what_cannot_be_compared_is_refused(tmp_path) -> None:
    store(tmp_path / "a", "A", rows({"p": True}))
    store(tmp_path / "b", "B", rows({"q": True}))
    store(tmp_path / "blind", "B", rows({"p": True}), blind=True)
    with pytest.raises(NothingShared, match="no item in common"):
        compare(read(tmp_path / "a"), read(tmp_path / "b"))
    with pytest.raises(ValueError, match="blind run"):
        compare(read(tmp_path / "a"), read(tmp_path / "blind"))


def test_commands_show_and_compare(tmp_path) -> None:
    store(tmp_path / "a", "A", rows({"p1": True, "q1": True}))
    store(tmp_path / "b", "B", rows({"p1": True, "q1": False}))
    call = CliRunner().invoke
    shown = call(app, ["eval", "show", str(tmp_path / "b")])
    assert shown.exit_code == 0
    assert "50.0%" in shown.output
    assert "No baselines were played beside it" in shown.output
    summary = json.loads(call(app, ["eval", "show", str(tmp_path / "b"), "--json"]).stdout)
    assert (summary["success"]["hits"], summary["groups"]["kind"]["q"]["hits"]) == (1, 0)
    found = json.loads(call(app, ["eval", "compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]).stdout)
    assert [flip["task"] for flip in found["flips"]] == ["q1"]
    assert "McNemar" in call(app, ["eval", "compare", str(tmp_path / "a"), str(tmp_path / "b")]).output
    for arguments in (["show", "nothing"], ["compare", "nothing", str(tmp_path / "a")], ["report", "nothing"]):
        refused = call(app, ["eval", *arguments, "--json"])
        assert refused.exit_code == 2
        assert "there is no results.sqlite in it" in json.loads(refused.stdout)["reason"]


def test_baselines_are_read_on_the_same_items(tmp_path) -> None:
    store(tmp_path, "m", rows({"a": True, "b": False}))
    store(
        tmp_path / "baselines" / "always-done",
        "always-done",
        rows({"a": False, "b": True, "c": True}, claimed=True),
    )
    from agent.evaluate.summary import summary_of

    beside = summary_of(read(tmp_path))["baselines"]["always-done"]
    assert (beside["hits"], beside["of"], beside["false_claims"]) == (1, 2, 1)
    assert summarize(rows({"a": True}))["groups"]["kind"]["a"]["value"] == 1.0
