"""What every layout of a data set shares: reading records and pictures, and what can be wrong with them."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import ValidationError

from model.training.data.pictures import verified
from model.training.data.records import RECORD, VERSION, Picture, Record

HEADER = "dataset.json"


class DataError(ValueError):
    """A data set that cannot be read or written. The message names the file and what would be accepted."""


class CannotWrite(DataError):
    """The disk is full, or the folder read-only."""


class BadRecord(DataError):
    """One record is not right.

    Attributes:
        number: which one, from 1: the line of `records.jsonl`.
        problems: (field, problem) each.
    """

    def __init__(self, where: str, number: int, problems: list[tuple[str, str]]) -> None:
        self.number, self.problems = number, problems
        told = "; ".join(f"{field}: {problem}" if field else problem for field, problem in problems)
        super().__init__(f"{where}: record {number}: {told}")


class DataSet(ABC):
    """What every layout can do.

    Attributes:
        folder: where it lies.
    """

    folder: Path

    @abstractmethod
    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Number (from 1) and JSON text (UTF-8) of every record, in order, unchecked."""

    @abstractmethod
    def picture_bytes(self, path: str) -> bytes:
        """The file of a picture.

        Raises:
            PictureFault: there is none.
        """

    def __iter__(self) -> Iterator[Record]:
        """Every record, in order.

        Raises:
            BadRecord: the first that is not right.
        """
        for number, text in self.lines():
            yield self.parse(number, text)

    def parse(self, number: int, text: bytes) -> Record:
        """The record in a line. Raises BadRecord."""
        try:
            return RECORD.validate_json(text)
        except ValidationError as error:
            raise BadRecord(str(self.folder), number, problems_of(error)) from None

    def open_picture(self, picture: Picture) -> Image.Image:
        """The picture, RGB, checked against what the record says of it.

        Raises:
            PictureFault: it is missing, cut off, or another one.
        """
        return verified(self.picture_bytes(picture.path), picture)

    def ids(self) -> set[str]:
        """The ids of all records: what a resumed job need not make again."""
        return {record.id for record in self}


def dump_record(record: Record) -> bytes:
    """The record as one line of JSON, without its end. What has its default is left out."""
    data = {"record": record.record, **record.model_dump(mode="json", exclude_defaults=True)}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def problems_of(error: ValidationError) -> list[tuple[str, str]]:
    """(field, problem) of each thing that is wrong, in words that say what is accepted."""
    found = []
    for one in error.errors(include_url=False, include_context=False):
        # The first part names the kind of record, which is no field.
        parts = ["record"] if one["type"].startswith("union_tag") else [str(part) for part in one["loc"][1:]]
        found.append((".".join(parts), f"{_shown(one['input'])}: {one['msg']}"))
    return found


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=lambda other: repr(other)[:80])
    return text if len(text) <= 80 else f"{text[:79]}…"


def check_version(folder: Path) -> None:
    """Raises DataError where the data set is of a later version."""
    path = folder / HEADER
    if not path.is_file():
        return
    try:
        version = json.loads(path.read_text("utf-8"))["data_version"]
        if not isinstance(version, int):
            raise TypeError(f"data_version: {version!r}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: cannot be read ({error}); accepted: an object with data_version") from error
    if version > VERSION:
        raise DataError(f"{path}: data_version: {version}; accepted: up to {VERSION}: it needs a later toolkit")


def write_whole(path: Path, content: bytes) -> None:
    """Written beside and renamed: nobody ever sees half a file."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def pictures_of(record: Record) -> tuple[Picture, ...]:
    """The pictures that a record names, in order."""
    if record.record == "episode":
        return tuple(step.picture for step in record.steps)
    return () if record.record == "text" else (record.picture,)


def with_pictures(record: Record, change: Callable[[Picture], Picture]) -> Record:
    """The record with `change(picture)` in place of every picture."""
    if record.record == "episode":
        steps = tuple(step.model_copy(update={"picture": change(step.picture)}) for step in record.steps)
        return record.model_copy(update={"steps": steps})
    return record if record.record == "text" else record.model_copy(update={"picture": change(record.picture)})
