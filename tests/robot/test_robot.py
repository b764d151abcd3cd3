"""Suites run by Robot Framework itself, against a page on loopback and a private desktop; their log is opened."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.display.private import problem

HERE = Path(__file__).parent
PAGES = HERE.parent / "rpa"
SECRET = "geheim-42"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(PAGES))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/people.html"
        server.shutdown()


def robot(suite: str, out: Path, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "robot", "-d", str(out), *options, str(HERE / suite)]
    return subprocess.run(
        command, env={**os.environ, **environ}, cwd=HERE.parents[1], capture_output=True, text=True, timeout=300
    )


def texts(out: Path) -> dict[str, str]:
    """Test → its status and message."""
    tree = ElementTree.parse(out / "output.xml")
    return {
        str(test.get("name")): f"{(status := test.find('status')).get('status')} {status.text or ''}"  # type: ignore[union-attr]
        for test in tree.iter("test")
    }


@pytest.mark.browser
@pytest.mark.slow
def test_a_suite_on_a_page(url: str, tmp_path: Path) -> None:
    done = robot("people.robot", tmp_path, "-v", f"URL:{url}", "-v", f"PASSWORD: Secret:{SECRET}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert (tmp_path / "people_1.png").is_file()
    assert len(list((tmp_path / "runs").glob("*/report.html"))) == 2
    assert not (tmp_path / "screens").exists(), "nothing failed"
    assert SECRET not in (tmp_path / "output.xml").read_text("utf-8")
    log = (tmp_path / "log.html").as_uri()
    with BrowserEnvironment(BrowserConfig(url=log, allow_files=(str(tmp_path),))) as browser:
        pictures = shown(browser, "s1-t5")
        assert len(pictures) == 1, "the other was only linked"
        assert shown(browser, "s1-t6"), "steps of the agent"


def shown(browser: BrowserEnvironment, test: str) -> list[int]:
    """Widths in pixels of the pictures that the log shows in a test when all of it is unfolded."""
    found: list[int] = browser.evaluate(
        """async (id) => {
          expandElementWithId(id);
          expandAll(id);
          while (window.elementsToExpand.length) await new Promise(done => setTimeout(done, 10));
          const all = document.getElementById(id);
          const pictures = [...all.querySelectorAll('img[alt=screen]')];
          await Promise.all(pictures.map(one => one.decode()));
          return pictures.map(one => one.naturalWidth);
        }""",
        test,
    )
    return found


@pytest.mark.browser
@pytest.mark.slow
def test_every_failure_has_its_picture_in_the_log(url: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = robot("failing.robot", out, "-v", f"URL:{url}", "-v", f"PASSWORD: Secret:{SECRET}")
    told = texts(out)
    assert done.returncode == len(told) == 8, done.stdout
    for test, message in {
        "Words that are not there": "“Save changes” is not on the screen",
        "Words that are there several times": "“Edit” is on the screen 3 times",
        "Another reason": "3 people != 4 people",
        "An argument that is none": "nearby: is no argument of this keyword; accepted: near, kind",
        "A kind that is none": "kind: 'knob' is none; accepted: button",
        "No such screen": "alias: 'nowhere' is not open; open: screen-1",
        "A secret is in no message": "“Passport number”, kind field is not on the screen",
        "A task that cannot be done": "click on Frobnicate the gizmo: failed: step limit: 3 steps were taken",
    }.items():
        assert told[test].startswith("FAIL"), test
        assert message in told[test], told[test]
    assert SECRET not in (out / "output.xml").read_text("utf-8")
    # The log is one file: it shows its pictures also where the others do not lie beside it.
    alone = tmp_path / "alone" / "log.html"
    alone.parent.mkdir()
    alone.write_bytes((out / "log.html").read_bytes())
    with BrowserEnvironment(BrowserConfig(url=alone.as_uri(), allow_files=(str(tmp_path),))) as browser:
        for number in range(1, 9):
            widths = shown(browser, f"s1-t{number}")
            assert widths[-1:] == [1280], number


@pytest.mark.skipif(problem() is not None, reason=str(problem()))
def test_a_suite_on_a_private_desktop(tmp_path: Path) -> None:
    apps = tmp_path / "share" / "applications"
    apps.mkdir(parents=True)
    entry = f"[Desktop Entry]\nType=Application\nName=Guest book\nExec={sys.executable} {HERE / 'guest_book.py'}\n"
    (apps / "guest.desktop").write_text(entry, "utf-8")
    done = robot("desktop.robot", tmp_path / "out", XDG_DATA_DIRS=f"{tmp_path / 'share'}:/usr/share")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_of_a_file_hold(url: str, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('forbid_actions = ["input"]\nblock_sites = ["example.com"]\n', "utf-8")
    suite = tmp_path / "rules.robot"
    suite.write_text(
        f"*** Settings ***\nLibrary    agent.robot    timeout=2s    policy={tmp_path / 'rules.toml'}\n"
        f"*** Test Cases ***\nForbidden\n    Open Browser At    {url}\n    Type Into    Name    Ada\n"
        "Blocked\n    Open Browser At    http://example.com/\n"
        "Wrong\n    Open Browser At    about:blank    hat=big\n",
        "utf-8",
    )
    robot(str(suite), tmp_path / "out")
    told = texts(tmp_path / "out")
    assert "do not allow the action input" in told["Forbidden"]
    assert "do not allow their own start page" in told["Blocked"]
    assert "hat: is no argument of a browser; accepted: url, viewport" in told["Wrong"]


def test_libdoc_says_all_keywords_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "robot.libdoc", "agent.robot", str(tmp_path / "keywords.html")]
    done = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)
    done = subprocess.run(
        [*command[:-1], "list"], cwd=HERE.parents[1], capture_output=True, text=True, timeout=60, check=True
    )
    page = (HERE.parents[1] / "docs" / "robot.md").read_text("utf-8")
    assert [name for name in done.stdout.splitlines() if f"`{name}`" not in page] == []
