"""A run that people pause, correct, take over and stop, on a real page."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from action_space.actions import AskUser, Click, Drag, Finished, Input
from agent.expect.checks import Expectations
from agent.guard.limits import Limits
from agent.guard.rules import GuardPolicy
from agent.history import RunState
from agent.loop import Agent
from agent.secrets.vault import Secret, Secrets
from agent.serve.live import BadReply, LiveRun, NoSuchRequest, Reply
from agent.serve.session import Busy, LiveSession, NoSuchRun, Place
from agent.trace.reader import Trace
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from model import FAMILIES, ScriptedModel
from tests.serve.conftest import COUNT, DELETE, NICKNAME, Site, until

pytestmark = pytest.mark.browser
PRESS = Click(start_point=COUNT)
DONE = Finished(status="success")


@pytest.fixture
def sessions(site: Site, tmp_path: Path) -> Iterator[Any]:
    """Makes sessions whose model says these actions."""
    with ExitStack() as closing:

        def session(*answers: Any, **rules: Any) -> LiveSession:
            model = ScriptedModel([*answers, DONE])
            place = Place(
                open_screen=lambda stack: stack.enter_context(BrowserEnvironment(BrowserConfig(url=site.url))),
                open_model=lambda: (model, FAMILIES["canonical"]),
                rules=GuardPolicy(**rules),
                limits=Limits(),
                runs_dir=tmp_path / "runs",
            )
            made = LiveSession(place)
            closing.callback(made.close)
            return made

        yield session


def waits(run: LiveRun) -> Any:
    """The request that the run waits for."""
    return until(lambda: run.request, f"it never asked: {run.to_json()}")


def test_paused_corrected_and_gone_on(sessions: Any, site: Site) -> None:
    session = sessions(PRESS, PRESS, forbid_actions=("drag",))
    session.screen()
    run = session.start("count")
    run.pause()
    request = waits(run)
    assert (run.state, request.kind, request.action) == ("paused", "pause", PRESS)
    assert site.told == []
    with pytest.raises(BadReply, match="do not allow the action drag"):
        run.reply(request.id, Reply(action=Drag(start_point=(1, 1), end_point=(9, 9))))
    with pytest.raises(NoSuchRequest, match="it waits for request-1"):
        run.reply("request-7", Reply(yes=True))
    run.reply(request.id, Reply(action=Click(start_point=DELETE)))
    assert run.join(60)
    site.until("counted 1")
    assert site.told == ["deleted", "counted 1"], "the first press was changed into another, the second not"
    assert run.result is not None
    assert run.result.status == "claimed"
    kinds = [event.kind for event in run.feed.after()]
    assert kinds == ["begin", "request", "reply", "step", "step", "step", "end"]


def test_taken_over_and_handed_back(sessions: Any, site: Site) -> None:
    session = sessions(PRESS, PRESS)
    session.screen()
    run = session.start("count")
    run.pause()
    request = waits(run)
    session.by_hand(PRESS)
    site.until("counted 1")
    run.reply(request.id, Reply(taken=True))
    assert run.join(60)
    site.until("counted 2")
    assert site.told == ["counted 1", "counted 2"], "what was decided on the old screen is not done"
    with pytest.raises(NoSuchRun, match="is none"):
        session.find("../runs")
    found = LiveSession(session.place).find(run.id)
    assert isinstance(found, Trace)
    assert [step["action"]["action"] for step in found.steps] == ["wait", "click", "finished"]
    assert found.steps[0]["effect"]["changed"] > 0


def test_a_risky_action_is_asked_about_and_may_be_changed(sessions: Any, site: Site) -> None:
    session = sessions(Click(start_point=DELETE), confirm="risky")
    session.screen()
    run = session.start("count")
    request = waits(run)
    assert (request.kind, request.text) == ("approval", "click: delete (“Delete account”).")
    with pytest.raises(Busy, match="goes on"):
        session.start("another")
    run.reply(request.id, Reply(action=PRESS))
    assert run.join(60)
    site.until("counted 1")
    assert "deleted" not in site.told


def test_stopped_while_it_waits_and_where_nobody_is_there(sessions: Any, site: Site, tmp_path: Path) -> None:
    session = sessions(AskUser(question="Which one?"), PRESS)
    run = session.start("count")
    waits(run)
    run.stop("enough")
    assert run.join(60)
    assert run.result is not None
    assert (run.result.cause, run.result.reason) == ("interrupted", "enough")
    alone = LiveRun("alone", "count", tmp_path / "alone", GuardPolicy(), attended=False)
    assert alone.ask("Which one?") is None
    assert alone.ask_yes("Go on?") is None


def test_a_secret_is_typed_and_told_to_nobody(sessions: Any, site: Site) -> None:
    name = Input(text="<secret:nick>", start_point=NICKNAME)
    session = sessions(name)
    secret = Secret("Countess-of-Lovelace", ("127.0.0.1",))
    session.place = replace(session.place, secrets=Secrets({"nick": secret}), expectations=lambda: Expectations(
        ('text "Account of Ada"',)
    ))  # fmt: skip
    run = session.start("give the nickname")
    assert run.join(60)
    site.until("nickname Countess-of-Lovelace")
    assert run.result is not None
    assert run.result.status == "verified", run.result
    told = json.dumps([event.to_json() for event in run.feed.after()]) + json.dumps(run.to_json())
    assert "Countess" not in told
    assert "<secret:nick>" in told


def test_the_screen_is_opened_again_where_it_went_away(sessions: Any) -> None:
    session = sessions()
    first = session.screen()
    assert session.screen() is first
    first.close()
    assert session.screen() is not first
    assert session.screen().observe().title == "Account"


def test_a_person_who_thinks_uses_up_no_limit(site: Site) -> None:
    waited = 0.3

    def ask(question: str) -> str:
        time.sleep(waited)
        return "Ada"

    with BrowserEnvironment(BrowserConfig(url=site.url)) as browser:
        model = ScriptedModel([AskUser(question="Who?"), DONE])
        states: list[RunState] = []
        agent = Agent(model, browser, ask=ask)
        steps = agent._steps
        agent._steps = lambda run, guard: (states.append(run), steps(run, guard))[1]  # type: ignore[method-assign]
        agent.run("ask")
    assert states[0].waited >= waited
    elapsed = states[0].elapsed
    assert elapsed <= time.perf_counter() - states[0]._started - waited
