"""What a step costs on a desktop without a model: `python tests/bench/osworld_step.py`.

Click for click on the same private display, through the same server of OSWorld's protocol, in one run:

* ours on the display: `DesktopEnvironment.execute`, whose outcome holds the next observation;
* ours behind HTTP: `RemoteEnvironment.execute`, as on a virtual machine;
* OSWorld: `DesktopEnv.step` at its defaults (`pause=2`), in a virtual environment of its own that this script
  makes in a temporary folder. AGENT_OSWORLD_PYTHON names one that is there already.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[0] = str(ROOT)

from action_space.actions import Click  # noqa: E402
from envs.base import Environment  # noqa: E402
from envs.desktop.environment import DesktopConfig, DesktopEnvironment  # noqa: E402
from envs.machine.local import LocalMachine, served_machine  # noqa: E402
from envs.osworld.server import OsworldServer  # noqa: E402
from envs.remote import RemoteEnvironment, RemoteMachine  # noqa: E402

ROUNDS, TURNS = 5, 3
COMMAND = "python tests/bench/osworld_step.py"
SIDE = ROOT / "tests" / "remote" / "their_side.py"
PACKAGES = (
    "desktop-env requests urllib3 idna certifi charset_normalizer requests-toolbelt python-dotenv gymnasium numpy "
    "cloudpickle typing_extensions farama-notifications"
).split()
_WINDOW = "import tkinter as tk; root = tk.Tk(); root.geometry('700x500+100+100'); root.mainloop()"


def _ours(environment: Environment, rounds: int) -> list[float]:
    seen = environment.observe()
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        outcome = environment.execute(Click(start_point=(300 + number, 300)), seen)
        times.append(time.perf_counter() - began)
        if outcome.error is not None:
            raise SystemExit(f"the step went wrong: {outcome.error}")
        seen = outcome.observation
    return times


def _theirs(python: str, port: int, folder: str, rounds: int) -> list[float]:
    done = subprocess.run(
        [python, str(SIDE), "times", str(port), folder, str(rounds)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"desktop-env: {done.stderr.strip().splitlines()[-1:]}")
    times: list[float] = json.loads(done.stdout.strip().splitlines()[-1])["times"]
    return times


def _python(folder: str) -> str:
    if named := os.environ.get("AGENT_OSWORLD_PYTHON"):
        return str(Path(named).absolute())
    subprocess.run([sys.executable, "-m", "venv", f"{folder}/venv"], check=True)
    python = f"{folder}/venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *PACKAGES], check=True)
    return python


def _window(machine: LocalMachine) -> None:
    machine.start([sys.executable, "-c", _WINDOW])
    end = time.monotonic() + 20
    while not machine.windows():
        if time.monotonic() > end:
            raise SystemExit("the window did not open")
        time.sleep(0.05)


def run(rounds: int = ROUNDS, turns: int = TURNS) -> list[dict[str, Any]]:
    """The cost of our steps as ratios to OSWorld's."""
    times: dict[str, list[float]] = {"display": [], "remote": [], "osworld": []}
    with (
        tempfile.TemporaryDirectory(prefix="agent-bench-") as folder,
        served_machine(None, (1280, 800)) as machine,
        OsworldServer(machine) as server,
        RemoteMachine(server.url) as remote,
    ):
        python = _python(folder)
        _window(machine)
        # In turns, so that a busy moment of the machine does not hit one of them alone.
        for _ in range(turns):
            with DesktopEnvironment(DesktopConfig(display=machine.display)) as environment:
                times["display"] += _ours(environment, rounds)
            with RemoteEnvironment(remote) as environment:
                times["remote"] += _ours(environment, rounds)
            times["osworld"] += _theirs(python, server.port, folder, rounds)
    median = {name: statistics.median(values) for name, values in times.items()}
    print({name: round(value, 3) for name, value in median.items()}, file=sys.stderr)
    return [
        {
            "name": f"step cost {where}, of OSWorld's step",
            "value": round(median[key] / median["osworld"], 3),
            "unit": "×",
            "command": COMMAND,
        }
        for key, where in (("display", "on a private display"), ("remote", "on a remote machine"))
    ]


if __name__ == "__main__":
    for figure in run():
        print(f"{figure['name']}: {figure['value']} {figure['unit']}")
