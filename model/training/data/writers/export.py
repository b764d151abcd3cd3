"""A data set in the words of one family, in the files of one tool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from model.family import Family
from model.training.data.base import CannotWrite, DataError, DataSet
from model.training.data.render import CannotRender, examples
from model.training.data.writers.base import Closing, Writer
from model.training.data.writers.llamafactory import LlamaFactoryWriter
from model.training.data.writers.swift import SwiftWriter
from model.training.data.writers.trl import TrlWriter
from model.training.data.writers.verl import VerlWriter

TOOLS: dict[str, Callable[[Path], Writer]] = {
    "trl": TrlWriter,
    "ms-swift": SwiftWriter,
    "llamafactory": LlamaFactoryWriter,
    "verl": VerlWriter,
}
"""Tool → its writer."""


@dataclass
class Exported:
    """What was written.

    Attributes:
        rows: examples by split.
        left_out: what the family or the tool has no words for, one line each.
        screens: parsed screens: they teach no answers, and stand in no file.
    """

    rows: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    screens: int = 0


def export(
    data: DataSet,
    tool: str,
    folder: Path,
    family: Family,
    *,
    thoughts: bool = True,
    on_record: Callable[[int], None] | None = None,
) -> Exported:
    """Write `data` for `tool`; the files are there when all is well, or not at all.

    Args:
        tool: key of `TOOLS`.
        folder: a new or empty one.
        family: in whose words, sizes and coordinates.
        thoughts: see `model.training.data.render.examples`.

    Raises:
        PictureFault: a picture is missing, cut off or another one.
        BadRecord: a record is not right.
        DataError: the folder holds something; CannotWrite: the disk is full.
    """
    if tool not in TOOLS:
        raise DataError(f"to: {tool!r}; accepted: {', '.join(TOOLS)}")
    done = Exported()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise DataError(f"{folder}: is not empty; accepted: a new or empty folder")
        writer = TOOLS[tool](folder)
        with Closing(writer):
            for number, record in enumerate(data, 1):
                if on_record:
                    on_record(number)
                done.screens += record.record == "screen"

                def note(problem: CannotRender) -> None:
                    done.left_out.append(str(problem))

                for example in examples(record, family, data.open_picture, thoughts=thoughts, unfit=note):
                    try:
                        writer.add(record, example)
                    except CannotRender as problem:
                        note(problem)
                        continue
                    split = record.origin.split
                    done.rows[split] = done.rows.get(split, 0) + 1
    except ImportError as error:
        raise DataError(f'{tool}: needs {error.name}: pip install "gui-agent-toolkit[train]"') from error
    except OSError as error:
        raise CannotWrite(f"{folder}: cannot be written ({error.strerror or error})") from error
    return done
