"""Curation: what to leave out of a data set, and why. Deterministic; nothing is left out in silence.

Two records are near-duplicates where they show nearly the same pictures *and* say the same: two states of one
screen stay apart, and so do two questions about it. A training picture that nearly equals a test picture is
contamination whatever is said of it. Nearly the same: perceptual hashes within some bits, and thumbnails that
confirm it, because pages with little on them have hashes that say little.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image

from model.training.data.base import DataError, DataSet, pictures_of
from model.training.data.near import Near
from model.training.data.records import Box, Episode, GroundingItem, ParsedScreen, Picture, Record, TextItem

_THUMB = 64  # pixels, side of a thumbnail
ALIKE = 6.0
"""Mean difference of grey levels (0–255) of two thumbnails up to which they confirm that pictures are the same."""


@dataclass(frozen=True)
class Rules:
    """What is left out.

    Attributes:
        near: bits in which the perceptual hashes of near-duplicates may differ; -1: none are looked for.
        near_test: the same between training and test pictures.
        min_side: pixels of the shorter side of a target at least.
        max_share: of the picture that a target may take.
        min_contrast: standard deviation of the grey levels within a target: below it nothing is drawn there.
        min_density: knowledge density of a picture, see `density`.
        min_elements: of a parsed screen.
        max_text: characters of an instruction.
    """

    near: int = 2
    near_test: int = 2
    min_side: float = 4.0
    max_share: float = 0.8
    min_contrast: float = 1.0
    min_density: float = 0.002
    min_elements: int = 1
    max_text: int = 600

    def __post_init__(self) -> None:
        for name in ("near", "near_test"):
            if not -1 <= getattr(self, name) < 32:
                raise DataError(f"{name}: {getattr(self, name)}; accepted: -1 (off) to 31")
        for name, least, most in (("max_share", 0, 1), ("min_density", 0, 1), ("min_side", 0, 1e6)):
            if not least <= getattr(self, name) <= most:
                raise DataError(f"{name}: {getattr(self, name)}; accepted: {least} to {most:g}")


@dataclass(frozen=True)
class Dropped:
    """A record that was left out: which, by which rule, and what it is about."""

    id: str
    rule: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Contaminated(DataError):
    """Training records show test pictures, and nobody said to leave them out."""

    def __init__(self, found: list[Dropped]) -> None:
        self.found = found
        shown = "\n".join(f"{one.id}: {one.reason}" for one in found[:5])
        more = f"\nand {len(found) - 5} more" if len(found) > 5 else ""
        super().__init__(
            f"{len(found)} training records show test pictures; --drop-contaminated leaves them out:\n"
            f"{shown}{more}"
        )


class Pictures:
    """Measures of pictures, each taken once."""

    def __init__(self) -> None:
        self._thumbs: dict[str, np.ndarray] = {}
        self._densities: dict[str, float] = {}

    def same(self, one: Picture, data: DataSet, other: Picture, others: DataSet) -> bool:
        """Whether the thumbnails confirm that two pictures are nearly the same."""
        if one.sha256 == other.sha256:
            return True
        difference = np.abs(self._thumb(one, data) - self._thumb(other, others)).mean()
        return bool(difference <= ALIKE)

    def density(self, picture: Picture, data: DataSet) -> float:
        """See `density`."""
        if picture.sha256 not in self._densities:
            self._densities[picture.sha256] = density(data.open_picture(picture))
        return self._densities[picture.sha256]

    def _thumb(self, picture: Picture, data: DataSet) -> np.ndarray:
        if picture.sha256 not in self._thumbs:
            image = data.open_picture(picture).convert("L").resize((_THUMB, _THUMB), Image.Resampling.BOX)
            self._thumbs[picture.sha256] = np.asarray(image, dtype=np.float32)
        return self._thumbs[picture.sha256]


def density(image: Image.Image) -> float:
    """How much there is to know on a screen: bytes that its outline packs into, for each pixel of it.

    The grey picture at a width of 256 pixels and 16 levels, deflated. An empty page has 0.0016, a form with two
    fields 0.003, a full desktop 0.05 to 0.25.
    """
    height = max(1, round(image.height * 256 / image.width))
    levels = np.asarray(image.convert("L").resize((256, height), Image.Resampling.BOX)) >> 4
    return len(zlib.compress(levels.tobytes(), 6)) / levels.size


def curate(
    data: DataSet, rules: Rules, tests: Iterable[DataSet] = (), *, drop: bool = False
) -> Iterator[Record | Dropped]:
    """Every record of `data`: itself where it stays, else why it goes.

    Args:
        tests: sets that nothing may be trained on.
        drop: leave contaminated records out; else they end the curation before it begins.

    Raises:
        Contaminated: see there. Records of `data` whose own split is test or validation count as test pictures.
        PictureFault, BadRecord: the data set is not right; `agent data check` says how.
    """
    measures = Pictures()
    tainted: dict[str, Dropped] = {}
    if rules.near_test >= 0:
        tainted = {one.id: one for one in contamination(data, [*tests], rules, measures)}
    if tainted and not drop:
        raise Contaminated(list(tainted.values()))
    seen = _Seen(rules, measures, data)
    for record in data:
        if record.id in tainted:
            yield tainted[record.id]
        elif problem := next(_quality(record, data, rules, measures), None):
            yield Dropped(record.id, *problem)
        elif like := seen.like(record):
            yield Dropped(record.id, "near-duplicate", f"shows and says the same as {like}")
        else:
            yield record


def contamination(
    data: DataSet, tests: list[DataSet], rules: Rules, measures: Pictures | None = None
) -> Iterator[Dropped]:
    """The training records of `data` whose picture nearly equals one of a test set, or of its own test part."""
    measures = measures or Pictures()
    near = Near(rules.near_test)
    held: dict[str, list[tuple[Picture, DataSet, str]]] = {}
    own = (record for record in data if record.origin.split != "train")
    for origin, records in ((data, own), *((test, iter(test)) for test in tests)):
        for record in records:
            for picture in pictures_of(record):
                near.add(picture.phash)
                held.setdefault(picture.phash, []).append((picture, origin, record.id))
    verdicts: dict[str, str] = {}
    for record in data:
        if record.origin.split != "train" or not held:
            continue
        for picture in pictures_of(record):
            if picture.sha256 not in verdicts:
                verdicts[picture.sha256] = next(
                    (
                        f"{picture.path} is the picture of {name} in {origin.folder.name}"
                        for phash in near.find(picture.phash)
                        for other, origin, name in held[phash]
                        if measures.same(picture, data, other, origin)
                    ),
                    "",
                )
            if verdicts[picture.sha256]:
                yield Dropped(record.id, "contamination", verdicts[picture.sha256])
                break


class _Seen:
    """The records that stay, to find the near-duplicates of them."""

    def __init__(self, rules: Rules, measures: Pictures, data: DataSet) -> None:
        self._rules, self._measures, self._data = rules, measures, data
        self._near: dict[Any, Near] = {}
        self._held: dict[tuple[Any, str], list[tuple[tuple[Picture, ...], str]]] = {}

    def like(self, record: Record) -> str:
        """The id of a record before it that it nearly equals; "": none, and it is remembered."""
        if self._rules.near < 0:
            return ""
        said, pictures = _said(record), pictures_of(record)
        first = pictures[0].phash if pictures else "0" * 16
        near = self._near.setdefault(said, Near(self._rules.near))
        for phash in near.find(first):
            for others, name in self._held[said, phash]:
                if len(others) == len(pictures) and all(
                    self._measures.same(one, self._data, other, self._data)
                    for one, other in zip(pictures, others, strict=True)
                ):
                    return name
        near.add(first)
        self._held.setdefault((said, first), []).append((pictures, record.id))
        return ""


def _said(record: Record) -> Any:
    """What a record says, apart from its pictures."""
    if isinstance(record, GroundingItem):
        return "grounding", _words(record.instruction), tuple(_coarse(box) for box in record.boxes)
    if isinstance(record, ParsedScreen):
        return "screen", tuple(
            sorted((one.kind, one.text, one.states, _coarse(one.box)) for one in record.elements)
        )
    if isinstance(record, TextItem):
        return "text", _words(record.prompt), record.completion
    steps = tuple(_action(step.action) for step in record.steps)
    return "episode", _words(record.task), steps


def _coarse(box: Box) -> tuple[int, ...]:
    return tuple(round(side / 8) for side in box)


def _action(action: dict[str, Any] | None) -> tuple[str, ...]:
    """What was done, its places in units that near-duplicates share."""
    if action is None:
        return ()
    return tuple(
        f"{key}={[round(p / 8) for p in value] if key.endswith('point') else value}"
        for key, value in sorted(action.items())
    )


def _words(text: str) -> str:
    return " ".join(text.lower().split())


def _quality(record: Record, data: DataSet, rules: Rules, measures: Pictures) -> Iterator[tuple[str, str]]:
    """(rule, reason) of what is wrong with a record's quality."""
    for picture in pictures_of(record):
        found = measures.density(picture, data)
        if found < rules.min_density:
            yield "knowledge density", f"{picture.path}: {found:.4f} is below {rules.min_density:g}"
    if isinstance(record, GroundingItem):
        yield from _target(record, data, rules)
    elif isinstance(record, ParsedScreen) and len(record.elements) < rules.min_elements:
        yield "elements", f"{len(record.elements)} elements are fewer than {rules.min_elements}"
    elif isinstance(record, Episode) and not any(step.learn and step.action for step in record.steps):
        yield "nothing to learn", "no step of it is to be learned"


def _target(item: GroundingItem, data: DataSet, rules: Rules) -> Iterator[tuple[str, str]]:
    if not any(letter.isalnum() for letter in item.instruction) or len(item.instruction) > rules.max_text:
        yield (
            "instruction",
            f"{item.instruction[:40]!r} says nothing, or has more than {rules.max_text} characters",
        )
    whole = item.picture.width * item.picture.height
    for left, top, right, bottom in item.boxes:
        side, share = min(right - left, bottom - top), (right - left) * (bottom - top) / whole
        if side < rules.min_side:
            yield "small target", f"{side:g} pixels are fewer than {rules.min_side:g}"
        elif share > rules.max_share:
            yield "large target", f"it takes {share:.0%} of the picture, more than {rules.max_share:.0%}"
        elif rules.min_contrast > 0:
            edges = int(left), int(top), max(int(left) + 1, round(right)), max(int(top) + 1, round(bottom))
            grey = np.asarray(data.open_picture(item.picture).convert("L").crop(edges), dtype=np.float32)
            if grey.std() < rules.min_contrast:
                yield (
                    "empty target",
                    f"grey levels within {list(edges)} deviate by {grey.std():.1f}: nothing is drawn",
                )
