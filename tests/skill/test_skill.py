"""The skill: it installs, and every command in it does what it says, on a real page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent import skill

TEXT = skill.text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines() if line]
PAGE = b"""<!doctype html><title>Counter</title><body style="font:20px sans-serif;margin:40px">
<h1>Counter</h1><button style="font:20px sans-serif;padding:12px 30px"
 onclick="said.textContent='counted '+(++n)">Count</button>
<p id=said></p><script>var n = 0</script>"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def shell(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A folder to work in, the program in the path, and the variables that the text speaks of."""
    folder = tmp_path_factory.mktemp("skill")
    (folder / "bin").mkdir()
    program = folder / "bin" / "agent"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m agent.cli "$@"\n')
    program.chmod(0o755)
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    site = url.partition("//")[2].rstrip("/")
    return {"cwd": folder, "env": {**os.environ, "PATH": path, "URL": url, "SITE": site}}


def run(line: str, shell: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    # The text is ours, and a reader's shell is what it is written for.
    return subprocess.run(["/bin/sh", "-c", line], **shell, capture_output=True, text=True, timeout=300)


def test_its_head_is_what_agents_read_first(tmp_path: Path) -> None:
    head, body = re.fullmatch(r"---\n(.*?)\n---\n(.*)", TEXT, re.S).groups()  # type: ignore[union-attr]
    about = dict(line.split(": ", 1) for line in head.splitlines())
    assert about["name"] == skill.NAME
    assert 50 < len(about["description"]) <= 1024
    assert len(body.splitlines()) < 500
    assert skill.install(tmp_path) == tmp_path / "gui-agent" / "SKILL.md"
    assert skill.place(tmp_path) == tmp_path / ".agents/skills"
    (tmp_path / ".claude/skills").mkdir(parents=True)
    assert skill.place(tmp_path) == tmp_path / ".claude/skills"


@pytest.mark.browser
@pytest.mark.slow
def test_every_command_does_what_it_says(shell: dict[str, Any]) -> None:
    assert len(COMMANDS) >= 12
    done = {}
    for line in COMMANDS:
        answer = done[line] = run(line, shell)
        assert answer.returncode == 0, f"{line}\n{answer.stdout}\n{answer.stderr}"
        if "--json" in line:
            assert answer.stdout.count("\n") == 1, line
            told = json.loads(answer.stdout)
            if line.startswith("agent run"):
                assert told["status"] == ("verified" if "--expect" in line else "claimed"), told
                shell["env"]["RUN"] = told["trace"]
    assert json.loads(done['agent ground "$RUN/final.png" "the Count button" --json'].stdout)["point"]
    assert "playwright" in done['agent export "$RUN" --to playwright'].stdout


def test_what_the_text_names_is_there(shell: dict[str, Any]) -> None:
    """Options beside the commands, keys of the result, files of a run."""
    known = {}
    for name in ("run", "replay", "mcp", "studio"):
        known[name] = run(f"COLUMNS=200 agent {name} --help", shell).stdout
    for option in set(re.findall(r"`(--[a-z-]+)", TEXT)):
        assert any(option in text for text in known.values()), option
    for command in set(re.findall(r"`agent ([a-z]+)`", TEXT)):
        assert run(f"agent {command} --help", shell).returncode == 0, command


def test_it_is_installed_where_agents_look(shell: dict[str, Any]) -> None:
    done = run("agent skill install --json && agent skill install --to elsewhere && agent skill show", shell)
    first, second, *shown = done.stdout.splitlines()
    folder = shell["cwd"]
    assert json.loads(first) == {"skill": ".agents/skills/gui-agent/SKILL.md"}
    for path in (json.loads(first)["skill"], second):
        assert (folder / path).read_text("utf-8") == TEXT
    assert "\n".join(shown) == TEXT.rstrip("\n")
    (folder / "file").write_text("")
    wrong = run("agent skill install --to file", shell)
    assert wrong.returncode == 3
    assert "--to: file cannot be written" in wrong.stderr
