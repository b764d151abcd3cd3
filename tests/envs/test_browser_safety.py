"""Sandbox, uploads, permissions, installing: nothing that nobody asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from action_space.actions import Click, Upload
from envs.base import BrowserMissing, LaunchFailed
from envs.browser import install, launch
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent.parent


# -- sandbox --------------------------------------------------------------------------------------------------

USES = """
from pathlib import Path
from envs.browser import BrowserConfig, BrowserEnvironment
from envs.processes import marked
from envs.scratch import MARK
with BrowserEnvironment(BrowserConfig(), say=lambda line: print("SAID", line)) as env:
    for pid in marked(MARK, env._session.scratch.environ()[MARK]):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\\0")
        if b"--headless" in words and not any(word.startswith(b"--type") for word in words):
            print("SANDBOX", b"--no-sandbox" not in words)
"""


@pytest.fixture
def ordinary_user(tmp_path: Path) -> list[str]:
    """The beginning of a command that runs as somebody who is not root, but may read where root's Python lies."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("needs setpriv, of util-linux")
    caps = "+dac_read_search"
    who = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    return [*who, f"--inh-caps={caps}", f"--ambient-caps={caps}"]


def used(prefix: list[str], home: str | None = None) -> str:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **({"HOME": home} if home else {})}
    command = [*prefix, sys.executable, "-c", USES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_sandbox_is_on_for_an_ordinary_user(ordinary_user: list[str]) -> None:
    if subprocess.run([*ordinary_user, "unshare", "-Ur", "true"], capture_output=True).returncode:
        pytest.skip("this system gives ordinary users no namespaces")
    home = tempfile.mkdtemp(dir="/tmp")
    try:
        Path(home).chmod(0o777)
        assert used(ordinary_user, home) == "SANDBOX True\n"
    finally:
        shutil.rmtree(home)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="root's own rule")
def test_it_is_off_for_root_and_that_is_said() -> None:
    out = used([])
    assert "SANDBOX False" in out
    assert "without its sandbox: the user is root" in out


@pytest.mark.skipif(sys.platform == "win32", reason="a browser that is a shell script")
def test_it_is_off_where_it_cannot_be_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser whose sandbox cannot be used ends at once and says so, as Chromium's does."""
    real = install.ensure()
    fake = tmp_path / "browser"
    fake.write_text(
        '#!/bin/sh\nfor word in "$@"; do [ "$word" = --no-sandbox ] && exec '
        f"{real} \"$@\"; done\necho 'FATAL:zygote_host_impl_linux.cc(128) No usable sandbox!' >&2\nexit 1\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(launch, "_found_out", set())
    monkeypatch.setattr(launch, "_said", set())
    said: list[str] = []
    for _ in range(2):
        with BrowserEnvironment(BrowserConfig(executable=str(fake)), say=said.append) as env:
            assert env.observe().url == "about:blank"
    assert len(said) == 1  # tried once, and said once
    assert "without its sandbox" in said[0]
    with pytest.raises(LaunchFailed):
        BrowserEnvironment(BrowserConfig(executable=str(fake), sandbox=True))


# -- uploads --------------------------------------------------------------------------------------------------


def test_files_are_uploaded_only_from_named_folders(site: str, tmp_path: Path) -> None:
    named, other = tmp_path / "named", tmp_path / "other"
    (named / "album").mkdir(parents=True)
    other.mkdir()
    for path in (named / "ok.txt", named / "album" / "1.png", named / "album" / "2.png", other / "secret.txt"):
        path.write_text(path.name)
    (named / "link.txt").symlink_to(other / "secret.txt")
    config = BrowserConfig(url=f"{site}/folder", allow_files=(str(named),))
    with BrowserEnvironment(config) as env:

        def upload(path: Path | str, y: int) -> str | None:
            outcome = env.execute(Upload(paths=(str(path),), start_point=(60, y)), env.observe())
            return outcome.error.message if outcome.error else None

        assert upload(named / "ok.txt", 60) is None
        assert env.evaluate("one.files[0].name") == "ok.txt"
        for path in (other / "secret.txt", named / "link.txt", f"{named}/../other/secret.txt", "/etc/passwd"):
            refused = upload(path, 60)
            assert refused is not None
            assert "allow_files" in refused
            assert str(named) in refused
        assert env.evaluate("one.files[0].name") == "ok.txt"
        assert upload(named / "album", 20) is None
        assert sorted(env.evaluate("[...dir.files].map(f => f.name)")) == ["1.png", "2.png"]
        assert "a folder, not files" in (upload(named / "ok.txt", 20) or "")
        assert "files, not a folder" in (upload(named / "album", 60) or "")


def test_what_was_downloaded_may_be_uploaded(site: str, tmp_path: Path) -> None:
    config = BrowserConfig(url=f"{site}/files", downloads_dir=str(tmp_path / "got"))
    with BrowserEnvironment(config) as env:
        got = env.execute(Click(start_point=(100, 20)), env.observe()).observation
        outcome = env.execute(Upload(paths=got.downloads, start_point=(60, 60)), got)
        assert outcome.error is None
        assert env.evaluate("one.files[0].name") == "report.bin"


# -- permissions ----------------------------------------------------------------------------------------------


def test_permissions_can_be_granted(site: str) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/geo")) as env:
        env.execute(Click(start_point=(100, 20)), env.observe())
        assert env.evaluate("out.textContent") == "no: 1"  # denied
    config = BrowserConfig(url=f"{site}/geo", permissions=("geolocation",), geolocation=(48.5, 2.25))
    with BrowserEnvironment(config) as env:
        env.execute(Click(start_point=(100, 20)), env.observe())
        assert env.evaluate("out.textContent") == "48.5"


def test_a_permission_that_is_none(site: str) -> None:
    with pytest.raises(LaunchFailed, match="telepathy"):
        BrowserEnvironment(BrowserConfig(url=f"{site}/geo", permissions=("telepathy",)))


def test_a_storage_state_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LaunchFailed, match=r"storage_state: there is no file .*none\.json"):
        BrowserEnvironment(BrowserConfig(storage_state=str(tmp_path / "none.json")))


# -- installing -----------------------------------------------------------------------------------------------


def test_a_browser_object_installs_nothing_unasked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    log = tmp_path / "log"
    for name in ("apt-get", "sudo", "python3"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\nexit 1\n')
        (programs / name).chmod(0o755)
    (programs / "env").symlink_to(shutil.which("env") or "/usr/bin/env")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    with pytest.raises(BrowserMissing, match=r"agent doctor --install browser"):
        BrowserEnvironment(BrowserConfig())
    assert not log.exists()
    monkeypatch.setattr(install, "_INSTALL", [str(programs / "python3"), "install"])
    with pytest.raises(BrowserMissing, match="none could be installed"):
        install.ensure(install=True)
    tried = log.read_text().splitlines()
    assert "python3 install" in tried
    if sys.platform.startswith("linux") and os.geteuid() == 0:
        asked = [line for line in tried if "chromium" in line]
        assert asked
        assert all("--no-install-recommends" in line for line in asked)
