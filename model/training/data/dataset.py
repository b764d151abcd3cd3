"""A data set: opened, read record by record, and appended to (docs/data-format.md).

Two layouts hold the same records. A *folder* has `records.jsonl` and picture files; it can be appended to, by
several processes at once. *Shards* are Parquet files (`model.training.data.shards`) for sets that are large; they
are read only, and written whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock
from PIL import Image

from model.training.data.base import (
    HEADER,
    BadRecord,
    CannotWrite,
    DataError,
    DataSet,
    check_version,
    dump_record,
    pictures_of,
    with_pictures,
    write_whole,
)
from model.training.data.pictures import ENDINGS, PictureFault, decode, describe, encode, safe_path, verified
from model.training.data.records import VERSION, Picture, Record
from model.training.data.rules import faults
from model.training.data.shards import ShardData

RECORDS, PICTURES = "records.jsonl", "pictures"
_NEAR = 1 << 16  # bytes looked at from the end for the last line break


class FolderData(DataSet):
    """`records.jsonl` and the pictures beside it.

    Args:
        create: make the folder where there is none, and mend a last line that a crash has cut off.

    Raises:
        DataError: there is no data set, or one of a later version.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = Path(folder)
        self._path = self.folder / RECORDS
        if create:
            self._create()
        if not self._path.is_file():
            raise DataError(f"{self.folder}: holds no data set: there is no {RECORDS} in it")
        check_version(self.folder)

    def _create(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            others = [path.name for path in self.folder.iterdir() if path.name != ".lock"]
            if others and RECORDS not in others and HEADER not in others and PICTURES not in others:
                raise DataError(
                    f"{self.folder}: holds other files ({', '.join(sorted(others)[:4])}); accepted: a new or "
                    "empty folder, or one that holds a data set"
                )
            if not (self.folder / HEADER).is_file():
                write_whole(self.folder / HEADER, json.dumps({"data_version": VERSION}).encode() + b"\n")
            self._path.touch()
            with self._lock(), self._path.open("r+b") as file:
                _cut_back(file)
        except OSError as error:
            raise CannotWrite(f"{self.folder}: cannot be written ({error.strerror or error})") from error

    def _lock(self) -> FileLock:
        """One writer at a time, of all processes."""
        return FileLock(self.folder / ".lock")

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """See `DataSet.lines`. A last line without its end, which is being written or was cut off, is left out."""
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n") and line.strip():
                    yield number, line.rstrip(b"\n")

    def unfinished(self) -> int:
        """Bytes of a last line that has no end: one is being written, or a crash has cut it off."""
        with self._path.open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            return length - _last_end(file)

    def picture_bytes(self, path: str) -> bytes:
        """See `DataSet.picture_bytes`."""
        try:
            return safe_path(self.folder, path).read_bytes()
        except OSError as error:
            raise PictureFault(f"{path}: cannot be read ({error.strerror or error})") from error

    def append(self, *records: Record) -> None:
        """Write records at the end: all of them or none. Several processes may append at the same time.

        Raises:
            BadRecord: a record breaks a rule of the format (`model.training.data.rules`).
            CannotWrite: the disk is full or the folder read-only; the file is as it was before.
        """
        for number, record in enumerate(records, 1):
            if problems := faults(record):
                raise BadRecord(f"{self.folder}: {record.id}", number, problems)
        text = b"".join(dump_record(record) + b"\n" for record in records)
        try:
            with self._lock(), self._path.open("r+b") as file:
                length = _cut_back(file)
                try:
                    file.write(text)
                    file.flush()
                except OSError:
                    os.ftruncate(file.fileno(), length)
                    raise
        except OSError as error:
            problem = error.strerror or error
            raise CannotWrite(
                f"{self._path}: cannot be written ({problem}); what was there before stays"
            ) from error

    def add_picture(self, source: Image.Image | bytes | Path, *, scale: float = 1.0) -> Picture:
        """Keep a picture under its own hash; equal pictures are kept once, and never written again.

        Args:
            source: PNG, JPEG and WebP files are kept byte for byte; anything else becomes a PNG file.
            scale: device pixels per CSS or logical pixel.

        Raises:
            PictureFault: it is missing, or no whole picture.
            CannotWrite: the disk is full or the folder read-only.
        """
        content = _content(source)
        digest = hashlib.sha256(content).hexdigest()
        path = f"{PICTURES}/{digest[:2]}/{digest[2:26]}.{_ending(content)}"
        picture = describe(content, path, scale=scale)
        place = self.folder / path
        try:
            if not place.is_file() or hashlib.sha256(place.read_bytes()).hexdigest() != digest:
                place.parent.mkdir(parents=True, exist_ok=True)
                write_whole(place, content)
        except OSError as error:
            raise CannotWrite(f"{place}: cannot be written ({error.strerror or error})") from error
        return picture


def open_data(folder: Path) -> DataSet:
    """The data set in `folder`, whichever layout it has.

    Raises:
        DataError: there is none, or one of a later version.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: is not a folder; accepted: the folder of a data set")
    if (folder / RECORDS).is_file():
        return FolderData(folder)
    if any(folder.glob("records-*.parquet")):
        return ShardData(folder)
    raise DataError(f"{folder}: holds no data set: there is neither {RECORDS} nor records-*.parquet in it")


def _cut_back(file: Any) -> int:
    """Drop what stands after the last line break, as a crash leaves it; the length that is left."""
    end = _last_end(file)
    file.truncate(end)
    file.seek(end)
    return end


def _last_end(file: Any) -> int:
    """Where the last whole line ends, in bytes from the beginning."""
    end: int = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _NEAR)
        file.seek(start)
        place = file.read(end - start).rfind(b"\n")
        if place >= 0:
            return start + int(place) + 1
        end = start
    return end


def _content(source: Image.Image | bytes | Path) -> bytes:
    if isinstance(source, Image.Image):
        return encode(source)
    content, name = source if isinstance(source, bytes) else b"", "the picture"
    if isinstance(source, Path):
        name = str(source)
        try:
            content = source.read_bytes()
        except OSError as error:
            raise PictureFault(f"{name}: cannot be read ({error.strerror or error})") from error
    return content if _ending(content) else encode(decode(content, name))


def _ending(content: bytes) -> str:
    """The ending for the file of a picture that is kept as it is; "": it is none of those."""
    heads = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}
    kind = next((kind for head, kind in heads.items() if content.startswith(head)), "")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        kind = "WEBP"
    return ENDINGS.get(kind, "")


class Mover:
    """Takes the pictures of `source`, checked, over to `target`, each once; called with a record, it gives it back
    with the places that its pictures have there."""

    def __init__(self, source: DataSet, target: FolderData) -> None:
        self._source, self._target = source, target
        self._moved: dict[str, Picture] = {}

    def __call__(self, record: Record) -> Record:
        """Raises PictureFault: a picture is missing, cut off or another one."""
        return with_pictures(record, self._move)

    def _move(self, picture: Picture) -> Picture:
        if picture.sha256 not in self._moved:
            content = self._source.picture_bytes(picture.path)
            verified(content, picture)
            self._moved[picture.sha256] = self._target.add_picture(content)
        return self._moved[picture.sha256].model_copy(update={"scale": picture.scale})


def copy_records(
    source: DataSet,
    target: FolderData,
    records: Iterable[Record],
    *,
    on_record: Callable[[int], None] | None = None,
) -> int:
    """Append `records` of `source`, and their pictures, to `target`; how many there were.

    Raises:
        PictureFault, DataError: see `FolderData`.
    """
    move, count = Mover(source, target), 0
    for count, record in enumerate(records, 1):
        target.append(move(record))
        if on_record:
            on_record(count)
    return count


__all__ = [
    "BadRecord",
    "CannotWrite",
    "DataError",
    "DataSet",
    "FolderData",
    "Mover",
    "copy_records",
    "dump_record",
    "open_data",
    "pictures_of",
]
