"""A file that says which tasks are learned when: data sets, their rewards, and a schedule that mixes them.

    [tasks.point]
    data = "data/point"
    rewards = "point_in_box:1"

    [tasks.read]
    data = "data/read"
    rewards = {same_text = 1.0}

    [[schedule]]                 # one phase after the other
    steps = 200
    mix = {point = 1.0}

    [[schedule]]
    steps = 200
    mix = {point = 0.5, read = 0.5}

Folders are relative to the file. After the last phase its mix stays.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.training.rewards import parse_rewards
from model.training.trainer.state import TrainingFault


@dataclass(frozen=True)
class Task:
    """One task: its data set, and its rewards as `parse_rewards` takes them."""

    data: Path
    rewards: str | dict[str, float]


@dataclass(frozen=True)
class Phase:
    """So many rollouts with one mix: task → its share of the groups."""

    steps: int
    mix: dict[str, float]


@dataclass(frozen=True)
class Curriculum:
    """Tasks and when they are learned."""

    tasks: dict[str, Task]
    schedule: tuple[Phase, ...]

    @classmethod
    def single(cls, data: Path, rewards: str, task: str = "all") -> Curriculum:
        """One task alone."""
        return cls({task: Task(data, rewards)}, (Phase(1, {task: 1.0}),))

    @classmethod
    def read(cls, path: Path) -> Curriculum:
        """From a file.

        Raises:
            TrainingFault: it cannot be read, or something in it is not as above; the message names it.
        """
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise TrainingFault(f"{path}: cannot be read ({error})") from error
        _only(path, "", data, ("tasks", "schedule"))
        tasks = {name: _task(path, name, table) for name, table in _table(path, "tasks", data).items()}
        if not tasks:
            raise TrainingFault(f"{path}: tasks: there are none; accepted: one [tasks.NAME] or more")
        phases = data.get("schedule")
        if not isinstance(phases, list) or not phases:
            raise TrainingFault(f"{path}: schedule: accepted: one [[schedule]] or more")
        return cls(tasks, tuple(_phase(path, number, phase, tasks) for number, phase in enumerate(phases, 1)))

    def mix(self, rollout: int) -> dict[str, float]:
        """The shares of that rollout (from 0); they come to 1."""
        phase = self.schedule[-1]
        for one in self.schedule:
            if rollout < one.steps:
                phase = one
                break
            rollout -= one.steps
        whole = math.fsum(phase.mix.values())
        return {name: share / whole for name, share in phase.mix.items() if share > 0}

    def counts(self, rollout: int, groups: int, chance: np.random.Generator) -> dict[str, int]:
        """How many groups of each task: the whole part of its share for sure, the rest by chance."""
        mix = self.mix(rollout)
        exact = {name: share * groups for name, share in mix.items()}
        found = {name: math.floor(value + 1e-9) for name, value in exact.items()}
        left = groups - sum(found.values())
        if left:
            rests = np.array([max(0.0, exact[name] - found[name]) for name in found])
            shares = rests / rests.sum()
            for place in chance.choice(len(rests), size=left, replace=False, p=shares):
                found[list(found)[place]] += 1
        return found


def _task(path: Path, name: str, table: Any) -> Task:
    where = f"tasks.{name}"
    if not isinstance(table, dict):
        raise TrainingFault(f"{path}: {where}: accepted: a table with data and rewards")
    _only(path, f"{where}.", table, ("data", "rewards"))
    folder, rewards = table.get("data"), table.get("rewards", "point_in_box:1")
    if not isinstance(folder, str) or not folder:
        raise TrainingFault(f"{path}: {where}.data: {folder!r}; accepted: the folder of a data set")
    if not isinstance(rewards, str | dict):
        raise TrainingFault(f"{path}: {where}.rewards: {rewards!r}; accepted: a text or a table of weights")
    try:
        parse_rewards(rewards)
    except ValueError as error:
        raise TrainingFault(f"{path}: {where}.rewards: {error}") from error
    return Task(path.parent / folder, rewards)


def _phase(path: Path, number: int, phase: Any, tasks: dict[str, Task]) -> Phase:
    where = f"schedule {number}"
    if not isinstance(phase, dict):
        raise TrainingFault(f"{path}: {where}: accepted: a table with steps and mix")
    _only(path, f"{where}: ", phase, ("steps", "mix"))
    steps, mix = phase.get("steps"), phase.get("mix")
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise TrainingFault(f"{path}: {where}: steps: {steps!r}; accepted: 1 or more")
    if not isinstance(mix, dict) or not mix:
        raise TrainingFault(f"{path}: {where}: mix: {mix!r}; accepted: a table of tasks and their shares")
    for name, share in mix.items():
        if name not in tasks:
            raise TrainingFault(f"{path}: {where}: mix: no task {name!r}; accepted: {', '.join(tasks)}")
        if (
            isinstance(share, bool)
            or not isinstance(share, int | float)
            or not (math.isfinite(share) and share >= 0)
        ):
            raise TrainingFault(f"{path}: {where}: mix.{name}: {share!r}; accepted: a number of 0 or more")
    if not any(mix.values()):
        raise TrainingFault(f"{path}: {where}: mix: all shares are 0; accepted: one above 0")
    return Phase(steps, {name: float(share) for name, share in mix.items()})


def _table(path: Path, name: str, data: dict[str, Any]) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise TrainingFault(f"{path}: {name}: accepted: tables [{name}.NAME]")
    return table


def _only(path: Path, where: str, table: dict[str, Any], accepted: tuple[str, ...]) -> None:
    if wrong := [name for name in table if name not in accepted]:
        raise TrainingFault(f"{path}: {where}{wrong[0]}: accepted: {', '.join(accepted)}")
