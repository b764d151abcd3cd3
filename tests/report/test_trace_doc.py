"""docs/trace.md names exactly the keys that a real run writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agent.loop import Agent
from agent.trace.writer import TRACE_VERSION
from envs.base import StateDiff
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.tasks.base import Verdict
from model.scripted import ScriptedModel

DOC = (Path(__file__).parents[2] / "docs" / "trace.md").read_text("utf-8")
FREE = ("action", "info", "details", "environment.config", "versions", "usage", "argv")


def documented(file: str) -> set[str]:
    section = re.search(rf"^## {re.escape(file)}$(.*?)(?=^## |\Z)", DOC, re.M | re.S)
    assert section, f"docs/trace.md has no section on {file}"
    return set(re.findall(r"^\| `([^`]+)` \|", section[1], re.M))


def keys(value: Any, free: tuple[str, ...], prefix: str = "") -> set[str]:
    """Dotted names of all leaves; an object that holds more objects is named by what it holds."""
    if isinstance(value, dict) and value and prefix not in free:
        found = (keys(item, free, f"{prefix}.{key}" if prefix else key) for key, item in value.items())
        return set().union(*found)
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return set().union(*(keys(item, free, f"{prefix}[]") for item in value))
    return {prefix}


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with an effect, a repair turn, an error and a check."""
    folder = tmp_path_factory.mktemp("run")
    page = "data:text/html,<title>x</title><p style='height:3000px'>Tall"
    script = [
        '{"action": "scroll", "direction": "down"}',
        "I do not know.",
        '{"action": "switch_tab", "index": 7}',
        '{"action": "finished", "status": "success", "answer": "42"}',
    ]
    with BrowserEnvironment(BrowserConfig(viewport=(640, 400))) as environment:
        environment.evaluate(f"document.documentElement.innerHTML = {json.dumps(page.partition(',')[2])}")
        agent = Agent(
            ScriptedModel(script),
            environment,
            trace_dir=folder,
            judge=lambda answer, said: Verdict(1.0, "is 42"),
            expectations=['no text "Error"'],
        )
        assert agent.run("try").status == "verified"
    return folder


def lines(trace: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (trace / "traj.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.browser
@pytest.mark.parametrize("file", ["run.json", "result.json"])
def test_the_object_is_documented_key_by_key(trace: Path, file: str) -> None:
    written = keys(json.loads((trace / file).read_text("utf-8")), FREE)
    # A key that may be null has a row of its own beside those of what it holds.
    optional = {"verdict"} if file == "result.json" else set()
    assert written == documented(file) - optional


@pytest.mark.browser
def test_the_steps_are_documented_key_by_key(trace: Path) -> None:
    free = tuple(name for name in FREE if name != "usage")
    written = set().union(*(keys(line, free) for line in lines(trace)))
    # Only a run with --zoom-check has a second look (tests/agent/test_zoom.py).
    assert written == documented("traj.jsonl") - {"details.second_look"}


@pytest.mark.browser
def test_every_step_has_every_key(trace: Path) -> None:
    steps = lines(trace)
    assert len(steps) == 3
    assert all(set(step) == set(steps[0]) for step in steps)
    assert set(steps[0]) == {name.partition(".")[0].removesuffix("[]") for name in documented("traj.jsonl")}


def test_every_field_of_an_effect_is_documented() -> None:
    assert {f"effect.{name}" for name in vars(StateDiff())} <= documented("traj.jsonl")


def test_the_version_is_the_documented_one() -> None:
    assert f"version {TRACE_VERSION}" in DOC.splitlines()[0]
