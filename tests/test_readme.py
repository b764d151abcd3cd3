"""README.md, ARCHITECTURE.md and the documents: the commands, links and programs in them are right."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "BENCHMARKS.md",
    "docs/trace.md",
    "docs/action-space.md",
    "docs/data-format.md",
]


def test_it_opens_with_the_two_commands() -> None:
    """Its name, one sentence, and exactly two commands."""
    name, _, sentence, _, *block = README.splitlines()[:8]
    assert name.startswith("# ")
    assert sentence.endswith(".")
    assert block[0] == "```sh"
    assert [line.partition("#")[0].strip() for line in block[1:3]] == ["make demo", "make test"]
    assert block[3] == "```"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_within_the_project_lead_somewhere(name: str) -> None:
    path = ROOT / name
    links = re.findall(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_architecture_names_what_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    paths = re.findall(r"`((?:action_space|agent|envs|model|tests|\.ci)/[\w./]+)`", text)
    assert len(paths) >= 4
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert len(text.splitlines()) < 80, "one page"


def test_options_that_are_named_exist() -> None:
    command = [sys.executable, "-m", "agent.cli"]
    known: dict[str, str] = {}
    for line in re.findall(r"^agent (\w+) ?(.*)$", README, re.M):
        if line[0] not in known:
            done = subprocess.run(
                [*command, line[0], "--help"],
                env={"COLUMNS": "200"},
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 0, line
            known[line[0]] = done.stdout
        for option in re.findall(r"--[a-z-]+", line[1]):
            assert option in known[line[0]], f"agent {line[0]} {option}"
    assert set(known) >= {"run", "report"}


def test_the_program_is_valid_and_its_imports_are() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README, re.S)
    imports = [node for node in ast.parse(program).body if isinstance(node, ast.Import | ast.ImportFrom)]
    code = "\n".join(ast.unparse(node) for node in imports)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
