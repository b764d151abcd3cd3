"""Both faces of OSWorld: their DesktopEnv's shape over our machines, and our agent for their runners."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from action_space.actions import AskUser, Click, Finished, Input, KeyUp, Open, Press, Scroll, Wait
from action_space.formats.base import FormatError
from action_space.formats.parsing.sequence import Sequence
from action_space.geometry import Frame, Size
from agent.osworld_agent import OSWorldAgent, code_of, run_example
from envs.osworld.environment import DesktopEnv, result_folder
from envs.osworld.server import OsworldServer
from envs.remote import RemoteMachine
from model.scripted import ScriptedModel

from .conftest import until

FRAME = Frame(Size(900, 600))


@pytest.fixture
def env(server: OsworldServer) -> Iterator[DesktopEnv]:
    with DesktopEnv("remote", server.url) as env:
        env.reset()
        yield env


def test_observations_have_their_keys(env: DesktopEnv) -> None:
    obs = env._get_obs()
    assert sorted(obs) == ["accessibility_tree", "instruction", "screenshot", "terminal"]
    with Image.open(io.BytesIO(obs["screenshot"])) as image:
        assert image.size == (900, 600)
    assert env.vm_ip == "127.0.0.1"
    assert env.vm_screen_size == {"width": 900, "height": 600}
    assert env.controller.get_vm_platform() == "Linux"
    env.controller.start_recording()
    env.controller.end_recording("nowhere.mp4")


def test_a_step_of_several_calls(env: DesktopEnv, remote: RemoteMachine, notepad: str) -> None:
    code = "import pyautogui\npyautogui.click(400, 300); time.sleep(0.5)\n"
    code += "pyautogui.write('a<b')\npyautogui.press('enter')"
    _, reward, done, info = env.step(code)
    assert (reward, done, info) == (0.0, False, {})
    assert env.step("pyautogui.hotkey('ctrl', 's')")[3] == {}
    assert until(lambda: remote.read(notepad)) == b"a<b\n"


def test_computer_13(server: OsworldServer, remote: RemoteMachine, notepad: str) -> None:
    with DesktopEnv("remote", server.url, action_space="computer_13") as env:
        env.reset()
        for action in (
            {"action_type": "MOVE_TO", "parameters": {"x": 300, "y": 200}},
            {"action_type": "CLICK", "parameters": {}},
            {"action_type": "TYPING", "parameters": {"text": "小 <x>"}},
            {"action_type": "HOTKEY", "parameters": {"keys": ["ctrl", "s"]}},
        ):
            assert env.step(action)[3] == {}, action
        assert env.step({"action_type": "DONE"})[2]
    assert until(lambda: remote.read(notepad)).decode() == "小 <x>"
    assert until(lambda: remote.read(f"{notepad}.clicks")) == b"300 200\n"


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').system('touch hacked')",
        "[pyautogui.press(k) for k in 'abc']",
        "open('x', 'w')",
        "pyautogui.click(99999, 1)",
        "",
    ],
)
def test_code_is_never_run(env: DesktopEnv, code: str) -> None:
    _, reward, done, info = env.step(code)
    assert info["error"]
    assert (reward, done) == (0.0, False)


def test_words(env: DesktopEnv) -> None:
    assert env.step("WAIT", pause=0.1)[2:] == (False, {})
    assert env.step("DONE")[2:] == (True, {"done": True})
    assert env.step("FAIL")[2:] == (True, {"fail": True})
    assert env.action_history == ["WAIT", "DONE", "FAIL"]


def test_without_a_task_there_is_no_score(env: DesktopEnv) -> None:
    with pytest.raises(RuntimeError, match="no task"):
        env.evaluate()
    env.close()
    env.close()
    with pytest.raises(RuntimeError, match="reset first"):
        env.step("DONE")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"provider_name": "vmware"}, "provider_name: 'vmware'"),
        ({"action_space": "som"}, "action_space: 'som'"),
        ({"provider_name": "remote"}, "path_to_vm: None"),
    ],
)
def test_options_that_are_not_known(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        DesktopEnv(**given)


# -- the sequence of events ---------------------------------------------------------------------------------


def test_the_pointer_and_what_is_held_last_from_step_to_step() -> None:
    said = Sequence()
    assert said.pyautogui("pyautogui.moveTo(10, 20)", FRAME)[0].to_json() == {
        "action": "hover",
        "start_point": [10, 20],
    }
    assert said.pyautogui("pyautogui.click()", FRAME) == [Click(start_point=(10, 20))]
    halves = (
        "pyautogui.mouseDown()",
        "pyautogui.moveTo(50, 60)",
        "pyautogui.mouseUp()",
        "pyautogui.keyDown('shift')",
    )
    assert [one.to_json() for code in halves for one in said.pyautogui(code, FRAME)] == [
        {"action": "mouse_down", "start_point": [10, 20]},
        {"action": "hover", "start_point": [50, 60]},
        {"action": "mouse_up", "start_point": [50, 60]},
        {"action": "key_down", "keys": ["shift"]},
    ]
    assert said.pyautogui("pyautogui.click(5, 6); pyautogui.keyUp('shift')", FRAME) == [
        Click(start_point=(5, 6)),
        KeyUp(keys=("shift",)),
    ]
    assert said.pyautogui("pyautogui.press('down', presses=3)", FRAME) == [Press(keys=("down",), repeat=3)]
    assert said.computer13({"action_type": "SCROLL", "parameters": {"dx": 0, "dy": -2}}, FRAME) == [
        Scroll(direction="down", scroll_distance=200, notches=2, start_point=(5, 6))
    ]


def test_a_sequence_is_limited() -> None:
    with pytest.raises(FormatError, match="at most 200"):
        Sequence().pyautogui("pyautogui.click(1, 1)\n" * 201, FRAME)


# -- our agent ----------------------------------------------------------------------------------------------


def picture(colour: str = "white") -> dict[str, Any]:
    file = io.BytesIO()
    Image.new("RGB", (900, 600), colour).save(file, "PNG")
    return {"screenshot": file.getvalue()}


def test_predict_gives_code_that_their_machines_understand() -> None:
    agent = OSWorldAgent(ScriptedModel([Click(start_point=(3, 4)), Input(text="a<b"), Wait(), Finished()]))
    said = [agent.predict("do it", picture())[1] for _ in range(4)]
    assert said == [
        ["pyautogui.click(3, 4)"],
        ["pyautogui.write('a')\npyautogui.hotkey('shift', ',')\npyautogui.write('b')"],
        ["WAIT"],
        ["DONE"],
    ]


def test_giving_up_claims_nothing() -> None:
    assert code_of(Finished(status="infeasible"), FRAME) == "FAIL"
    for status in ("failed", "unsure", "success"):
        assert code_of(Finished(status=status), FRAME) == "DONE"


def test_an_answer_that_is_no_action_ends_the_episode() -> None:
    agent = OSWorldAgent(ScriptedModel(["nonsense", "nonsense"]))
    assert agent.predict("do it", picture()) == ("nonsense", ["DONE"])


@pytest.mark.parametrize("action", [Open(app="files"), AskUser(question="who?")])
def test_what_pyautogui_cannot_say_is_not_offered(action: Any) -> None:
    agent = OSWorldAgent(ScriptedModel([action, Click(start_point=(1, 1))]))
    assert agent.predict("do it", picture())[1] == ["pyautogui.click(1, 1)"]


def test_the_history_says_what_changed() -> None:
    agent = OSWorldAgent(ScriptedModel([Click(start_point=(1, 1))] * 3))
    for colour in ("white", "red", "red"):
        agent.predict("do it", picture(colour))
    assert [step.effect for step in agent._history] == ["100 % of the screen changed", "nothing changed"]
    agent.reset(None, vm_ip="127.0.0.1")
    assert agent._history == []


def test_only_the_pictures_that_a_model_is_shown_are_kept() -> None:
    agent = OSWorldAgent(ScriptedModel([Click(start_point=(1, 1))] * 30))
    for number in range(30):
        agent.predict("do it", picture("red" if number % 2 else "white"))
    assert len(agent._history) == 29
    shown = 2 * agent._policy.family.pictures
    assert sum(step.screenshot is not None for step in agent._history) <= shown


def test_an_observation_without_a_picture() -> None:
    with pytest.raises(ValueError, match=r"obs\.screenshot: NoneType"):
        OSWorldAgent(ScriptedModel([])).predict("do it", {})


TASK = {
    "id": "note",
    "snapshot": "os",
    "instruction": "There is no printer: print the page.",
    "source": "",
    "config": [],
    "trajectory": "trajectories/",
    "related_apps": ["os"],
    "evaluator": {"func": "infeasible"},
}


@pytest.mark.parametrize(("status", "score"), [("infeasible", 1.0), ("success", 0.0)])
def test_a_whole_task_with_its_files(server: OsworldServer, tmp_path: Path, status: Any, score: float) -> None:
    folder = result_folder(tmp_path, "pyautogui", "screenshot", "scripted", "os", "note")
    agent = OSWorldAgent(ScriptedModel([Click(start_point=(5, 5)), Finished(status=status)]))
    with DesktopEnv("remote", server.url) as env:
        assert run_example(agent, env, TASK, 5, folder, pause=0.1) == score
    assert folder == tmp_path / "pyautogui/screenshot/scripted/os/note"
    assert (folder / "result.txt").read_text() == f"{score}\n"
    lines = [json.loads(line) for line in (folder / "traj.jsonl").read_text("utf-8").splitlines()]
    assert [line["step_num"] for line in lines] == [1, 2]
    assert [line["done"] for line in lines] == [False, True]
    assert all((folder / line["screenshot_file"]).read_bytes().startswith(b"\x89PNG") for line in lines)


STATE = {
    "id": "state",
    "instruction": "Write yes into the file.",
    "config": [
        {"type": "execute", "parameters": {"command": ["sh", "-c", "mkdir -p ~/work && echo no > ~/work/state"]}}
    ],
    "evaluator": {
        "func": "exact_match",
        "result": {"type": "vm_command_line", "command": ["cat", "/home/user/work/state"]},
        "expected": {"type": "rule", "rules": {"expected": "yes\n"}},
    },
}


def test_a_task_is_set_up_and_judged_through_the_server(server: OsworldServer, remote: RemoteMachine) -> None:
    with DesktopEnv("remote", server.url) as env:
        assert env.reset(task_config=STATE)["instruction"] == STATE["instruction"]
        assert env.evaluate() == 0.0
        remote.write("~/work/state", b"yes\n")
        assert env.evaluate() == 1.0
        env.step("FAIL")
        assert env.evaluate() == 0.0


def test_a_display_of_our_own() -> None:
    with DesktopEnv("display", screen_size=(640, 480), trust=True) as env:
        with Image.open(io.BytesIO(env.reset(task_config=STATE)["screenshot"])) as image:
            assert image.size == (640, 480)
        assert env.evaluate() == 0.0
        assert env.controller.get_file("/home/user/work/state") == b"no\n"


def test_what_is_not_known_to_have_arrived_is_said() -> None:
    with DesktopEnv("display", screen_size=(640, 480)) as env:
        env.reset()
        _, _, _, info = env.step("pyautogui.write('into nothing')")
        assert any("not known whether it arrived" in note for note in info["notes"])


# -- what pyautogui would do -----------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2])
def test_selecting_all_and_deleting_presses_these_keys_and_no_others(tmp_path: Path, steps: int) -> None:
    """In a list of files they ask to delete; read as "empty the field" they once went two folders up."""
    from envs.display.windows import windows

    folder = tmp_path / "up" / "sub"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    code = ["pyautogui.hotkey('ctrl', 'a')", "pyautogui.press('delete')"]
    with DesktopEnv("display", screen_size=(1000, 700)) as env:
        env.reset()
        env._machine.start(["pcmanfm", "--no-desktop", str(folder)])
        until(lambda: any(window.title == "sub" for window in windows(env._machine.display)))
        env._get_obs()
        env.step("pyautogui.click(600, 400)")
        for part in ["\n".join(code)] if steps == 1 else code:
            assert "error" not in env.step(part)[3]
        until(lambda: {window.title for window in windows(env._machine.display)} == {"sub", "Confirm"})
    assert (folder / "a.txt").read_text() == "a"


def test_pauses_notches_tabs_and_held_keys_are_what_was_asked(tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = (
        "import sys, tkinter as tk; root = tk.Tk(); root.geometry('600x400+50+50'); root.title('form')\n"
        "fields = [tk.Entry(root, width=30) for _ in range(3)]\n"
        "for field in fields: field.pack()\n"
        "area = tk.Text(root, height=8); area.pack()\n"
        "fields[0].focus_force(); turned = []\n"
        "root.bind('<Button-4>', lambda event: turned.append('u'))\n"
        "root.bind('<Button-5>', lambda event: turned.append('d'))\n"
        "late = []\n"
        "def opened(event):\n"
        "    def show():\n"
        "        entry = tk.Entry(tk.Toplevel(root)); entry.pack(); entry.focus_force(); late.append(entry)\n"
        "    root.after(1500, show)\n"
        "root.bind('<F2>', opened)\n"
        "def tell():\n"
        "    texts = [field.get() for field in fields + late]\n"
        "    open(sys.argv[1], 'w').write('|'.join(texts) + ' ' + ''.join(turned)); root.after(30, tell)\n"
        "tell(); root.mainloop()"
    )
    with DesktopEnv("display", screen_size=(800, 600)) as env:
        env.reset()
        env._machine.start(["python", "-c", program, str(told)])
        until(lambda: told.exists() and told.read_text() == "|| ")
        env._get_obs()
        steps = [
            "pyautogui.write('John\\tDoe\\t42')",
            "pyautogui.keyDown('shift')",
            "pyautogui.press('left', presses=2)",
            "pyautogui.keyUp('shift'); pyautogui.press('backspace')",
            "pyautogui.scroll(-5, x=300, y=300); pyautogui.scroll(2, x=300, y=300)",
            "pyautogui.press('f2'); time.sleep(4); pyautogui.write('late')",
        ]
        for step in steps:
            assert "error" not in env.step(step)[3], step
        until(
            lambda: told.read_text() == "John|Doe||late dddddduu" or told.read_text() == "John|Doe||late ddddduu"
        )
        assert told.read_text() == "John|Doe||late ddddduu"
