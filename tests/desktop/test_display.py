"""A private display's life: it leaves no process, folder or socket behind, however it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from envs.base import LaunchFailed
from envs.display import window_manager as display_manager
from envs.display import windows as desktop_windows
from envs.display.displays import environ_of
from envs.display.environ import MARK
from envs.display.private import PrivateDisplay, problem
from envs.processes import marked

from .conftest import Desk, until

ROOT = Path(__file__).parents[2]
# Starts a display with a program that leaves its parent's group, says what there is, then does as it is told.
CHILD = """
import sys, time
from envs.desktop import DesktopConfig, DesktopEnvironment
from envs.display.environ import MARK
from envs.display.private import PrivateDisplay
display = PrivateDisplay(size=(320, 240))
environment = DesktopEnvironment(DesktopConfig(display=display.name))
forks = "import os, time; os.fork() or os.setsid(); time.sleep(600)"
display.start([sys.executable, "-c", forks])
print(display.name, display.environ[MARK], display.environ["XAUTHORITY"], flush=True)
if sys.argv[1] == "raise":
    sys.stdin.readline()
    raise RuntimeError("on purpose")
time.sleep(600)
"""


def socket_of(name: str) -> Path:
    return Path(f"/tmp/.X11-unix/X{name[1:]}")


def test_this_machine_can_have_one() -> None:
    assert problem() is None


def test_a_display_and_all_that_was_started_on_it_is_gone_after_close(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with PrivateDisplay(size=(640, 480), home=home) as display:
        token, environ = display.environ[MARK], display.environ
        program = display.start(["sh", "-c", "pwd > where; echo $DISPLAY $HOME >> where; sleep 600"])
        where = home / "where"
        until(lambda: where.exists() and len(where.read_text().splitlines()) == 2)
        assert where.read_text().split() == [str(home), display.name, str(home)]
        assert environ["XDG_SESSION_TYPE"] == "x11"
        assert Path(environ["XDG_RUNTIME_DIR"]).stat().st_mode & 0o777 == 0o700
        assert program.pid in marked(MARK, token)
        assert desktop_windows.managed(display.name)
        assert desktop_windows.windows(display.name) == []
    assert marked(MARK, token) == []
    assert program.returncode == -signal.SIGKILL
    assert not Path(environ["XAUTHORITY"]).parent.exists()
    assert not socket_of(display.name).exists()
    display.close()
    with pytest.raises(LaunchFailed, match="closed"):
        display.start(["true"])


@pytest.mark.parametrize("end", ["term", "kill", "raise"])
def test_nothing_is_left_when_its_owner_dies(end: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", CHILD, end],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert owner.stdin is not None
    assert owner.stdout is not None
    with owner, owner.stdin, owner.stdout:
        name, token, authority = owner.stdout.readline().decode().split()
        until(lambda: len(marked(MARK, token)) >= 6)  # server, bus, window manager, hands, two programs
        if end == "raise":
            owner.stdin.write(b"\n")
            owner.stdin.flush()
        else:
            owner.send_signal(signal.SIGTERM if end == "term" else signal.SIGKILL)
        owner.wait(20)
        until(lambda: marked(MARK, token) == [])
        until(lambda: not Path(authority).parent.exists())
        assert not socket_of(name).exists()


def test_a_display_that_is_dropped_is_closed() -> None:
    display = PrivateDisplay(size=(320, 240))
    token = display.environ[MARK]
    assert marked(MARK, token)
    del display
    assert marked(MARK, token) == []


SECRETS = (
    "OPENAI_API_KEY HF_TOKEN DB_PASSWORD PGPASSWORD GITHUB_PAT DATABASE_URL SSH_AUTH_SOCK AWS_SESSION NPM_AUTH "
    "GNUPGHOME WAYLAND_DISPLAY SESSION_MANAGER KRB5CCNAME MYSQL_PWD SENTRY_DSN WHATEVER_ELSE"
).split()


def test_only_what_applications_need_reaches_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    with PrivateDisplay(size=(320, 240)) as display:
        told = tmp_path / "told"
        display.start(["sh", "-c", f"env > {told}.part; mv {told}.part {told}"])
        until(told.exists)
        seen = told.read_text()
        assert "secret" not in seen
        assert "HTTP_PROXY=http://proxy.example:3128" in seen
        assert "TZ=Asia/Shanghai" in seen
        assert "utf" in (display.environ.get("LC_CTYPE") or display.environ["LANG"]).casefold()
        # A mark cannot be taken off by what a caller adds.
        own = display.start(["sleep", "600"], env={MARK: "other"})
        assert own.pid in marked(MARK, display.environ[MARK])
        assert environ_of(display.name) == display.environ


def test_settings_are_of_the_display_alone_and_the_wastebasket_is_the_user_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "user"
    (home / ".local/share").mkdir(parents=True)
    (home / "letter.txt").write_text("dear")
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    with PrivateDisplay() as display:
        settings = Path(display.environ["XDG_CONFIG_HOME"])
        desk = Desk(display)
        with desk.environment:
            assert desk.do("open", app="mousepad").error is None
            desk.do("input", text="typed")
            display.start(["gio", "trash", str(home / "letter.txt")])
            until(lambda: not (home / "letter.txt").exists())
            until(lambda: list(settings.iterdir()))
    assert (home / ".local/share/Trash/files/letter.txt").read_text() == "dear"
    assert not settings.exists()
    made = {path.relative_to(home).parts[:3] for path in home.rglob("*")} - {(".local",), (".local", "share")}
    assert made == {(".local", "share", "Trash")}


NO_PROC = """
import sys, time
from pathlib import Path
from envs.display.private import PrivateDisplay
assert not list(Path("/proc").glob("[0-9]*"))
display = PrivateDisplay(size=(320, 240))
forks = "import os, time; os.fork() or os.setsid(); open(sys.argv[1] + str(os.getpid()), 'w'); time.sleep(600)"
display.start([sys.executable, "-c", "import sys; " + forks, sys.argv[2]])
display.start(["mousepad", "--disable-server"])
while len(list(Path(sys.argv[2]).parent.glob("pid*"))) < 2:
    time.sleep(0.02)
