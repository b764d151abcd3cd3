"""What crashes, is killed or interrupted: a typed fault at once, nothing held down, nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from action_space.actions import Click, CloseTab, Dialog, Drag, KeyDown, LongPress, NewTab, SwitchTab, Wait
from envs.base import TargetCrashed
from envs.browser import install
from envs.browser.environment import BrowserConfig, BrowserEnvironment

from .test_browser_life import alive, eventually, needs_proc, processes

pytestmark = pytest.mark.browser


def below_us(*words: str) -> set[int]:
    """Our descendants whose command line holds all the words."""
    found = set()
    for pid in processes(os.getpid()):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
            if all(word in command for word in words):
                found.add(pid)
    return found


def killed_during(site: str, kill: tuple[str, ...], action: str) -> None:
    known = below_us()
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain")) as env:
        seen = env.observe()
        victims = below_us(*kill) - known
        assert victims
        began = threading.Event()

        def strike() -> None:
            began.wait()
            for victim in victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)

        thread = threading.Thread(target=strike)
        thread.start()
        if action == "before":
            began.set()
            thread.join()
            assert eventually(lambda: not alive(victims))
        else:
            began.set()
        with pytest.raises(TargetCrashed):
            env.execute(Wait(duration_ms=60_000), seen)
        thread.join()
        with pytest.raises(TargetCrashed):
            env.observe()
        with pytest.raises(TargetCrashed):
            env.execute(Click(start_point=(5, 5)), seen)


@needs_proc
@pytest.mark.parametrize("when", ["before", "during"])
@pytest.mark.parametrize("victim", [("run-driver",), ("chrom", "--user-data-dir"), ("chrom",)])
def test_what_is_killed_ends_the_run_at_once(site: str, victim: tuple[str, ...], when: str) -> None:
    killed_during(site, victim, when)


def test_a_page_that_crashes_in_front(site: str) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain")) as env:
        seen = env.observe()
        env._thread.run(_crash(env, 0))
        with pytest.raises(TargetCrashed, match="crashed"):
            env.execute(Wait(duration_ms=60_000), seen)


async def _crash(env: BrowserEnvironment, index: int) -> None:
    """As a renderer dies that ran out of memory."""
    from playwright.async_api import Error

    session, tab = env._session, env._session.tabs[index]
    asked = asyncio.ensure_future(tab.cdp.send("Page.crash"))  # which a dead page does not answer
    assert await session.until(lambda: tab.crashed or not session.usable, 60)
    asked.cancel()
    with contextlib.suppress(Error, asyncio.CancelledError):
        await asked


def test_a_page_that_crashes_behind(site: str) -> None:
    other = site.replace("127.0.0.1", "localhost")
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain")) as env:
        seen = env.execute(NewTab(url=f"{other}/"), env.observe()).observation
        env._thread.run(_crash(env, 0))
        told = env.execute(Wait(duration_ms=20), seen)
        seen = told.observation
        assert any("crashed" in note for note in told.notes)
        assert [("crashed" in tab.title, tab.active) for tab in seen.tabs] == [(True, False), (False, True)]
        assert seen.title == "Home"
        back = env.execute(SwitchTab(index=0), seen)
        assert back.error is not None
        assert "crashed" in back.error.message
        assert env.execute(Click(start_point=(5, 5)), back.observation).error is None
        closed = env.execute(CloseTab(index=0), env.observe())
        assert closed.error is None
        assert len(closed.observation.tabs) == 1
        assert closed.observation.title == "Home"


def test_two_tabs_with_a_dialog_each(site: str) -> None:
    """Of two sites, so that neither keeps the other's process from asking too."""
    other = site.replace("127.0.0.1", "localhost")
    with BrowserEnvironment(BrowserConfig(url=f"{site}/alert-soon")) as env:
        seen = env.execute(NewTab(url=f"{other}/alert-soon"), env.observe()).observation

        async def ask() -> None:
            for tab in env._session.tabs:
                await tab.cdp.send("Runtime.evaluate", {"expression": "postMessage(1, '*')"})
            await env._session.until(lambda: len(env._session.dialogs) == 2, 20)

        env._thread.run(ask())
        said = []
        for _ in range(2):
            seen = env.observe()
            assert seen.dialog is not None
            said.append(seen.dialog.message)
            seen = env.execute(Dialog(response="accept"), seen).observation
        hosts = {address.removeprefix("http://") for address in (site, other)}
        assert {message.removeprefix("Soon ") for message in said} == hosts
        assert seen.dialog is None
        for index in (0, 1):
            alive = env.execute(SwitchTab(index=index), env.observe())
            assert alive.error is None
            assert env.evaluate("1 + 1") == 2


# -- Ctrl-C ---------------------------------------------------------------------------------------------------

