"""OSWorld's own package against our server and our agent: `make test-osworld`, in an environment of its own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from action_space.actions import Click, Finished, Input, Press
from agent.osworld_agent import OSWorldAgent
from envs.osworld.environment import DesktopEnv
from envs.osworld.server import OsworldServer
from envs.remote import RemoteMachine
from model.scripted import ScriptedModel

from .conftest import NOTEPAD, until

PYTHON = os.environ.get("AGENT_OSWORLD_PYTHON", "")
SIDE = Path(__file__).with_name("their_side.py")
pytestmark = pytest.mark.skipif(not PYTHON, reason="OSWorld's own package: make test-osworld runs it")


def theirs(server: OsworldServer, folder: Path, part: str, *args: str) -> Any:
    command = [str(Path(PYTHON).absolute()), str(SIDE), part, str(server.port), str(folder), *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_their_controllers_get_what_they_expect(server: OsworldServer, tmp_path: Path) -> None:
    (tmp_path / "notepad.py").write_text(NOTEPAD, "utf-8")
    found = theirs(server, tmp_path, "controllers", str(tmp_path / "notepad.py"))
    tree = found.pop("tree")
    assert {"up.txt", "w.txt"} <= set(tree)
    assert found == {
        "setup": True,
        "out": "hi\n",
        "width": "1920\n",
        "file": "uploaded\n",
        "png": b"\x89PNG\r\n\x1a\n".hex(),
        "platform": "Linux",
        "screen": {"width": 900, "height": 600},
        "window": {"width": 600, "height": 400},
        "desktop": True,
        "terminal": None,
        "accessibility": "<desktop",
        "python": {
            "status": "success",
            "message": "42\n",
            "need_more": False,
            "output": "42\n",
            "error": "",
            "return_code": 0,
        },
        "bash": {"status": "error", "output": "one\ntwo\n", "error": "", "returncode": 4},
    }


PYAUTOGUI = [
    "pyautogui.moveTo(300, 200)",
    "pyautogui.click()",
    "pyautogui.click(350, 250); pyautogui.write('abc DEF'); pyautogui.press('enter')",
    "pyautogui.typewrite('x')",
    "pyautogui.press('left', presses=1)",
    "pyautogui.hotkey('ctrl', 's')",
    "WAIT",
    "DONE",
]
COMPUTER_13 = [
    {"action_type": "MOVE_TO", "parameters": {"x": 300, "y": 200}},
    {"action_type": "CLICK", "parameters": {}},
    {"action_type": "CLICK", "parameters": {"x": 350, "y": 250, "button": "left", "num_clicks": 1}},
    {"action_type": "TYPING", "parameters": {"text": "words 12"}},
    {"action_type": "PRESS", "parameters": {"key": "enter"}},
    {"action_type": "HOTKEY", "parameters": {"keys": ["ctrl", "s"]}},
    "FAIL",
]


@pytest.mark.parametrize(("space", "actions"), [("pyautogui", PYAUTOGUI), ("computer_13", COMPUTER_13)])
def test_a_step_means_the_same(
    server: OsworldServer, remote: RemoteMachine, notepad: str, tmp_path: Path, space: str, actions: list[Any]
) -> None:
    their_steps = theirs(server, tmp_path, "steps", space, json.dumps(actions))
    their_text, their_clicks = until(lambda: remote.read(notepad)), remote.read(f"{notepad}.clicks")
    # The same again through our environment, in the same field, emptied.
    remote.run(["rm", notepad, f"{notepad}.clicks"])
    with DesktopEnv("remote", server.url, action_space=space) as env:
        env.reset()
        env._sequence.pyautogui("pyautogui.moveTo(1, 1)", env._seen.frame)
        empty = ["pyautogui.hotkey('ctrl', 'slash')", "pyautogui.press('delete')"]
        before = DesktopEnv("remote", server.url)
        before.reset()
        assert [before.step(code)[3] for code in empty] == [{}, {}]
        before.close()
        our_steps = []
        for action in actions:
            obs, reward, done, info = env.step(action, 0.3)
            our_steps.append([reward, done, info, sorted(obs)])
    assert our_steps == their_steps
    assert until(lambda: remote.read(notepad)) == their_text
    assert remote.read(f"{notepad}.clicks") == their_clicks


def test_our_agent_in_their_loop(
    server: OsworldServer, remote: RemoteMachine, notepad: str, tmp_path: Path
) -> None:
    text = "if a < b: 小米"
    script = [Click(start_point=(400, 300)), Input(text="1 < 2 & "), Input(text="ok"), Press(keys=("ctrl", "s"))]
    agent = OSWorldAgent(ScriptedModel([*script, Finished()]))
    command = [str(Path(PYTHON).absolute()), str(SIDE), "loop", str(server.port), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            said = json.loads(line)
            if isinstance(said, int):
                break
            _, actions = agent.predict(text, {"screenshot": base64.b64decode(said["png"])})
            process.stdin.write(json.dumps(actions) + "\n")
            process.stdin.flush()
    assert said == 5
    assert until(lambda: remote.read(notepad)) == b"1 < 2 & ok"
