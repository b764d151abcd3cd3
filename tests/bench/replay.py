"""Replays on changed pages: `python -m tests.bench --only replay`.

Runs that the embedded model did and a judge verified, on the bundled shop and on the applications that are
installed (`agent tasks apps install …`), are replayed under every change of tests/replay/drift.py, with no model.
A wrong click is one on something else than in the replay of the unchanged page; right is what the judge says.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from agent.guard.limits import Limits
from agent.loop import Agent
from agent.replay.recording import Recording
from envs.base import EnvironmentFault
from envs.tasks import suite
from envs.tasks.base import SetupFailed, Task
from envs.tasks.suites.apps import tasks as apps
from model.embedded.eyes.reader import Reader
from model.embedded.model import EmbeddedModel
from model.scripted import ScriptedModel
from tests.replay.drift import DRIFTS, Drift, Played, play, relabelled, removed

COMMAND = "python -m tests.bench --only replay"
_SHOP = 8
"""Tasks of the shop that are recorded; of the applications all that the embedded model does."""


def run() -> list[dict[str, Any]]:
    """The matrix: what was right, refused or wrong under each change."""
    played: dict[str, list[tuple[Drift, Played, bool]]] = defaultdict(list)
    ratios: list[float] = []
    places: set[str] = set()
    with tempfile.TemporaryDirectory() as scratch:
        recorded = _recorded(Path(scratch))
        for task, folder in recorded:
            places.add(getattr(task, "application", "shop"))
            usual = play(folder, task, DRIFTS[0])
            if not usual.right:
                played["none"].append((DRIFTS[0], usual, False))
                continue
            ratios.append(usual.seconds / _bare(folder, task))
            for drift in (*DRIFTS, *_of_the_thing(folder)):
                try:
                    one = play(folder, task, drift)
                except (EnvironmentFault, SetupFailed):
                    continue
                wrong = one.clicks != usual.clicks[: len(one.clicks)] and not one.right
                played[drift.name].append((drift, one, wrong))
                if os.environ.get("BENCH_TELL"):
                    print(
                        json.dumps([task.id, drift.name, one.right, one.refused, wrong, one.reason[:150]]),
                        flush=True,
                    )
    every = [row for rows in played.values() for row in rows]
    readable = [row for row in every if row[0].readable]
    note = f"{len(recorded)} runs on {', '.join(sorted(places))}; {len(every)} replays"
    figures = [
        ("replay/wrong clicks", sum(wrong for *_, wrong in every), f"of {len(every)} replays"),
        ("replay/right or refused", _share([p.right or p.refused for _, p, _ in every]), "%"),
        ("replay/done without a model, still readable", _share([p.right for _, p, _ in readable]), "%"),
        ("replay/seconds, share of the bare actions", round(median(ratios), 2) if ratios else None, "×"),
        *((f"replay/done: {name}", _share([p.right for _, p, _ in rows]), "%") for name, rows in played.items()),
    ]
    return [
        {"name": name, "value": value, "unit": unit, "command": COMMAND, "note": note}
        for name, value, unit in figures
    ]


def _share(hits: list[bool]) -> float:
    return round(100 * sum(hits) / max(1, len(hits)), 1)


def _recorded(scratch: Path) -> list[tuple[Task, Path]]:
    """Runs that were verified, with their tasks."""
    found: list[tuple[Task, Path]] = []
    shop = [task for task in suite("demo") if "answer" not in task.tags][: 2 * _SHOP]
    seen = apps.chosen([one for one in suite("apps") if isinstance(one, apps.AppTask)], None, "seen")
    absent = set(apps.absent(seen))
    for task in (*shop, *(one for one in seen if one.application not in absent)):
        if len([one for one, _ in found if one.suite == "demo"]) >= _SHOP and task.suite == "demo":
            continue
        folder = scratch / task.id
        episode = task.start(0)
        try:
            agent = Agent(
                EmbeddedModel(), episode.environment, judge=episode.judge, trace_dir=folder, limits=Limits(30, 120)
            )
            result = agent.run(episode.instruction)
        finally:
            episode.close()
        if result.status == "verified" and result.answer is None:
            found.append((task, folder))
    return found


def _of_the_thing(folder: Path) -> list[Drift]:
    """The first thing with words that was clicked: called otherwise, and gone."""
    for step in Recording(folder, Reader()).steps:
        if step.kind == "click" and step.anchor("start_point").text:
            text = step.anchor("start_point").text
            return [relabelled(text), removed(text)]
    return []


def _bare(folder: Path, task: Task) -> float:
    """Seconds that the recorded actions take by themselves, nothing looked for."""
    steps = Recording(folder, Reader()).steps
    model = ScriptedModel([json.dumps(step.action) for step in steps])
    episode = task.start(0)
    try:
        result = Agent(model, episode.environment, judge=episode.judge, limits=Limits(60, 120)).run("again")
    finally:
        episode.close()
    return result.timings["total_s"]
