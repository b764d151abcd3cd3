"""Reading the files of a data set: records from JSON, JSON Lines, CSV or Parquet, and their fields, checked.

Every complaint is a `BadItem` that names file, item and field. `Gathering` decides what becomes of it: strict, and
the whole data set is refused with the first complaints; or the item is counted and left out.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from agent.evaluate.datasets.base import BadData, BadItem, Item, Sides, picture_size

MANY = 5
"""Complaints that a message quotes; the others are counted."""

T = TypeVar("T", bound=Item)


@dataclass(frozen=True)
class Record:
    """One record of a file.

    Attributes:
        file, number: where it stands; numbers start at 0.
        data: its fields.
    """

    file: Path
    number: int
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its id where it has one, else its number."""
        said = self.data.get("id")
        return f"{self.number} ({said})" if isinstance(said, str | int) and said != "" else str(self.number)

    def bad(self, field: str, problem: str) -> BadItem:
        """The complaint about a field."""
        return BadItem(self.file, self.name, field, problem)

    def text(self, field: str, *, empty: bool = False) -> str:
        """A text. Raises BadItem: missing, no text, or empty."""
        value = self.data.get(field)
        if not isinstance(value, str):
            raise self.bad(field, f"{_shown(value)} is not a text{self._known(field)}")
        if not value.strip() and not empty:
            raise self.bad(field, "is empty; accepted: a text")
        return value

    def label(self, *fields: str, default: str = "") -> str:
        """The first of these fields that is there, as a label."""
        found = next((self.data[name] for name in fields if self.data.get(name) not in (None, "")), default)
        return str(found)

    def numbers(self, field: str, *counts: int) -> tuple[float, ...]:
        """Numbers, so many of them (none given: any even count). Raises BadItem."""
        value = plain(self.data.get(field))
        if isinstance(value, str):
            with suppress(ValueError):
                value = json.loads(value)
        right = isinstance(value, list | tuple) and all(
            isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < 1e9 for n in value
        )
        if not right or (counts and len(value) not in counts) or len(value) % 2:
            wanted = " or ".join(map(str, counts)) or "an even count of"
            raise self.bad(field, f"{_shown(value)}; accepted: {wanted} numbers{self._known(field)}")
        return tuple(map(float, value))

    def integer(self, field: str) -> int:
        """A whole number, or the text of one. Raises BadItem."""
        value = self.data.get(field)
        try:
            if isinstance(value, bool) or int(str(value)) != float(str(value)):
                raise ValueError
            return int(str(value))
        except ValueError:
            raise self.bad(field, f"{_shown(value)}; accepted: a whole number{self._known(field)}") from None

    def picture(self, field: str, *folders: Path) -> Path:
        """The picture that a field names, in the first of the folders that has it; or that it holds as bytes.

        Raises:
            BadItem: it is missing or no picture.
        """
        value = self.data.get(field)
        if isinstance(value, Mapping) and isinstance(value.get("bytes"), bytes):
            path = kept_picture(value["bytes"])
        else:
            if isinstance(value, Mapping):
                value = value.get("path")
            if not isinstance(value, str) or not value:
                raise self.bad(field, f"{_shown(value)} names no picture{self._known(field)}")
            places = [folder / value for folder in folders]
            found = next((place for place in places if place.is_file()), None)
            if found is None:
                raise self.bad(field, f"{value!r}: there is no such picture; looked for {places[0]}")
            path = found
        try:
            picture_size(path)
        except (OSError, ValueError, SyntaxError) as error:
            raise self.bad(field, f"{path.name}: is not a picture that can be read ({error})") from None
        return path

    def box(self, field: str, sides: tuple[float, ...], size: tuple[int, int]) -> Sides:
        """Left, top, right, bottom, checked against the picture. Raises BadItem."""
        left, top, right, bottom = sides
        if not (right > left and bottom > top):
            raise self.bad(field, f"{_list(sides)} is empty; accepted: left < right, top < bottom")
        self.within(field, sides, size)
        return left, top, right, bottom

    def within(self, field: str, numbers: tuple[float, ...], size: tuple[int, int]) -> None:
        """Points must lie on the picture; one hundredth of a side (at least 2 pixels) beyond is let pass."""
        for number, side in zip(numbers, size * (len(numbers) // 2), strict=True):
            slack = max(2.0, side / 100)
            if not -slack <= number <= side + slack:
                where = f"outside the picture, which is {size[0]}×{size[1]}"
                raise self.bad(field, f"{_list(numbers)} lies {where}; accepted: points on it")

    def _known(self, field: str) -> str:
        if field in self.data:
            return ""
        return f"; the item has {', '.join(map(str, list(self.data)[:12])) or 'no fields'}: another layout?"


@dataclass
class Gathering(Generic[T]):
    """Collects the items of a data set and what was wrong with others.

    Attributes:
        skip_bad: leave bad items out and count them; else `items` refuses.
    """

    skip_bad: bool = False
    complaints: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    _items: list[T] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)

    def read(self, records: Iterable[Record], make: Callable[[Record], T | None]) -> None:
        """Make an item of each record; None: the record holds none."""
        for record in records:
            if not self.files or self.files[-1] != record.file:
                self.files.append(record.file)
            try:
                item = make(record)
                if item is None:
                    continue
                where = f"{record.file.name}, item {record.number}"
                if item.id in self._ids:
                    raise record.bad("id", f"{item.id!r} is taken by {self._ids[item.id]}; accepted: each once")
            except BadItem as problem:
                self.complaints.append(str(problem))
                continue
            self._ids[item.id] = where
            self._items.append(item)

    def items(self) -> list[T]:
        """All good items.

        Raises:
            BadData: something was wrong and `skip_bad` is off, or nothing is left.
        """
        if self.complaints and (not self.skip_bad or not self._items):
            more = len(self.complaints) - MANY
            lines = [*self.complaints[:MANY], *([f"and {more} more"] if more > 0 else [])]
            hint = "nothing is left" if self.skip_bad else "--skip-bad counts and leaves them out"
            count = f"{len(self.complaints)} of {len(self.complaints) + len(self._items)} items are not right"
            raise BadData(f"{count}; {hint}:\n" + "\n".join(lines))
        return self._items


def read_records(path: Path) -> Iterator[Record]:
    """The records of one file, by its ending: .json (a list, or one object), .jsonl, .csv, .parquet.

    Raises:
        BadData: it cannot be read; the message names the file.
    """
    readers = {".json": _json, ".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
    if path.suffix not in readers:
        raise BadData(f"{path}: {path.suffix or 'no ending'!r}; accepted: {', '.join(readers)}")
    try:
        for number, data in enumerate(readers[path.suffix](path)):
            if not isinstance(data, Mapping):
                raise BadItem(path, str(number), "", f"{_shown(data)} is no object with fields")
            yield Record(path, number, data)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: cannot be read ({error})") from error
    except BadItem as error:
        raise BadData(str(error)) from error


def files_of(folder: Path, *patterns: str, what: str) -> list[Path]:
    """The files of a data set that match the first pattern with a match.

    Raises:
        BadData: no folder, or none matches.
    """
    if not folder.is_dir():
        raise BadData(f"{folder}: is not a folder; --data takes the folder of the data set")
    for pattern in patterns:
        if found := sorted(path for path in folder.glob(pattern) if path.is_file()):
            return found
    here = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
    raise BadData(f"{folder}: no {what} here; looked for {' or '.join(patterns)}, found {here}: another layout?")


def data_hash(files: Iterable[Path], pictures: Iterable[Path]) -> str:
    """SHA-256 (first 16 hex digits) over the contents of the files, and names and sizes of the pictures."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(f"{path.name}\0".encode() + hashlib.file_digest(file, "sha256").digest())
    for path in sorted(set(pictures)):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
    return digest.hexdigest()[:16]


def kept_picture(content: bytes) -> Path:
    """A file with this content; pictures inside Parquet files are kept in the user's cache, by their hash."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = cache / "gui-agent-toolkit" / "pictures" / hashlib.sha256(content).hexdigest()[:32]
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(content)
        partial.replace(path)
    return path


def plain(value: Any) -> Any:
    """Lists for the arrays that some readers give."""
    return value.tolist() if hasattr(value, "tolist") else value


def _json(path: Path) -> Iterator[Any]:
    try:
        data = json.loads(path.read_text("utf-8-sig"))
    except ValueError as error:
        raise BadData(f"{path}: is not JSON ({error})") from error
    if isinstance(data, Mapping):
        only = next(iter(data.values())) if len(data) == 1 else None
        data = only if isinstance(only, list) else [data]
    if not isinstance(data, list):
        raise BadData(f"{path}: {_shown(data)}; accepted: a list of items")
    yield from data


def _jsonl(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                raise BadData(f"{path}: line {number + 1} is not JSON ({error})") from error


def _csv(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _parquet(path: Path) -> Iterator[Any]:
    try:
        from pyarrow import ArrowInvalid  # type: ignore[import-untyped,import-not-found,unused-ignore]
        from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise BadData(
            f"{path}: reading Parquet needs the package pyarrow (pip install pyarrow); JSON Lines with the same "
            "fields is read without it"
        ) from None
    try:
        for batch in ParquetFile(path).iter_batches(batch_size=64):
            yield from batch.to_pylist()
    except ArrowInvalid as error:
        raise BadData(f"{path}: is not a Parquet file ({error})") from error


def _shown(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(plain(value), ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _list(numbers: tuple[float, ...]) -> str:
    return "[" + ", ".join(f"{number:g}" for number in numbers) + "]"
