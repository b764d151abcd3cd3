"""Another package's entry points: what it adds is there, and what is wrong with it is said and left out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

MODULE = """
from dataclasses import replace
from action_space.formats.json import JsonFormat
from agent.evaluate.suites import Suite
from model.families import FAMILIES

SUITE = Suite("ours", "a suite of another package", "episodes", "nothing", lambda folder: [])
FORMAT = JsonFormat()
WRONG = 7
"""
POINTS = """
[gui_agent.suites]
ours = their_part:SUITE
[gui_agent.formats]
theirs = action_space.formats.json:JsonFormat
wrong = their_part:WRONG
missing = no_such_module:X
"""


def test_a_package_adds_a_suite_and_a_format(tmp_path: Path) -> None:
    (tmp_path / "their_part.py").write_text(MODULE)
    about = tmp_path / "their_part-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-part\nVersion: 1\n")
    (about / "entry_points.txt").write_text(POINTS)
    code = (
        "from action_space.formats import FORMATS; from agent.evaluate.suites import SUITES\n"
        "print('theirs' in FORMATS, 'wrong' in FORMATS, 'missing' in FORMATS, SUITES['ours'].about)"
    )
    paths = os.pathsep.join([str(ROOT), str(tmp_path)])
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert done.stdout.split(maxsplit=3) == ["True", "False", "False", "a suite of another package\n"], done.stderr
    assert "no_such_module" in done.stderr
    assert "wrong (their_part:WRONG) is not what the group holds" in done.stderr
