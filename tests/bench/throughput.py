"""Episodes a minute of `agent eval miniwob` beside BrowserGym's own loop: `python -m tests.bench.throughput`.

The same tasks and seeds, the same number of processes, the same fixed policy on both sides: a click in the middle
of the page, three times or until the page ends the episode. Both are timed as a whole, start of the processes
included.
BrowserGym runs as its documentation has it (`gym.make`, `reset`, `step`), in a virtual environment of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from agent.cli.evaluate import choose
from agent.evaluate import EvalConfig, evaluate
from tests.bench.controller import _make_gym

TASKS = ("click-button", "click-link", "click-test-2", "enter-text", "focus-text", "click-tab")
SEEDS, STEPS, WORKERS, TURNS = 3, 3, 2, 2
COMMAND = "python -m tests.bench --only throughput"

_GYM = r"""
import json, sys
import gymnasium, browsergym.miniwob
from browsergym.core.action.highlevel import HighLevelActionSet
actions = HighLevelActionSet(subsets=["coord"]).to_python_code
tasks, seeds, steps = json.loads(sys.argv[1])
played = 0
for task in tasks:
    env = gymnasium.make("browsergym/miniwob." + task, headless=True, action_mapping=actions)
    for seed in range(seeds):
        env.reset(seed=seed)
        for _ in range(steps):
            seen, _, over, cut, _ = env.step("mouse_click(166, 160)")
            assert not seen["last_action_error"], seen["last_action_error"]
            if over or cut:
                break
        played += 1
    env.close()
print(played)
"""


def _ours(folder: Path) -> float:
    """Seconds for all episodes."""
    began = time.perf_counter()
    rules = EvalConfig("centre-point", max_steps=STEPS)
    tasks = choose("miniwob-dev", ",".join(TASKS))
    summary = evaluate(tasks, rules, folder, seeds=range(SEEDS), workers=WORKERS, suite="miniwob-dev")
    seconds = time.perf_counter() - began
    if summary["errors"] or summary["episodes"] != len(TASKS) * SEEDS:
        raise SystemExit(f"the run went wrong: {summary['errors']}")
    return seconds


def _gym(environment: dict[str, str]) -> float:
    """Seconds for all episodes."""
    began = time.perf_counter()
    shares = [json.dumps([TASKS[number::WORKERS], SEEDS, STEPS]) for number in range(WORKERS)]
    running = [
        subprocess.Popen(
            [environment["PYTHON"], "-c", _GYM, share],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for share in shares
    ]
    played = 0
    for process in running:
        out, problem = process.communicate()
        if process.returncode:
            raise SystemExit(f"BrowserGym: {problem.strip().splitlines()[-1:]}")
        played += int(out.split()[-1])
    if played != len(TASKS) * SEEDS:
        raise SystemExit(f"BrowserGym: {played} episodes were played")
    return time.perf_counter() - began


def run() -> list[dict[str, Any]]:
    """Episodes a minute of both, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="agent-bench-") as name:
        environment = _make_gym(Path(name))
        seconds = {"ours": 0.0, "gym": 0.0}
        # In turns, so that a busy moment of the machine does not hit one of them alone.
        for turn in range(TURNS):
            seconds["ours"] += _ours(Path(name) / f"run-{turn}")
            seconds["gym"] += _gym(environment)
    episodes = TURNS * len(TASKS) * SEEDS
    ours, gym = (60 * episodes / seconds[who] for who in ("ours", "gym"))
    note = f"{episodes} episodes, {WORKERS} workers"
    return [
        {"name": name, "value": round(value, 2), "unit": unit, "command": COMMAND, "note": note}
        for name, value, unit in (
            ("ours", ours, "episodes a minute"),
            ("BrowserGym's loop", gym, "episodes a minute"),
            ("ours, of BrowserGym's loop", ours / gym, "×"),
        )
    ]


if __name__ == "__main__":
    for figure in run():
        print(f"{figure['name']}: {figure['value']} {figure['unit']} ({figure['note']})", file=sys.stdout)
