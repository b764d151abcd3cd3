"""Runs under an interpreter that has OSWorld's own `desktop-env`: `python their_side.py PART PORT FOLDER`.

Their controllers and their DesktopEnv are the real ones. Their judges need some sixty packages that nothing here
calls; whichever of those is absent is stood in for, so that `import desktop_env` succeeds. The last line of the
output is a JSON object of what came back.
"""

from __future__ import annotations

import base64
import importlib.abc
import importlib.machinery
import json
import os
import sys
import time
import types
from pathlib import Path
from typing import Any


class _Anything(type):
    """A class with every attribute, and whatever it is called with."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything(name, (), {"__init__": lambda *_, **__: None})


class _Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for packages that are not installed; never for desktop_env itself."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.partition(".")[0] in ("desktop_env", *sys.stdlib_module_names, *_LOADED):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        module = types.ModuleType(spec.name)
        module.__path__ = []
        module.__getattr__ = lambda name: _Anything(name, (), {"__init__": lambda *_, **__: None})
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        pass


# These are used, so they are loaded before anything stands in for what they themselves can do without.
import dotenv  # noqa: E402, F401
import gymnasium  # noqa: E402, F401
import numpy  # noqa: E402, F401
import requests  # noqa: E402, F401
import requests_toolbelt.multipart.encoder  # noqa: E402, F401

_LOADED = {name.partition(".")[0] for name in sys.modules}
sys.meta_path.append(_Absent())

from desktop_env.controllers.python import PythonController  # noqa: E402
from desktop_env.controllers.setup import SetupController  # noqa: E402

PART, PORT, FOLDER = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])


def until(condition: Any) -> Any:
    end = time.monotonic() + 20
    while not (value := condition()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)
    return value


def controllers() -> dict[str, Any]:
    """Every method that asks the server something."""
    control = PythonController("127.0.0.1", PORT)
    setup = SetupController("127.0.0.1", PORT, cache_dir=str(FOLDER))
    home = control.execute_python_command("import os; print(os.environ['HOME'])")["output"].strip()
    (FOLDER / "up.txt").write_text("uploaded\n")
    steps = [
        ("upload_file", {"files": [{"local_path": str(FOLDER / "up.txt"), "path": f"{home}/Desktop/up.txt"}]}),
        ("execute", {"command": ["sh", "-c", "echo hi"], "stdout": "out.txt"}),
        ("command", {"command": "echo {SCREEN_WIDTH} > ~/Desktop/w.txt", "shell": True}),
        ("execute", {"command": ["cat", f"{home}/Desktop/up.txt"], "until": {"stdout": "uploaded"}}),
        ("launch", {"command": ["python", sys.argv[4], f"{home}/theirs.txt"]}),
        ("execute_with_verification", {"command": ["true"], "verification": {"window_exists": "Notepad"}}),
        ("activate_window", {"window_name": "Notepad", "strict": True}),
    ]
    did = setup.setup([{"type": name, "parameters": given} for name, given in steps])
    size = control.get_vm_window_size("Tk")
    setup.setup([{"type": "close_window", "parameters": {"window_name": "Notepad"}}])
    control.start_recording()
    control.end_recording(str(FOLDER / "video.mp4"))
    shot = control.get_screenshot()
    return {
        "setup": did,
        "out": (FOLDER / "out.txt").read_text(),
        "width": until(lambda: control.get_file(f"{home}/Desktop/w.txt")).decode(),
        "file": control.get_file(f"{home}/Desktop/up.txt").decode(),
        "png": shot[:8].hex(),
        "platform": control.get_vm_platform(),
        "screen": control.get_vm_screen_size(),
        "window": size,
        "desktop": control.get_vm_desktop_path() == f"{home}/Desktop",
        "tree": sorted(one["name"] for one in control.get_vm_directory_tree(f"{home}/Desktop")["children"]),
        "terminal": control.get_terminal_output(),
        "accessibility": control.get_accessibility_tree()[:8],
        "python": control.run_python_script("print(6 * 7)"),
        "bash": control.run_bash_script("echo one; echo two >&2; exit 4"),
    }


def environment(action_space: str) -> Any:
    """Their DesktopEnv on our server: a provider that starts nothing."""
    from desktop_env import desktop_env as theirs

    class Provider:
        def start_emulator(self, *_: Any) -> None: ...

        def stop_emulator(self, *_: Any) -> None: ...

        def get_ip_address(self, _: str) -> str:
            return f"127.0.0.1:{PORT}:9222:8006:8080"

    theirs.create_vm_manager_and_provider = lambda *_, **__: (None, Provider())
    return theirs.DesktopEnv(
        provider_name="docker", path_to_vm="none", action_space=action_space, require_a11y_tree=False
    )


def steps() -> list[Any]:
    """What came of each step: reward, done, info."""
    env = environment(sys.argv[4])
    env.reset()
    found = []
    for action in json.loads(sys.argv[5]):
        obs, reward, done, info = env.step(action, 0.3)
        found.append([reward, done, info, sorted(obs)])
    return found


def loop() -> int:
    """Their runner's loop; what `predict` says comes from the other side of the pipe."""
    env = environment("pyautogui")
    obs, done, count = env.reset(), False, 0
    while not done and count < 10:
        print(json.dumps({"png": base64.b64encode(obs["screenshot"]).decode()}), flush=True)
        for action in json.loads(sys.stdin.readline()):
            obs, _, done, _ = env.step(action, 0.3)
        count += 1
    return count


def times() -> dict[str, Any]:
    """Seconds that each step takes at their defaults."""
    env = environment("pyautogui")
    env.reset()
    found = []
    for number in range(int(sys.argv[4])):
        began = time.perf_counter()
        env.step(f"pyautogui.click({300 + number}, 300)")
        found.append(time.perf_counter() - began)
    return {"times": found}


if __name__ == "__main__":
    os.chdir(FOLDER)
    print(json.dumps({"controllers": controllers, "steps": steps, "loop": loop, "times": times}[PART]()))
