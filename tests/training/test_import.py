"""Recordings by others as data sets, each from a small copy of its published layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.data.importing import Faulty, Imported, import_data
from agent.data.kinds import KINDS, LEVELS, Level
from agent.data.reading import BadSource, Options
from agent.evaluate.recorded.screenagent import subtask
from agent.evaluate.results import EpisodeResult, Results
from model.training.data.check import check
from model.training.data.dataset import FolderData
from model.training.data.records import Episode, GroundingItem, Record
from tests.training.makers import folder, screen


def take(
    kind: str, source: Path, tmp_path: Path, *, level: Level | None = None, skip_bad: bool = False, **options: Any
) -> tuple[Imported, list[Record], FolderData]:
    target = folder(tmp_path / "set")
    known = Options(verdicts=LEVELS[level or KINDS[kind].level], have=frozenset(target.ids()), **options)
    done = import_data(KINDS[kind], source, target, known, skip_bad=skip_bad)
    faults = [str(fault) for fault in check(target)]
    assert faults == [] or not done.records
    return done, list(target), target


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in data) if path.suffix == ".jsonl" else json.dumps(data)
    path.write_text(text, "utf-8")


def picture(path: Path, number: int = 0, size: tuple[int, int] = (640, 400)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    screen(number, size).save(path)


# -- ScreenAgent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "prompt", "wanted"),
    [
        ("en", 'The current subtask is "Open the browser". Please describe the picture.', "Open the browser"),
        ("en", 'The current sub task is "Enter "today" in the "search" box". Please go on.',
         'Enter "today" in the "search" box'),
        ("en", "The current subtask is “Say “hi””.\nPlease answer.", "Say “hi”"),
        ("en", "If the current subtask is not completed well, retry.", ""),
        ("zh", "现在的子任务是“打开浏览器”。\n请描述该图片。", "打开浏览器"),
        ("zh", "现在的子任务是 “在“搜索”框中输入”，请用 json 回答", "在“搜索”框中输入"),
        ("zh", '现在的子任务是: "点击"，请继续', "点击"),
    ],
)  # fmt: skip
def test_a_subtask_is_read_whole(language: str, prompt: str, wanted: str) -> None:
    assert subtask(prompt) == wanted


def turn(folder: Path, number: int, actions: list[dict[str, Any]], task: str = "Open it") -> None:
    name = f"2024-01-03_14-41-{number:02d}"
    picture(folder / "images" / f"{name}.jpg", number)
    write(
        folder / f"{name}_translate.json",
        {
            "actions": actions,
            "saved_image_name": f"{name}.jpg",
            "task_prompt_en": "Write a letter",
            "task_prompt_zh": "写信",
            "send_prompt_en": f'You know the Linux system. The current subtask is "{task}". Please answer.',
            "send_prompt_zh": f"现在的子任务是“{task}”。请回答。",
        },
    )


def mouse(kind: str, x: int = 0, y: int = 0, **more: Any) -> dict[str, Any]:
    place = {"width": x, "height": y}
    return {"action_type": "MouseAction", "mouse_action_type": kind, "mouse_position": place, **more}


KEY = {"action_type": "KeyboardAction"}


def judged(situation: str) -> dict[str, Any]:
    return {"action_type": "EvaluateSubTaskAction", "situation": situation}


def test_screenagent_sessions_become_episodes(tmp_path: Path) -> None:
    session = tmp_path / "source" / "session1"
    turn(session, 1, [{"action_type": "PlanAction", "element": "x"}])
    turn(session, 2, [mouse("click", 10, 20, mouse_button="left")])
    turn(session, 3, [judged("need_retry")])
    turn(session, 4, [mouse("double_click", 30, 40, mouse_button="left"),
                      {"action_type": "KeyboardAction", "keyboard_text": "hello"}], "Type")  # fmt: skip
    turn(session, 5, [judged("sub_task_success")])
    turn(session, 6, [mouse("down", 1, 2), mouse("up", 100, 200)])
    turn(session, 7, [mouse("move", 5, 6), mouse("drag", 50, 60), {"action_type": "WaitAction", "wait_time": 2}])
    turn(session, 8, [mouse("drag", 7, 8), {"action_type": "KeyboardAction", "keyboard_key": "Ctrl+S"}])
    turn(session, 9, [judged("sub_task_success")])
    done, (found,), _ = take("screenagent", tmp_path / "source", tmp_path)
    assert isinstance(found, Episode)
    assert done.left_out == []
    assert (found.task, found.origin.platform, found.origin.licence) == ("Write a letter", "linux", "Apache-2.0")
    actions = [step.action for step in found.steps]
    assert actions == [
        {"action": "click", "start_point": [10, 20]},
        {"action": "click", "start_point": [30, 40], "clicks": 2},
        {"action": "input", "text": "hello"},
        {"action": "drag", "start_point": [1, 2], "end_point": [100, 200]},
        {"action": "drag", "start_point": [5, 6], "end_point": [50, 60]},
        {"action": "wait", "duration_ms": 2000},
        {"action": "drag", "start_point": [50, 60], "end_point": [7, 8]},
        {"action": "press", "keys": ["ctrl", "s"]},
    ]
    assert [step.learn for step in found.steps] == [False, True, False, True, True, False, True, False]
    assert [step.outcome for step in found.steps[:3]] == ["failed", "done", "done"]
    assert found.steps[1].thought == "Type"
    chinese = take("screenagent", tmp_path / "source", tmp_path / "zh", variant="zh")[1][0]
    assert isinstance(chinese, Episode)
    assert chinese.task == "写信"
    assert chinese.steps[0].thought == "Open it"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: next(path.glob("images/*")).unlink(), "cannot be read"),
        (lambda path: next(path.glob("*.json")).write_text("{"), "cannot be read"),
        (lambda path: turn(path, 1, [mouse("click", 9000, 1)]), "lies outside the picture"),
        (lambda path: turn(path, 1, [mouse("wiggle", 1, 1)]), "'wiggle'; accepted: click"),
        (lambda path: turn(path, 1, [mouse("drag", 1, 1)]), "which the recording does not say"),
        (lambda path: turn(path, 1, [{**KEY, "keyboard_key": "Nokey_L"}]), "keyboard_key"),
        (lambda path: write(path / "2024-01-03_14-41-01_translate.json", {"actions": 3}), "a list of actions"),
    ],
)  # fmt: skip
def test_a_bad_turn_ends_the_import_or_is_told(spoil: Any, told: str, tmp_path: Path) -> None:
    for name in ("bad", "good"):
        turn(tmp_path / "source" / name, 1, [mouse("click", 10, 20)])
        turn(tmp_path / "source" / name, 2, [mouse("click", 10, 30)])
    spoil(tmp_path / "source" / "bad")
    with pytest.raises(Faulty, match="--skip-bad"):
        take("screenagent", tmp_path / "source", tmp_path)
    done, records, _ = take("screenagent", tmp_path / "source", tmp_path, skip_bad=True)
    assert len(records) == 2
    assert told in done.left_out[0].why


# -- AgentNet, OS-Atlas ------------------------------------------------------------------------------------------


def agentnet(path: Path, steps: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    traj = []
    for number, value in enumerate(steps):
        picture(path / "images" / f"{number}.png", number)
        traj.append({"index": number, "image": f"{number}.png", "value": value})
    return {"task_id": "t1", "instruction": "Sort the table", "task_completed": True, "traj": traj, **more}


def test_agentnet_steps_that_a_judge_calls_wrong_are_history(tmp_path: Path) -> None:
    source = tmp_path / "source"
    task = agentnet(
        source,
        [
            {"code": "pyautogui.click(x=0.25, y=0.5)", "thought": "Menu", "last_step_correct": True},
            {"code": "pyautogui.write(message='abc')", "last_step_correct": False},
            {"code": "pyautogui.scroll(-3)", "last_step_redundant": True},
            {"code": "computer.terminate(status='success')", "action": "Done"},
        ],
        natural_language_task="Could you sort this?",
    )
    write(source / "agentnet.jsonl", [task, {**task, "task_id": "t2", "task_completed": False}])
    done, (found,), _ = take("agentnet", source, tmp_path)
    assert isinstance(found, Episode)
    assert [step.learn for step in found.steps] == [True, False, False, True]
    assert found.steps[0].action == {"action": "click", "start_point": [160, 200]}
    assert found.steps[3].action == {"action": "finished"}
    assert found.verdict == "claimed"
    assert "task_completed is False" in done.left_out[0].why
    assert len(take("agentnet", source, tmp_path, level="any")[1]) == 2
    natural = take("agentnet", source, tmp_path / "n", variant="natural")[1][0]
    assert isinstance(natural, Episode)
    assert natural.task == "Could you sort this?"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"task_id": None}, "task_id: None"),
        ({"traj": []}, "traj: accepted"),
        ({"instruction": ""}, "instruction: ''"),
        ({"traj": [{"image": "0.png", "value": {"code": "os.remove('x')"}}]}, "traj.0.value.code"),
        ({"traj": [{"image": "../0.png", "value": {"code": "pyautogui.click(x=0.1, y=0.1)"}}]}, "traj.0.image"),
        ({"traj": [{"image": "none.png", "value": {"code": "pyautogui.click(x=0.1, y=0.1)"}}]}, "cannot be read"),
        ({"traj": [{"image": "0.png"}]}, "traj.0: accepted"),
    ],
)
def test_a_bad_task_of_agentnet_is_told(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    good = agentnet(source, [{"code": "pyautogui.click(x=0.25, y=0.5)"}])
    write(source / "a.jsonl", [{**good, "task_id": "bad", **change}, good])
    done, records, _ = take("agentnet", source, tmp_path, skip_bad=True)
    assert len(records) == 1
    assert told in done.left_out[0].why
    assert done.left_out[0].where == "a.jsonl, line 1"


def test_os_atlas_in_both_of_its_forms(tmp_path: Path) -> None:
    source = tmp_path / "source"
    picture(source / "images" / "a.png", 1)
    picture(source / "b.png", 2)
    elements = [
        {"instruction": "search", "bbox": [0.1, 0.1, 0.2, 0.2], "data_type": "icon"},
        {"instruction": "登录", "bbox": [64, 40, 128, 80], "data_type": "text"},
        {"instruction": "outside", "bbox": [600, 10, 900, 20]},
        {"instruction": "", "bbox": [0, 0, 0.1, 0.1]},
    ]
    write(source / "web.json", [{"img_filename": "a.png", "elements": elements}])
    plain = {"instruction": "Close", "bbox": [0, 0, 0.5, 0.5]}
    write(source / "windows.json", [{"img_filename": name, **plain} for name in ("b.png", "c.png")])
    done, records, _ = take("os-atlas", source, tmp_path, skip_bad=True)
    items = {one.instruction: one for one in records if isinstance(one, GroundingItem)}
    assert set(items) == {"search", "登录", "Close"}
    assert items["search"].boxes == ((64.0, 40.0, 128.0, 80.0),)
    assert items["search"].kind == "icon"
    assert items["登录"].boxes == ((64.0, 40.0, 128.0, 80.0),)
    assert items["登录"].origin.language == "zh"
    assert (items["search"].origin.platform, items["Close"].origin.platform) == ("web", "windows")
    assert len(done.left_out) == 3
    assert all(one.fault for one in done.left_out)


# -- the layouts of evaluation sets ------------------------------------------------------------------------------


def test_screenspot_and_its_kin(tmp_path: Path) -> None:
    source = tmp_path / "spot"
    picture(source / "screenspot_imgs" / "a.png", 3)
    one = {"img_filename": "a.png", "bbox": [10, 20, 30, 40], "instruction": "close", "data_type": "icon",
           "data_source": "windows"}  # fmt: skip
    write(source / "screenspot_desktop.json", [one])
    (found,) = take("screenspot", source, tmp_path, split="test", licence="Apache-2.0")[1]
    assert isinstance(found, GroundingItem)
    assert found.boxes == ((10.0, 20.0, 40.0, 60.0),)
    assert (found.kind, found.origin.platform, found.origin.split) == ("icon", "desktop", "test")
    own = tmp_path / "own"
    picture(own / "p.png", 4)
    write(own / "items.jsonl", [{"picture": "p.png", "instruction": "the cross", "refusal": True},
                                {"picture": "p.png", "instruction": "how many?", "answer": "2"}])  # fmt: skip
    done, records, _ = take("items", own, tmp_path / "b")
    assert [one.absent for one in records if isinstance(one, GroundingItem)] == [True]
    assert "a question about a picture" in done.left_out[0].why


def test_android_control_with_boxes_and_step_instructions(tmp_path: Path) -> None:
    source = tmp_path / "android"
    for number in range(3):
        picture(source / "images" / f"{number}.png", number, (360, 640))
    episode = {
        "episode_id": 7,
        "goal": "Turn on the light",
        "screenshots": [f"{number}.png" for number in range(3)],
        "actions": [{"action_type": "click", "x": 100, "y": 200}, {"action_type": "scroll", "direction": "down"},
                    {"action_type": "status", "goal_status": "success"}],
        "step_instructions": ["Open the panel", "Look below", "Done"],
        "boxes": [[[90, 190, 120, 220], [0, 0, 360, 640]], [], []],
    }  # fmt: skip
    write(source / "episodes.jsonl", [episode])
    (found,) = take("android-control", source, tmp_path)[1]
    assert isinstance(found, Episode)
    assert found.task == "Turn on the light"
    assert found.steps[0].target == (90.0, 190.0, 120.0, 220.0)
    assert [step.thought for step in found.steps] == ["Open the panel", "Look below", ""]
    assert (found.origin.platform, found.origin.licence) == ("android", "Apache-2.0")


# -- OSWorld's results, our evaluations --------------------------------------------------------------------------


def osworld(path: Path, name: str, score: str, *, initial: bool) -> None:
    place = path / "pyautogui" / "screenshot" / "model" / "writer" / name
    lines = [
        (1, "pyautogui.click(10, 20)", "step_1.png"),
        (1, "pyautogui.write('x')", "step_1b.png"),
        (2, "import time; launch()", "step_2.png"),
        (3, "DONE", "step_3.png"),
    ]
    for number, (_, _, file) in enumerate(lines):
        picture(place / file, number)
    if initial:
        picture(place / "initial_state.png", 20)
    write(place / "traj.jsonl", [{"step_num": step, "action": code, "response": "I act", "screenshot_file": file}
                                 for step, code, file in lines])  # fmt: skip
    (place / "result.txt").write_text(score)


def test_osworld_results_answer_the_picture_before(tmp_path: Path) -> None:
    source, tasks = tmp_path / "results", tmp_path / "tasks"
    osworld(source, "with", "1.0\n", initial=True)
    osworld(source, "without", "1.0\n", initial=False)
    osworld(source, "lost", "0.0\n", initial=True)
    for name in ("with", "without", "lost"):
        write(tasks / "writer" / f"{name}.json", {"id": name, "instruction": f"Do {name}"})
    with pytest.raises(BadSource, match="--tasks"):
        take("osworld", source, tmp_path)
    done, records, _ = take("osworld", source, tmp_path, tasks=tasks)
    whole, cut = (one for one in records if isinstance(one, Episode))
    assert (whole.task, whole.verdict, whole.reward) == ("Do with", "verified", 1.0)
    assert [step.action for step in whole.steps] == [
        {"action": "click", "start_point": [10, 20]},
        {"action": "input", "text": "x"},
        None,
        {"action": "finished"},
    ]
    assert [step.learn for step in whole.steps] == [True, False, False, True]
    assert len(cut.steps) == 3
    reasons = [one.why for one in done.left_out]
    assert "scored 0; --verdict any takes it" in reasons
    assert "answers a picture that OSWorld did not keep" in reasons


def test_evaluations_give_what_their_judge_passed(tmp_path: Path) -> None:
    source = tmp_path / "evaluation"
    for name in ("won", "lost"):
        trace = source / "traces" / name
        for number in (1, 2):
            picture(trace / f"step_{number}.png", number)
        write(
            trace / "run.json",
            {"trace_version": 1, "id": name, "task": "Press", "environment": {"name": "browser"}},
        )
        write(trace / "traj.jsonl", [
            {"step_num": 1, "screenshot_file": "step_1.png", "action": {"action": "click", "start_point": [5, 6]}},
            {"step_num": 2, "screenshot_file": "step_2.png", "action": {"action": "finished"}},
        ])  # fmt: skip
        write(trace / "result.json", {"status": "claimed"})
    with Results(source, {"suite": "demo"}) as results:
        results.add(EpisodeResult("press", 0, "verified", passed=True, score=1.0, trace="traces/won"))
        results.add(EpisodeResult("press", 1, "failed", claimed=True, score=0.0, trace="traces/lost"))
        results.add(EpisodeResult("press", 2, "failed"))
        results.add(EpisodeResult("press", 3, "verified", passed=True, trace="traces/gone"))
    done, (found,), _ = take("from-eval", source, tmp_path, skip_bad=True)
    assert isinstance(found, Episode)
    assert (found.id, found.verdict, found.reward) == ("eval/evaluation/won", "verified", 1.0)
    assert {one.where: one.fault for one in done.left_out} == {
        "lost": False,
        "press, seed 2": False,
        "press, seed 3": True,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_is_something_else_is_refused(kind: str, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "notes.txt").write_text("nothing")
    with pytest.raises(BadSource):
        take(kind, tmp_path / "source", tmp_path)


def test_an_import_goes_on_where_it_stopped(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("a", "b", "c"):
        turn(source / name, 1, [mouse("click", 10, 20)])
    (source / "b" / "images").rename(source / "b" / "away")
    with pytest.raises(Faulty) as stopped:
        take("screenagent", source, tmp_path)
    assert stopped.value.so_far.records == 1
    (source / "b" / "away").rename(source / "b" / "images")
    done, records, _ = take("screenagent", source, tmp_path)
    assert (done.records, done.before, len(records)) == (2, 1, 3)
