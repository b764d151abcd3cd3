"""The published layouts of the sets that ask where something is.

| suite | files below the folder | box |
|---|---|---|
| screenspot | `screenspot_{mobile,desktop,web}.json`, pictures in `screenspot_imgs/` | left, top, width, height |
| screenspot-v2 | `screenspot_{…}_v2.json`, pictures in `screenspotv2_image/` | left, top, width, height |
| either, converted | `*.parquet` or `*.jsonl` with `image`, `bbox` | shares: left, top, right, bottom |
| screenspot-pro | `annotations/*.json`, pictures in `images/` | left, top, right, bottom |
| osworld-g | `OSWorld-G.json`, `OSWorld-G_refined.json`, `classification_result.json`, `images/` | `box_type` |
| folder | `items.jsonl` or `items.json` | see `own_item` |

Pictures are also found in `images/`, `imgs/` and the folder itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from agent.evaluate.datasets.base import BadData, Groups, Item, picture_size
from agent.evaluate.datasets.locate import Locate
from agent.evaluate.datasets.question import Question
from agent.evaluate.datasets.records import Gathering, Record, files_of, read_records
from agent.evaluate.datasets.shapes import Target

_MANY = 8
PLATFORMS = {"ios": "mobile", "android": "mobile", "macos": "desktop", "windows": "desktop"}


def read_screenspot(folder: Path, variant: str, into: Gathering[Item]) -> None:
    """ScreenSpot and ScreenSpot-v2. No variants."""
    names = ("screenspot_*.json", "**/screenspot_*.json", "*.parquet", "data/*.parquet", "*.jsonl")
    for path in files_of(folder, *names, what="annotations of ScreenSpot"):
        records = list(read_records(path))
        corners = path.suffix != ".json" or _are_corners(records)
        into.read(records, partial(_screenspot_item, folder=folder, corners=corners))


def _are_corners(records: list[Record]) -> bool:
    """Whether the boxes of a file that should hold left, top, width and height are left, top, right, bottom.

    They are where every one of many reads so: a width is hardly ever larger than the distance from the left edge
    in a whole file. In a short file each box is looked at by itself (`_screenspot_item`).
    """
    boxes = [box for record in records if isinstance(box := record.data.get("bbox"), list) and len(box) == 4]
    numbers = all(isinstance(number, int | float) for box in boxes for number in box)
    return numbers and len(boxes) >= _MANY and all(box[2] > box[0] and box[3] > box[1] for box in boxes)


def _screenspot_item(record: Record, folder: Path, corners: bool) -> Locate:
    field = next((name for name in ("img_filename", "image", "file_name") if name in record.data), "img_filename")
    picture = record.picture(field, *_folders(folder, "screenspot_imgs", "screenspotv2_image"))
    size = picture_size(picture)
    numbers = record.numbers("bbox", 4)
    left, top, right, bottom = numbers
    leaves = left + right > size[0] or top + bottom > size[1]
    if not corners and not (leaves and left < right <= size[0] and top < bottom <= size[1]):
        sides: tuple[float, ...] = (left, top, left + right, top + bottom)
    elif max(numbers) <= 1:
        sides = tuple(number * side for number, side in zip(numbers, size * 2, strict=True))
    else:
        sides = numbers
    source = record.label("data_source")
    platform = record.file.stem.removeprefix("screenspot_").removesuffix("_v2")
    if platform not in ("mobile", "desktop", "web"):
        platform = PLATFORMS.get(source.lower(), "web")
    element = record.text("data_type")
    if element not in ("text", "icon"):
        raise record.bad("data_type", f"{element!r}; accepted: text, icon")
    return Locate(
        f"{record.file.stem}-{record.number:05d}",
        record.text("instruction"),
        picture,
        Target("box", record.box("bbox", sides, size)),
        {"platform": platform, "element": element, "source": source},
    )


def read_screenspot_pro(folder: Path, variant: str, into: Gathering[Item]) -> None:
    """ScreenSpot-Pro; variant en or cn: the language of the instructions."""
    field = {"": "instruction", "en": "instruction", "cn": "instruction_cn"}.get(variant)
    if field is None:
        raise BadData(f"variant: {variant!r} of screenspot-pro; accepted: en, cn")

    def item(record: Record) -> Locate:
        picture = record.picture("img_filename", *_folders(folder))
        size = picture_size(picture)
        if "img_size" in record.data and (said := record.numbers("img_size", 2)) != size:
            raise record.bad("img_size", f"says {said[0]:g}×{said[1]:g}, the picture is {size[0]}×{size[1]}")
        return Locate(
            record.label("id", default=f"{record.file.stem}-{record.number:05d}"),
            record.text(field),
            picture,
            Target("box", record.box("bbox", record.numbers("bbox", 4), size)),
            {
                "group": record.label("group"),
                "application": record.label("application", default=record.file.stem),
                "platform": record.label("platform"),
                "element": record.text("ui_type"),
            },
        )

    for path in files_of(folder, "annotations/*.json", "*.json", what="annotations of ScreenSpot-Pro"):
        into.read(read_records(path), item)


def read_osworld_g(folder: Path, variant: str, into: Gathering[Item]) -> None:
    """OSWorld-G; variant refined: the instructions that need no knowledge of the application."""
    if variant not in ("", "plain", "refined"):
        raise BadData(f"variant: {variant!r} of osworld-g; accepted: plain, refined")
    name = "OSWorld-G_refined.json" if variant == "refined" else "OSWorld-G.json"
    (path, *_) = files_of(folder, name, f"**/{name}", what="annotations of OSWorld-G")
    kinds = _capabilities(path.with_name("classification_result.json"))

    def item(record: Record) -> Locate:
        picture = record.picture("image_path", *_folders(path.parent))
        size = picture_size(picture)
        if "image_size" in record.data and (said := record.numbers("image_size", 2)) != size:
            raise record.bad("image_size", f"says {said[0]:g}×{said[1]:g}, the picture is {size[0]}×{size[1]}")
        name = record.label("id", default=f"{record.number:05d}")
        types = record.data.get("GUI_types")
        groups: Groups = {
            "target": record.text("box_type"),
            "capability": tuple(kinds.get(name, ())) or "unclassified",
            "element": tuple(map(str, types)) if isinstance(types, list) and types else "none",
        }
        return Locate(name, record.text("instruction"), picture, _osworld_target(record, size), groups)

    into.read(read_records(path), item)


def _osworld_target(record: Record, size: tuple[int, int]) -> Target:
    kind = record.text("box_type")
    if kind == "refusal":
        return Target("refusal")
    if kind == "bbox":
        left, top, width, height = record.numbers("box_coordinates", 4)
        sides = (left, top, left + width, top + height)
        return Target("box", record.box("box_coordinates", sides, size))
    if kind == "polygon":
        return polygon(record, "box_coordinates", size)
    raise record.bad("box_type", f"{kind!r}; accepted: bbox, polygon, refusal")


def polygon(record: Record, field: str, size: tuple[int, int]) -> Target:
    """A polygon of at least three corners on the picture. Raises BadItem."""
    corners = record.numbers(field)
    target = Target("polygon", corners)
    if len(corners) < 6:
        raise record.bad(field, f"{len(corners) // 2} corners; accepted: at least 3")
    record.within(field, corners, size)
    if target.inner_point() is None:
        raise record.bad(field, "the polygon is empty; accepted: one with an inside")
    return target


def _capabilities(path: Path) -> dict[str, list[str]]:
    """Item id → what it tests, where the set says so."""
    found: dict[str, list[str]] = {}
    if not path.is_file():
        return found
    for record in read_records(path):
        for kind, members in (record.data.get("classified") or {}).items():
            for member in members:
                found.setdefault(str(member.get("id")), []).append(kind)
    return found


def read_own(folder: Path, variant: str, into: Gathering[Item]) -> None:
    """A folder of one's own. No variants."""
    for path in files_of(folder, "items.jsonl", "items.json", what="list of items"):
        into.read(read_records(path), lambda record: own_item(record, folder))


