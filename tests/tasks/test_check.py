"""`agent tasks check` over task files that the test writes in OSWorld's layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.cli.tasks import app
from envs.tasks.check import check, paths, totals
from envs.tasks.schema import rows
from envs.tasks.task_file import load

BASE: dict[str, Any] = {
    "snapshot": "os",
    "instruction": "Do it",
    "source": "",
    "config": [],
    "trajectory": "trajectories/",
    "proxy": False,
    "related_apps": ["os"],
    "fixed_ip": False,
    "possibility_of_env_change": "low",
}
FILE = {"type": "vm_file", "path": "/home/user/a.txt", "dest": "a.txt"}
RULE = {"type": "rule", "rules": {"expected": "a"}}
GOLD = {"type": "cloud_file", "path": "https://files.test/gold.txt", "dest": "g.txt"}
PLAIN = {"func": "compare_config", "result": FILE, "expected": RULE}

TASKS: dict[str, tuple[dict[str, Any], str, str]] = {
    # folder/name → fields, status, part of the reason
    "os/plain": ({"evaluator": PLAIN}, "runs here", ""),
    "os/infeasible": ({"evaluator": {"func": "infeasible", "result": [], "expected": {}}}, "runs here", ""),
    "os/lists": (
        {
            "evaluator": {
                "func": ["compare_config", "check_list"],
                "conj": "or",
                "result": [FILE, FILE],
                "expected": [RULE, {"type": "rule", "rules": {"expect": ["a"]}}],
                "options": [{}, None],
                "postconfig": [{"type": "execute", "parameters": {"command": ["ls"]}}],
            }
        },
        "runs here",
        "",
    ),
    "os/words_for_true": (
        {
            "evaluator": {
                "func": "exact_match",
                "expected": RULE,
                "result": {"type": "vm_command_line", "command": "ls", "shell": "true"},
            }
        },
        "runs here",
        "",
    ),
    "gimp/app": ({"related_apps": ["GIMP"], "evaluator": PLAIN}, "needs an app", "gimp (apt install gimp)"),
    "code/app": ({"related_apps": ["vs_code"], "evaluator": PLAIN}, "needs an app", "vs_code (not in Debian)"),
    "code/office": (
        {"related_apps": ["libreoffice calc"], "evaluator": PLAIN},
        "needs an app",
        "libreoffice_calc (apt install libreoffice)",
    ),
    "web/download": (
        {"evaluator": {"func": "compare_text_file", "result": FILE, "expected": GOLD}},
        "needs the network",
        "files.test",
    ),
    "web/account": (
        {
            "config": [{"type": "login", "parameters": {"settings_file": "x", "platform": "googledrive"}}],
            "evaluator": PLAIN,
        },
        "needs an account",
        "login",
    ),
    "odd/metric": (
        {"evaluator": {**PLAIN, "func": "compare_dreams"}},
        "missing function",
        "metric compare_dreams",
    ),
    "odd/getter": (
        {"evaluator": {**PLAIN, "result": {"type": "vm_dream"}}},
        "missing function",
        "getter vm_dream",
    ),
    "odd/field": (
        {"evaluator": {**PLAIN, "result": {**FILE, "pfad": 1}}},
        "malformed",
        "evaluator.result.pfad: unknown",
    ),
    "odd/kind": ({"evaluator": {**PLAIN, "result": {**FILE, "path": 5}}}, "malformed", "evaluator.result.path: 5"),
    "odd/missing": ({}, "malformed", "evaluator: missing"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, (fields, _, _) in TASKS.items():
        path = tmp_path / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"id": name, **BASE, **fields}), encoding="utf-8")
    (tmp_path / "test_all.json").write_text('{"os": ["plain"], "gimp": ["app"]}', encoding="utf-8")
    return tmp_path


def which(program: str) -> str | None:
    """As on a computer with Chromium alone."""
    return program if program == "chromium" else None


@pytest.mark.parametrize("name", TASKS)
def test_each_task_has_its_status_and_reason(name: str, folder: Path) -> None:
    _, status, reason = TASKS[name]
    found = check(folder / f"{name}.json", which=which, root=folder)
    assert (found.status, found.domain) == (status, name.partition("/")[0])
    assert reason in found.reason
    assert found.infeasible is (name == "os/infeasible")


def test_the_network_may_be_there(folder: Path) -> None:
    path = folder / "web" / "download.json"
    assert check(path, which=which, online=True).status == "runs here"
    assert check(path, which=which).hosts == ("files.test",)


def test_totals_by_domain(folder: Path) -> None:
    found = totals(check(path, which=which, root=folder) for path in paths(folder))
    assert list(found) == ["code", "gimp", "odd", "os", "web"]
    assert found["os"] | {"tasks": 4, "infeasible": 1, "runs here": 4, "parsed": 4, "functions": 4} == found["os"]
    assert (
        found["odd"] | {"tasks": 5, "malformed": 3, "missing function": 2, "parsed": 2, "functions": 0}
        == found["odd"]
    )


def test_a_file_with_lists_loads(folder: Path) -> None:
    task = load(folder / "os" / "lists.json")
    assert [(row.func, row.options) for row in rows(task.file.evaluator)] == [
        ("compare_config", {}),
        ("check_list", {}),
    ]
    shell = rows(load(folder / "os" / "words_for_true.json").file.evaluator)[0].result
    assert shell == ("vm_command_line", {"command": "ls", "shell": True})


def test_the_command_says_it_in_its_exit_code(folder: Path) -> None:
    run = CliRunner()
    done = run.invoke(app, ["check", str(folder), "--json"])
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert len(said["tasks"]) == len(TASKS)
    assert {one["id"] for one in said["tasks"] if one["status"] == "missing function"} == {
        "odd/metric",
        "odd/getter",
    }
    assert run.invoke(app, ["check", str(folder / "os")]).exit_code == 0
    assert run.invoke(app, ["check", str(folder / "odd" / "field.json")]).exit_code == 1
    for wrong in (folder / "none", folder / "test_all.json" / "x"):
        done = run.invoke(app, ["check", str(wrong), "--json"])
        assert done.exit_code == 2
        assert str(wrong) in json.loads(done.stdout)["error"]
    assert "compare_dreams" in run.invoke(app, ["check", str(folder)]).stdout


def test_tasks_are_listed_and_shown(folder: Path) -> None:
    run = CliRunner()
    listed = json.loads(run.invoke(app, ["list", str(folder), "--json"]).stdout)
    assert {one["id"] for one in listed} == set(TASKS) - {"odd/missing"}
    shown = run.invoke(app, ["show", str(folder / "os" / "lists.json")])
    assert "compare_config or check_list" in shown.stdout
    assert run.invoke(app, ["show", str(folder / "odd" / "missing.json")]).exit_code == 2
