"""Grounding data as OS-Atlas and SeeClick publish it: JSON lists of pictures with elements.

A member names its picture by `img_filename` and has either `elements`, each with `instruction` and `bbox`, or
`instruction` and `bbox` itself. A box is left, top, right, bottom as shares of the picture; numbers above 1 are
pixels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agent.data.items import clipped
from agent.data.reading import BadSource, Found, LeftOut, Options
from model.training.data.dataset import FolderData
from model.training.data.pictures import PictureFault
from model.training.data.records import Box, GroundingItem, Picture


def read_os_atlas(source: Path, target: FolderData, options: Options) -> Iterator[Found]:
    """Every `*.json` of the folder, or one file. No variants."""
    files = [source] if source.is_file() else sorted(source.glob("*.json"))
    if not files:
        raise BadSource(f"{source}: holds no *.json")
    for path in files:
        try:
            members = json.loads(path.read_text("utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            raise BadSource(f"{path}: cannot be read ({error})") from error
        if not isinstance(members, list):
            raise BadSource(f"{path}: accepted: a list of pictures with elements")
        for number, member in enumerate(members):
            yield from _member(path, number, member, target, options)


def _member(path: Path, number: int, member: Any, target: FolderData, options: Options) -> Iterator[Found]:
    where = f"{path.name}, item {number}"
    name = member.get("img_filename") if isinstance(member, Mapping) else None
    if not isinstance(name, str) or not name or ".." in Path(name).parts or Path(name).is_absolute():
        yield LeftOut(where, f"img_filename: {name!r}; accepted: the name of a picture", fault=True)
        return
    elements = member.get("elements", [member])
    if not isinstance(elements, list):
        yield LeftOut(where, "elements: accepted: a list", fault=True)
        return
    ids = [f"os-atlas/{path.stem}/{number}/{place}" for place in range(len(elements))]
    if all(one in options.have for one in ids):
        return
    places = [
        path.parent / name,
        path.parent / "images" / name,
        path.parent / "imgs" / name,
        path.parent / path.stem / name,
    ]
    try:
        picture = target.add_picture(next((place for place in places if place.is_file()), places[0]))
    except PictureFault as error:
        yield LeftOut(where, f"img_filename: {error}", fault=True)
        return
    for one, element in zip(ids, elements, strict=True):
        if one in options.have:
            continue
        try:
            yield _item(one, element, picture, path, options)
        except ValueError as error:
            yield LeftOut(f"{where}, element {one.rpartition('/')[2]}", str(error), fault=True)


def _item(record_id: str, element: Any, picture: Picture, path: Path, options: Options) -> GroundingItem:
    instruction = element.get("instruction") if isinstance(element, Mapping) else None
    if not isinstance(instruction, str) or not instruction.strip():
        raise ValueError(f"instruction: {instruction!r}; accepted: a text")
    kind = str(element.get("data_type", ""))
    names = {
        "web": "web",
        "mobile": "android",
        "android": "android",
        "windows": "windows",
        "linux": "linux",
        "macos": "macos",
        "ios": "ios",
    }
    platform = next((value for key, value in names.items() if key in path.stem.lower()), "")
    return GroundingItem(
        id=record_id,
        origin=options.origin("os-atlas", text=instruction, platform=platform),
        picture=picture,
        instruction=instruction,
        boxes=(_box(element.get("bbox"), picture),),
        kind="icon" if kind == "icon" else "text" if kind == "text" else None,
        asked_by="text" if kind == "text" else "",
    )


def _box(value: Any, picture: Picture) -> Box:
    right = isinstance(value, list) and len(value) == 4
    if not right or not all(isinstance(side, int | float) and not isinstance(side, bool) for side in value):
        raise ValueError(f"bbox: {value!r}; accepted: left, top, right, bottom")
    sides = [float(side) for side in value]
    if max(sides) <= 1:
        sides = [side * whole for side, whole in zip(sides, (picture.width, picture.height) * 2, strict=True)]
    box = clipped(tuple(sides), picture)
    slack = max(2.0, max(picture.width, picture.height) / 100)
    if box is None or any(abs(a - b) > slack for a, b in zip(box, sides, strict=True)):
        raise ValueError(f"bbox: {value}; accepted: a box inside the picture, {picture.width}×{picture.height}")
    return box
