"""AndroidControl's own files: gzipped TFRecords of TensorFlow Examples, read without TensorFlow.

Facts used: a record is a length (64 bit), its checksum, the content, its checksum; an Example is a protocol buffer
that maps names to lists of bytes, floats or integers; an accessibility tree is one of `android_env`'s
`AndroidAccessibilityForest`. Checksums are not compared: gzip has its own.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.evaluate.datasets.base import BadData
from agent.evaluate.datasets.records import Record

LONGEST = 1 << 30
"""Bytes that one record may have."""

# Field numbers of android_env/proto/a11y.
_WINDOWS, _TREE, _NODES, _BOUNDS = 1, 11, 1, 2
_VISIBLE, _CHILDREN = 23, 25
_TOUCHABLE = {12, 14, 15, 19}  # checkable, clickable, editable, long-clickable


def read_episodes(path: Path) -> Iterator[Record]:
    """A record for each episode, with the fields of the Example; screenshots as `{"bytes": …}`, and the boxes of
    what is on each screen, in pixels, instead of the trees.

    Raises:
        BadData: it is no such file, or it breaks off.
    """
    try:
        with gzip.open(path) as file:
            for number, content in enumerate(_records(file)):
                yield Record(path, number, _episode(_example(content)))
    except (OSError, EOFError, zlib.error, struct.error, ValueError, IndexError, KeyError) as error:
        raise BadData(
            f"{path}: is no gzipped TFRecord file of AndroidControl, or it breaks off ({error})"
        ) from error


def _records(file: Any) -> Iterator[bytes]:
    while head := file.read(12):
        (length,) = struct.unpack("<Q", head[:8])
        content = file.read(length) if length <= LONGEST else b""
        if len(content) != length or len(file.read(4)) != 4:
            raise EOFError(f"a record of {length} bytes is not whole")
        yield content


def _episode(fields: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "episode_id": fields["episode_id"][0],
        "goal": fields["goal"][0].decode("utf-8"),
        "actions": [text.decode("utf-8") for text in fields["actions"]],
        "step_instructions": [text.decode("utf-8") for text in fields.get("step_instructions", [])],
        "screenshots": [{"bytes": picture} for picture in fields["screenshots"]],
        "boxes": [boxes(tree) for tree in fields.get("accessibility_trees", [])],
    }


def boxes(forest: bytes) -> list[list[int]]:
    """Left, top, right, bottom of every visible node that can be touched or has no children, in pixels."""
    found = []
    for window in _all(forest, _WINDOWS):
        for tree in _all(window, _TREE):
            for node in _all(tree, _NODES):
                parts = list(_fields(node))
                names = {number for number, value in parts if value}
                if _VISIBLE not in names or not (_TOUCHABLE & names or _CHILDREN not in names):
                    continue
                sides = [0, 0, 0, 0]
                for bounds in (value for number, value in parts if number == _BOUNDS):
                    for number, value in _fields(bounds):
                        sides[number - 1] = _signed(value)
                if sides[2] > sides[0] and sides[3] > sides[1]:
                    found.append(sides)
    return found


def _example(content: bytes) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for features in _all(content, 1):
        for entry in _all(features, 1):
            parts = dict(_fields(entry))
            found[parts[1].decode("utf-8")] = _values(parts.get(2, b""))
    return found


def _values(feature: bytes) -> list[Any]:
    for kind, listed in _fields(feature):
        if kind == 1:
            return [value for _, value in _fields(listed)]
        if kind == 3:
            values: list[int] = []
            for _, value in _fields(listed):
                values += _packed(value) if isinstance(value, bytes) else [_signed(value)]
            return values
    return []


def _all(message: bytes, wanted: int) -> Iterator[bytes]:
    return (value for number, value in _fields(message) if number == wanted)


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field: an integer, or bytes."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if kind == 2:
            length, place = _varint(message, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if place + length > len(message):
            raise EOFError("a field is not whole")
        yield key >> 3, message[place : place + length]
        place += length


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _packed(content: bytes) -> list[int]:
    values, place = [], 0
    while place < len(content):
        value, place = _varint(content, place)
        values.append(_signed(value))
    return values


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