print(display.name, display.environ["XAUTHORITY"], flush=True)
if sys.argv[1] == "close":
    display.close()
else:
    time.sleep(600)
"""


def _can_hide_proc() -> bool:
    hide = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc"]
    return shutil.which("unshare") is not None and subprocess.run(hide, capture_output=True).returncode == 0


@pytest.mark.skipif(not _can_hide_proc(), reason="hiding /proc needs root")
@pytest.mark.parametrize("end", ["close", "kill"])
def test_nothing_is_left_where_proc_cannot_be_read(end: str, tmp_path: Path) -> None:
    command = f'mount -t tmpfs none /proc && exec "{sys.executable}" -c "$0" {end} {tmp_path}/pid'
    owner = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", command, NO_PROC],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    with owner, owner.stdout:
        name, authority = owner.stdout.readline().decode().split()
        mark = f"XAUTHORITY={authority}".encode()

        def left() -> list[str]:
            """Seen from here, where /proc can be read."""
            found = []
            for entry in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            return found

        if end == "kill":
            assert len(left()) >= 5  # server, bus, window manager, editor, and one with its fork
            owner.send_signal(signal.SIGKILL)
        owner.wait(60)
        # What has left its group and knows no display cannot be found without /proc.
        until(lambda: [line for line in left() if "os.setsid" not in line] == [])
        until(lambda: not Path(authority).parent.exists())
        assert not socket_of(name).exists()
    for file in tmp_path.glob("pid*"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(file.name[3:]), signal.SIGKILL)


def test_another_program_finds_the_cookie_of_a_private_display() -> None:
    code = "import sys; from envs.display.windows import windows; print(windows(sys.argv[1]))"
    with PrivateDisplay(size=(320, 240)) as display:
        ask = [sys.executable, "-c", code, display.name]
        done = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "[]\n", done.stderr


def test_without_its_cookie_a_display_refuses_and_says_so(tmp_path: Path) -> None:
    with PrivateDisplay(size=(320, 240)) as display:
        with pytest.raises(LaunchFailed, match=f"Display {display.name} refuses this program") as caught:
            desktop_windows.connect(display.name, str(tmp_path / "none"))
        assert "XAUTHORITY" in caught.value.hint


def test_a_display_can_be_watched() -> None:
    said: list[str] = []
    with PrivateDisplay(size=(320, 240), view=True, say=said.append) as display:
        assert len(said) == 1
        assert display.name in said[0]
        port = int(said[0].partition("127.0.0.1:")[2].partition(",")[0])
        import socket

        with socket.create_connection(("127.0.0.1", port), timeout=10) as viewer:
            assert viewer.recv(3) == b"RFB"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [({"size": (10, 800)}, "size: 10x800"), ({"size": (1280, 99999)}, "size: "), ({"dpi": 4}, "dpi: 4")],
)
def test_bad_values_are_named(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        PrivateDisplay(**given)  # type: ignore[arg-type]


def test_what_is_missing_is_said_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert problem() == "Xvfb is not installed: sudo apt-get install -y xvfb openbox dbus"
    with pytest.raises(LaunchFailed, match="apt-get install -y xvfb"):
        PrivateDisplay()
    (tmp_path / "Xvfb").touch(0o755)
    assert "window manager" in str(problem())


def test_the_preferred_window_manager_is_used_or_another_that_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert display_manager.found("openbox") == "openbox"
    assert display_manager.found("no-such-manager") == "openbox"
    (tmp_path / "icewm").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert display_manager.found("openbox") == "icewm"
    assert os.sep not in display_manager.command("icewm", tmp_path)[0]


def test_an_xvfb_that_does_not_start_is_an_error_with_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "Xvfb"
    broken.write_text("#!/bin/sh\necho 'no framebuffer today' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(LaunchFailed, match="no framebuffer today"):
        PrivateDisplay()
