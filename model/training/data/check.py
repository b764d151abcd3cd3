"""Whether a data set is what docs/data-format.md says: every record, every picture, every rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from model.training.data.dataset import BadRecord, DataSet, FolderData, pictures_of
from model.training.data.pictures import PictureFault, perceptual_hash, verified
from model.training.data.records import Picture, Record
from model.training.data.rules import faults


@dataclass(frozen=True)
class Fault:
    """Something that is wrong.

    Attributes:
        number: of the record, from 1; 0: the data set as a whole.
        id: of the record, "" where it has none that can be read.
        field: dotted name of the field.
        problem: its value, and what would be accepted.
    """

    number: int
    id: str
    field: str
    problem: str

    def __str__(self) -> str:
        name = f"record {self.number}{f' ({self.id})' if self.id else ''}" if self.number else "data set"
        return f"{name}: {f'{self.field}: ' if self.field else ''}{self.problem}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def check(
    data: DataSet, *, pictures: bool = True, on_record: Callable[[int], None] | None = None
) -> Iterator[Fault]:
    """Everything that is wrong, in order.

    Args:
        pictures: open every picture too.
        on_record: told the number of each record before it is looked at.
    """
    taken: dict[str, int] = {}
    looked: dict[Picture, str] = {}
    number = 0
    for number, text in data.lines():
        if on_record:
            on_record(number)
        try:
            record = data.parse(number, text)
        except BadRecord as bad:
            for field, problem in bad.problems:
                yield Fault(number, _id(text), field, problem)
            continue
        for field, problem in faults(record):
            yield Fault(number, record.id, field, problem)
        if record.id in taken:
            yield Fault(
                number,
                record.id,
                "id",
                f"{record.id!r} is taken by record {taken[record.id]}; accepted: each once",
            )
        taken.setdefault(record.id, number)
        if pictures:
            for field, picture in _named(record):
                if picture not in looked:
                    looked[picture] = _looked_at(data, picture)
                if looked[picture]:
                    yield Fault(number, record.id, field, looked[picture])
    if isinstance(data, FolderData) and (rest := data.unfinished()):
        yield Fault(number + 1, "", "", f"the last line breaks off after {rest} bytes; accepted: whole lines")
    if not number:
        yield Fault(0, "", "", "holds no record; accepted: at least one")


def _named(record: Record) -> Iterator[tuple[str, Picture]]:
    """Field and picture of every picture of the record."""
    for number, picture in enumerate(pictures_of(record)):
        yield (f"steps.{number}.picture" if record.record == "episode" else "picture"), picture


def _looked_at(data: DataSet, picture: Picture) -> str:
    """What is wrong with a picture; "": nothing."""
    try:
        image = verified(data.picture_bytes(picture.path), picture)
    except PictureFault as fault:
        return str(fault)
    if (found := perceptual_hash(image)) != picture.phash:
        return f"{picture.path}: phash is {found}; the record says {picture.phash}"
    return ""


def _id(text: bytes) -> str:
    """The id of a record that is not right, where it can be read."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    name = data.get("id") if isinstance(data, dict) else None
    return name[:80] if isinstance(name, str) else ""
