"""Dealing records out to train, validation and test, without tearing apart what belongs together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Literal

from model.training.data.dataset import DataSet, pictures_of
from model.training.data.near import groups
from model.training.data.records import Record, Split

By = Literal["picture", "look", "source"]


def deal(data: DataSet, *, by: str, shares: dict[Split, float], seed: int = 0, near: int = 4) -> Iterator[Record]:
    """Every record with its new split.

    Args:
        by: what stays together: records with the same or nearly the same picture; of the same look (component
            library, style); of the same source.
        shares: of validation and test; the rest is train.
        near: bits in which two perceptual hashes may differ and still be nearly the same picture.
    """
    names = _names(data, by, near)
    for record in data:
        split = _split(names(record), shares, seed)
        origin = record.origin.model_copy(update={"split": split})
        yield record.model_copy(update={"origin": origin})


def _split(name: str, shares: dict[Split, float], seed: int) -> Split:
    """Where a group goes: by a hash of its name, so that it does not matter what else is in the set."""
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    for split, share in shares.items():
        if place < share:
            return split
        place -= share
    return "train"


class _Names:
    """Record → the name of its group."""

    def __init__(self, by: str, leaders: dict[str, str]) -> None:
        self._by, self._leaders = by, leaders

    def __call__(self, record: Record) -> str:
        if self._by == "look" and record.record == "screen" and record.look:
            return f"look\0{record.look}"
        if self._by == "source":
            return f"source\0{record.origin.source}"
        pictures = pictures_of(record)
        return self._leaders[pictures[0].phash] if pictures else record.id


def _names(data: DataSet, by: str, near: int) -> _Names:
    return _Names(by, groups(_chains(data), near) if by != "source" else {})


def _chains(records: Iterable[Record]) -> Iterator[tuple[str, ...]]:
    """The perceptual hashes of each record, which hang together because the record holds them all."""
    for record in records:
        if found := pictures_of(record):
            yield tuple(picture.phash for picture in found)
