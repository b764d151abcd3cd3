"""Desktop tasks on several private displays at once: `python -m tests.bench.displays [--runs 25] [--displays 4]`.

Each worker process plays oracle runs of the light desktop tasks one after the other, each on a fresh display. At
the end every run must have been verified by its judge, no home folder may hold what another run wrote, and no
process of any display may be left.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from envs import tasks
from envs.processes import marked

DISPLAYS, RUNS = 4, 25
COMMAND = "python -m tests.bench --only displays"
_MARK = "AGENT_DISPLAY"


def run(displays: int = DISPLAYS, runs: int = RUNS) -> list[dict[str, Any]]:
    """Runs verified, traces of other runs found, processes left over, minutes."""
    began = time.monotonic()
    with ProcessPoolExecutor(displays, mp_context=get_context("spawn")) as pool:
        rows = [row for part in pool.map(_play, range(displays), [runs] * displays) for row in part]
    minutes = (time.monotonic() - began) / 60
    left = sum(len(marked(_MARK, row["mark"])) for row in rows)
    for row in rows:
        if row["fault"] or row["strangers"]:
            print(json.dumps(row), flush=True)
    note = f"{displays} displays at once, {len(rows)} oracle runs, {os.cpu_count()} cores, {minutes:.1f} min"
    common = {"command": COMMAND, "note": note}
    verified = sum(row["passed"] for row in rows)
    return [
        {"name": "verified", "value": round(100 * verified / len(rows), 1), "unit": "%", **common},
        {"name": "cross-talk", "value": sum(row["strangers"] for row in rows), "unit": "runs", **common},
        {"name": "processes left over", "value": left, "unit": "processes", **common},
        {"name": "runs a minute", "value": round(len(rows) / minutes, 1), "unit": "runs/min", **common},
    ]


def _play(worker: int, runs: int) -> list[dict[str, Any]]:
    light = [task for task in tasks.suite("desktop") if "apps" not in task.tags]
    return [_one(light[(worker * 7 + number) % len(light)], f"{worker}-{number}") for number in range(runs)]


def _one(task: Any, token: str) -> dict[str, Any]:
    row: dict[str, Any] = {"task": task.id, "passed": False, "strangers": 0, "mark": "", "fault": ""}
    try:
        episode = task.start(0)
    except Exception as error:
        return row | {"fault": f"{type(error).__name__}: {error}"}
    try:
        machine = episode.machine
        row["mark"] = machine.run(["printenv", _MARK]).out.strip()
        machine.write("~/.run", token.encode())  # another run that has the same home would write its own
        opened = len(machine.windows())
        episode.cheat()
        row["passed"] = episode.judge(episode.oracle_answer, episode.oracle_status).passed
        more = len(machine.windows()) > opened + 1  # a window of somebody else's program
        row["strangers"] = int(more or machine.read("~/.run") != token.encode())
    except Exception as error:
        row["fault"] = f"{type(error).__name__}: {error}"
    finally:
        episode.close()
    return row


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Oracle runs on several displays at once.")
    parser.add_argument("--displays", type=int, default=DISPLAYS)
    parser.add_argument("--runs", type=int, default=RUNS, help="of each display")
    given = parser.parse_args()
    for entry in run(given.displays, given.runs):
        print(entry["name"], entry["value"], entry["unit"], entry["note"])
