"""Makefile, set-up script and CI entry, run for real in copies of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = [
    "sh",
    "bash",
    "dirname",
    "uname",
    "id",
    "rm",
    "ls",
    "env",
    "tee",
    "grep",
    "tail",
    "mktemp",
    "head",
    "cat",
    "make",
]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="make and sh are not there")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The project's set-up files alone, without a .venv."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with the basic tools and nothing else: no Python, no apt-get, no sudo, no brew."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return folder


def run(*command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {"HOME": str(cwd), "PATH": os.environ["PATH"], **variables}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_the_script_is_valid_for_any_shell(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not there")
    assert run(shell, "-n", ".ci/setup.sh", cwd=ROOT).returncode == 0


def test_without_a_python_it_says_how_to_get_one(bare: Path, tools: Path) -> None:
    done = run("sh", ".ci/setup.sh", "install", cwd=bare, PATH=str(tools))
    assert done.returncode == 3
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr
    assert "apt-get install python3" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not (bare / ".venv").exists()


def test_a_python_that_is_too_old_is_passed_over(bare: Path, tools: Path) -> None:
    script(tools / "python3", "exit 1")
    script(tools / "python3.12", f'exec "{sys.executable}" "$@"')
    script(tools / "python3.13", "exit 1")
    # The one that is recent enough then fails to make the environment: the message names it.
    script(tools / "python3.12", f'[ "$1" = -m ] && exit 1; exec "{sys.executable}" "$@"')
    done = run("sh", ".ci/setup.sh", "install", cwd=bare, PATH=str(tools))
    assert done.returncode == 3
    assert f"Making .venv with {tools}/python3.12" in done.stderr
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"sudo apt-get install {version}-venv" in done.stderr


def test_a_pip_that_fails_leaves_no_stamp(bare: Path) -> None:
    (bare / ".venv" / "bin").mkdir(parents=True)
    script(bare / ".venv" / "bin" / "python", '[ "$3" = install ] && exit 1; exit 0')
    done = run("make", "demo", cwd=bare)
    assert done.returncode != 0
    assert "pip could not install the packages" in done.stderr
    assert (bare / "build" / "setup.log").is_file()
    assert not list((bare / ".venv").glob(".installed*"))


def test_what_a_package_manager_says_goes_to_the_log(bare: Path, tools: Path) -> None:
    """Five lines of it are shown where it fails, with the place of the rest."""
    (bare / ".venv" / "bin").mkdir(parents=True)
    chatter = "for i in $(seq 40); do echo chatter $i; done"
    script(bare / ".venv" / "bin" / "python", f'[ "$3" = install ] && {{ {chatter}; exit 1; }}; exit 0')
    done = run("sh", ".ci/setup.sh", "install", "embedded", cwd=bare)
    assert done.returncode == 3
    assert done.stderr.count("chatter") == 5
    assert "build/setup.log" in done.stderr
    assert (bare / "build" / "setup.log").read_text().count("chatter") == 40


def test_the_locks_name_digests_and_no_place(bare: Path) -> None:
    for lock in (bare / ".ci").glob("lock-*.txt"):
        lines = lock.read_text().splitlines()
        assert sum("==" in line for line in lines) > 20
        assert all("--hash=sha256:" in line or "==" in line for line in lines), lock
        assert not [line for line in lines if "://" in line or "nvidia" in line]


def test_an_installation_is_done_once(bare: Path) -> None:
    before = run("make", "-n", "demo", cwd=bare).stdout
    (bare / ".venv").mkdir()
    for name in ("embedded", "dev"):
        stamp = bare / ".venv" / f".installed-{name}"
        stamp.touch()
        later = stamp.stat().st_mtime + 10
        os.utime(stamp, (later, later))
    after = run("make", "-n", "demo", cwd=bare).stdout
    assert "setup.sh install" in before
    assert "setup.sh install" not in after
    os.utime(bare / "pyproject.toml", (later + 10, later + 10))
    assert "setup.sh install" in run("make", "-n", "demo", "test", cwd=bare).stdout


def test_the_targets_are_the_documented_ones(bare: Path) -> None:
    names = {line.split()[1] for line in run("make", "help", cwd=bare).stdout.splitlines()}
    assert {"help", "demo", "test", "check", "bench", "clean"} <= names
    assert '.venv/bin/agent run "add SU7 to wishlist"' in run("make", "-n", "demo", cwd=bare).stdout


@pytest.mark.parametrize(
    ("ending", "code"),
    [("=== 3 passed in 1.20s ===", 0), ("=== 1 failed, 2 passed in 65.31s (0:01:05) ===", 2)],
)
def test_ci_prints_the_closing_line_last_and_passes_the_code_on(bare: Path, ending: str, code: int) -> None:
    fails = "exit 1" if code else "true"
    (bare / "Makefile").write_text(f"test:\n\t@echo '{ending}'; echo noise after it; {fails}\n")
    done = run("bash", ".ci/run", cwd=bare)
    assert done.stdout.splitlines()[-1] == ending
    assert done.returncode == code  # make's own: 2 when a command failed


def test_ci_passes_the_code_on_when_nothing_ran(bare: Path) -> None:
    (bare / "Makefile").write_text("test:\n\t@exit 1\n")
    assert run("bash", ".ci/run", cwd=bare).returncode == 2


def test_the_files_that_are_called_are_executable() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
