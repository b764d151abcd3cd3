"""A program that computes is waited for; one that does nothing, or has ended, is not."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from action_space.actions import Open
from envs.desktop.environment import DesktopConfig, DesktopEnvironment
from envs.display.private import PrivateDisplay
from envs.patience import Patience, spent

WORK = """
import select, sys
print("working", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    pass
print("idle", flush=True)
sys.stdin.readline()
sys.stdin.readline()
"""


def test_patience_ends_with_the_work_and_not_with_the_clock() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", WORK], stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"working\n"
        patience = Patience(1.0, lambda: spent([process.pid]))
        end = time.monotonic() + 4
        while time.monotonic() < end:
            assert not patience.over()
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"idle\n"
        while not patience.over():
            time.sleep(0.01)
        process.stdin.close()
    assert spent([process.pid]) == 0.0
    assert not Patience(60).over()
    assert Patience(0).over()


def test_an_application_that_starts_slowly_is_waited_for(tmp_path: Path) -> None:
    program = tmp_path / "slow.py"
    program.write_text(
        "import time, tkinter\nend = time.process_time() + 3\nwhile time.process_time() < end: pass\n"
        "root = tkinter.Tk()\nroot.title('at last')\nroot.mainloop()\n"
    )
    home = tmp_path / "home"
    apps = home / ".local/share/applications"
    apps.mkdir(parents=True)
    for name, run in (("Slowpoke", f"{sys.executable} {program}"), ("Sleeper", "sleep 600")):
        entry = f"[Desktop Entry]\nType=Application\nName={name}\nExec={run}\n"
        (apps / f"{name}.desktop").write_text(entry)
    with PrivateDisplay(size=(640, 480), home=home) as display:
        config = DesktopConfig(display=display.name, open_limit_s=1.0)
        with DesktopEnvironment(config) as environment:
            seen = environment.observe()
            asleep = environment.execute(Open(app="Sleeper"), seen).error
            assert asleep is not None
            assert asleep.kind == "timeout"
            outcome = environment.execute(Open(app="Slowpoke"), seen)
            assert outcome.error is None
            assert outcome.observation.title == "at last"
