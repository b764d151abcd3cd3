"""Starting, failing to start, closing, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import pickle
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from action_space.actions import Click, Wait
from envs.base import BrowserMissing, EnvironmentFault, LaunchFailed, PageLoadFailed, TargetClosed
from envs.browser import install as chromium
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment

pytestmark = pytest.mark.browser

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the process table in /proc")


def processes(parent: int) -> set[int]:
    """All living descendants of a process."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if after_name[0] != "Z":
                parents[int(entry.name)] = int(after_name[1])
    found: set[int] = set()
    while more := {pid for pid, up in parents.items() if (up == parent or up in found) and pid not in found}:
        found |= more
    return found


def eventually(true: Callable[[], bool], seconds: float = 20) -> bool:
    event, end = threading.Event(), time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        event.wait(0.05)
    return true()


def alive(pids: set[int]) -> set[int]:
    def lives(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return {pid for pid in pids if lives(pid)}


def test_the_configuration_is_picklable_and_says_what_it_can() -> None:
    config = BrowserConfig(url="https://example.com/", pixel_ratio=2.0)
    assert pickle.loads(pickle.dumps(config)) == config


@needs_proc
def test_close_leaves_nothing_behind(site: str) -> None:
    before = processes(os.getpid())
    env = BrowserEnvironment(BrowserConfig(url=f"{site}/plain"))
    started = processes(os.getpid()) - before
    assert len(started) > 2
    env.close()
    env.close()
    assert eventually(lambda: not alive(started))
    with pytest.raises(TargetClosed, match="closed"):
        env.observe()


@needs_proc
def test_a_dropped_environment_is_closed() -> None:
    before = processes(os.getpid())
    env = BrowserEnvironment()
    started = processes(os.getpid()) - before
    assert started
    del env
    gc.collect()
    assert eventually(lambda: not alive(started))


@needs_proc
@pytest.mark.parametrize("ending", ["raise RuntimeError", "os.kill(os.getpid(), 9)", "sys.exit(3)"])
def test_nothing_outlives_the_program(ending: str) -> None:
    code = (
        "import os, sys\nfrom envs.browser import BrowserEnvironment\nenv = BrowserEnvironment()\n"
        f"print('up', flush=True)\nsys.stdin.readline()\n{ending}\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as program:
        assert program.stdout is not None
        assert program.stdin is not None
        assert program.stdout.readline() == b"up\n"
        started = processes(program.pid)
        assert started
        program.stdin.write(b"\n")
        program.stdin.flush()
        program.wait(30)
    assert eventually(lambda: not alive(started))


@needs_proc
def test_control_c_leaves_the_browser_usable(site: str) -> None:
    """The whole foreground process group gets the signal, as at a terminal."""
    code = f"""
import sys
from action_space.actions import Wait
from envs.browser import BrowserConfig, BrowserEnvironment
with BrowserEnvironment(BrowserConfig(url={site + "/plain"!r})) as env:
    seen = env.observe()
    try:
        print("up", flush=True)
        env.execute(Wait(duration_ms=60000), seen)
    except KeyboardInterrupt:
        print(env.observe().title, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"up\n"
        started = processes(program.pid)
        os.killpg(program.pid, signal.SIGINT)
        out, err = program.communicate(timeout=60)
    assert out == b"Plain\n", err.decode()
    assert program.returncode == 0
    assert eventually(lambda: not alive(started))


def test_inside_a_running_loop_and_from_another_thread(site: str) -> None:
    async def notebook() -> str | None:
        with BrowserEnvironment(BrowserConfig(url=f"{site}/plain")) as env:
            in_loop = env.observe().title
            other = await asyncio.to_thread(lambda: env.observe().title)
            assert in_loop == other
            return in_loop

    assert asyncio.run(notebook()) == "Plain"


def test_two_at_once_share_nothing(site: str) -> None:
    first = BrowserEnvironment(BrowserConfig(url=f"{site}/plain", viewport=(400, 300)))
    with first, BrowserEnvironment(BrowserConfig(url=f"{site}/plain", viewport=(600, 500))) as second:
        first.evaluate("document.cookie = 'who=first'")
        assert second.evaluate("document.cookie") == ""
        sizes: list[tuple[int, int]] = []
        threads = [
            threading.Thread(target=lambda env=env: sizes.append(env.observe().screenshot.size))
            for env in (first, second)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(sizes) == [(400, 300), (600, 500)]


def test_profile_and_stored_state(site: str, tmp_path: Path) -> None:
    profile = str(tmp_path / "profile")
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain", user_data_dir=profile)) as env:
        env.evaluate("localStorage.kept = 'yes'")
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain", user_data_dir=profile)) as env:
        assert env.evaluate("localStorage.kept") == "yes"
    state = tmp_path / "state.json"
    origin = {"origin": site, "localStorage": [{"name": "kept", "value": "stored"}]}
    state.write_text(json.dumps({"cookies": [], "origins": [origin]}))
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain", storage_state=str(state))) as env:
        assert env.evaluate("localStorage.kept") == "stored"


@needs_proc
def test_an_attached_browser_is_left_running(site: str, tmp_path: Path) -> None:
    program = chromium.ensure(install=False)
    command = [
        str(program),
        "--headless",
        "--no-sandbox",
        "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path}",
        "--window-size=900,700",
        "about:blank",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as theirs:
        try:
            port_file = tmp_path / "DevToolsActivePort"
            assert eventually(lambda: port_file.exists() and len(port_file.read_text().split()) == 2)
            port = port_file.read_text().split()[0]
            config = BrowserConfig(url=f"{site}/inputs", cdp_url=f"http://127.0.0.1:{port}")
            with BrowserEnvironment(config) as env:
                seen = env.observe()
                assert seen.title == "Inputs"
                assert len(seen.tabs) == 2
                outcome = env.execute(Click(start_point=(70, 90)), seen)
                assert outcome.error is None
                assert env.evaluate("go.textContent") == "Gone"
            assert theirs.poll() is None
            with BrowserEnvironment(config) as env:
                assert len(env.observe().tabs) == 3
        finally:
            theirs.terminate()
            theirs.wait(20)


def test_pages_that_do_not_load(browser: BrowserEnvironment, site: str, tmp_path: Path) -> None:
    for url, says in (
        ("http://nowhere.invalid/", "host name"),
        ("http://127.0.0.1:9/", "unsafe|refuse"),
        ("http://127.0.0.1:65534/", "refused"),
        (f"file://{tmp_path}/none.html", "no such file"),
    ):
        with pytest.raises(PageLoadFailed, match=says) as failure:
            browser.goto(url)
        assert url.split("/")[2] in str(failure.value)
    browser.goto(f"{site}/plain")
    assert browser.observe().title == "Plain"


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes its certificate with openssl")
def test_a_certificate_that_nobody_signed(tmp_path: Path) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
    subprocess.run([*make, "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    class Secure(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a browser that refuses the certificate is what the test is about

    with Secure(("127.0.0.1", 0), lambda *args: Quiet(*args, directory=str(tmp_path))) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            url = f"https://127.0.0.1:{server.server_port}/"
            with pytest.raises(PageLoadFailed, match="certificate is not trusted"):
                BrowserEnvironment(BrowserConfig(url=url))
            with BrowserEnvironment(BrowserConfig(url=url, ignore_https_errors=True)) as env:
                assert "cert.pem" in env.evaluate("document.body.textContent")
        finally:
            server.shutdown()
            thread.join()


def test_a_page_that_hangs_while_loading(site: str) -> None:
    with pytest.raises(PageLoadFailed, match=r"within 1 s"):
        BrowserEnvironment(BrowserConfig(url=f"{site}/hangs", load_timeout_s=1))


def test_a_page_that_stops_answering(site: str) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain", load_timeout_s=2)) as env:
        seen = env.observe()
        env.evaluate("onclick = () => { for (;;); }, 0")
        with pytest.raises(EnvironmentFault, match="has not answered"):
            env.execute(Click(start_point=(5, 5)), seen)


def test_a_crashed_page(site: str) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain")) as env:
        seen = env.observe()
        with pytest.raises(PageLoadFailed):
            env.goto("chrome://crash")
        with pytest.raises(TargetClosed, match="crashed"):
            env.execute(Wait(duration_ms=0), seen)


@needs_proc
def test_a_killed_browser(site: str) -> None:
    before = processes(os.getpid())
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain")) as env:
        seen = env.observe()
        for pid in processes(os.getpid()) - before:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"--user-data-dir" in command and b"--type=" not in command:
                os.kill(pid, signal.SIGKILL)
        with pytest.raises(TargetClosed):
            env.execute(Wait(duration_ms=5000), seen)


def test_no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert chromium.find() is None
    with pytest.raises(BrowserMissing, match="playwright install chromium"):
        chromium.ensure(install=False)
    shell = tmp_path / "chromium-1200/chrome-linux/chrome"
    shell.parent.mkdir(parents=True)
    shell.write_text("#!/bin/sh\n")
    shell.chmod(0o755)
    assert chromium.find() == shell
    stub = tmp_path / "chromium-browser"
    stub.write_text("#!/bin/sh\necho 'snap install chromium'\n")
    stub.chmod(0o755)
    assert chromium.find() == shell
    monkeypatch.setenv("AGENT_BROWSER", str(tmp_path / "none"))
    with pytest.raises(BrowserMissing, match="AGENT_BROWSER"):
        chromium.ensure()


def test_a_program_that_is_no_browser(tmp_path: Path) -> None:
    fake = tmp_path / "browser"
    fake.write_text("#!/bin/sh\nexit 7\n")
    fake.chmod(0o755)
    with pytest.raises(LaunchFailed, match="did not start"):
        BrowserEnvironment(BrowserConfig(executable=str(fake)))
    with pytest.raises(LaunchFailed):
        BrowserEnvironment(BrowserConfig(cdp_url="http://127.0.0.1:9"))
