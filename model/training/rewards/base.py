"""One answer as a reward sees it, and what it says there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from action_space.formats.base import FormatError, Parsed, ParseOutcome
from action_space.formats.grounding import NoSuchElement, is_plain, parse_point
from action_space.geometry import Box, Frame
from model.family import Family
from model.training.data.records import Record


@dataclass(frozen=True)
class Case:
    """One answer.

    Attributes:
        record: what was asked, and the truth.
        family: in whose words.
        frame: maps the answer's coordinates to pixels of the record's picture; None: there was no picture.
        text: the answer, thinking included.
        tokens: how many the answer has, the one that ends it included.
        ended: False: the limit of tokens cut it off.
        task: name of the task in the curriculum, by which reward models are chosen.
        step: which step of an episode was asked about, from 0.
        success: what the environment's judge said of the whole episode, in [0, 1]; None: it could not say.
        picture: what the model saw last, for reward models that look.
    """

    record: Record
    family: Family
    frame: Frame | None
    text: str
    tokens: int = 0
    ended: bool = True
    task: str = ""
    step: int = 0
    success: float | None = None
    picture: Image.Image | None = None


Reward = Callable[[Sequence[Case]], "list[float | None]"]
"""Answers → a number in [0, 1] each, or None where there is none to be had."""


@dataclass(frozen=True)
class Place:
    """Where an answer points.

    Attributes:
        point: pixel of the picture; None: it names none.
        box: in pixels of the picture, where it names one.
        refused: it says that there is no such thing.
        outcome: strict; repaired: the place stood among other words; failed.
        problem: why there is no point.
    """

    point: tuple[int, int] | None = None
    box: Box | None = None
    refused: bool = False
    outcome: ParseOutcome = "strict"
    problem: str = ""


def place_of(case: Case) -> Place:
    """Where the answer points, read as `model.grounding` reads it. Never raises for what a model wrote."""
    assert case.frame is not None, f"{case.record.id}: has no picture to point into"
    try:
        if case.family.place:
            point, box = parse_point(case.text, case.frame)
            return Place(point, box, outcome="strict" if is_plain(case.text) else "repaired")
        parsed = case.family.format.parse(case.text, case.frame)
    except NoSuchElement as error:
        return Place(refused=True, problem=str(error))
    except FormatError as error:
        return Place(outcome="failed", problem=str(error))
    action = parsed.action
    points = list(action.points().values())
    if points:
        return Place(points[0], outcome=parsed.outcome)
    gave_up = action.action == "finished" and getattr(action, "status", "") in ("failed", "infeasible")
    return Place(refused=gave_up, outcome=parsed.outcome if gave_up else "failed", problem="it points at nothing")


def action_of(case: Case) -> Parsed | None:
    """The action that the answer asks for, in pixels of the picture; None: there is none in it."""
    assert case.frame is not None, f"{case.record.id}: has no picture to act on"
    try:
        return case.family.format.parse(case.text, case.frame)
    except FormatError:
        return None
