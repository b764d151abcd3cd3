"""Recorded items of the evaluation suites as records: what can be measured on can be looked at and trained on.

The published layouts are read by the suites' own readers (`agent.evaluate`); here an item becomes a record.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from action_space.schema import validate
from agent.data.reading import BadSource, Found, LeftOut, Options, Reader
from agent.evaluate.datasets.base import BadData, Item
from agent.evaluate.datasets.locate import Locate
from agent.evaluate.datasets.records import Gathering
from agent.evaluate.recorded.stepwise import Step as Recorded
from model.training.data.dataset import FolderData
from model.training.data.pictures import PictureFault
from model.training.data.records import Box, Episode, GroundingItem, Picture, Step


def suite_reader(name: str, read: Any, licence: str = "", platform: str = "") -> Reader:
    """A reader of the layout that `read` (of a suite) knows.

    Args:
        name: what the records' source is called.
        licence, platform: of the published set, where they are the same for all of it.
    """

    def reader(source: Path, target: FolderData, options: Options) -> Iterator[Found]:
        gathered: Gathering[Item] = Gathering(skip_bad=True)
        try:
            read(source, options.variant, gathered)
        except BadData as error:
            raise BadSource(str(error)) from error
        yield from (LeftOut(str(source), complaint, fault=True) for complaint in gathered.complaints)
        items = gathered.items() if gathered.complaints or gathered.files else []
        for _, group in groupby(items, key=lambda item: getattr(item, "episode", item.id)):
            members = list(group)
            first = members[0]
            try:
                if isinstance(first, Locate):
                    yield from _grounding(first, name, licence, platform, target, options)
                elif isinstance(first, Recorded):
                    yield from _episode(
                        [one for one in members if isinstance(one, Recorded)],
                        name,
                        licence,
                        platform,
                        target,
                        options,
                    )
                else:
                    yield LeftOut(first.id, "a question about a picture; data sets hold no questions of that kind")
            except PictureFault as error:
                yield LeftOut(first.id, str(error), fault=True)

    return reader


def _grounding(
    item: Locate, name: str, licence: str, platform: str, target: FolderData, options: Options
) -> Iterator[Found]:
    record_id = f"{name}/{item.id}"
    if record_id in options.have:
        return
    picture = target.add_picture(item.picture)
    bounds = item.target.bounds
    box = clipped(bounds, picture) if bounds else None
    if bounds and box is None:
        yield LeftOut(item.id, f"box: {list(bounds)} lies outside the picture", fault=True)
        return
    where = item.groups.get("platform")
    yield GroundingItem(
        id=record_id,
        origin=options.origin(
            name,
            text=item.instruction,
            platform=where if isinstance(where, str) and where else platform,
            licence=licence,
        ),
        picture=picture,
        instruction=item.instruction,
        boxes=(box,) if box else (),
        absent=box is None,
        kind="icon" if item.groups.get("element") == "icon" else None,
    )


def _episode(
    items: list[Recorded], name: str, licence: str, platform: str, target: FolderData, options: Options
) -> Iterator[Found]:
    first = items[0]
    record_id = f"{name}/{first.episode}"
    if record_id in options.have:
        return
    # What a step was about in words stands with its successors, as their past.
    thoughts = [past.thought for past in items[-1].past]
    steps = []
    for number, item in enumerate(items):
        picture = target.add_picture(item.picture)
        shown = item.shown()
        steps.append(
            Step(
                picture=picture,
                thought=thoughts[number] if number < len(thoughts) else "",
                action=validate(dict(item.action)).to_json(),
                target=clipped(tuple(shown["box"]), picture) if shown.get("box") else None,
                outcome="done",
            )
        )
    yield Episode(
        id=record_id,
        origin=options.origin(name, text=first.instruction, platform=platform, licence=licence),
        task=first.instruction,
        steps=tuple(steps),
        verdict="claimed",  # a person did it, and nothing checked it
        actions=first.actions,
    )


def clipped(sides: tuple[float, ...], picture: Picture) -> Box | None:
    """The part of a box that lies on the picture; None: none of it does."""
    left, top, right, bottom = sides
    left, top = max(0.0, left), max(0.0, top)
    right, bottom = min(float(picture.width), right), min(float(picture.height), bottom)
    return (left, top, right, bottom) if left < right and top < bottom else None
