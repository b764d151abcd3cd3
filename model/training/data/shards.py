"""Data sets as Parquet files: `records-*.parquet` with the records as JSON, `pictures-*.parquet` with pictures."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from model.training.data.base import (
    HEADER,
    CannotWrite,
    DataError,
    DataSet,
    check_version,
    dump_record,
    pictures_of,
    write_whole,
)
from model.training.data.pictures import PictureFault, verified
from model.training.data.records import VERSION, Picture, Record

RECORDS_EACH = 10_000
"""Records of one file."""
BYTES_EACH, GROUP = 512 << 20, 32
"""Bytes of pictures in one file, at least; pictures of one row group, which is read as a whole."""


def _parquet() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(
            'Parquet files need the package pyarrow: pip install "gui-agent-toolkit[datasets]"'
        ) from error
    return pyarrow


class ShardData(DataSet):
    """A data set of Parquet files. Read only.

    Raises:
        DataError: there is none, it is damaged or of a later version, or pyarrow is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._arrow = _parquet()
        check_version(self.folder)
        self._files = sorted(self.folder.glob("records-*.parquet"))
        if not self._files:
            raise DataError(f"{self.folder}: holds no data set: there is no records-*.parquet in it")
        self._places: dict[str, tuple[Path, int, int]] | None = None
        self._held: tuple[tuple[Path, int], list[bytes]] | None = None

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """See `DataSet.lines`."""
        number = 0
        for path in self._files:
            for batch in self._open(path).iter_batches(batch_size=256, columns=["data"]):
                for text in batch.column(0).to_pylist():
                    number += 1
                    yield number, (text or "").encode("utf-8")

    def picture_bytes(self, path: str) -> bytes:
        """See `DataSet.picture_bytes`."""
        if self._places is None:
            self._places = self._index()
        if path not in self._places:
            raise PictureFault(f"{path}: is in no pictures-*.parquet of {self.folder}")
        file, group, row = self._places[path]
        if self._held is None or self._held[0] != (file, group):
            table = self._open(file).read_row_group(group, columns=["content"])
            self._held = (file, group), table.column(0).to_pylist()
        return self._held[1][row]

    def _index(self) -> dict[str, tuple[Path, int, int]]:
        """Where each picture stands: file, row group, row in it."""
        found: dict[str, tuple[Path, int, int]] = {}
        for file in sorted(self.folder.glob("pictures-*.parquet")):
            table = self._open(file)
            starts, total = [], 0
            for group in range(table.num_row_groups):
                starts.append(total)
                total += table.metadata.row_group(group).num_rows
            for row, path in enumerate(table.read(columns=["path"]).column(0).to_pylist()):
                group = bisect_right(starts, row) - 1
                found[path] = file, group, row - starts[group]
        return found

    def _open(self, path: Path) -> Any:
        try:
            return self._arrow.parquet.ParquetFile(path)
        except (OSError, self._arrow.ArrowInvalid) as error:
            raise DataError(f"{path}: is no whole Parquet file ({error})") from error


def write_shards(source: DataSet, folder: Path, records: Iterable[Record]) -> int:
    """Write `records` of `source` and their pictures as Parquet files; how many records there were.

    Files get their names when they are whole, those of the records last.

    Args:
        folder: a new or empty one.

    Raises:
        DataError: it holds something, or cannot be written.
        PictureFault: a picture is missing, cut off or another one.
    """
    arrow = _parquet()
    text, binary = arrow.string(), arrow.large_binary()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise DataError(f"{folder}: is not empty; accepted: a new or empty folder")
        write_whole(folder / HEADER, json.dumps({"data_version": VERSION}).encode() + b"\n")
        columns = {"id": text, "record": text, "split": text, "source": text, "data": text}
        with (
            _Writer(arrow, folder, "records", columns, 1024) as lines,
            _Writer(arrow, folder, "pictures", {"path": text, "sha256": text, "content": binary}, GROUP) as files,
        ):
            kept: dict[str, str] = {}
            for record in records:
                for picture in pictures_of(record):
                    if kept.get(picture.path) != picture.sha256:
                        files.add(_picture_row(source, picture), BYTES_EACH)
                        kept[picture.path] = picture.sha256
                origin = record.origin
                row = (record.id, record.record, origin.split, origin.source, dump_record(record).decode("utf-8"))
                lines.add(dict(zip(columns, row, strict=True)), RECORDS_EACH)
        return lines.rows
    except OSError as error:
        raise CannotWrite(f"{folder}: cannot be written ({error.strerror or error})") from error


def _picture_row(source: DataSet, picture: Picture) -> dict[str, Any]:
    content = source.picture_bytes(picture.path)
    verified(content, picture)
    return {"path": picture.path, "sha256": picture.sha256, "content": content}


class _Writer:
    """Files `NAME-00000.parquet` …, begun anew where one has enough."""

    def __init__(self, arrow: Any, folder: Path, name: str, columns: dict[str, Any], group: int) -> None:
        self._arrow, self._folder, self._name, self._group = arrow, folder, name, group
        self._schema = arrow.schema(list(columns.items()))
        self._waiting: list[dict[str, Any]] = []
        self._file: Any = None
        self._weight = 0
        self._parts: list[tuple[Path, Path]] = []
        self.rows = 0

    def add(self, row: dict[str, Any], enough: int) -> None:
        if self._file is not None and self._weight >= enough:
            self._flush()
            self._file.close()
            self._file = None
        if self._file is None:
            path = self._folder / f"{self._name}-{len(self._parts):05d}.parquet"
            part = path.with_name(f".{path.name}.part")
            self._parts.append((part, path))
            self._file, self._weight = self._arrow.parquet.ParquetWriter(part, self._schema), 0
        self._waiting.append(row)
        self.rows += 1
        self._weight += len(row["content"]) if "content" in row else 1
        if len(self._waiting) >= self._group:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._file.write_table(self._arrow.Table.from_pylist(self._waiting, schema=self._schema))
            self._waiting = []

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Give the files their names; where something went wrong, take them away."""
        if self._file is not None and kind is None:
            self._flush()
        if self._file is not None:
            self._file.close()
        for part, path in self._parts:
            if kind is None:
                part.replace(path)
            else:
                part.unlink(missing_ok=True)
