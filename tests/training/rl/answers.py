"""Answers to be rewarded."""

from __future__ import annotations

from typing import Any

from action_space.geometry import Frame, Size
from model.families import FAMILIES
from model.training.data.records import Episode, GroundingItem, Picture, Step, TextItem
from model.training.rewards.base import Case
from tests.training.makers import ORIGIN

PICTURE = Picture(path="pictures/a.png", width=280, height=140, sha256="0" * 64, phash="0" * 16)
FRAME = Frame(Size(280, 140), model=Size(280, 140))


def asked(text: str, *, family: str = "gta1", boxes: Any = ((100, 40, 140, 60),), **more: Any) -> Case:
    """An answer to "where is it?"; boxes (): it is not there."""
    item = GroundingItem(
        id="item", origin=ORIGIN, picture=PICTURE, instruction="the button", boxes=tuple(boxes), absent=not boxes
    )
    return Case(item, FAMILIES[family], FRAME, text, **{"tokens": len(text), **more})


def acted(text: str, action: dict[str, Any], *, family: str = "mimo-vl", target: Any = None, **more: Any) -> Case:
    """An answer to a step of an episode."""
    step = Step(picture=PICTURE, action=action, target=target)
    episode = Episode(id="episode", origin=ORIGIN, task="Do it.", steps=(step,))
    return Case(episode, FAMILIES[family], FRAME, text, **{"tokens": len(text), **more})


def said(text: str, completion: str, **more: Any) -> Case:
    """An answer to a text item."""
    item = TextItem(id="text", origin=ORIGIN, prompt="1 + 1", completion=completion)
    return Case(item, FAMILIES["gta1"], None, text, **{"tokens": len(text), **more})
