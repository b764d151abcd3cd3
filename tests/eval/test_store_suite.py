"""The harness on bundled tasks: the oracle does them all, giving up does none, and a claim is told from a fact."""

from __future__ import annotations

import pytest

from agent.cli.evaluate import choose
from agent.evaluate import EvalConfig, evaluate

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TASKS = "wish_su7,cart_remove_yu7,answer_warranty,wish_missing_model"


@pytest.mark.parametrize(
    ("model", "passed", "false_claims"), [("oracle", 4, 0), ("always-fail", 0, 0), ("always-done", 0, 4)]
)
def test_figures_of_the_baselines(tmp_path, model: str, passed: int, false_claims: int) -> None:
    summary = evaluate(choose("demo", TASKS), EvalConfig(model), tmp_path, seeds=[1], workers=2, suite="demo")
    assert summary["errors"] == {}
    assert (summary["success"]["hits"], summary["success"]["of"]) == (passed, 4)
    assert summary["false_claims_among_failures"]["hits"] == false_claims
