"""Task files that would run commands on this computer: said beforehand, and refused until somebody allows it."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from agent.evaluate.suites import load_tasks
from envs.gymnasium import NAMES
from envs.osworld import DesktopEnv
from envs.tasks import load, suite
from envs.tasks.check import check
from envs.tasks.task_file import FileTask, parse
from envs.tasks.trust import BUNDLED, Untrusted, ask_first, demands

SITE = {"type": "open_site", "parameters": {"site": "store"}}


def task(
    *steps: dict[str, Any], result: Any = None, post: Any = None, func: str = "exact_match"
) -> dict[str, Any]:
    return {
        "id": "t", "instruction": "do it", "config": list(steps),
        "evaluator": {
            "func": func, "postconfig": post or [],
            "result": result or {"type": "rule", "rules": {"expected": "x"}},
            "expected": {"type": "rule", "rules": {"expected": "x"}},
        },
    }  # fmt: skip


def step(kind: str, **parameters: Any) -> dict[str, Any]:
    return {"type": kind, "parameters": parameters}


ACTS = {
    "execute": (task(step("execute", command="touch /tmp/x", shell=True)), "runs touch /tmp/x"),
    "command": (task(step("command", command=["sh", "-c", "a b"])), "runs sh -c 'a b'"),
    "launch": (task(step("launch", command=["xterm"])), "runs xterm"),
    "verified": (
        task(step("execute_with_verification", command="a", verification={"command_success": "b"})), "runs b"
    ),
    "open": (task(step("open", path="/home/user/x.desktop")), "opens /home/user/x.desktop"),
    "before judging": (task(post=[step("execute", command="rm x")]), "runs rm x"),
    "judging": (task(result={"type": "vm_command_line", "command": "id"}), "runs id"),
    "errors": (task(result={"type": "vm_command_error", "command": ["id", "-u"]}), "runs id -u"),
    "suite": (
        task(result={"type": "vm_file", "path": "a.py"}, func="check_python_file_by_test_suite"),
        "runs a test suite",
    ),
    "upload": (task(step("upload_file", files=[{"local_path": "/etc/shadow", "path": "a"}])), "reads /etc/shadow"),
    "file address": (
        task(step("download", files=[{"url": "file:///etc/passwd", "path": "a"}])), "reads file:///etc/passwd"
    ),
    "cloud": (task(result={"type": "cloud_file", "path": "file:///etc/passwd"}), "reads file:///etc/passwd"),
    "outside": (task(step("download", files=[{"url": "http://x/a", "path": "/etc/x"}])), "writes /etc/x"),
    "climbing": (
        task(step("download", files=[{"url": "http://x/a", "path": "/home/user/../x"}])), "writes /home/user/../x"
    ),
}  # fmt: skip
HARMLESS = {
    "inside": task(step("download", files=[{"url": "http://x/a", "path": "/home/user/a"}])),
    "sleep": task(step("sleep", seconds=0)),
    "site": task(SITE),
}


def written(folder: Path, raw: dict[str, Any]) -> Path:
    path = folder / "task.json"
    path.write_text(json.dumps(raw))
    return path


@pytest.mark.parametrize("name", ACTS)
def test_what_acts_on_this_computer_is_said_and_refused(name: str, tmp_path: Path) -> None:
    raw, words = ACTS[name]
    path = written(tmp_path, raw)
    said = " ".join(check(path).does)
    assert words in said
    refused = CliRunner().invoke(app, ["run", "--task", str(path), "--model", "scripted:/dev/null", "--json"])
    assert refused.exit_code == 2
    assert "--trust" in json.loads(refused.stdout)["reason"]
    listed = CliRunner().invoke(app, ["tasks", "check", str(path), "--json"])
    assert words in " ".join(json.loads(listed.stdout)["tasks"][0]["does"])


def test_no_way_from_python_plays_it_unasked(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    raw = task(step("execute", command=f"touch {mark}", shell=True))
    path = written(tmp_path, raw)
    with pytest.raises(Untrusted, match=r"trust=True"):
        load(path).start(0, {"place": "display"})
    with pytest.raises(Untrusted, match=r"touch"):
        pickle.loads(pickle.dumps(parse(raw))).start(0, {"place": "display"})
    with DesktopEnv("display", screen_size=(640, 480)) as env, pytest.raises(Untrusted, match=r"touch"):
        env.reset(task_config=raw)
    gym = gymnasium.make(NAMES[0], task=str(path), disable_env_checker=True)
    with pytest.raises(Untrusted, match=r"touch"):
        gym.reset(seed=0)
    gym.close()
    (loaded,) = load_tasks("osworld", tmp_path)
    with pytest.raises(Untrusted, match=r"touch"):
        loaded.start(0)
    assert not mark.exists()
    load(path, trust=True).start(0, {"place": "display", "size": (640, 480)}).close()
    assert mark.exists()


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_nothing_here_is_not_asked_about(name: str, tmp_path: Path) -> None:
    file = load(written(tmp_path, HARMLESS[name])).file
    assert demands(file) == ()
    ask_first(file, "display", "x")


def test_a_remote_machine_runs_its_own_commands_but_reads_no_file_of_ours(tmp_path: Path) -> None:
    runs, reads = (load(written(tmp_path, ACTS[name][0])).file for name in ("execute", "upload"))
    ask_first(runs, "remote", "x")
    with pytest.raises(Untrusted, match="/etc/shadow"):
        ask_first(reads, "remote", "x")


def test_evaluations_of_a_folder_ask_too(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    written(tmp_path / "data", ACTS["execute"][0])
    command = ["eval", "osworld", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"), "--json"]
    refused = CliRunner().invoke(app, [*command, "--model", "oracle"])
    assert refused.exit_code == 2
    assert "touch /tmp/x" in json.loads(refused.stdout)["reason"]
    assert not (tmp_path / "out" / "results.sqlite").exists()


def test_the_bundled_tasks_are_ours() -> None:
    tasks = [one for name in ("demo", "desktop") for one in suite(name)]
    assert any(demands(one.file) for one in tasks if isinstance(one, FileTask))
    assert (BUNDLED / "desktop" / "note_append.json").is_file()


@pytest.mark.parametrize("selector", ["#list > a", ["#list > a", "#title > a"]])
def test_a_page_may_be_asked_by_one_selector_or_by_several(tmp_path: Path, selector: Any) -> None:
    raw = task(func="literal_match", result={"type": "vm_command_line", "command": "id"})
    info = {"action": "click_and_attribute", "selector": selector, "attribute": "href"}
    raw["evaluator"]["expected"] = {"type": "info_from_website", "url": "https://example.com/", "infos": [info]}
    assert load(written(tmp_path, raw)).file.evaluator.expected["infos"] == [info]  # type: ignore[call-overload, index]
