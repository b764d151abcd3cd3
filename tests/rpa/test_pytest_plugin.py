"""The plugin in a pytest of its own, on a real page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
pytestmark = pytest.mark.browser

SUITE = """
import pytest

pytestmark = pytest.mark.screen({url!r}, allow_files=({folder!r},))

def test_words(screen, agent_run):
    screen.click("Save")
    screen.expect("Record of nobody kept")
    assert agent_run("click on Show more").said == "success"

def test_wrong_words(screen):
    screen.expect("Total", says="4 people", timeout=0)

def test_wrong_otherwise(screen):
    assert screen.exists("Nobody at all")

def test_picture(screen, screen_baseline):
    screen_baseline("people")

def test_other_picture(screen, screen_baseline):
    screen.click("Edit", nth=1)
    screen_baseline("people", most=0.0001)
"""


def play(folder: Path, *args: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "agent.pytest_plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, f"--basetemp={folder / 'tmp'}", *args], cwd=folder, capture_output=True, text=True, timeout=300
    )
    return done.stdout + done.stderr


def test_fixtures_pictures_and_baselines(tmp_path: Path) -> None:
    suite = SUITE.format(url=(HERE / "people.html").as_uri(), folder=str(HERE))
    (tmp_path / "test_suite.py").write_text(suite, "utf-8")
    words = play(tmp_path, "-k", "words or otherwise")
    assert "2 failed, 1 passed" in words
    assert "expected “4 people” beside “Total”, read “3 people”" in words
    assert words.count("picture of the screen") == 2
    assert list((tmp_path / "tmp").rglob("screen-001.png"))
    assert list((tmp_path / "tmp").rglob("failure.png"))
    assert "baseline new: look at" in play(tmp_path, "-k", "test_picture")
    assert "1 passed" in play(tmp_path, "-k", "test_picture")
    assert "of 1280×800 pixels differ" in play(tmp_path, "-k", "other_picture")
    assert "baseline updated" in play(tmp_path, "-k", "test_picture", "--update-baselines")
