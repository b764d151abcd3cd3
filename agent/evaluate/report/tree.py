"""A run as OSWorld lays out its results, so that its `show_result.py` reads it.

::

    RESULTS/ACTION_SPACE/OBSERVATION_TYPE/MODEL/DOMAIN/EXAMPLE_ID/result.txt    the score, 0–1
                                                                 /traj.jsonl    and the rest of the trace
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from agent.evaluate.results import EpisodeResult, Run, trace_folder
from agent.evaluate.stats import UNPLAYED, groups_of
from agent.files import write_file

ACTION_SPACE, OBSERVATION_TYPE = "canonical", "screenshot"


def write_tree(run: Run, out: Path, *, action_space: str = ACTION_SPACE) -> Path:
    """Write the tree, over an older one of the same run.

    The domain is the row's group `domain` or `application`, else the suite. Where a task was played with several
    seeds, each is an example of its own. Rows that say nothing about the player (not set up) are left out, as
    OSWorld has no result for them either. Pictures of the traces are linked, not copied, where the disk can.

    Returns:
        the folder of the model, which holds one folder for each domain.

    Raises:
        ValueError: the run is blind, or two examples would lie in the same folder.
        OSError: it cannot be written.
    """
    if run.config.get("blind"):
        raise ValueError(f"{run.folder}: is a blind run; single items of it are not to be shown")
    model = out / _name(action_space) / OBSERVATION_TYPE / _name(str(run.config.get("model") or "model"))
    played = [row for row in run.rows if row.error not in UNPLAYED]
    seeds: dict[str, int] = {}
    for row in played:
        seeds[row.task] = seeds.get(row.task, 0) + 1
    taken: dict[Path, EpisodeResult] = {}
    for row in played:
        example = row.task if seeds[row.task] == 1 else f"{row.task}-seed-{row.seed}"
        folder = model / _name(_domain(row, run)) / _name(example)
        if folder in taken:
            raise ValueError(f"task: {row.task!r} and {taken[folder].task!r} would both be {folder.name}")
        taken[folder] = row
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / "result.txt", f"{row.score:g}\n".encode())
        if (trace := trace_folder(run, row)) is not None:
            _link(trace, folder)
    return model


def _domain(row: EpisodeResult, run: Run) -> str:
    found = groups_of(row)
    for kind in ("domain", "application"):
        if kind in found:
            return found[kind][0]
    return str(run.config.get("suite") or "tasks")


def _link(trace: Path, folder: Path) -> None:
    for file in sorted(trace.iterdir()):
        target = folder / file.name
        if file.is_symlink() or not file.is_file() or file.name == "report.html":
            continue
        target.unlink(missing_ok=True)
        try:
            os.link(file, target)
        except OSError:  # another disk, or one without links
            shutil.copyfile(file, target)


def _name(text: str) -> str:
    """`text` as one folder name."""
    return re.sub(r"[^\w.+=@-]+", "_", text).strip(".")[:100] or "_"
