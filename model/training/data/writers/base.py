"""What the writers share: rows by split, pictures in the size that the family sees, and what cannot be said."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from PIL import Image

from model.base import Message
from model.training.data.base import write_whole
from model.training.data.pictures import encode
from model.training.data.records import Record
from model.training.data.render import CannotRender, Example

PICTURE = "<image>"
"""Stands in a text where a picture goes, for the tools that take it so."""


class Writer(Protocol):
    """Writes the rows of one tool. Files get their names when all of them are whole."""

    def add(self, record: Record, example: Example) -> None:
        """Write one example of `record`.

        Raises:
            CannotRender: the tool has no words for it.
        """

    def close(self, good: bool) -> None:
        """Name the files; not good: take them away."""


class JsonLines:
    """`SPLIT.jsonl` for each split that has rows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Any] = {}

    def add(self, split: str, row: dict[str, Any]) -> None:
        if split not in self._files:
            self._files[split] = (self._folder / f".{split}.jsonl.part").open("w", encoding="utf-8")
        self._files[split].write(json.dumps(row, ensure_ascii=False) + "\n")

    @property
    def splits(self) -> list[str]:
        return list(self._files)

    def close(self, good: bool) -> None:
        for split, file in self._files.items():
            file.close()
            part = Path(file.name)
            if good:
                part.replace(self._folder / f"{split}.jsonl")
            else:
                part.unlink(missing_ok=True)


class ParquetRows:
    """`SPLIT.parquet` for each split that has rows.

    Args:
        schema: of pyarrow.
    """

    def __init__(self, folder: Path, schema: Any, group: int = 64) -> None:
        self._folder, self._schema, self._group = folder, schema, group
        self._files: dict[str, Any] = {}
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    def add(self, split: str, row: dict[str, Any]) -> None:
        import pyarrow.parquet

        if split not in self._files:
            self._files[split] = pyarrow.parquet.ParquetWriter(self._part(split), self._schema)
        waiting = self._waiting.setdefault(split, [])
        waiting.append(row)
        if len(waiting) >= self._group:
            self._flush(split)

    def _flush(self, split: str) -> None:
        import pyarrow

        if rows := self._waiting.pop(split, None):
            self._files[split].write_table(pyarrow.Table.from_pylist(rows, schema=self._schema))

    def _part(self, split: str) -> Path:
        return self._folder / f".{split}.parquet.part"

    def close(self, good: bool) -> None:
        for split, file in self._files.items():
            if good:
                self._flush(split)
            file.close()
            if good:
                self._part(split).replace(self._folder / f"{split}.parquet")
            else:
                self._part(split).unlink(missing_ok=True)


class PictureFiles:
    """`images/HASH.png`, each once, in the size that the family sees."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[Path] = []

    def add(self, image: Image.Image) -> str:
        """Its path, relative to the folder of the export."""
        content = encode(image)
        path = f"images/{hashlib.sha256(content).hexdigest()[:24]}.png"
        place = self._folder / path
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            write_whole(place, content)
            self._made.append(place)
        return path

    def close(self, good: bool) -> None:
        if not good:
            for path in self._made:
                path.unlink(missing_ok=True)


def images_of(example: Example) -> list[Image.Image]:
    """The pictures of the prompt, in order."""
    return [part for message in example.messages for part in message.parts if isinstance(part, Image.Image)]


def plain(example: Example, message: Message, reserved: tuple[str, ...]) -> str:
    """The message as one text, `PICTURE` where a picture stands.

    Args:
        reserved: words that the tool would take for something else.

    Raises:
        CannotRender: such a word stands in a text.
    """
    for part in message.parts:
        if isinstance(part, str):
            refuse(example, part, reserved)
    return "".join(part if isinstance(part, str) else PICTURE for part in message.parts)


def refuse(example: Example, text: str, reserved: tuple[str, ...]) -> None:
    """Raises CannotRender where a word stands in `text` that the tool would take for something else."""
    if word := next((word for word in reserved if word in text), ""):
        raise CannotRender(f"{example.id}: holds the word {word}, which this tool takes for a place of its own")


def alternating(example: Example, tool: str) -> None:
    """Raises CannotRender where two messages of a role follow each other: the tool would merge or refuse them."""
    roles = [message.role for message in example.messages if message.role != "system"] + ["assistant"]
    if any(one == other for one, other in pairwise(roles)):
        raise CannotRender(
            f"{example.id}: {tool} takes user and assistant in turn, and this family's prompt has two user "
            "messages in a row; trl and verl take it"
        )


class Closing:
    """Closes writers: good where the block ended well."""

    def __init__(self, *parts: Any) -> None:
        self._parts = parts

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for part in self._parts:
            part.close(kind is None)
