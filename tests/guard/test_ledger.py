"""The conditions of a task are found by rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from action_space.actions import Finished, Input
from agent.guard.ledger import Condition, conditions, note, unconfirmed
from agent.loop import Agent
from agent.report.page import build_report
from agent.trace.reader import read_trace
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.tasks.base import Verdict
from model.scripted import ScriptedModel
from tests.guard.conftest import Server


@pytest.mark.parametrize(
    ("task", "found"),
    [
        ("add SU7 to wishlist", []),
        ('delete "Only you" by Yazoo', [("name", "Only you")]),
        ("pay 1,250.50 € to ada@bank.example", [("amount", "1,250.50 €"), ("name", "ada@bank.example")]),
        ("transfer $40, but not before Monday", [("amount", "$40"), ("not", "but not before Monday"),
                                                 ("order", "but not before Monday")]),
        ("Book the room. Don't invite anybody.", [("not", "Don't invite anybody")]),
        ("Select only the first row, then save", [("only", "Select only the first row"),
                                                  ("order", "Select only the first row")]),
        ("把会议改到周五，不要通知任何人", [("not", "不要通知任何人")]),
        ("note the notebook's price", []),
    ],
)  # fmt: skip
def test_conditions(task: str, found: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.text) for one in conditions(task)] == found


def test_what_is_told_and_what_is_left() -> None:
    listed = conditions('Send "Q3 report" to bo@x.example without the cover, for 30 €')
    assert note(listed).endswith('Send "Q3 report" to bo@x.example without the cover, for 30 €')
    left = unconfirmed(listed, ["typed BO@x.example", "Q 3 Report.pdf  sent"])
    assert [one.text for one in left if one.kind in ("name", "amount")] == ["30 €"]
    assert any(one.kind == "not" for one in left)
    assert note([Condition("name", "x")]) == ""


@pytest.mark.browser
def test_a_claim_carries_what_nothing_confirms(shop: Server, tmp_path: Path) -> None:
    shop.pages["/form"] = "<input style='position:absolute;left:20px;top:20px;width:300px;height:40px'>"
    task = 'Enter "Ada Lovelace" for 12 €, but do not send it. Only one record may be made.'
    answers = [Input(text="Ada Lovelace", start_point=(100, 40)), Finished(status="success")]
    with BrowserEnvironment(BrowserConfig(url=f"{shop.url}/form", viewport=(600, 300))) as environment:
        result = Agent(ScriptedModel(answers), environment, trace_dir=tmp_path / "run").run(task)
        assert (result.status, result.exit_code) == ("claimed", 0)
        assert result.unconfirmed == ("12 €", "but do not send it", "Only one record may be made")
        first = read_trace(tmp_path / "run").steps[0]
        assert any("but do not send it; Only one record may be made" in told for told in first["told"])
        report = build_report(tmp_path / "run").read_text("utf-8")
        assert "Nothing shows that this condition was kept: but do not send it" in report
        proved = Agent(
            ScriptedModel([Finished(status="success")]), environment, judge=lambda answer, said: Verdict(1.0)
        ).run(task)
        assert (proved.status, proved.unconfirmed) == ("verified", ())
        unasked = Agent(ScriptedModel([Finished(status="success")]), environment).run("look at the page")
        assert unasked.unconfirmed == ()
