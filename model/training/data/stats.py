"""What a data set consists of, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from model.training.data.dataset import pictures_of
from model.training.data.records import Episode, GroundingItem, ParsedScreen, Picture, Record

SIZES = (
    (0, "up to 0.25 MP"),
    (250_000, "0.25–1 MP"),
    (1_000_000, "1–2 MP"),
    (2_000_000, "2–4 MP"),
    (4_000_000, "4 MP and more"),
)


def stats(records: Iterable[Record]) -> dict[str, Any]:
    """Counts of records by kind, language, source, licence, platform and split; of pictures by size; of elements,
    instructions, actions, steps and verdicts. JSON values."""
    counts: dict[str, Counter[str]] = {}
    pictures: dict[str, Picture] = {}
    total = 0
    for record in records:
        total += 1
        for group, name in _groups(record):
            counts.setdefault(group, Counter())[name] += 1
        pictures.update((picture.sha256, picture) for picture in pictures_of(record))
    for picture in pictures.values():
        counts.setdefault("picture size", Counter())[size_of(picture)] += 1
    tables = {
        group: dict(sorted(counter.items(), key=lambda one: (-one[1], one[0])))
        for group, counter in counts.items()
    }
    return {"records": total, "pictures": len(pictures), **tables}


def size_of(picture: Picture) -> str:
    """The class of sizes that a picture belongs to, by its megapixels."""
    area = picture.width * picture.height
    return next(name for least, name in reversed(SIZES) if area >= least)


def _groups(record: Record) -> Iterator[tuple[str, str]]:
    yield "kind", record.record
    for name in ("language", "source", "licence", "platform", "split"):
        yield name, getattr(record.origin, name)
    if isinstance(record, GroundingItem):
        yield "asked by", record.asked_by or "unknown"
        yield "grounded element", "absent" if record.absent else record.kind or "unknown"
    elif isinstance(record, ParsedScreen):
        yield "look", record.look or "unknown"
        for element in record.elements:
            yield "element", element.kind
            for state in element.states:
                yield "element state", state
    elif isinstance(record, Episode):
        yield "verdict", record.verdict
        for step in record.steps:
            yield "steps", "to be learned" if step.learn and step.action else "history only"
            yield "action", str(step.action["action"]) if step.action else "none"
