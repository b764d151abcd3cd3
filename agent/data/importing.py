"""From a recording to a data set: `agent data import`. Stopped at any moment, the same call goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agent.data.kinds import Kind
from agent.data.reading import LeftOut, Options
from model.training.data.dataset import BadRecord, FolderData


@dataclass
class Imported:
    """What became of an import.

    Attributes:
        records: taken over by this call; steps, learned: of the episodes among them.
        before: records that the data set held already.
        left_out: what was not taken over, and why.
    """

    records: int = 0
    steps: int = 0
    learned: int = 0
    before: int = 0
    left_out: list[LeftOut] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Faulty(ValueError):
    """Something in the source is not right, and nobody said to leave such things out."""

    def __init__(self, fault: LeftOut, so_far: Imported) -> None:
        self.so_far = so_far
        super().__init__(
            f"{fault.where}: {fault.why}\n{so_far.records} records were taken over before it; --skip-bad leaves "
            "out what is not right and tells of it"
        )


def import_data(
    kind: Kind,
    source: Path,
    target: FolderData,
    options: Options,
    *,
    skip_bad: bool = False,
    done: Imported | None = None,
    on_record: Callable[[int], None] | None = None,
) -> Imported:
    """Read `source` and append what is in it to `target`.

    Args:
        skip_bad: leave out what is not right; else it ends the import.
        done: counts along, for the caller to see when it interrupts.
        on_record: told the number of records after each.

    Raises:
        BadSource: it is not what `kind` says.
        Faulty: something in it is not right.
        CannotWrite: the disk is full.
    """
    done = done or Imported()
    done.before = len(options.have)
    for found in kind.open()(source, target, options):
        if not isinstance(found, LeftOut):
            try:
                target.append(found)
            except BadRecord as error:
                found = LeftOut(
                    found.id, "; ".join(f"{name}: {problem}" for name, problem in error.problems), True
                )
        if isinstance(found, LeftOut):
            if found.fault and not skip_bad:
                raise Faulty(found, done)
            done.left_out.append(found)
            continue
        done.records += 1
        if found.record == "episode":
            done.steps += len(found.steps)
            done.learned += sum(step.learn for step in found.steps)
        if on_record:
            on_record(done.records)
    return done
