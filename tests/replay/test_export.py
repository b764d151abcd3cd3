"""Scripts made of runs: they run, and do what the run did."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from action_space.actions import Click, Input
from agent.cli.app import app
from agent.loop import Agent
from agent.replay.export import script
from agent.replay.recording import NotPlayable, Recording
from agent.rpa.controller import Controller
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.browser.install import find
from envs.sites import open_site
from model.embedded.eyes.reader import Reader
from model.scripted import ScriptedModel

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
FORM = """<!doctype html><title>Guests</title><body style="font:16px sans-serif">
<h1>Guests</h1><p><label>Guest name <input id=n></label></p>
<p><button onclick="done()">Add guest</button></p><ul id=list></ul>
<script>function done(){const l=document.createElement('li');l.textContent='Added '+n.value;list.append(l);
document.title='Guests: '+n.value}</script>"""


def run(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=180, check=False)


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run on a small form, and the form."""
    folder = tmp_path_factory.mktemp("form")
    page = folder / "guests.html"
    page.write_text(FORM)
    with BrowserEnvironment(BrowserConfig(url=page.as_uri(), allow_files=(str(folder),))) as browser:
        screen = Controller(browser, evidence=folder / "evidence")
        field, button = (screen.find(text).match().point for text in ("Guest name", "Add guest"))
        model = ScriptedModel(
            [Input(text="Ada", start_point=field), Click(start_point=button), '{"action": "finished"}']
        )
        result = Agent(model, browser, trace_dir=folder / "run").run("add the guest Ada")
    assert result.status == "claimed"
    return folder / "run", page


def test_a_playwright_script_does_what_the_run_did(recorded: Path, tmp_path: Path) -> None:
    site = open_site("store", seed=0)
    try:
        told = CliRunner().invoke(
            app,
            [
                "export",
                str(recorded),
                "--to",
                "playwright",
                "--url",
                site.url,
                "--out",
                str(tmp_path / "again.py"),
            ],
        )
        assert told.exit_code == 0, told.output
        done = run([sys.executable, str(tmp_path / "again.py")], BROWSER=str(find()))
        assert done.returncode == 0, done.stderr
        assert [one["product"] for one in site.state()["wishlist"]] == ["su7"]
    finally:
        site.close()


def test_texts_are_constants_and_things_have_their_names(recorded: Path) -> None:
    source = script(Recording(recorded, Reader()), "playwright")
    ast.parse(source)
    assert 'SEARCH = "SU7"' in source
    assert 'get_by_role("button", name="Only necessary")' in source
    assert "insert_text(SEARCH)" in source


def test_a_pyautogui_script_can_be_read(form: tuple[Path, Path]) -> None:
    source = script(Recording(form[0], Reader()), "pyautogui")
    ast.parse(source)
    assert "pyautogui.write(GUEST_NAME" in source
    assert re.search(r"# the \w+ “Add ?guest”\npyautogui.click", source), source


def test_a_robot_suite_runs(form: tuple[Path, Path], tmp_path: Path) -> None:
    folder, page = form
    suite = tmp_path / "guests.robot"
    suite.write_text(script(Recording(folder, Reader()), "robot") + "    Should See    Added Ada\n", "utf-8")
    source = suite.read_text("utf-8").replace(
        "Open Browser At    ${URL}", f"Open Browser At    ${{URL}}    allow_files={page.parent}"
    )
    suite.write_text(source, "utf-8")
    done = run([sys.executable, "-m", "robot", "--outputdir", str(tmp_path / "out"), str(suite)])
    assert done.returncode == 0, done.stdout[-3000:]


def test_what_has_no_words_is_no_keyword(recorded: Path) -> None:
    with pytest.raises(NotPlayable, match=r"step 3: click the icon heart: has no words"):
        script(Recording(recorded, Reader()), "robot")
    told = CliRunner().invoke(app, ["export", str(recorded), "--to", "selenium"])
    assert told.exit_code == 2
    assert "'selenium' is not one of playwright, pyautogui, robot" in told.output
