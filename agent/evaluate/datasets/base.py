"""What the suites of recorded items share: the picture, the prediction, the score, and what is wrong with data.

An *item* is one question about one recorded picture with a known answer. It can be asked (`answer`), scored
(`score`), and it knows its baselines (`oracle`, `chances`). Three kinds exist: `locate` (where is it?), `question`
(what does it say?) and `agent.evaluate.recorded.stepwise` (what is the next action?).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from PIL import Image

from action_space.formats.base import ParseOutcome
from model.base import Model, Usage
from model.family import Family

Point = tuple[float, float]
Sides = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture; both ends belong to it, as in the published scorers."""

Groups = Mapping[str, str | tuple[str, ...]]
"""Kind of group → name, or several names: an item counts in each of them."""


class BadItem(ValueError):
    """One item of a data set is not right.

    Attributes:
        file: where it stands.
        item: its number or id.
        field: the field, "" where it is the item as a whole.
    """

    def __init__(self, file: Path | str, item: str, field: str, problem: str) -> None:
        self.file, self.item, self.field = str(file), item, field
        super().__init__(f"{file}: item {item}: {f'{field}: ' if field else ''}{problem}")


class BadData(ValueError):
    """A data set that cannot be used as it is; the message names file, item and field."""


@dataclass(frozen=True)
class Prediction:
    """What was answered to an item.

    Attributes:
        point, box: in pixels of the picture; need not be whole.
        refused: the answer says that there is no such thing.
        text: the answer in words; for other kinds what the model wrote, for the record.
        action: canonical JSON of an action, in pixels of the picture.
        tags: ids of page elements that hold the answer (WebSRC).
        outcome: strict: valid as it stood; repaired: read with a liberty; failed: nothing usable in it.
        error: why nothing usable was found.
        usage, wall_s: what it cost.
    """

    point: Point | None = None
    box: Sides | None = None
    refused: bool = False
    text: str = ""
    action: Mapping[str, Any] | None = None
    tags: tuple[int, ...] = ()
    outcome: ParseOutcome = "strict"
    error: str = ""
    usage: Usage = field(default_factory=lambda: Usage(model_calls=0))
    wall_s: float = 0.0


@dataclass(frozen=True)
class Score:
    """How good one prediction is.

    Attributes:
        value: 0–1, the figure that the benchmark ranks by.
        metrics: every figure by name; 0 or 1 where it is a hit or a miss.
        reason: one line: what was compared with what.
    """

    value: float
    metrics: Mapping[str, float]
    reason: str = ""

    @property
    def passed(self) -> bool:
        return self.value >= 1.0 - 1e-6  # ROUGE stays a hair below 1


@runtime_checkable
class Item(Protocol):
    """One recorded question. Picklable: it names its picture and does not hold it."""

    @property
    def id(self) -> str:
        """Unique within its suite."""

    @property
    def instruction(self) -> str:
        """What is asked, in words."""

    @property
    def picture(self) -> Path:
        """The picture."""

    @property
    def groups(self) -> Groups:
        """What figures are given for: platform, element, application …"""

    def answer(self, model: Model, family: Family) -> Prediction:
        """Ask the model.

        Raises:
            ModelFault: no answer can be had.
        """

    def score(self, prediction: Prediction) -> Score:
        """Compare with the truth."""

    def oracle(self) -> Prediction:
        """The truth itself; its score is 1."""

    def chances(self) -> Mapping[str, float]:
        """Score by baseline name of those who do not look: computed, not played."""

    def shown(self) -> dict[str, Any]:
        """The truth for the record and the report: `box`, `polygon`, `action`, `answers` …; JSON values."""


@lru_cache(maxsize=65_536)
def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels; only the head of the file is read.

    Raises:
        OSError: it is missing, or no picture.
    """
    with Image.open(path) as image:
        return image.size


def look(path: Path) -> Image.Image:
    """The picture, RGB."""
    with Image.open(path) as image:
        return image.convert("RGB")