INTERRUPTED = """
import os, signal, sys, threading
from action_space.actions import *
from envs.browser import BrowserConfig, BrowserEnvironment
env = BrowserEnvironment(BrowserConfig(url=sys.argv[1] + "/keys"))
seen = env.observe()
env.evaluate("document.body.style.height = '600px'")
def strike():
    # once the page has seen something go down
    async def down():
        tab = env._session.tab
        while True:
            answer = await tab.cdp.send("Runtime.evaluate", {"expression": "down.size"})
            if answer["result"]["value"]:
                return
    import asyncio
    asyncio.run_coroutine_threadsafe(down(), env._thread._loop).result()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=strike, daemon=True).start()
try:
    for action in (ACTIONS):
        seen = env.execute(action, seen).observation
    print("not interrupted")
except KeyboardInterrupt:
    print(sorted(env.evaluate("[...down]")))
env.close()
"""


@pytest.mark.parametrize(
    "action",
    [
        "LongPress(start_point=(50, 50), duration_ms=60000)",
        "Press(keys=('shift', 'a'), duration_ms=60000)",
        "Click(start_point=(50, 50), modifiers=('ctrl', 'shift')), Wait(duration_ms=60000)",
        "KeyDown(keys=('shift',)), Wait(duration_ms=60000)",
        "MouseDown(start_point=(50, 50)), Wait(duration_ms=60000)",
        "Drag(start_point=(50, 50), end_point=(500, 400)), Wait(duration_ms=60000)",
    ],
)
def test_after_ctrl_c_nothing_stays_down(site: str, action: str) -> None:
    if action.startswith(("Click", "Drag")):
        action = f"KeyDown(keys=('alt',)), {action}"
    code = INTERRUPTED.replace("(ACTIONS)", f"({action},)")
    done = subprocess.run([sys.executable, "-c", code, site], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "[]", done.stderr


# -- nothing left ---------------------------------------------------------------------------------------------

HOLDS = """
import sys
from action_space.actions import Navigate
from envs.browser import BrowserConfig, BrowserEnvironment
envs = [BrowserEnvironment(BrowserConfig(url=sys.argv[1] + "/plain")) for _ in range(2)]
for env in envs:
    env.execute(Navigate(url=sys.argv[1] + "/download?name=a.csv"), env.observe())
print("up", flush=True)
sys.stdin.readline()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no watchdog on Windows; the next start sweeps")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, "end"])
def test_no_temporary_folder_is_left(site: str, how: signal.Signals | str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="t", dir="/tmp"))  # a short path, in which a browser's socket can lie
    environ = {**os.environ, "TMPDIR": str(folder)}
    command = [sys.executable, "-c", HOLDS, site]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == b"up\n"
        assert len(list(folder.iterdir())) == 1
        if isinstance(how, str):
            program.stdin.write(b"\n")
            program.stdin.close()
        else:
            program.send_signal(how)
        program.wait(60)
    assert eventually(lambda: list(folder.iterdir()) == [])
    folder.rmdir()


def test_what_a_killed_watchdog_left_is_swept_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    from envs import scratch

    tmp_path = Path(tempfile.mkdtemp(prefix="t", dir="/tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(scratch._Root, "_current", None)  # a browser of another test may be open in this process
    code = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "from envs.scratch import Scratch, _Root\nimport os, signal\n"
        "one = Scratch('x'); (one.path / 'file').write_text('x')\n"
        "dog = _Root._current._watchdog\n"
        "if dog: dog.kill(); dog.wait()\n"
        "os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))\n"
    )
    subprocess.run([sys.executable, "-c", code])
    (left,) = tmp_path.iterdir()
    mine = scratch.Scratch("mine")
    try:
        assert not left.exists()
        scratch.sweep()
        assert mine.path.exists()  # what is in use stays
    finally:
        mine.remove()
    tmp_path.rmdir()


def test_a_temporary_folder_with_a_long_path(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser's socket could not lie in it."""
    deep = tmp_path / ("x" * 60)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain")) as env:
        assert env.observe().title == "Plain"
    assert list(deep.iterdir()) == []


def test_an_attached_browser_gets_its_keys_back(site: str, tmp_path: Path) -> None:
    program = install.ensure()
    command = [
        str(program), "--headless", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}",
        f"{site}/keys",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as theirs:
        try:
            port_file = tmp_path / "DevToolsActivePort"
            assert eventually(lambda: port_file.exists() and len(port_file.read_text().split()) == 2)
            config = BrowserConfig(cdp_url=f"http://127.0.0.1:{port_file.read_text().split()[0]}")
            with BrowserEnvironment(config) as env:
                env.execute(KeyDown(keys=("shift",)), env.observe())
                assert env.evaluate("[...down]") == ["Shift"]
            with BrowserEnvironment(config) as env:
                assert env.evaluate("[...down]") == []
        finally:
            theirs.terminate()
            theirs.wait(20)


def test_a_drag_and_a_long_press_end(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/keys")
    for action in (
        Drag(start_point=(20, 20), end_point=(200, 200)),
        LongPress(start_point=(50, 50), duration_ms=100),
    ):
        assert browser.execute(action, browser.observe()).error is None
        assert browser.evaluate("[...down]") == []
