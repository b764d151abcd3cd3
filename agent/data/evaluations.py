"""Our own evaluation folders (`agent eval`): the traces of the episodes that the judge passed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.data.reading import BadSource, Found, LeftOut, Options
from agent.data.runs import read_run
from agent.evaluate.results import NoResults, read
from model.training.data.dataset import FolderData


def read_evaluation(source: Path, target: FolderData, options: Options) -> Iterator[Found]:
    """The folder of one run of `agent eval`, with its traces. No variants."""
    try:
        run = read(source)
    except NoResults as error:
        raise BadSource(str(error)) from error
    for row in run.rows:
        where = f"{row.task}, seed {row.seed}"
        if not row.trace:
            yield LeftOut(where, "kept no trace")
            continue
        folder = source / row.trace
        if not folder.is_dir():
            yield LeftOut(where, f"{row.trace}: its trace is missing", fault=True)
            continue
        verdict = "verified" if row.passed else "claimed" if row.claimed and row.error else "failed"
        yield from read_run(
            folder,
            target,
            options,
            name=f"eval/{source.resolve().name}/{folder.name}",
            verdict=verdict,
            reward=min(max(row.score, 0.0), 1.0),
        )