def own_item(record: Record, folder: Path) -> Item:
    """An item of a folder of one's own: `picture`, `instruction`, and one of

    * `box`: left, top, right, bottom in pixels;
    * `polygon`: x, y, x, y … in pixels;
    * `refusal`: true, where the thing is not on the picture;
    * `answer`: a text, or a list of accepted texts, where the instruction is a question.

    `id` and `groups` (an object of texts) may be there.
    """
    picture = record.picture("picture", folder)
    name = record.label("id", default=f"{record.number:05d}")
    said = record.data.get("groups") or {}
    if not isinstance(said, Mapping):
        raise record.bad("groups", "is no object; accepted: an object of texts")
    groups = {str(key): str(value) for key, value in said.items()}
    instruction, size = record.text("instruction"), picture_size(picture)
    given = [kind for kind in _OWN if kind in record.data]
    if len(given) != 1:
        have = ", ".join(given) or "none of them"
        raise record.bad("", f"has {have}; accepted: exactly one of {', '.join(_OWN)}")
    if given[0] == "answer":
        answers = record.data["answer"]
        answers = [answers] if isinstance(answers, str) else answers
        if not isinstance(answers, list) or not answers or not all(isinstance(text, str) for text in answers):
            raise record.bad("answer", "accepted: a text, or a list of texts")
        context = {"question": instruction}
        return Question(name, instruction, picture, "reading", tuple(answers), context=context, groups=groups)
    return Locate(name, instruction, picture, _OWN[given[0]](record, size), groups)


def _own_refusal(record: Record, size: tuple[int, int]) -> Target:
    if record.data["refusal"] is not True:
        raise record.bad("refusal", "accepted: true")
    return Target("refusal")


_OWN: dict[str, Callable[[Record, tuple[int, int]], Any]] = {
    "box": lambda record, size: Target("box", record.box("box", record.numbers("box", 4), size)),
    "polygon": lambda record, size: polygon(record, "polygon", size),
    "refusal": _own_refusal,
    "answer": lambda record, size: None,
}


def _folders(folder: Path, *names: str) -> list[Path]:
    return [*(folder / name for name in (*names, "images", "imgs")), folder]
