"""The published layouts of the sets that ask what a page says.

* VisualWebBench: a folder for each subset with Parquet files, as on its hub; also `SUBSET.jsonl` or `SUBSET.json`
  with the same fields and `image` naming a file.
* WebSRC: `DOMAIN/NN/dataset.csv` with `question`, `answer`, `element_id`, `answer_start`, `id`; the page
  `id[2:9]` as picture and HTML in `DOMAIN/NN/processed_data/`. `dataset_split.json` lists websites by part.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from agent.evaluate.datasets.base import BadData, Item, picture_size
from agent.evaluate.datasets.locate import Locate
from agent.evaluate.datasets.question import Measure, Question
from agent.evaluate.datasets.records import Gathering, Record, files_of, plain, read_records
from agent.evaluate.datasets.shapes import Target

SUBSETS: dict[str, tuple[Measure, str]] = {
    "web_caption": ("rouge", "ask_caption"),
    "heading_ocr": ("rouge", "ask_heading"),
    "webqa": ("rouge_1", "ask_question"),
    "element_ocr": ("rouge", "ask_box_text"),
    "element_ground": ("choice", "ask_choice"),
    "action_prediction": ("choice", "ask_choice"),
    "action_ground": ("choice", "ask_choice"),
}
"""Subset → measure and wording."""

_TARGETS = {"element_ground": "elem_desc", "action_ground": "instruction"}


def read_visualwebbench(folder: Path, variant: str, into: Gathering[Item]) -> None:
    """VisualWebBench; variant: a subset, all of them without one; `point`: the two subsets that ground, by a point
    in the box of the right option instead of its letter."""
    wanted = [variant] if variant in SUBSETS else list(_TARGETS) if variant == "point" else list(SUBSETS)
    if variant not in ("", "point", *SUBSETS):
        raise BadData(f"variant: {variant!r} of visualwebbench; accepted: point, {', '.join(SUBSETS)}")
    found = []
    for subset in wanted:
        patterns = (f"{subset}/*.parquet", f"{subset}/**/*.parquet", f"{subset}.jsonl", f"{subset}.json")
        try:
            files = files_of(folder, *patterns, what=f"subset {subset}")
        except BadData:
            if variant and variant != "point":
                raise
            continue
        found += files
        for path in files:
            into.read(read_records(path), partial(_web_item, subset=subset, variant=variant, folder=folder))
    if not found:
        files_of(folder, *(f"{subset}/*.parquet" for subset in wanted), what="subset of VisualWebBench")


def _web_item(record: Record, subset: str, variant: str, folder: Path) -> Item:
    said = record.data.get("task_type", subset)
    if said != subset:
        raise record.bad("task_type", f"{said!r} in the files of {subset}")
    name = f"{subset}-{record.label('id', default=f'{record.number:05d}')}"
    groups = {"subset": subset, "website": record.label("website", default="unknown")}
    measure, wording = SUBSETS[subset]
    if variant == "point":
        return _web_point(record, name, groups, subset, folder)
    picture = record.picture("image", folder, folder / subset, folder / "images")
    context: dict[str, Any] = {}
    shortest, options = 1, 0
    if subset == "webqa":
        context["question"] = record.text("question")
    elif subset == "element_ocr":
        context["box"] = _shares(record)
        shortest = 2
    elif measure == "choice":
        listed = plain(record.data.get("options"))
        if not isinstance(listed, list) or not 1 < len(listed) <= 8:
            raise record.bad("options", "accepted: a list of 2 to 8 options")
        options = len(listed)
        purpose = {"element_ground": "element", "action_ground": "action"}.get(subset, "page")
        target = record.text(_TARGETS[subset]) if subset in _TARGETS else _shares(record)
        context |= {"purpose": purpose, "target": target, "options": [str(option) for option in listed]}
    instruction = str(context.get("question") or context.get("target") or subset.replace("_", " "))
    answers = _letters(record, options) if measure == "choice" else _answers(record)
    return Question(
        name, instruction, picture, measure, answers, wording, context, groups, options, shortest=shortest
    )


def _web_point(record: Record, name: str, groups: dict[str, str], subset: str, folder: Path) -> Locate:
    field = "raw_image" if record.data.get("raw_image") else "image"
    picture = record.picture(field, folder, folder / subset, folder / "images")
    size, listed = picture_size(picture), plain(record.data.get("options"))
    right = record.integer("answer")
    if not isinstance(listed, list) or not 0 <= right < len(listed):
        raise record.bad("options", f"has no option {right}; accepted: a list of boxes")
    inner = Record(record.file, record.number, {"options": plain(listed[right]), "id": record.data.get("id")})
    sides = inner.numbers("options", 4)
    if max(sides) <= 1:
        sides = tuple(share * side for share, side in zip(sides, size * 2, strict=True))
    return Locate(
        name, record.text(_TARGETS[subset]), picture, Target("box", record.box("options", sides, size)), groups
    )


def _shares(record: Record) -> str:
    numbers = record.numbers("bbox", 4)
    return "[" + ", ".join(f"{number:.2f}" for number in numbers) + "]"


def _letters(record: Record, options: int) -> tuple[str, ...]:
    right = record.integer("answer")
    if not 0 <= right < options:
        raise record.bad("answer", f"{right}; accepted: the number of an option, 0 to {options - 1}")
    return (chr(ord("A") + right),)


def _answers(record: Record) -> tuple[str, ...]:
    value = plain(record.data.get("answer"))
    answers = [value] if isinstance(value, str) else value
    if not isinstance(answers, list) or not answers or not all(isinstance(text, str) for text in answers):
        raise record.bad("answer", "accepted: a text, or a list of texts")
    return tuple(answers)


def read_websrc(folder: Path, variant: str, into: Gathering[Item]) -> None:
    """WebSRC; variant: train, dev or test by `dataset_split.json`, all websites without one."""
    wanted = _in_part(folder, variant) if variant else None
    for path in files_of(folder, "*/*/dataset.csv", "*/dataset.csv", "dataset.csv", what="dataset.csv of WebSRC"):
        into.read(read_records(path), lambda record: _page_question(record, wanted))


def _page_question(record: Record, wanted: Callable[[str], bool] | None) -> Question | None:
    name = record.text("id")
    if len(name) < 9:
        raise record.bad("id", f"{name!r}; accepted: two letters, then the page's seven digits, then more")
    if wanted is not None and not wanted(name[:4]):
        return None
    folder = record.file.parent / "processed_data"
    picture = Record(record.file, record.number, {"id": f"{name[2:9]}.png"}).picture("id", folder)
    page = folder / f"{name[2:9]}.html"
    answer, question = record.text("answer", empty=True), record.text("question")
    domain = record.file.parent.parent.name
    kind = "yes or no" if record.integer("element_id") < 0 else "span"
    return Question(
        name,
        question,
        picture,
        "reading",
        (answer,),
        context={"question": question},
        groups={"domain": domain, "website": name[:4], "answer": kind},
        page=page if page.is_file() else None,
        element=record.integer("element_id"),
        start=record.integer("answer_start"),
    )


def _in_part(folder: Path, part: str) -> Callable[[str], bool]:
    """Whether a website, such as ga12, is of that part. The file lists dev and test; train is the rest."""
    path = folder / "dataset_split.json"
    try:
        data = json.loads(path.read_text("utf-8"))
        listed = {name: frozenset(map(str, members)) for name, members in data.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise BadData(f"{path}: cannot be read ({error}); a variant of websrc needs it") from error
    if part in listed:
        return listed[part].__contains__
    if part != "train":
        raise BadData(f"variant: {part!r} of websrc; accepted: {', '.join(dict.fromkeys([*listed, 'train']))}")
    others = frozenset[str]().union(*listed.values())
    return lambda website: website not in others
